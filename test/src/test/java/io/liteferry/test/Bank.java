package io.liteferry.test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Random;
import java.util.zip.CRC32;

/**
 * A database whose every committed state obeys rules that a torn or mixed copy breaks.
 *
 * <ul>
 *   <li>{@code account}: the sum of all balances never changes, and each balance is what the
 *       transfers in the ledger make of it;
 *   <li>{@code ledger}: the ids are 1, 2, 3, … without a gap; a row may name an uploaded file,
 *       which was there before the row, by its size and digest;
 *   <li>{@code ballast}: makes the database big; each transaction rewrites one row at a random
 *       place, with a checksum over its data and the id of the transaction, so that changes are
 *       spread over the whole file, and the newest one is as new as the ledger.
 * </ul>
 */
final class Bank {
  /** Where uploaded files are, relative to the application's directory. */
  static final String UPLOADS = "uploads";

  static final int ACCOUNTS = 500;
  static final long OPENING_BALANCE = 1000;
  static final int BALLAST_BYTES = 1000;

  /** What SQLite adds to a database's name for its own files. */
  static final List<String> SIDE_FILES = List.of("-wal", "-shm", "-journal");

  /** The journal modes that applications use. */
  enum JournalMode {
    WAL,
    DELETE,
    TRUNCATE,
    PERSIST
  }

  /** A file that a row of the ledger names. */
  record Upload(String name, long size, String sha256) {}

  /**
   * What one state of the database holds.
   *
   * @param lastId of the ledger; the number of transactions so far
   * @param wal whether the file is marked as WAL
   * @param problems every rule that it breaks; empty when it is sound
   */
  record Audit(long lastId, boolean wal, List<Upload> uploads, List<String> problems) {}

  private Bank() {}

  /** Makes a database of about this size, closed in order: without side files. */
  static void create(Path database, JournalMode mode, long bytes, long seed)
      throws IOException, SQLException {
    Files.createDirectories(database.getParent());
    var random = new Random(seed);
    try (var connection = DriverManager.getConnection("jdbc:sqlite:" + database);
        var statement = connection.createStatement()) {
      statement.execute("PRAGMA journal_mode = OFF");
      statement.execute("PRAGMA synchronous = OFF");
      statement.execute("BEGIN");
      statement.execute("CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL)");
      statement.execute(
          "CREATE TABLE ledger (id INTEGER PRIMARY KEY, source INTEGER NOT NULL, target INTEGER NOT"
              + " NULL, amount INTEGER NOT NULL, upload TEXT, size INTEGER, sha256 TEXT)");
      statement.execute("CREATE INDEX ledger_upload ON ledger (upload) WHERE upload IS NOT NULL");
      statement.execute(
          "CREATE TABLE ballast (id INTEGER PRIMARY KEY, version INTEGER NOT NULL, crc INTEGER NOT"
              + " NULL, data BLOB NOT NULL)");
      try (var insert = connection.prepareStatement("INSERT INTO account VALUES (?, ?)")) {
        for (int id = 1; id <= ACCOUNTS; id++) {
          insert.setInt(1, id);
          insert.setLong(2, OPENING_BALANCE);
          insert.executeUpdate();
        }
      }
      try (var insert = connection.prepareStatement("INSERT INTO ballast VALUES (?, 0, ?, ?)")) {
        var data = new byte[BALLAST_BYTES];
        for (long id = 1; id <= bytes * 9 / 10 / BALLAST_BYTES; id++) {
          random.nextBytes(data);
          insert.setLong(1, id);
          insert.setLong(2, crc(data));
          insert.setBytes(3, data);
          insert.executeUpdate();
        }
      }
      statement.execute("COMMIT");
      statement.execute("PRAGMA journal_mode = " + mode);
    }
    for (var suffix : SIDE_FILES) {
      Files.deleteIfExists(Path.of(database + suffix)); // PERSIST leaves an empty journal
    }
  }

  static long crc(byte[] data) {
    var crc = new CRC32();
    crc.update(data);
    return crc.getValue();
  }

