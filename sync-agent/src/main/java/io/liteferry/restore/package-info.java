/**
 * From the volume to local, at start, before the application runs: what to do in which situation,
 * and how to do it so that an interruption at any point is recognised.
 *
 * <p>{@link Facts} gathers what {@link Decision} decides by, and changes nothing; {@link Restorer}
 * does what was decided, in the steps R1 to R8. {@link VolumeContent} and {@link LocalContent} are
 * what comes and what goes, {@link TreeCopy} copies, {@link DatabaseRecovery} makes sure of the
 * databases, {@link TreeSync} makes all of it durable.
 *
 * <p>Invariants: local is only overwritten when everything in it is on the volume, or when an
 * interrupted restore put it there; state says "restoring" before the first change of local and
 * "ready" after the last one is durable.
 */
@NullMarked
package io.liteferry.restore;

import org.jspecify.annotations.NullMarked;
