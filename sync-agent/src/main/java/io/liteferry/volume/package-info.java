/**
 * The volume: its layout and its own formats, and the one class that changes it.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>{@link VolumeWriter} makes every change of the volume beyond the lease's own files: it
 *       renames what is made in the staging directory to its place; a deletion renames the victim
 *       into the staging directory. Nothing with a final name is written, truncated or unlinked in
 *       place.
 *   <li>What a change takes away passes one place, which saves what is to be kept of it; and no
 *       name of the application's is changed before the record of the pass says what it was.
 *   <li>What fails on the volume is thrown as {@link io.liteferry.lease.VolumeException}.
 * </ul>
 */
@NullMarked
package io.liteferry.volume;

import org.jspecify.annotations.NullMarked;