  /** Audits a file that nobody changes meanwhile, without leaving anything beside it. */
  static Audit auditImmutable(Path database) {
    return audit(database, "?immutable=1");
  }

  /** Audits a database as its application would open it. */
  static Audit auditLive(Path database) {
    return audit(database, "");
  }

  private static Audit audit(Path database, String query) {
    var problems = new ArrayList<String>();
    var uploads = new ArrayList<Upload>();
    long lastId = -1;
    boolean wal = false;
    try {
      wal = isMarkedWal(database); // before SQLite has it open: closing it drops SQLite's locks
    } catch (IOException e) {
      problems.add(e.toString());
    }
    try (var connection = open(database, query)) {
      texts(connection, "PRAGMA integrity_check").stream()
          .filter(row -> !row.equals("ok"))
          .limit(3)
          .forEach(row -> problems.add("integrity_check: " + row));
      lastId = number(connection, "SELECT coalesce(max(id), 0) FROM ledger");
      expect(problems, "number of rows in ledger", lastId, connection, "count(*) FROM ledger");
      expect(problems, "accounts", ACCOUNTS, connection, "count(*) FROM account");
      expect(
          problems,
          "sum of balances",
          ACCOUNTS * OPENING_BALANCE,
          connection,
          "sum(balance) FROM account");
      expect(
          problems,
          "accounts whose balance is not what the ledger makes of it",
          0,
          connection,
          "count(*) FROM (SELECT id, sum(part) AS opening FROM (SELECT id, balance AS part FROM"
              + " account UNION ALL SELECT target, -amount FROM ledger UNION ALL SELECT source,"
              + " amount FROM ledger) GROUP BY id HAVING opening <> "
              + OPENING_BALANCE
              + ")");
      expect(problems, "newest ballast", lastId, connection, "max(version) FROM ballast");
      checkBallast(connection, problems);
      try (var statement = connection.createStatement();
          var rows =
              statement.executeQuery(
                  "SELECT upload, size, sha256 FROM ledger WHERE upload IS NOT NULL")) {
        while (rows.next()) {
          uploads.add(new Upload(rows.getString(1), rows.getLong(2), rows.getString(3)));
        }
      }
    } catch (SQLException e) {
      problems.add(e.toString());
    }
    return new Audit(lastId, wal, uploads, problems);
  }

  private static Connection open(Path database, String query) throws SQLException {
    var properties = new Properties();
    if (!query.isEmpty()) {
      properties.setProperty("open_mode", "1"); // read-only
    }
    return DriverManager.getConnection(
        "jdbc:sqlite:file:" + database.toAbsolutePath() + query, properties);
  }

  private static void checkBallast(Connection connection, List<String> problems)
      throws SQLException {
    int bad = 0;
    try (var statement = connection.createStatement();
        var rows = statement.executeQuery("SELECT crc, data FROM ballast")) {
      while (rows.next()) {
        if (rows.getLong(1) != crc(rows.getBytes(2))) {
          bad++;
        }
      }
    }
    if (bad > 0) {
      problems.add(bad + " rows of ballast do not match their checksums");
    }
  }

  /** The header's write version. */
  private static boolean isMarkedWal(Path database) throws IOException {
    try (var in = Files.newInputStream(database)) {
      var header = in.readNBytes(20);
      return header.length == 20 && header[18] == 2;
    }
  }

  private static void expect(
      List<String> problems, String what, long expected, Connection connection, String select)
      throws SQLException {
    long found = number(connection, "SELECT " + select);
    if (found != expected) {
      problems.add("%s: %d, not %d".formatted(what, found, expected));
    }
  }

  private static long number(Connection connection, String query) throws SQLException {
    try (var statement = connection.createStatement();
        var rows = statement.executeQuery(query)) {
      rows.next();
      return rows.getLong(1);
    }
  }

  private static List<String> texts(Connection connection, String query) throws SQLException {
    var texts = new ArrayList<String>();
    try (var statement = connection.createStatement();
        var rows = statement.executeQuery(query)) {
      while (rows.next()) {
        texts.add(rows.getString(1));
      }
    }
    return texts;
  }
}
