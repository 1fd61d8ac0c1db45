/**
 * One publisher to a volume at a time: who may publish, and how a successor makes sure that nobody
 * else still can. It is the lowest package that knows of a volume, so its error is here, too.
 *
 * <p>The protocol is numbered in {@code docs/crash-safety.md}, with the argument why it holds; the
 * code bears the numbers as {@code L1}, {@code L2} and so on.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>A claim names a staging directory that was made before the claim and is never made again.
 *   <li>Every change of the volume renames something out of the staging directory of a claim, or
 *       into it. Where the directory is gone, such a request fails, however late it is executed.
 *   <li>A holder reads the volume only after the staging directory of every earlier claim has been
 *       replaced by a file.
 *   <li>No clocks are compared, neither between machines nor with the volume's times.
 *   <li>What fails on the volume is a {@link io.liteferry.lease.VolumeException} for whoever holds
 *       the lease or uses staging.
 * </ul>
 */
@NullMarked
package io.liteferry.lease;

import org.jspecify.annotations.NullMarked;
