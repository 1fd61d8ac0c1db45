/**
 * Which pages of a database changed since its last publication, and the segments that carry them.
 * Knows SQLite's WAL format; everything that SQLite itself must say comes from {@code sqlite}.
 *
 * <p>A <em>page map</em> has a hash of each page of the last published state. A <em>capture</em>
 * reads one committed state of the database, in place, and writes the pages that differ from the
 * map as a <em>segment</em>: a SQLite WAL file of one transaction, which SQLite itself can fold
 * onto its base.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>A capture is a state that was committed, and is the one that SQLite's readers saw at a
 *       moment during the capture; or there is none, with the reason.
 *   <li>Nothing is held between captures: no connection, no lock, no descriptor. Within one, the
 *       files of the database are closed after the connection.
 *   <li>The page map alone says what was published. A position in a WAL is a short cut that is used
 *       only from the state it was taken at; to lose it, or the map, costs one read of the
 *       database.
 *   <li>A segment is never modified, and never folded onto a state that it does not begin at.
 *   <li>The page at 1 GiB that holds SQLite's locks has no content, and is left out everywhere.
 * </ul>
 */
@NullMarked
package io.liteferry.pages;

import org.jspecify.annotations.NullMarked;
