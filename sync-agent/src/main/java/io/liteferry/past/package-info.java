/**
 * The history of a volume as it lies there: read, compared, copied and verified, without the lease
 * and without any change of the volume.
 *
 * <p>{@link History} reads it, {@link PointCopy} copies a point, {@link HistoryCheck} finds out
 * whether each point is there as a whole.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>An agent may publish and thin meanwhile. What a pass changes is in its record before it
 *       changes it, so the names in newer records are looked at again until no newer one comes.
 *   <li>Nothing begins again because of a publication: a tree that takes long to list is listed
 *       once.
 *   <li>One record or version that cannot be read takes no other away.
 * </ul>
 */
@NullMarked
package io.liteferry.past;

import org.jspecify.annotations.NullMarked;
