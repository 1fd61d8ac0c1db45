/**
 * What others may know of the agent over HTTP: a page for people, probes and metrics, and a URL
 * that is called while all is well. The only user of the HTTP server and of the metrics library;
 * made only when it is asked for.
 *
 * <p>Invariants: no request touches the volume, and none waits for a pass. Of local and state no
 * more is asked than how much room there is, and that by {@code /metrics} alone. What is counted is
 * told by the agent as it happens; what is a state is asked of it.
 */
@NullMarked
package io.liteferry.health;

import org.jspecify.annotations.NullMarked;
