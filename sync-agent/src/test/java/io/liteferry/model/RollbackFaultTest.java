package io.liteferry.model;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.KeptTrees;
import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.lease.VolumeException;
import io.liteferry.model.Recording.Moment;
import io.liteferry.model.Recording.Script;
import io.liteferry.restore.RefusedException;
import io.liteferry.restore.UnsoundDatabaseException;
import io.liteferry.volume.CutOffRollback;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A rollback over every kind of change, cut off at every moment: what was there before it can be
 * had, and so can the point to which it goes; once it has begun to change the volume, the next
 * start finishes it.
 */
final class RollbackFaultTest {
  private static final int SAMPLE = 20;

  /** The first version of the application. */
  private static final long POINT = 1;

  private static final Script BACK = pod -> pod.rollback(POINT);

  @TempDir(factory = InMemory.class)
  Path directory;

  private FaultWalk walk;
  private final SortedMap<Long, SortedMap<String, String>> trees = new TreeMap<>();

  /** The second version is on the volume, and the node that published it is lost. */
  private FaultWalk.Start prepare() throws Exception {
    var server = new ModelServer();
    try (var application = new Application(walk.local)) {
      publishPoint(server);
      for (int i = 0; i < 2; i++) {
        application.keepBusy(i);
        publishPoint(server);
      }
      application.workOn();
      publishPoint(server);
    }
    loseNode();
    return walk.new Start(server);
  }

  private void publishPoint(ModelServer server) throws Exception {
    walk.publishPoint(server);
    var volume = volume(server);
    trees.put(volume.manifest().orElseThrow().generation(), KeptTrees.current(volume));
  }

  private void loseNode() throws IOException {
    Site.deleteContent(walk.local);
    Site.deleteContent(walk.state);
  }

  private static Volume volume(ModelServer server) {
    return new Volume(FaultWalk.rootOf(server));
  }

  /** What a start makes of a volume: what it was, unless the rollback had begun there. */
  private SortedMap<String, String> expected(ModelServer server) throws IOException {
    var volume = volume(server);
    boolean isBegun =
        CutOffRollback.of(volume).isPresent()
            || volume.manifest().orElseThrow().applied("by hand").isPresent();
    return trees.get(isBegun ? POINT : trees.lastKey());
  }

  private void goOnElsewhere(ModelServer server, String when) throws Exception {
    var expected = expected(server);
    walk.goOnElsewhere(server, Pod::start, when);
    assertEquals(expected, KeptTrees.current(volume(server)), when);
  }

  private void goOnHere(Moment moment, Script start) throws Exception {
    var server = moment.server().copy();
    walk.goOnHere(server, moment.state(), start, moment.toString());
    assertEquals(trees.get(POINT), KeptTrees.current(volume(server)), moment.toString());
  }

  private static boolean isReady(Moment moment) {
    return new String(moment.state().getOrDefault("state.json", new byte[0]), UTF_8)
        .contains("ready");
  }

