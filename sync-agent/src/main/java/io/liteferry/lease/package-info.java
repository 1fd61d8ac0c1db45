/**
 * One publisher to a volume at a time: who may publish, and how a successor makes sure that nobody
 * else still can.
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
 * </ul>
 */
@NullMarked
package io.liteferry.lease;

import org.jspecify.annotations.NullMarked;
