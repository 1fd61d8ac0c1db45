package io.liteferry.sqlite;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteErrorCode;

/**
 * SQLite's own check of a database that nobody changes meanwhile.
 *
 * @param level how thorough
 * @param timeout after which it is given up: a schema can be made so that its check never ends
 */
public record DatabaseCheck(Level level, Duration timeout) {
  private static final Set<Integer> OF_CONTENT =
      Set.of(
          SQLiteErrorCode.SQLITE_CORRUPT.code,
          SQLiteErrorCode.SQLITE_NOTADB.code,
          SQLiteErrorCode.SQLITE_ERROR.code,
          SQLiteErrorCode.SQLITE_TOOBIG.code);

  /** How thorough. */
  public enum Level {
    NONE,
    /** {@code PRAGMA quick_check}: structure, not whether indexes match their tables. */
    QUICK,
    /** {@code PRAGMA integrity_check}: also every index entry. */
    FULL
  }

  /** What the check found. */
  public sealed interface Outcome {
    /** Nothing wrong. */
    record Sound() implements Outcome {}

    /**
     * Nothing wrong in what could be checked, which is every b-tree of the file; {@code why} names
     * the rest, which needs something of the application's own, such as the order of a collation.
     * That is no sign of damage.
     */
    record PartlyChecked(String why) implements Outcome {}

    /** Neither: the time was over. */
    record Unfinished(Duration timeout) implements Outcome {
      /** For people. */
      public String why() {
        return "its check did not end within %d s: see --check-timeout"
            .formatted(timeout.toSeconds());
      }
    }

    /**
     * Neither: the check could not be made, or not to its end. The reason is of the process, its
     * disk or its memory, and says nothing of the content; to be tried again.
     */
    record NotChecked(String why) implements Outcome {}

    /** Damaged: what SQLite says of it. */
    record Corrupt(List<String> findings) implements Outcome {}
  }

  /** Checks a file that has no side files and is not written to while this runs. */
  public Outcome check(Path database) {
    if (level == Level.NONE) {
      return new Outcome.Sound();
    }
    try (var connection = Connections.immutable(database);
        var limit = CheckTimeout.on(connection, timeout)) {
      return check(database, connection, limit);
    } catch (SQLException e) {
      return Connections.primaryCode(e) == SQLiteErrorCode.SQLITE_INTERRUPT.code
          ? new Outcome.Unfinished(timeout)
          : outcome(database, e);
    } catch (UncheckedIOException e) {
      return notChecked(String.valueOf(e.getCause()));
    }
  }

  /** What it means that a check ended with an error. */
  static Outcome outcome(Path database, SQLException e) {
    if (isOfContent(e)) {
      return new Outcome.Corrupt(List.of(message(e)));
    }
    return Connections.primaryCode(e) == SQLiteErrorCode.SQLITE_CANTOPEN.code
            && Connections.isTooLong(database)
        ? new Outcome.PartlyChecked("its path is longer than SQLite takes: " + message(e))
        : notChecked(message(e));
  }

  static Outcome notChecked(String why) {
    return new Outcome.NotChecked("SQLite could not check it: " + why);
  }

  /**
   * Whether an error comes from what is in the file. {@code SQLITE_ERROR} is a schema that SQLite
   * does not take, {@code SQLITE_TOOBIG} a length that no value has. Every other one comes from the
   * disk, the memory or the descriptors that there are at the moment.
   */
  static boolean isOfContent(SQLException e) {
    return isOfContent(Connections.primaryCode(e));
  }

  /** The same of a code, with or without its extension. */
  static boolean isOfContent(int code) {
    return OF_CONTENT.contains(code & 0xff);
  }

  private Outcome check(Path database, SQLiteConnection connection, CheckTimeout limit)
      throws SQLException {
    var findings = new CheckFindings();
    var pragma = level == Level.FULL ? "integrity_check" : "quick_check";
    try (var statement = connection.createStatement();
        var rows = statement.executeQuery("PRAGMA " + pragma)) {
      while (rows.next()) {
        var row = String.valueOf(rows.getString(1));
        if (!row.equals("ok")) {
          findings.add(row);
        }
      }
    } catch (SQLException e) {
      if (!isOfApplication(e)) {
        throw e;
      }
      return new LimitedCheck(database, connection, level, limit).check();
    }
    return findings.outcome();
  }

  /**
   * Whether SQLite gave up, for all that is known, over code that only the application has, or that
   * does as the application wants. For damage SQLite has other codes, but for a schema with a
   * function that it has with other arguments only.
   */
  private static boolean isOfApplication(SQLException e) {
    return Connections.primaryCode(e) == SQLiteErrorCode.SQLITE_ERROR.code || StandIns.canHelp(e);
  }

  private static String message(SQLException e) {
    return String.valueOf(e.getMessage());
  }
}
