/**
 * The loop: when to make a pass, what to do after a failure, how to stop.
 *
 * <p>Invariant: passes never overlap; one thread makes them all. Watching and stopping do not
 * depend on that thread, which may hang for as long as the volume does.
 */
@NullMarked
package io.liteferry.agent;

import org.jspecify.annotations.NullMarked;
