/**
 * Says what will work and what will not before anything runs: looks at file systems, permissions,
 * room, databases and the lease, and tries on the volume what an agent will do there.
 *
 * <p>Invariants: changes nothing in local, never opens a database through SQLite, takes no lock and
 * no lease, and leaves nothing on the volume or in state but what a kill prevents it from removing,
 * which never travels. No check waits for ever.
 */
@NullMarked
package io.liteferry.doctor;

import org.jspecify.annotations.NullMarked;
