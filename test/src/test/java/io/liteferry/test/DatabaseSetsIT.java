package io.liteferry.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Databases in directories, attached to each other, and emptied in the ways there are. */
class DatabaseSetsIT {
  @RegisterExtension final Workplace workplace = new Workplace();

  private Path local;
  private Path volume;
  private Path database;
  private Path published;

  @BeforeEach
  void makeBothSides() throws IOException {
    local = workplace.directory("local");
    volume = workplace.directory("volume");
    database = workplace.directory("local/data/main").resolve("app.db");
    published = volume.resolve("data/main/app.db");
  }

  private Liteferry run(Object... more) throws IOException, InterruptedException {
    var arguments = new ArrayList<Object>(List.of("run", local, volume));
    arguments.addAll(List.of(more));
    var agent = workplace.closing(Liteferry.start(arguments.toArray()));
    agent.awaitLog(Liteferry.READY);
    return agent;
  }

  private static void stop(Liteferry agent) throws InterruptedException {
    agent.terminate();
    var ended = agent.awaitEnd();
    assertEquals(0, ended.exitCode(), ended::toString);
  }

  private static void fill(Path file) throws Exception {
    Sql.run(
        file,
        "CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, data BLOB)",
        "INSERT INTO t (data) VALUES (randomblob(100000)), ('a word')");
  }

  private List<Path> kept() throws IOException {
    var kept = volume.resolve(".liteferry/pages");
    if (!Files.exists(kept)) {
      return List.of();
    }
    try (var all = Files.walk(kept)) {
      return all.filter(Files::isRegularFile).toList();
    }
  }

  /** The full one is there, and the log says why and how it is to be had. */
  private void assertKept(Liteferry agent, String why) throws Exception {
    var line = agent.awaitLog("; what was before stays for 7 days: liteferry restore --copy DIR");
    assertTrue(line.contains("data/main/app.db " + why), line);
    var copy =
        kept().stream().max(Comparator.comparing(file -> file.toFile().length())).orElseThrow();
    assertEquals("ok", Sql.valueIn(copy, "PRAGMA integrity_check"));
    assertEquals("2", Sql.valueIn(copy, "SELECT count(*) FROM t"));
    assertFalse(Files.exists(Path.of(copy + "-wal")));
  }

  @Test
  void run_allTablesDropped_keepsTheLastCopy() throws Exception {
    fill(database);
    var agent = run();
    Sql.run(database, "DROP TABLE t", "VACUUM");
    assertKept(agent, "has shrunk from");
    stop(agent);
    assertEquals("0", Sql.valueIn(published, "SELECT count(*) FROM sqlite_schema"));
  }

