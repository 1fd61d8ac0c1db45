package io.liteferry.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What applications do to their databases, besides committing, while an agent watches. */
class ApplicationsIT {
  private static final String FILL =
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)"
          + " INSERT INTO filling SELECT randomblob(1000) FROM n";

  @RegisterExtension final Workplace workplace = new Workplace();

  private Path local;
  private Path volume;
  private Path database;
  private SqlProcess application;
  private Liteferry agent;

  /** An agent, and an application whose first commit is published. */
  @BeforeEach
  void startBoth() throws Exception {
    local = workplace.directory("local");
    volume = workplace.directory("volume");
    database = local.resolve("app.db");
    agent =
        workplace.closing(
            Liteferry.start(
                "run",
                local,
                volume,
                "--settle",
                "50ms",
                "--max-delay",
                "500ms",
                "--busy-timeout",
                "200ms",
                "--delete-guard",
                "0s"));
    application = open(database);
    application.execute(
        "CREATE TABLE t (v TEXT)", "CREATE TABLE filling (b BLOB)", "INSERT INTO t VALUES ('1')");
    agent.awaitLog(Liteferry.READY);
    awaitPublished("1");
  }

  private SqlProcess open(Path path) throws IOException {
    return workplace.closing(SqlProcess.open(path, workplace.root().resolve("native")));
  }

  /** Makes another database, closed in order, that says this. */
  private Path another(String value) throws Exception {
    var path = workplace.root().resolve("another.db");
    Files.deleteIfExists(path);
    try (var connection = DriverManager.getConnection("jdbc:sqlite:" + path);
        var statement = connection.createStatement()) {
      statement.execute("CREATE TABLE filling (b BLOB)");
      statement.execute(FILL);
      statement.execute("CREATE TABLE t (v TEXT)");
      statement.execute("INSERT INTO t VALUES ('" + value + "')");
    }
    return path;
  }

  /** The newest value in a database that nobody changes; each state that is seen must be sound. */
  private static String value(Path path, String query) throws SQLException {
    var properties = new Properties();
    properties.setProperty("open_mode", "1"); // read-only
    try (var connection =
            DriverManager.getConnection("jdbc:sqlite:file:" + path + "?immutable=1", properties);
        var statement = connection.createStatement()) {
      try (var rows = statement.executeQuery("PRAGMA integrity_check")) {
        rows.next();
        assertEquals("ok", rows.getString(1));
      }
      try (var rows = statement.executeQuery(query)) {
        return rows.next() ? rows.getString(1) : "";
      }
    }
  }

  private String published(String query) throws SQLException, IOException {
    var seen = workplace.root().resolve("seen.db");
    Files.deleteIfExists(seen);
    try {
      Files.createLink(seen, volume.resolve("app.db")); // this state, whatever replaces it
    } catch (java.nio.file.NoSuchFileException e) {
      return "";
    }
    return value(seen, query);
  }

  private void awaitPublished(String value) throws Exception {
    Await.until(
        value + " on the volume",
        () -> published("SELECT v FROM t ORDER BY rowid DESC").equals(value));
  }

  private void stopInOrder() throws Exception {
    application.end();
    agent.terminate();
    var ended = agent.awaitEnd();
    assertEquals(0, ended.exitCode(), ended::toString);
    assertEquals(0, ended.err().stream().filter(l -> l.contains("ERROR")).count(), ended::toString);
    for (var suffix : Bank.SIDE_FILES) {
      assertTrue(!Files.exists(Path.of(volume.resolve("app.db") + suffix)), suffix);
    }
  }

  @Test
  void run_databaseReplacedByARename_publishesTheNewOne() throws Exception {
    Files.move(another("2"), database, StandardCopyOption.ATOMIC_MOVE);
    awaitPublished("2");
    try (var next = open(database)) {
      next.execute("INSERT INTO t VALUES ('3')");
      awaitPublished("3");
    }
    stopInOrder();
  }

  /** As {@code cp} does. What is read meanwhile is neither the one nor the other. */
  @Test
  void run_databaseOverwrittenInPlace_publishesTheNewOneAndNothingBetween() throws Exception {
    application.end();
    for (int i = 2; i < 6; i++) {
      var content = Files.readAllBytes(another(Integer.toString(i)));
      try (var file = new RandomAccessFile(database.toFile(), "rw")) {
        file.setLength(0);
        for (int at = 0; at < content.length; at += 32_768) {
          file.write(content, at, Math.min(32_768, content.length - at));
          Thread.sleep(10); // longer than settle in all: a pass comes in between
        }
      }
      awaitPublished(Integer.toString(i));
    }
    application = open(database);
    stopInOrder();
  }

  @Test
  void run_databaseDeletedAndMadeAnew_publishesTheNewOne() throws Exception {
    application.end();
    Files.delete(database);
    Await.until("the deletion", () -> !Files.exists(volume.resolve("app.db")));
    application = open(database);
    application.execute(
        "PRAGMA journal_mode = WAL", "CREATE TABLE t (v TEXT)", "INSERT INTO t VALUES ('2')");
    awaitPublished("2");
    stopInOrder();
  }

  @Test
  void run_journalModeSwitchedBackAndForth_publishesEachCommit() throws Exception {
    int value = 1;
    for (var mode : List.of("WAL", "DELETE", "WAL", "TRUNCATE", "MEMORY", "PERSIST", "WAL")) {
      assertEquals(
          mode.toLowerCase(java.util.Locale.ROOT),
          application.execute("PRAGMA journal_mode = " + mode));
      value++;
      application.execute("INSERT INTO t VALUES ('" + value + "')");
      awaitPublished(Integer.toString(value));
    }
    stopInOrder();
  }

  @Test
  void run_vacuumAndAnotherPageSize_publishesTheResult() throws Exception {
    application.execute(
        FILL, "DELETE FROM filling WHERE rowid % 2", "VACUUM", "INSERT INTO t VALUES ('2')");
    awaitPublished("2");
    application.execute("PRAGMA page_size = 16384", "VACUUM", "INSERT INTO t VALUES ('3')");
    awaitPublished("3");
    assertEquals("16384", published("PRAGMA page_size"));
    application.execute("PRAGMA journal_mode = WAL", FILL, "VACUUM", "INSERT INTO t VALUES ('4')");
    awaitPublished("4");
    assertEquals("600", published("SELECT count(*) FROM filling"));
    stopInOrder();
  }

  @Test
  void run_databaseLockedForGood_saysSoAndPublishesItWhenItIsClosed() throws Exception {
    application.execute(
        "PRAGMA journal_mode = WAL",
        "PRAGMA locking_mode = EXCLUSIVE",
        "INSERT INTO t VALUES ('2')");
    var line = agent.awaitLog("app.db is not published yet");
    assertTrue(line.contains("the application has locked it"), line);
    Files.writeString(local.resolve("other.txt"), "goes on");
    Await.until("the other file", () -> Files.exists(volume.resolve("other.txt")));
    application.execute("INSERT INTO t VALUES ('3')");
    application.end();
    awaitPublished("3");
    assertEquals(1, agent.countLog("app.db is not published yet"));
    application = open(database);
    stopInOrder();
  }

  @Test
  void run_databaseCorrupted_keepsTheGoodCopyAndTakesTheMendedOne() throws Exception {
    application.execute(FILL, "INSERT INTO t VALUES ('2')");
    awaitPublished("2");
    application.end();
    var good = Sha256.of(volume.resolve("app.db"));
    try (var file = new RandomAccessFile(database.toFile(), "rw")) {
      file.seek(3 * 4096);
      file.write(new byte[20 * 4096]);
    }
    var line = agent.awaitLog("app.db is NOT published, as its check failed");
    assertTrue(line.contains("ERROR"), line);
    Files.writeString(local.resolve("other.txt"), "goes on");
    Await.until("the other file", () -> Files.exists(volume.resolve("other.txt")));
    assertEquals(good, Sha256.of(volume.resolve("app.db")));
    Files.move(another("3"), database, StandardCopyOption.ATOMIC_MOVE);
    awaitPublished("3");
    assertEquals(1, agent.countLog("ERROR"), () -> agent.log().toString());
  }
}
