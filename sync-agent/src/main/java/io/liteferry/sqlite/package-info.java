/**
 * Everything that knows SQLite: how a database and its side files are recognised, how a consistent
 * snapshot is taken, how it is checked, how side files are folded in. The only user of JDBC.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>The application's database is opened read-only, for the time of one snapshot. The one
 *       exception is a hot journal, which SQLite lets nobody read before it is rolled back.
 *   <li>Nothing is opened through SQLite before it was looked at what bears the names of its side
 *       files.
 *   <li>POSIX drops all of a process's locks on a file when the process closes <em>any</em>
 *       descriptor of it. So a database, its {@code -shm} or a hard link to either must not be
 *       opened by {@code java.nio} while a connection of ours to it is open. Connections live only
 *       within a call into this package, and no caller opens files of local during such a call, on
 *       any thread. Several such calls may run at once; one that opens descriptors beside its
 *       connection is the only one of its file, which {@link io.liteferry.sqlite.FileUse} sees to.
 *   <li>A database is opened by a percent-encoded URI, so any name works.
 * </ul>
 */
@NullMarked
package io.liteferry.sqlite;

import org.jspecify.annotations.NullMarked;