  @Test
  void run_databaseReplacedByAnEmptyOne_keepsTheLastCopy() throws Exception {
    fill(database);
    var agent = run();
    var next = workplace.root().resolve("next.db");
    Sql.run(next, "CREATE TABLE fresh (x)");
    Files.move(next, database, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    assertKept(agent, "has shrunk from");
    stop(agent);
    assertEquals("fresh", Sql.valueIn(published, "SELECT name FROM sqlite_schema"));
  }

  @Test
  void run_databaseTruncatedToNothing_keepsTheLastCopy() throws Exception {
    fill(database);
    Files.writeString(local.resolve("data/other.txt"), "another file");
    var agent = run();
    Files.write(database, new byte[0]);
    assertKept(agent, "is no longer a database");
    stop(agent);
    assertEquals(0, Files.size(published));
  }

  @Test
  void run_keepNoneAndAnOptionThatWent_warnsAndKeepsNothing() throws Exception {
    fill(database);
    var agent = run("--shrink-guard", "50", "--keep", "none");
    agent.awaitLog("--keep none: ");
    agent.awaitLog("--shrink-guard does nothing");
    Sql.run(database, "DROP TABLE t", "VACUUM");
    Await.until(
        "the empty database",
        () -> Sql.valueIn(published, "SELECT count(*) FROM sqlite_schema").equals("0"));
    stop(agent);
    assertEquals(List.of(), kept());
  }

  /** With a rollback journal a transaction over both is atomic; a copy of each is sound alone. */
  @Test
  void run_transactionsOverAttachedDatabases_publishesBoth() throws Exception {
    var other = local.resolve("data/other.db");
    fill(database);
    fill(other);
    var agent = run();
    try (var sql = Sql.open(database)) {
      sql.run("ATTACH '" + other + "' AS other");
      for (int i = 0; i < 200; i++) {
        sql.run(
            "BEGIN",
            "INSERT INTO main.t (data) VALUES ('both')",
            "INSERT INTO other.t (data) VALUES ('both')",
            "COMMIT");
      }
    }
    stop(agent);
    for (var copy : List.of(published, volume.resolve("data/other.db"))) {
      assertEquals("ok", Sql.valueIn(copy, "PRAGMA integrity_check"));
      assertEquals("202", Sql.valueIn(copy, "SELECT count(*) FROM t"));
    }
  }

  @Test
  void run_directoryWithADatabaseRenamed_publishesItUnderTheNewName() throws Exception {
    fill(database);
    var agent = run("--delete-guard", "0s");
    Files.move(local.resolve("data/main"), local.resolve("data/renamed"));
    var renamed = volume.resolve("data/renamed/app.db");
    Await.until("the new name", () -> Files.exists(renamed));
    Await.until("the end of the old one", () -> !Files.exists(published));
    Sql.run(local.resolve("data/renamed/app.db"), "INSERT INTO t (data) VALUES ('there')");
    stop(agent);
    assertEquals("3", Sql.valueIn(renamed, "SELECT count(*) FROM t"));
  }

  /** What was published since the index was written last is known by its name. */
  @Test
  void run_killedRightAfterAPublicationThenEmptied_keepsTheLastCopy() throws Exception {
    var agent = run();
    fill(database);
    Await.until("the publication", () -> Files.exists(published));
    agent.kill();
    agent.awaitEnd();
    Files.write(database, new byte[0]);
    var next = run();
    assertKept(next, "is no longer a database");
    stop(next);
    assertEquals(0, Files.size(published));
  }

  @Test
  void run_killedRightAfterAPublicationThenDeleted_deletesItOnTheVolume() throws Exception {
    var agent = run("--delete-guard", "0s");
    fill(database);
    Files.createDirectory(local.resolve("becomes"));
    Files.writeString(local.resolve("becomes/file"), "x");
    Files.writeString(local.resolve("goes"), "x");
    Await.until("the publication", () -> Files.exists(published));
    Await.until("goes", () -> Files.exists(volume.resolve("goes")));
    Await.until("file", () -> Files.exists(volume.resolve("becomes/file")));
    agent.kill();
    agent.awaitEnd();
    Files.delete(local.resolve("goes"));
    Files.delete(local.resolve("becomes/file"));
    Files.delete(local.resolve("becomes"));
    Files.writeString(local.resolve("becomes"), "a file now");
    Files.delete(database);
    var next = run("--delete-guard", "0s");
    Await.until("the file", () -> Files.isRegularFile(volume.resolve("becomes")));
    stop(next);
    assertEquals(
        TreeListing.of(local, TreeListing.Detail.CONTENT),
        TreeListing.of(volume, TreeListing.Detail.CONTENT));
  }

  /** The first start after an application was killed on the volume itself, in two steps. */
  @Test
  void sync_afterARestoreOfNothingButADatabaseWithSideFiles_publishes() throws Exception {
    var there = workplace.directory("volume/data/main").resolve("app.db");
    try (var direct = SqlProcess.open(there, workplace.root().resolve("scratch"))) {
      direct.execute("PRAGMA journal_mode = WAL", "CREATE TABLE t (x)", "INSERT INTO t VALUES (1)");
    }
    assertTrue(Files.size(Path.of(there + "-wal")) > 0);
    Files.delete(local.resolve("data/main"));
    Files.delete(local.resolve("data"));
    var restored = Liteferry.run("restore", local, volume);
    assertEquals(0, restored.exitCode(), restored::toString);
    Sql.run(database, "INSERT INTO t VALUES (2)");
    var synced = Liteferry.run("sync", local, volume);
    assertEquals(0, synced.exitCode(), synced::toString);
    assertFalse(Files.exists(Path.of(there + "-wal")));
    assertEquals("2", Sql.valueIn(published, "SELECT count(*) FROM t"));
  }

  /** SQLite would take it for its own and delete it. */
  @Test
  void sync_fileWithTheNameOfASideFile_isLeftAloneAndNamed() throws Exception {
    Sql.run(local.resolve("trip"), "CREATE TABLE t (x)");
    Sql.run(local.resolve("other.db"), "CREATE TABLE t (x)");
    for (var name : List.of("trip-journal", "other.db-wal")) {
      Files.writeString(local.resolve(name), "day 1 of the journey");
    }
    var synced = Liteferry.run("sync", local, volume);
    assertEquals(6, synced.exitCode(), synced::toString);
    for (var name : List.of("trip-journal", "other.db-wal")) {
      assertTrue(synced.err().getLast().contains(name), synced::toString);
      assertEquals("day 1 of the journey", Files.readString(local.resolve(name)));
    }
  }

  @Test
  void sync_textThatBecomesTheSideFileOfANewDatabase_holdsNothingElseUp() throws Exception {
    Files.writeString(local.resolve("trip-journal"), "day 1 of the journey");
    assertEquals(0, Liteferry.run("sync", local, volume).exitCode());
    Files.delete(local.resolve("trip-journal"));
    Sql.run(local.resolve("trip"), "CREATE TABLE t (x)");
    Sql.run(local.resolve("other.db"), "CREATE TABLE t (x)");
    var synced = Liteferry.run("sync", local, volume, "--delete-guard", "0s");
    assertEquals(0, synced.exitCode(), synced::toString);
    assertEquals(
        List.of("data", "data/main", "other.db", "trip"),
        List.copyOf(TreeListing.of(volume, TreeListing.Detail.CONTENT).keySet()));
  }
}
