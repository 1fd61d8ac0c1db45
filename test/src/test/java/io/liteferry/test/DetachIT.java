package io.liteferry.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.test.TreeListing.Detail;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The way out, with agents at work, stopped and killed. */
class DetachIT {
  private static final int REFUSED = 3;
  private static final int LEASE_HELD = 9;
  private static final List<String> SHORT = List.of("--lease-duration", "2s");

  @RegisterExtension final Workplace workplace = new Workplace();

  private Path local;
  private Path volume;

  @BeforeEach
  void makeApplication() throws Exception {
    local = workplace.directory("local");
    volume = workplace.directory("volume");
    Files.writeString(local.resolve("config.yaml"), "port: 8080\n");
    Bank.create(local.resolve("app.db"), Bank.JournalMode.WAL, 100_000, 1);
    Bank.create(local.resolve("old.db"), Bank.JournalMode.DELETE, 100_000, 2);
  }

  private Liteferry run(Path at) throws IOException {
    return workplace.closing(Liteferry.start("run", at, volume, SHORT.get(0), SHORT.get(1)));
  }

  private static void stop(Liteferry agent) throws InterruptedException {
    agent.terminate();
    var ended = agent.awaitEnd();
    assertEquals(0, ended.exitCode(), ended::toString);
  }

  private void assertPlain() throws Exception {
    assertFalse(Files.exists(volume.resolve(".liteferry")));
    assertEquals(
        List.of("app.db", "config.yaml", "old.db"),
        TreeListing.of(volume, Detail.CONTENT).keySet().stream().sorted().toList());
  }

  @Test
  void detach_agentAtWorkThenStopped_waitsAndLeavesPlainFiles() throws Exception {
    var agent = run(local);
    agent.awaitLog(Liteferry.READY);
    var early = Liteferry.run("detach", volume, "--lease-wait", "1s");
    assertEquals(LEASE_HELD, early.exitCode(), early::toString);

    var detach = workplace.closing(Liteferry.start("detach", volume, "--discard-history"));
    detach.awaitLog("waiting until it stops");
    Files.writeString(local.resolve("config.yaml"), "port: 8081\n");
    stop(agent);
    var done = detach.awaitEnd();
    assertEquals(0, done.exitCode(), done::toString);
    assertTrue(done.out().contains("detached: 2 databases and 1 file"), done::toString);
    assertPlain();
    assertEquals("port: 8081\n", Files.readString(volume.resolve("config.yaml")));

    var old = Liteferry.run("run", local, volume);
    assertEquals(REFUSED, old.exitCode(), old::toString);
    assertTrue(old.err().getLast().contains("detached?"), old::toString);
    assertPlain();

    var fresh = workplace.directory("fresh");
    var adopted = run(fresh);
    adopted.awaitLog(Liteferry.READY);
    stop(adopted);
    assertEquals(
        TreeListing.of(volume, Detail.CONTENT).get("app.db"),
        TreeListing.of(fresh, Detail.CONTENT).get("app.db"));
  }

  @Test
  void detach_agentWasKilled_isRefusedUntilItHasStoppedInOrder() throws Exception {
    var agent = run(local);
    agent.awaitLog(Liteferry.READY);
    agent.kill();
    agent.awaitEnd();
    var before = TreeListing.of(volume, Detail.EVERYTHING);
    var refused = Liteferry.run("detach", volume);
    assertEquals(REFUSED, refused.exitCode(), refused::toString);
    assertTrue(refused.err().getLast().contains("--without-flush"), refused::toString);
    assertEquals(before, TreeListing.of(volume, Detail.EVERYTHING));

    var again = run(local);
    again.awaitLog(Liteferry.READY);
    stop(again);
    assertEquals(0, Liteferry.run("detach", volume, "--discard-history").exitCode());
    assertPlain();
  }

  /** It was away for longer than its lease, and never learns that the volume was given back. */
  @Test
  void detach_oldAgentWakesUpAfterwards_changesNothing() throws Exception {
    var agent = run(local);
    agent.awaitLog(Liteferry.READY);
    agent.pause();
    var forced = Liteferry.run("detach", volume, "--without-flush", "--discard-history");
    assertEquals(0, forced.exitCode(), forced::toString);
    var before = TreeListing.of(volume, Detail.EVERYTHING);
    Files.writeString(local.resolve("config.yaml"), "too late");
    agent.goOn();
    agent.awaitLog("a pass failed");
    assertEquals(before, TreeListing.of(volume, Detail.EVERYTHING));
    agent.terminate();
    assertTrue(agent.awaitEnd().exitCode() != 0);
    assertEquals(before, TreeListing.of(volume, Detail.EVERYTHING));
  }
}
