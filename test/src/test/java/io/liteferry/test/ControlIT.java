package io.liteferry.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What {@code flush} and {@code status} get from a running agent. */
class ControlIT {
  /** An answer that waits for nothing comes in moments, a JVM's start included. */
  private static final Duration SOON = Duration.ofSeconds(20);

  @RegisterExtension final Workplace workplace = new Workplace();

  private Path local;
  private Path volume;
  private Path socket;

  @BeforeEach
  void makeBothSides() throws IOException {
    local = workplace.directory("local");
    volume = workplace.directory("volume");
    socket = workplace.root().resolve("local.liteferry/agent.sock");
  }

  /** An agent that publishes by itself once an hour. */
  private Liteferry lazy(Object... more) throws Exception {
    var arguments =
        new ArrayList<Object>(
            List.of("run", local, volume, "--settle", "1h", "--max-delay", "1h", "--rescan", "1h"));
    arguments.addAll(List.of(more));
    var agent = workplace.closing(Liteferry.start(arguments.toArray()));
    agent.awaitLog(Liteferry.READY);
    return agent;
  }

  private Liteferry.Result ask(Object... arguments) throws Exception {
    try (var asked = Liteferry.start(arguments)) {
      return asked.awaitEnd(SOON);
    }
  }

  private static void assertSays(Liteferry.Result result, int code, String... parts) {
    assertEquals(code, result.exitCode(), result::toString);
    for (var part : parts) {
      assertTrue(result.toString().contains(part), () -> part + " is not in " + result);
    }
  }

  /** A pass that reads the marker stands still, as on a server that does not answer. */
  private void hangOnTheMarker() throws Exception {
    var marker = volume.resolve(".liteferry/volume.json");
    Files.delete(marker);
    assertEquals(0, new ProcessBuilder("mkfifo", marker.toString()).start().waitFor());
  }

  @Test
  void flush_applicationHasCommitted_publishesItNow() throws Exception {
    Sql.run(local.resolve("app.db"), "PRAGMA journal_mode = WAL", "CREATE TABLE t (x)");
    lazy();
    try (var application =
        SqlProcess.open(local.resolve("app.db"), workplace.root().resolve("native"))) {
      for (int i = 1; i <= 3; i++) {
        application.execute("INSERT INTO t VALUES ('a commit')");
        assertSays(ask("flush", local), 0, "everything is on the volume, generation " + (i + 1));
        assertEquals(
            Integer.toString(i), Sql.valueIn(volume.resolve("app.db"), "SELECT count(*) FROM t"));
      }
    }
    assertSays(ask("status", local, volume), 0, "watching", "unpublished nothing", "last heard");
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)));
  }

  @Test
  void flush_databaseIsCorrupt_exitsWith6AndNamesIt() throws Exception {
    Bank.create(volume.resolve("app.db"), Bank.JournalMode.DELETE, 2_000_000, 3);
    lazy();
    try (var file = new RandomAccessFile(local.resolve("app.db").toFile(), "rw")) {
      file.seek(20 * 4096);
      file.write(new byte[10 * 4096]);
    }
    Files.writeString(local.resolve("healthy.txt"), "goes on");
    assertSays(ask("flush", local), 6, "NOT on the volume", "app.db (it is corrupt");
    assertEquals("goes on", Files.readString(volume.resolve("healthy.txt")));
    assertSays(ask("status", local, volume), 0, "problem     app.db: it is corrupt");
  }

  @Test
  void flush_volumeHangs_timesOutAndTheAgentStaysWell() throws Exception {
    Files.writeString(local.resolve("f"), "1");
    var agent = lazy();
    hangOnTheMarker();
    Files.writeString(local.resolve("g"), "nowhere to go");
    assertSays(
        ask("flush", local, "--timeout", "2s"), 6, "after 2 s", "a pass that has been under way");
    assertSays(ask("status", local, volume), 0, "unpublished since", "pass        under way");
    assertTrue(agent.isAlive());
    agent.terminate();
    Await.until(
        "its stop",
        () -> ask("status", local, volume, "--json").out().contains("\"phase\": \"stopping\""));
  }

  @Test
  void flush_agentIsStopped_saysThatItDoesNotAnswer() throws Exception {
    var agent = lazy();
    agent.pause();
    assertSays(ask("flush", local, "--timeout", "1s"), 8, "does not answer");
    assertSays(ask("status", local, volume), 0, "does not answer");
    agent.goOn();
    Files.writeString(local.resolve("f"), "1");
    assertSays(ask("flush", local), 0, "everything is on the volume");
    assertEquals("1", Files.readString(volume.resolve("f")));
  }

  @Test
  void flush_agentWaitsForTheLease_saysThatItRestores() throws Exception {
    lazy();
    var other = workplace.directory("other");
    var waiting = workplace.closing(Liteferry.start("run", other, volume));
    waiting.awaitLog("the volume is in use by");
    assertSays(ask("flush", other), 6, "still restoring");
    assertSays(ask("status", other, volume), 0, "agent       restoring");
  }

  /** As after moving in: everything was there already. */
  @Test
  void status_nothingHadToBePublished_isWell() throws Exception {
    Files.writeString(volume.resolve("f"), "of before");
    lazy();
    assertSays(ask("status", local, volume), 0, "nothing had to be published yet", "last heard");
    assertSays(ask("status", volume, "--json"), 0, "\"generation\": 0", "\"lease\"");
  }

  @Test
  void flush_agentWasKilled_saysSoAndTheNextOneAnswers() throws Exception {
    lazy().kill();
    Await.until("its end", () -> ask("flush", local).exitCode() == 8);
    assertTrue(Files.exists(socket), "a killed agent leaves its socket");
    assertSays(ask("flush", local), 8, "no agent answers");
    var agent = lazy();
    assertSays(ask("flush", local), 0, "everything is on the volume");
    agent.terminate();
    assertEquals(0, agent.awaitEnd().exitCode());
    assertFalse(Files.exists(socket));
  }

  @Test
  void flush_ofAnotherLocal_isRefused() throws Exception {
    lazy();
    var other = workplace.directory("other");
    var state = workplace.root().resolve("local.liteferry");
    assertSays(ask("flush", other, "--state", state), 8, "refuses", local.toString());
  }

  /** As root, who may be anybody. */
  @Tag("faults")
  @Test
  void flush_byAnotherUser_isRefused() throws Exception {
    lazy();
    try (var asked = Liteferry.start(Map.of(), Liteferry.asUser(65534), "flush", local)) {
      var result = asked.awaitEnd(SOON);
      assertEquals(8, result.exitCode(), result::toString);
      assertTrue(result.err().getLast().contains("user"), result::toString);
    }
  }

  @Test
  void status_agentLingers_saysSo() throws Exception {
    var agent = lazy("--linger", "10m");
    agent.terminate();
    agent.awaitLog("stopping: lingering");
    Files.writeString(local.resolve("f"), "1");
    assertSays(ask("flush", local), 0, "everything is on the volume");
    assertSays(ask("status", local, volume, "--json"), 0, "\"phase\": \"lingering\"");
    assertEquals("1", Files.readString(volume.resolve("f")));
  }
}
