package io.liteferry.sqlite;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteErrorCode;

/**
 * SQLite's own check of a database that nobody changes meanwhile.
 *
 * @param level how thorough
 * @param timeout after which it is given up: a schema can be made so that its check never ends
 */
public record DatabaseCheck(Level level, Duration timeout) {
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
     * Nothing wrong in what could be checked; the rest needs something of the application's own,
     * such as a collation or a module. That is no sign of damage.
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

    /** Damaged: what SQLite says of it. */
    record Corrupt(List<String> findings) implements Outcome {}
  }

  private static final int MAX_FINDINGS = 5;
  private static final long INTERRUPT_AGAIN_MILLIS = 100;

  /** What SQLite says when the schema needs code that only the application has. */
  private static final Pattern MISSING_EXTENSION =
      Pattern.compile(
          "no such (collation sequence|module|tokenizer|function)|unknown (tokenizer|function)"
              + "|error in tokenizer constructor|unsafe use of",
          Pattern.CASE_INSENSITIVE);

  /** Checks a file that has no side files and is not written to while this runs. */
  public Outcome check(Path database) {
    if (level == Level.NONE) {
      return new Outcome.Sound();
    }
    var pragma = level == Level.FULL ? "integrity_check" : "quick_check";
    try (var connection = Connections.immutable(database)) {
      var watchdog = interruptAfterTimeout(connection);
      try {
        return verdict(run(connection, pragma, Optional.empty()));
      } catch (SQLException e) {
        return isMissingExtension(e) ? checkEachTable(connection, pragma, message(e)) : outcome(e);
      } finally {
        end(watchdog);
      }
    } catch (SQLException e) {
      if (isInterrupted(e)) {
        return new Outcome.Unfinished(timeout);
      }
      // for instance under a path longer than SQLite takes: that says nothing of the content
      return Connections.primaryCode(e) == SQLiteErrorCode.SQLITE_CANTOPEN.code
          ? new Outcome.PartlyChecked(message(e))
          : corrupt(message(e));
    }
  }

  private Outcome outcome(SQLException e) {
    return isInterrupted(e) ? new Outcome.Unfinished(timeout) : corrupt(message(e));
  }

  private static boolean isInterrupted(SQLException e) {
    return Connections.primaryCode(e) == SQLiteErrorCode.SQLITE_INTERRUPT.code;
  }

  private Thread interruptAfterTimeout(SQLiteConnection connection) {
    return Thread.ofPlatform()
        .name("check-timeout")
        .daemon()
        .start(
            () -> {
              try {
                Thread.sleep(timeout);
                // again and again: a check of each table goes on with the next one
                while (true) {
                  connection.getDatabase().interrupt();
                  Thread.sleep(INTERRUPT_AGAIN_MILLIS);
                }
              } catch (InterruptedException | SQLException e) {
                // the check has ended
              }
            });
  }

  /** The connection must not be closed while it is being interrupted. */
  private static void end(Thread watchdog) {
    watchdog.interrupt();
    boolean interrupted = false;
    while (true) {
      try {
        watchdog.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** One table that cannot be checked must not hide damage in the others. */
  private static Outcome checkEachTable(Connection connection, String pragma, String why)
      throws SQLException {
    var findings = new ArrayList<String>();
    for (var table : tables(connection)) {
      try {
        findings.addAll(run(connection, pragma, Optional.of(table)));
      } catch (SQLException e) {
        if (isInterrupted(e)) {
          throw e;
        }
        if (!isMissingExtension(e)) {
          findings.add(message(e));
        }
      }
    }
    return findings.isEmpty() ? new Outcome.PartlyChecked(why) : verdict(findings);
  }

  private static List<String> tables(Connection connection) throws SQLException {
    var tables = new ArrayList<String>();
    try (var statement = connection.createStatement();
        var rows =
            statement.executeQuery(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0")) {
      while (rows.next()) {
        tables.add(rows.getString(1));
      }
    }
    return tables;
  }

  private static List<String> run(Connection connection, String pragma, Optional<String> table)
      throws SQLException {
    var argument = table.map(t -> "('" + t.replace("'", "''") + "')").orElse("");
    var findings = new ArrayList<String>();
    try (var statement = connection.createStatement();
        var rows = statement.executeQuery("PRAGMA " + pragma + argument)) {
      while (rows.next()) {
        var row = String.valueOf(rows.getString(1));
        if (!row.equals("ok")) {
          findings.add(row);
        }
      }
    }
    return findings;
  }

  private static Outcome verdict(List<String> findings) {
    var damage = findings.stream().filter(f -> !MISSING_EXTENSION.matcher(f).find()).toList();
    if (!damage.isEmpty()) {
      return new Outcome.Corrupt(damage.stream().limit(MAX_FINDINGS).toList());
    }
    return findings.isEmpty()
        ? new Outcome.Sound()
        : new Outcome.PartlyChecked(findings.getFirst());
  }

  private static Outcome corrupt(String message) {
    return new Outcome.Corrupt(List.of(message));
  }

  /**
   * SQLite has other codes for damage. This one it gives when the schema needs code that it does
   * not have, for an unknown tokenizer with no word of it in the message.
   */
  private static boolean isMissingExtension(SQLException e) {
    return Connections.primaryCode(e) == SQLiteErrorCode.SQLITE_ERROR.code;
  }

  private static String message(SQLException e) {
    return String.valueOf(e.getMessage());
  }
}
