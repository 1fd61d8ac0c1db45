package io.liteferry.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
    var kept = volume.resolve(".liteferry/kept");
    if (!Files.exists(kept)) {
      return List.of();
    }
    try (var all = Files.walk(kept)) {
      return all.filter(Files::isRegularFile).sorted().toList();
    }
  }

  private void assertKept(Liteferry agent) throws Exception {
    var line = agent.awaitLog("kept as ");
    assertTrue(line.contains("data/main/app.db"), line);
    assertEquals(1, kept().size());
    var copy = kept().getFirst();
    assertTrue(copy.endsWith("data/main/app.db"), copy::toString);
    assertTrue(line.contains(copy.toString()), line);
    assertEquals("ok", Sql.valueIn(copy, "PRAGMA integrity_check"));
    assertEquals("2", Sql.valueIn(copy, "SELECT count(*) FROM t"));
    assertFalse(Files.exists(Path.of(copy + "-wal")));
  }

  @Test
  void run_allTablesDropped_keepsTheLastCopy() throws Exception {
    fill(database);
    var agent = run();
    Sql.run(database, "DROP TABLE t", "VACUUM");
    assertKept(agent);
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
    assertKept(agent);
    stop(agent);
    assertEquals("fresh", Sql.valueIn(published, "SELECT name FROM sqlite_schema"));
  }

  @Test
  void run_databaseTruncatedToNothing_keepsTheLastCopy() throws Exception {
    fill(database);
    Files.writeString(local.resolve("data/other.txt"), "another file");
    var agent = run("--delete-guard", "1s");
    Files.write(database, new byte[0]);
    agent.awaitLog("is no database any more; the volume keeps the last one");
    assertEquals("2", Sql.valueIn(published, "SELECT count(*) FROM t"));
    assertKept(agent);
    stop(agent);
    assertEquals(0, Files.size(published));
  }

  @Test
  void run_shrinkGuardOff_keepsNothing() throws Exception {
    fill(database);
    var agent = run("--shrink-guard", "0");
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
}
