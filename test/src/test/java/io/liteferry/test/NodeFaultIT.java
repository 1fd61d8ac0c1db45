package io.liteferry.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What can go wrong on the node itself while the application and the volume are well. */
class NodeFaultIT {
  @RegisterExtension final Workplace workplace = new Workplace();

  private Path local;
  private Path volume;

  @BeforeEach
  void makeBothSides() throws IOException {
    local = workplace.directory("local");
    volume = workplace.directory("volume");
    Files.writeString(volume.resolve("file.txt"), "published before");
  }

  private static void stop(Liteferry agent) throws InterruptedException {
    agent.terminate();
    var ended = agent.awaitEnd();
    assertEquals(0, ended.exitCode(), ended::toString);
  }

  private void awaitPublished(String name, String text) throws Exception {
    Await.until(
        name + " on the volume",
        () ->
            Files.exists(volume.resolve(name))
                && Files.readString(volume.resolve(name)).equals(text));
  }

  @Test
  void run_stoppedForLongerThanTheLeaseWithNobodyElse_goesOnByItself() throws Exception {
    try (var agent = Liteferry.start("run", local, volume, "--lease-duration", "1s")) {
      agent.awaitLog(Liteferry.READY);
      agent.pause();
      Files.writeString(local.resolve("new.txt"), "made meanwhile");
      TimeUnit.MILLISECONDS.sleep(2_500);
      agent.goOn();
      awaitPublished("new.txt", "made meanwhile");
      assertEquals(0, agent.countLog("ERROR"), () -> agent.log().toString());
      stop(agent);
    }
  }

  @Test
  void run_stateDeletedWhileItWorks_makesItAnewAndLosesNothing() throws Exception {
    try (var agent = Liteferry.start("run", local, volume)) {
      agent.awaitLog(Liteferry.READY);
      takeStateAway("first");
      Files.writeString(local.resolve("new.txt"), "made afterwards");
      Sql.run(local.resolve("app.db"), "CREATE TABLE t (x)", "INSERT INTO t VALUES ('one')");
      awaitPublished("new.txt", "made afterwards");
      takeStateAway("second");
      Sql.run(local.resolve("app.db"), "INSERT INTO t VALUES ('two')");
      Files.writeString(local.resolve("new.txt"), "made at the end");
      stop(agent);
    }
    for (int start = 0; start < 2; start++) {
      assertEquals("made at the end", Files.readString(volume.resolve("new.txt")));
      assertEquals("2", Sql.valueIn(volume.resolve("app.db"), "SELECT count(*) FROM t"));
      try (var agent = Liteferry.start("run", local, volume)) {
        agent.awaitLog(Liteferry.READY);
        assertEquals(1, agent.countLog("kept"), () -> agent.log().toString());
        stop(agent);
      }
    }
  }

  /** At once: a deletion name by name would meet the agent writing there. */
  private void takeStateAway(String to) throws IOException {
    Files.move(workplace.root().resolve("local.liteferry"), workplace.root().resolve(to));
  }

  /** Few enough for trouble with every pass, enough for Java itself to start. */
  @Test
  void run_tooFewOpenFiles_neverPublishesAnythingTorn() throws Exception {
    for (int i = 0; i < 200; i++) {
      Files.writeString(volume.resolve("file" + i), "content " + i);
    }
    var before = TreeListing.of(volume, TreeListing.Detail.CONTENT);
    for (int limit : new int[] {12, 16, 20, 26}) {
      try (var agent =
          Liteferry.start(
              Map.of(),
              List.of("bash", "-c", "ulimit -n " + limit + " && exec \"$@\"", "limited"),
              "run",
              local,
              volume,
              "--transfers",
              "64",
              "--flush-timeout",
              "1s")) {
        TimeUnit.MILLISECONDS.sleep(1_500);
        agent.terminate();
        agent.awaitEnd();
      }
      assertEquals(before, TreeListing.of(volume, TreeListing.Detail.CONTENT));
    }
    try (var agent = Liteferry.start("run", local, volume)) {
      agent.awaitLog(Liteferry.READY);
      stop(agent);
    }
    assertEquals(before, TreeListing.of(volume, TreeListing.Detail.CONTENT));
    assertTrue(TreeListing.of(local, TreeListing.Detail.CONTENT).equals(before));
  }

  /** No stack trace: it is no error of ours, and the remedy is a number. */
  @Test
  void run_heapTooSmallForTheTree_saysWhichAndHowToRaiseIt() throws Exception {
    Files.delete(volume.resolve("file.txt"));
    for (int i = 0; i < 40_000; i++) {
      Files.createFile(local.resolve("a-rather-long-name-of-a-file-" + i));
    }
    var environment = Map.of("JDK_JAVA_OPTIONS", "-Xmx12m");
    try (var agent = Liteferry.start(environment, List.of(), "run", local, volume)) {
      var ended = agent.awaitEnd();
      assertEquals(11, ended.exitCode(), ended::toString);
      assertTrue(
          ended.err().stream()
              .anyMatch(
                  line ->
                      line.matches("liteferry: out of memory: the heap may have \\d+ MB.*limit")),
          ended::toString);
      assertEquals(0, agent.countLog("\tat "), ended::toString);
    }
  }
}
