package io.liteferry.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A supervisor that stops the agent and the application at once, and the application takes long.
 */
class LingerIT {
  private static final String LINGERING = "stopping: lingering until";
  private static final String FLUSHING = "stopping: flushing to the volume";
  private static final String LONG = "still lingering";

  @RegisterExtension final Workplace workplace = new Workplace();

  private Path local;
  private Path volume;
  private Path database;

  @BeforeEach
  void makeBothSides() throws Exception {
    local = workplace.directory("local");
    volume = workplace.directory("volume");
    database = local.resolve("app.db");
    Sql.run(
        database, "PRAGMA journal_mode = WAL", "CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT)");
  }

  private Liteferry run(Object... options) throws Exception {
    var arguments = new ArrayList<Object>(List.of("run", local, volume));
    arguments.addAll(List.of(options));
    var agent = workplace.closing(Liteferry.start(arguments.toArray()));
    agent.awaitLog(Liteferry.READY);
    return agent;
  }

  private SqlProcess application() throws IOException {
    return workplace.closing(SqlProcess.open(database, workplace.root().resolve("native")));
  }

  private static void commit(SqlProcess application) throws IOException {
    application.execute("INSERT INTO t (x) VALUES ('work that goes on')");
  }

  private int published() throws Exception {
    return Integer.parseInt(Sql.valueIn(volume.resolve("app.db"), "SELECT count(*) FROM t"));
  }

  /** Commits each half a second, for longer than the linger time. */
  private static int workOnFor(SqlProcess application, Duration duration) throws Exception {
    int commits = 0;
    for (long end = System.nanoTime() + duration.toNanos(); System.nanoTime() < end; commits++) {
      commit(application);
      Thread.sleep(500);
    }
    return commits;
  }

  @Test
  void run_applicationGoesOnAfterTheStop_publishesItsLastCommit() throws Exception {
    var agent = run("--linger", "3s");
    var application = application();
    agent.terminate();
    agent.awaitLog(LINGERING);
    int commits = workOnFor(application, Duration.ofSeconds(7));
    assertTrue(agent.isAlive(), "it has flushed under an application that works");
    assertEquals(0, agent.countLog(FLUSHING));
    assertEquals(1, agent.countLog(LONG));
    application.end();
    var ended = agent.awaitEnd();
    assertEquals(0, ended.exitCode(), ended::toString);
    assertEquals(1, agent.countLog(FLUSHING));
    assertEquals(commits, published());
  }

  /** What lingering is for: without it, the same application loses what it commits later. */
  @Test
  void run_noLinger_endsBeforeTheApplication() throws Exception {
    var agent = run();
    var application = application();
    commit(application);
    agent.terminate();
    var ended = agent.awaitEnd();
    assertEquals(0, ended.exitCode(), ended::toString);
    assertEquals(0, agent.countLog(LINGERING));
    workOnFor(application, Duration.ofSeconds(1));
    application.end();
    assertEquals(1, published());
  }

  @Test
  void run_killedWhileItLingers_hasPublishedUntilThen() throws Exception {
    var agent = run("--linger", "1m");
    var application = application();
    agent.terminate();
    agent.awaitLog(LINGERING);
    int commits = workOnFor(application, Duration.ofSeconds(2));
    Await.until("the commits so far", () -> published() == commits);
    agent.kill();
    application.end();
    assertEquals(commits, published());
  }

  @Test
  void run_secondSignalWhileItLingers_stopsAtOnce() throws Exception {
    var agent = run("--linger", "10m");
    agent.terminate();
    agent.awaitLog(LINGERING);
    agent.terminate();
    var ended = agent.awaitEnd(Duration.ofSeconds(5));
    assertEquals(128 + 15, ended.exitCode(), ended::toString);
  }

  @Test
  void run_volumeHangsWhileItLingers_endsAfterTheFlushTimeout() throws Exception {
    var agent = run("--linger", "1s", "--flush-timeout", "1s");
    var marker = volume.resolve(".liteferry/volume.json");
    Files.delete(marker);
    assertEquals(0, new ProcessBuilder("mkfifo", marker.toString()).start().waitFor());
    Files.writeString(local.resolve("file"), "nowhere to go");
    agent.terminate();
    agent.awaitLog(LINGERING);
    var ended = agent.awaitEnd(Duration.ofSeconds(20));
    assertEquals(6, ended.exitCode(), ended::toString);
    assertTrue(ended.err().getLast().contains("file"), ended::toString);
    assertFalse(Files.exists(volume.resolve("file")));
  }
}
