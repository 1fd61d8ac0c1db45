package io.liteferry.sqlite;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** A consistent image of a database that is in use, by SQLite's online backup API. */
public final class Snapshot {
  /** A single step: see {@link #take}. */
  private static final int ALL_PAGES = -1;

  private record Range(int from, int to) {}

  /** What the backup API sets in the header: change counter, schema cookie, version-valid-for. */
  private static final List<Range> WRITTEN_ANEW =
      List.of(new Range(24, 28), new Range(40, 44), new Range(92, 100));

  private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

  private Snapshot() {}

  /** What came of it. */
  public sealed interface Outcome {
    /** The image is complete, in its file. It may not be synced. */
    record Taken() implements Outcome {}

    /** Another connection kept it locked for the whole time allowed. */
    record Busy(String message) implements Outcome {}

    /** There is no database at this path any more, or it is being replaced. */
    record Gone() implements Outcome {}

    /** The image could not be written: its disk is full, or does not work. */
    record NotWritten(String message) implements Outcome {}

    /** There is a file, and SQLite says that it is no database. */
    record NoDatabase() implements Outcome {}

    /**
     * SQLite could not read it: damaged, not permitted.
     *
     * @param damaged whether the reason is its content, and so stays as long as that does
     */
    record Failed(String message, boolean damaged) implements Outcome {
      Failed(String message) {
        this(message, false);
      }
    }
  }

  /**
   * Copies the database's last committed state into the new file {@code image}.
   *
   * <p>All pages go in one step. In WAL mode that holds back nobody; with several steps each commit
   * of another process would start the backup over, for ever under load. In rollback-journal mode
   * the step holds a shared lock, so writers wait for as long as it takes to write the image to
   * node-local disk; several steps would release the lock in between and never finish either.
   *
   * <p>The image has the page size, journal mode and header fields of the source; SQLite sets its
   * change counter and schema cookie anew, so an unchanged database gives an identical image.
   *
   * @param busyTimeout how long to wait for a lock at most
   * @return anything but {@link Outcome.Taken} leaves the image to be deleted by the caller
   */
  public static Outcome take(Path database, Path image, Duration busyTimeout) {
    return beside(database, () -> taken(database, image, busyTimeout));
  }

  private interface Taking {
    Outcome outcome() throws IOException;
  }

  private static Outcome beside(Path database, Taking taking) {
    try (var use = FileUse.shared(database).orElse(null)) {
      return use == null
          ? new Outcome.Busy("it is being read under another name")
          : taking.outcome();
    } catch (NoSuchFileException e) {
      return new Outcome.Gone();
    } catch (IOException e) {
      return new Outcome.Failed(e.toString());
    }
  }

  private static Outcome taken(Path database, Path image, Duration busyTimeout) throws IOException {
    try {
      var obstacle = Surroundings.of(database).obstacle();
      if (obstacle.isPresent()) {
        return new Outcome.Failed(obstacle.get());
      }
      try (var source = Connections.readOnly(database, busyTimeout)) {
        return copy(source, database, image);
      } catch (SQLException e) {
        if (!(e instanceof SQLiteException s)
            || s.getResultCode() != SQLiteErrorCode.SQLITE_READONLY_ROLLBACK) {
          throw e;
        }
      }
      if (SideFile.namesSuperJournal(database)) {
        return new Outcome.Failed(
            "a transaction over several databases was interrupted; the application must open it");
      }
      if (SideFile.JOURNAL.isSomethingElse(SideFile.JOURNAL.of(database))) {
        // SQLite would delete it.
        return new Outcome.Failed(
            "the file %s beside it is not a journal of SQLite: move it away"
                .formatted(SideFile.JOURNAL.of(database).getFileName()));
      }
      rollBackHotJournal(database, busyTimeout);
      Files.deleteIfExists(image);
      try (var source = Connections.readOnly(database, busyTimeout)) {
        return copy(source, database, image);
      }
    } catch (SQLException e) {
      return outcome(database, e);
    }
  }

  /**
   * The header of a database as its snapshot would have it if it had nothing but what an earlier
   * one has: with this, and the rest of the file, the two are the same. For a database without side
   * files that nobody writes to.
   *
   * @param header of the earlier snapshot
   */
  public static byte[] expectedHeader(Path database, byte[] header) throws IOException {
    var head = DatabaseHeader.head(database, DatabaseHeader.BYTES);
    if (head.length == DatabaseHeader.BYTES && header.length == DatabaseHeader.BYTES) {
      for (var range : WRITTEN_ANEW) {
        System.arraycopy(header, range.from, head, range.from, range.to - range.from);
      }
    }
    return head;
  }

