package io.liteferry.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.test.Bank.JournalMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * An application commits all the time while its agent is killed at random moments and started
 * again. Now and then the application is killed, too, and now and then the whole node is lost.
 * Every state of the volume is audited, and at the end nothing is missing.
 */
class KillLoopIT {
  private static final int KILLS = Integer.getInteger("liteferry.test.kills", 25);
  private static final long SEED = Long.getLong("liteferry.test.seed", System.nanoTime());
  private static final Path DATABASE = Path.of("data", "app.db");
  private static final int RATE = 100;
  private static final long BYTES = 2_000_000;

  /** Of so many kills of the agent, one comes with the loss of the node. */
  private static final int NODE_LOST_EVERY = 12;

  private static final int APPLICATION_KILLED_EVERY = 6;
  private static final int LONGEST_MILLIS = 1500;

  @RegisterExtension final Workplace workplace = new Workplace();

  private Path local;
  private Path state;
  private Path volume;
  private Random random;
  private WriterProcess writer;
  private int writers;

  @Tag("kills-short")
  @ParameterizedTest
  @EnumSource(names = {"WAL", "DELETE"})
  void run_killedAtRandomAgainAndAgain_losesNothing(JournalMode mode) throws Exception {
    long begun = System.nanoTime();
    System.out.printf("kill loop, %s: %d kills, seed %d%n", mode, KILLS, SEED);
    random = new Random(SEED);
    local = workplace.directory("local");
    state = workplace.root().resolve("local.liteferry");
    volume = workplace.directory("volume");
    Bank.create(volume.resolve(DATABASE), mode, BYTES, SEED);
    restore();
    int nodesLost = 0;
    int applicationsKilled = 0;
    try (var observer = Observer.start(volume, DATABASE, workplace.root().resolve("observed"))) {
      startWriter(mode);
      for (int kill = 1; kill <= KILLS; kill++) {
        killOneAgent(kill);
        if (random.nextInt(NODE_LOST_EVERY) == 0) {
          nodesLost++;
          loseNode(kill);
          startWriter(mode);
        } else if (random.nextInt(APPLICATION_KILLED_EVERY) == 0) {
          applicationsKilled++;
          writer.kill();
          writer.close();
          startWriter(mode);
        }
      }
      long last = stopInOrder();
      var report = observer.stop();
      System.out.printf(
          "kill loop, %s: %d kills, %d of the application, %d nodes lost; %d states, %d audited, %d"
              + " bad; %d commits, %d s%n",
          mode,
          KILLS,
          applicationsKilled,
          nodesLost,
          report.seen(),
          report.audited(),
          report.bad(),
          last,
          (System.nanoTime() - begun) / 1_000_000_000);
      assertEquals(List.of(), report.problems());
      assertEquals(report.seen(), report.audited());
      assertEquals(last, report.states().getLast().lastId(), "the last commit");
    } finally {
      if (writer != null) {
        writer.close();
      }
    }
  }

  private void killOneAgent(int kill) throws Exception {
    try (var agent = startAgent()) {
      Thread.sleep(random.nextInt(LONGEST_MILLIS));
      assertTrue(agent.isAlive(), () -> "ended before kill " + kill + ": " + agent.log());
      agent.kill();
      agent.awaitEnd();
    }
  }

  /** The node is lost, and the restore elsewhere is killed as well before it succeeds. */
  private void loseNode(int kill) throws Exception {
    writer.kill();
    writer.close();
    Workplace.delete(local);
    Workplace.delete(state);
    Files.createDirectory(local);
    if (random.nextBoolean()) {
      try (var restore = Liteferry.start(restoreArguments())) {
        Thread.sleep(random.nextInt(LONGEST_MILLIS));
        restore.kill();
        restore.awaitEnd();
      }
    }
    restore();
    var audit = Bank.auditLive(local.resolve(DATABASE));
    assertEquals(List.of(), audit.problems(), "restored after kill " + kill);
    for (var upload : audit.uploads()) {
      assertEquals(upload.sha256(), Sha256.of(local.resolve(Bank.UPLOADS).resolve(upload.name())));
    }
  }

  /** Returns the last commit. */
  private long stopInOrder() throws Exception {
    try (var agent = startAgent()) {
      agent.awaitLog(Liteferry.READY);
      writer.terminate();
      agent.terminate();
      var ended = agent.awaitEnd();
      assertEquals(0, ended.exitCode(), ended::toString);
    }
    assertEquals(withoutDatabase(local), withoutDatabase(volume));
    return writer.records().lastId();
  }

  private static NavigableMap<String, String> withoutDatabase(Path tree) throws IOException {
    var listing = TreeListing.of(tree, TreeListing.Detail.CONTENT);
    listing.keySet().removeIf(name -> name.startsWith(DATABASE.toString()));
    return listing;
  }

  private void restore() throws Exception {
    var restored = Liteferry.run(restoreArguments());
    assertEquals(0, restored.exitCode(), restored::toString);
  }

  /** Whoever comes to a lost node's volume waits for its lease. */
  private Object[] restoreArguments() {
    return new Object[] {"restore", local, volume, "--lease-duration", "2s"};
  }

  private Liteferry startAgent() throws IOException {
    return Liteferry.start(
        "run", local, volume, "--lease-duration", "2s", "--settle", "20ms", "--max-delay", "100ms");
  }

  private void startWriter(JournalMode mode) throws IOException {
    writers++;
    writer =
        WriterProcess.start(
            local.resolve(DATABASE),
            local,
            workplace.root().resolve("record-" + writers),
            mode,
            RATE,
            SEED + writers);
  }
}
