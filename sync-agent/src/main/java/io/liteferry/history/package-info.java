/**
 * Kept generations, as far as they can be thought of without a volume: what a record of a pass
 * says, which points of time it makes reachable, which of them stay, and which one a user means.
 *
 * <p>History is reverse, as in rdiff-backup: the volume shows what is now, and the record of pass N
 * says how to get back to the point before it. Nothing that was kept is ever moved or changed; to
 * drop a point, two records become one.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>Nothing here changes a file system, looks at a clock or knows the machine's time zone.
 *   <li>Reading is a pure function of records, the current tree and the manifest's generation. A
 *       pass that was cut off needs no repair: its record is good for reading as it is.
 *   <li>Order is the generation's number, never a time.
 *   <li>What cannot be had is an error of that path or that record; everything else can be had.
 * </ul>
 */
@NullMarked
package io.liteferry.history;

import org.jspecify.annotations.NullMarked;
