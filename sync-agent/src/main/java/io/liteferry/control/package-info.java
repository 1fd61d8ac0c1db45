/**
 * What programs on the same node ask a running agent: its status, a flush, and work on the volume's
 * history. One request and one answer over a Unix domain socket in state.
 *
 * <p>Invariants: a status touches neither the volume nor local and waits for nothing; a client that
 * is slow, silent or gone costs one thread for a limited time and holds up nobody; without the
 * socket the agent works as ever.
 */
@NullMarked
package io.liteferry.control;

import org.jspecify.annotations.NullMarked;
