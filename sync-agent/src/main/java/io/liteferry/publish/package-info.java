/**
 * From local to the volume: what a pass does.
 *
 * <p>The publication protocol is numbered in {@code docs/crash-safety.md}; the code bears the
 * numbers as {@code P1}, {@code P2} and so on.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>A database is published only from a snapshot that passed its check.
 *   <li>A snapshot is taken before the scan that finds the files published ahead of it, so a
 *       published database names no file that was not published first.
 *   <li>A pass without a difference writes nothing anywhere.
 * </ul>
 */
@NullMarked
package io.liteferry.publish;

import org.jspecify.annotations.NullMarked;
