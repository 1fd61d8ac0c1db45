/**
 * From local to the volume: what a pass does, and the volume's own formats.
 *
 * <p>The publication protocol is numbered in {@code docs/crash-safety.md}; the code bears the
 * numbers as {@code P1}, {@code P2} and so on.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>{@link VolumeWriter} makes every change of the volume: it renames what is made in the
 *       staging directory to its place; a deletion renames the victim into the staging directory.
 *       Nothing with a final name is written, truncated or unlinked in place.
 *   <li>A database is published only from a snapshot that passed its check.
 *   <li>A snapshot is taken before the scan that finds the files published ahead of it, so a
 *       published database names no file that was not published first.
 *   <li>A pass without a difference writes nothing anywhere.
 * </ul>
 */
@NullMarked
package io.liteferry.publish;

import org.jspecify.annotations.NullMarked;