  /**
   * As {@link #take}, of a database that nobody changes and that has no side files; the caller
   * makes sure of both, before and after. Takes no lock, and makes no side file.
   */
  public static Outcome takeAtRest(Path database, Path image) {
    return beside(database, () -> takenAtRest(database, image));
  }

  private static Outcome takenAtRest(Path database, Path image) throws IOException {
    try (var source = Connections.immutable(database)) {
      return copy(source, database, image);
    } catch (SQLException e) {
      return outcome(database, e);
    }
  }

  private static Outcome copy(SQLiteConnection source, Path database, Path image)
      throws SQLException, IOException {
    int code;
    try (var statement = source.createStatement()) {
      if (!isOpen(database)) {
        return Files.notExists(database, LinkOption.NOFOLLOW_LINKS)
            ? new Outcome.Gone()
            : new Outcome.Failed("a symbolic link leads elsewhere, or it was renamed just now");
      }
      statement.execute("BEGIN");
      // The transaction that begins here is the one that the image is read in. An empty file would
      // give a sound image of an empty database, and that would replace a good copy.
      long pages = number(statement, "PRAGMA page_count");
      if (pages == 0) {
        return new Outcome.Gone();
      }
      int pageSize = (int) number(statement, "PRAGMA page_size");
      if (pages * pageSize <= SmallImage.MOST_BYTES && SmallImage.write(source, pageSize, image)) {
        return new Outcome.Taken();
      }
      code = backup(source, image);
    }
    return outcome(database, code);
  }

  /** As {@link #take}, of what a connection sees that is in a read transaction. */
  static Outcome takeWithin(SQLiteConnection source, Path database, Path image)
      throws SQLException {
    return outcome(database, backup(source, image));
  }

  private static Outcome outcome(Path database, int code) {
    return switch (SQLiteErrorCode.getErrorCode(code)) {
      case SQLITE_OK -> new Outcome.Taken();
      case SQLITE_BUSY, SQLITE_LOCKED -> new Outcome.Busy("locked by the application");
      case SQLITE_NOTADB -> new Outcome.NoDatabase();
      case SQLITE_FULL -> new Outcome.NotWritten("database or disk is full");
      default ->
          failed(
              database,
              SQLiteErrorCode.getErrorCode(code).message,
              code == SQLiteErrorCode.SQLITE_CORRUPT.code);
    };
  }

  private static long number(Statement statement, String query) throws SQLException {
    try (var rows = statement.executeQuery(query)) {
      return rows.next() ? rows.getLong(1) : 0;
    }
  }

  /**
   * Whether this process has the file of this name open, by what the kernel says of its
   * descriptors. SQLite follows links, and a directory on the way can become one between our look
   * and its own: then it is another file that it has opened.
   */
  private static boolean isOpen(Path database) throws SQLException {
    try (var descriptors = Files.newDirectoryStream(DESCRIPTORS)) {
      for (var descriptor : descriptors) {
        try {
          if (Files.readSymbolicLink(descriptor).equals(database)) {
            return true;
          }
        } catch (IOException e) {
          // closed meanwhile, by another thread or as the one of this listing
        }
      }
      return false;
    } catch (IOException e) {
      throw new SQLException("the agent cannot tell what SQLite has opened: " + e.getMessage(), e);
    }
  }

  /** Reads a result code that the backup returned; it does not throw. Extended bits are dropped. */
  private static int backup(SQLiteConnection source, Path image) throws SQLException {
    var uri = "file://" + image.toAbsolutePath().toUri().getRawPath();
    return source.getDatabase().backup("main", uri, null, 0, 0, ALL_PAGES) & 0xff;
  }

  /**
   * A crashed application left a journal that must be rolled back before anybody can read. This is
   * what its own next open would do; while it lives, its lock keeps the journal from being hot.
   */
  private static void rollBackHotJournal(Path database, Duration busyTimeout) throws SQLException {
    try (var connection = Connections.readWrite(database, busyTimeout);
        var statement = connection.createStatement();
        var rows = statement.executeQuery("PRAGMA schema_version")) {
      rows.next();
    }
  }

  private static Outcome outcome(Path database, SQLException e) {
    int code = Connections.primaryCode(e);
    if (code == SQLiteErrorCode.SQLITE_BUSY.code || code == SQLiteErrorCode.SQLITE_LOCKED.code) {
      return new Outcome.Busy("locked by the application");
    }
    if (code == SQLiteErrorCode.SQLITE_NOTADB.code) {
      return new Outcome.NoDatabase();
    }
    return failed(
        database, String.valueOf(e.getMessage()), code == SQLiteErrorCode.SQLITE_CORRUPT.code);
  }

  private static Outcome failed(Path database, String message, boolean damaged) {
    return Files.notExists(database, LinkOption.NOFOLLOW_LINKS)
        ? new Outcome.Gone()
        : new Outcome.Failed(message, damaged);
  }
}