  private static boolean isAtB6(Path state) {
    try {
      var text = Files.readString(state.resolve("state.json"));
      return text.contains("ready") && text.contains("by hand");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private SortedSet<Step> steps() {
    return new java.util.TreeSet<>(
        EnumSet.of(Step.NONE, Step.L1, Step.L3, Step.G2, Step.G4, Step.P4, Step.P5, Step.P6));
  }

  @Test
  void rollback_killedAtAnyMoment_isFinishedByTheNextStart() throws Exception {
    try (var all = new FaultWalk(directory, "kill in a rollback")) {
      walk = all;
      var moments = prepare().record(BACK);
      walk.requireSteps(steps());
      walk.checkSeen(moments);
      for (var moment : walk.sample(moments, SAMPLE)) {
        goOnElsewhere(moment.server().copy(), moment.toString());
      }
      for (var moment :
          walk.sample(moments.stream().filter(RollbackFaultTest::isReady).toList(), SAMPLE)) {
        goOnHere(moment, Pod::start);
        goOnHere(moment, Pod::init);
      }
    }
  }

  @Test
  void rollback_volumeCrashesAtAnyMoment_isFinishedByTheNextStart() throws Exception {
    try (var all = new FaultWalk(directory, "crash in a rollback")) {
      walk = all;
      for (var moment : prepare().record(BACK)) {
        for (var outcome : walk.sample(walk.checkCrashes(moment), 1, 10)) {
          goOnElsewhere(outcome.copy(), moment + ", crashed");
        }
      }
    }
  }

  @Test
  void rollback_killedAndKilledAgain_isFinishedByTheNextStart() throws Exception {
    try (var all = new FaultWalk(directory, "kill in a rollback, kill in the next start")) {
      walk = all;
      for (var moment : walk.sample(prepare().record(BACK), SAMPLE / 2)) {
        loseNode();
        var expected = expected(moment.server());
        for (var second : walk.sample(walk.new Start(moment.server()).record(Pod::start), 3, 20)) {
          var server = second.server().copy();
          walk.goOnElsewhere(server, Pod::start, moment + ", " + second);
          assertEquals(expected, KeptTrees.current(volume(server)), moment + ", " + second);
        }
      }
    }
  }

  private Path local() {
    return directory.resolve("local");
  }

  private Pod pod(ModelServer server, String client) throws IOException {
    return new Pod(local(), directory.resolve("state"), server.mount(client));
  }

  /** A rollback has brought its point to local, and no pass of it reached the volume. */
  private ModelServer rolledBackUpToB6() throws Exception {
    var server = new ModelServer();
    Files.createDirectory(local());
    try (var pod = pod(server, "a");
        var database = TestDatabase.create(local().resolve("app.db"))) {
      pod.requireReady();
      Files.writeString(local().resolve("file"), "one");
      database.insertMany(3);
      pod.publishAll();
      Files.writeString(local().resolve("file"), "another");
      database.insertMany(3);
      pod.publishAll();
    }
    try (var pod = pod(server, "b")) {
      var state = directory.resolve("state");
      pod.client.gate(
          request -> isAtB6(state) ? new Gate.Fate.Fails(Errno.EIO, false) : Gate.Fate.Passes.ONCE);
      assertThrows(VolumeException.class, () -> BACK.run(pod));
    }
    return server;
  }

  private static boolean isAtAnyPoint(ModelServer server, String name) throws IOException {
    return new KeptTrees(volume(server))
        .all().values().stream().anyMatch(tree -> tree.containsKey(name));
  }

  /** Local has more than what the first rollback brought, though no pass reached the volume. */
  @Test
  void rollback_theApplicationWorkedAfterOneThatFailed_isAPointFirst() throws Exception {
    var server = rolledBackUpToB6();
    try (var pod = pod(server, "c")) {
      pod.start();
      Files.writeString(local().resolve("work"), "of the application");
    }
    try (var pod = pod(server, "d")) {
      BACK.run(pod);
    }
    assertTrue(isAtAnyPoint(server, "work"));
  }

  @Test
  void rollback_theApplicationWorkedWithoutAnAgentAfterOneThatFailed_isAPointFirst()
      throws Exception {
    var server = rolledBackUpToB6();
    Files.writeString(local().resolve("work"), "of the application");
    try (var pod = pod(server, "c")) {
      pod.rollback(2);
    }
    assertTrue(isAtAnyPoint(server, "work"));
  }

  @Test
  void rollback_nothingIsNewAfterOneThatFailed_makesNoPointOfThat() throws Exception {
    var server = rolledBackUpToB6();
    Files.createFile(local().resolve("app.db-wal")); // as a pass leaves it that was killed
    try (var pod = pod(server, "c")) {
      pod.rollback(2);
    }
    assertEquals(3, volume(server).manifest().orElseThrow().generation());
  }

  @Test
  void rollback_anyErrorAtAnyOperation_isThePointAfterAnotherTry() throws Exception {
    try (var all = new FaultWalk(directory, "error in a rollback")) {
      walk = all;
      var start = prepare();
      for (var request : walk.sample(start.requests(BACK), 80)) {
        for (var fault : walk.sample(Faults.of(request.kind()), 1)) {
          walk.dropsPoints = fault.errno().isOfRoom();
          fail(start, Faults.once(request.number(), fault), request + " " + fault);
        }
      }
    }
  }

  private void fail(FaultWalk.Start start, Gate gate, String when) throws Exception {
    loseNode();
    var pod = start.pod();
    pod.client.gate(gate);
    try {
      try {
        BACK.run(pod);
      } catch (VolumeException | RefusedException | UnsoundDatabaseException e) {
        // told so
      }
      pod.client.gate(Gate.OPEN);
      var server = pod.client.server();
      walk.contract.check(FaultWalk.rootOf(server), when);
      for (int tries = 0; ; tries++) {
        try {
          pod.start();
          BACK.run(pod);
          break;
        } catch (VolumeException e) {
          if (tries == 2) {
            throw e; // the lease is to be claimed anew, once
          }
        }
      }
      assertEquals(trees.get(POINT), KeptTrees.current(volume(server)), when);
      walk.requireEqual(pod, when);
      pod.stop();
    } catch (IOException | RuntimeException e) {
      throw new AssertionError(when + ": " + e, e);
    } finally {
      pod.close();
    }
  }
}
