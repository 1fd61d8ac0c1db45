package io.liteferry.test;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A small application's directory: a WAL database, a database with a rollback journal, uploads that
 * their rows name, and files of its own. Small, so that a test can begin anew with it hundreds of
 * times.
 *
 * <p>Each transaction rewrites the ballast and the totals, so a state that is not one transaction's
 * shows: by {@link #read}.
 */
final class Application {
  /** The databases, relative to the application's directory. */
  static final List<Path> DATABASES = List.of(Path.of("data/wal.db"), Path.of("delete.db"));

  private static final Path WAL = DATABASES.get(0);
  private static final Path DELETE = DATABASES.get(1);
  private static final int BALLAST_ROWS = 12;
  private static final int BALLAST_BYTES = 3000;

  /** A file that a row names. */
  record Upload(String file, String sha256) {}

  /**
   * One state of a database.
   *
   * @param content a digest of all rows: equal for equal content, whatever the pages look like
   * @param problems the rules that it breaks
   */
  record Reading(String content, List<Upload> uploads, List<String> problems) {}

  private Application() {}

  /** Its first version, at rest. */
  static void create(Path home) throws IOException, SQLException {
    Files.createDirectories(home.resolve("data"));
    Files.createDirectories(home.resolve("empty"));
    Files.createDirectories(home.resolve("album/inner"));
    write(home.resolve("album/1.jpg"), "first picture");
    write(home.resolve("album/inner/2.jpg"), "second picture");
    write(home.resolve("config.txt"), "colour = red");
    write(home.resolve("gone.txt"), "not for long");
    Files.createSymbolicLink(home.resolve("current"), Path.of("config.txt"));
    for (var database : DATABASES) {
      try (var connection = open(home.resolve(database));
          var statement = connection.createStatement()) {
        statement.execute("PRAGMA journal_mode = " + (database.equals(WAL) ? "WAL" : "DELETE"));
        statement.execute(
            "CREATE TABLE item (id INTEGER PRIMARY KEY, file TEXT NOT NULL, sha256 TEXT NOT NULL)");
        statement.execute("CREATE INDEX item_file ON item (file)");
        statement.execute("CREATE TABLE total (items INTEGER NOT NULL)");
        statement.execute("INSERT INTO total VALUES (0)");
        statement.execute(
            "CREATE TABLE ballast (id INTEGER PRIMARY KEY, version INTEGER NOT NULL, data BLOB)");
        for (int i = 0; i < BALLAST_ROWS; i++) {
          statement.execute("INSERT INTO ballast (version) VALUES (0)");
        }
        transaction(connection, home, database);
        transaction(connection, home, database);
      }
    }
  }

  /** Like {@link #create}, with nothing but one database and a file. */
  static void createSmall(Path home) throws IOException, SQLException {
    create(home);
    for (var name : List.of("delete.db", "gone.txt", "empty", "current")) {
      Files.delete(home.resolve(name));
    }
    Workplace.delete(home.resolve("album"));
    for (int i = 1; i <= 2; i++) {
      Files.delete(home.resolve("uploads/delete.db-" + i));
    }
  }

  /**
   * The next version, with everything that a pass can meet; the WAL database's new commits are in
   * its {@code -wal}.
   */
  static void change(Path home) throws IOException, SQLException {
    write(home.resolve("config.txt"), "colour = green");
    write(home.resolve("new/file.txt"), "new");
    Files.delete(home.resolve("gone.txt"));
    Files.move(home.resolve("album"), home.resolve("photos"));
    Files.delete(home.resolve("current"));
    Files.createSymbolicLink(home.resolve("current"), Path.of("new/file.txt"));
    commit(home, DELETE);
    commitIntoWal(home);
  }

  /** The small application's next version. */
  static void changeSmall(Path home) throws IOException, SQLException {
    write(home.resolve("config.txt"), "colour = green");
    commitIntoWal(home);
  }

  /** One more transaction and one more file, at rest afterwards. */
  static void changeAgain(Path home) throws IOException, SQLException {
    commit(home, WAL);
    write(home.resolve("again.txt"), "again");
  }

  private static void commit(Path home, Path database) throws IOException, SQLException {
    try (var connection = open(home.resolve(database))) {
      transaction(connection, home, database);
    }
  }

  /** As an application leaves it that was killed after a commit. */
  static void commitIntoWal(Path home) throws IOException, SQLException {
    var kept = Files.createTempDirectory(home.getParent(), "side");
    try (var connection = open(home.resolve(WAL));
        var statement = connection.createStatement()) {
      statement.execute("PRAGMA wal_autocheckpoint = 0");
      transaction(connection, home, WAL);
      keep(home.resolve(WAL), "-wal", kept);
    }
    putBack(home.resolve(WAL), "-wal", kept);
  }

  /** As an application leaves it that was killed within a transaction. */
  static void leaveHotJournal(Path home) throws IOException, SQLException {
    var kept = Files.createTempDirectory(home.getParent(), "side");
    try (var connection = open(home.resolve(DELETE));
        var statement = connection.createStatement()) {
      statement.execute("PRAGMA cache_size = 1");
      statement.execute("BEGIN IMMEDIATE");
      statement.execute(
          "UPDATE ballast SET version = 999, data = randomblob(" + BALLAST_BYTES + ")");
      statement.execute("DELETE FROM item");
      keep(home.resolve(DELETE), "-journal", kept);
      statement.execute("ROLLBACK");
    }
    putBack(home.resolve(DELETE), "-journal", kept);
  }

  private static void keep(Path database, String suffix, Path kept) throws IOException {
    Files.copy(database, kept.resolve("db"));
    Files.copy(Path.of(database + suffix), kept.resolve("side"));
  }

  private static void putBack(Path database, String suffix, Path kept) throws IOException {
    Files.move(kept.resolve("db"), database, StandardCopyOption.REPLACE_EXISTING);
    Files.move(
        kept.resolve("side"), Path.of(database + suffix), StandardCopyOption.REPLACE_EXISTING);
    Files.delete(kept);
  }

  /** The upload first, then the row that names it. */
  private static void transaction(Connection connection, Path home, Path database)
      throws IOException, SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute("BEGIN IMMEDIATE");
      long id;
      try (var rows = statement.executeQuery("SELECT items + 1 FROM total")) {
        rows.next();
        id = rows.getLong(1);
      }
      var file = "uploads/" + database.getFileName() + "-" + id;
      write(home.resolve(file), "upload " + id + " of " + database);
      statement.execute(
          "INSERT INTO item VALUES (%d, '%s', '%s')"
              .formatted(id, file, Sha256.of(home.resolve(file))));
      statement.execute("UPDATE total SET items = " + id);
      var data = new byte[BALLAST_BYTES];
      Arrays.fill(data, (byte) id);
      try (var update = connection.prepareStatement("UPDATE ballast SET version = ?, data = ?")) {
        update.setLong(1, id);
        update.setBytes(2, data);
        update.executeUpdate();
      }
      statement.execute("COMMIT");
    }
  }

  private static void write(Path file, String content) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, content + "\n");
  }

  private static Connection open(Path database) throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + database);
  }

  /** Reads a published database as it is, without leaving anything beside it. */
  static Reading read(Path database) {
    return read(database, "?immutable=1");
  }

  /** Reads it as its application would: a copy, with the side files that are there. */
  static Reading readWithSideFiles(Path database, Path scratch) throws IOException {
    var directory = Files.createTempDirectory(Files.createDirectories(scratch), "read");
    for (var suffix : List.of("", "-wal", "-journal")) {
      var file = Path.of(database + suffix);
      if (Files.exists(file)) {
        Files.copy(file, directory.resolve("x.db" + suffix));
      }
    }
    try {
      return read(directory.resolve("x.db"), "");
    } finally {
      Workplace.delete(directory);
    }
  }

  private static Reading read(Path database, String query) {
    var rows = new StringBuilder();
    var uploads = new ArrayList<Upload>();
    var problems = new ArrayList<String>();
    try (var connection =
            DriverManager.getConnection("jdbc:sqlite:file:" + database.toAbsolutePath() + query);
        var statement = connection.createStatement()) {
      var check = one(connection, "PRAGMA integrity_check");
      if (!check.equals("ok")) {
        problems.add("integrity_check: " + check);
      }
      try (var items = statement.executeQuery("SELECT id, file, sha256 FROM item ORDER BY id")) {
        while (items.next()) {
          uploads.add(new Upload(items.getString(2), items.getString(3)));
          rows.append(items.getLong(1)).append(uploads.getLast());
        }
      }
      var states =
          one(
              connection,
              "SELECT group_concat(n) FROM (SELECT items AS n FROM total UNION SELECT count(*) FROM"
                  + " item UNION SELECT max(id) FROM item UNION SELECT version FROM ballast)");
      if (states.contains(",")) {
        problems.add("more than one transaction's state: " + states);
      }
      if (!one(connection, "SELECT count(DISTINCT data) FROM ballast").equals("1")) {
        problems.add("the ballast is of more than one transaction");
      }
      rows.append(one(connection, "SELECT group_concat(hex(data)) FROM ballast"));
    } catch (SQLException e) {
      problems.add(e.toString());
    }
    return new Reading(Sha256.of(rows.toString().getBytes(UTF_8)), uploads, problems);
  }

  private static String one(Connection connection, String select) throws SQLException {
    try (var statement = connection.createStatement();
        var rows = statement.executeQuery(select)) {
      return rows.next() ? String.valueOf(rows.getString(1)) : "nothing";
    }
  }
}
