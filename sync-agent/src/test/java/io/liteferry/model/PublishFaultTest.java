package io.liteferry.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.lease.VolumeException;
import io.liteferry.model.Recording.Moment;
import io.liteferry.model.Recording.Script;
import io.liteferry.state.Index;
import io.liteferry.state.StateDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A pass over every kind of change, cut off at every moment. */
final class PublishFaultTest {
  @TempDir(factory = InMemory.class)
  Path directory;

  /** How many continuations one test makes, unless it makes all. */
  private static final int SAMPLE = 40;

  private static final Script SECOND =
      pod -> {
        pod.requireReady();
        pod.publishAll();
      };

  /** What everything meets on a volume that is full, read-only, gone or unmounted. */
  private static final List<Errno> AWAY =
      List.of(Errno.ENOSPC, Errno.EROFS, Errno.EIO, Errno.ESTALE, Errno.ENOENT, Errno.EACCES);

  private FaultWalk.Start prepareSecondVersion(FaultWalk walk, Application application)
      throws Exception {
    var server = new ModelServer();
    walk.publishPoint(server);
    for (int i = 0; i < 2; i++) {
      application.keepBusy(i);
      walk.publishPoint(server);
    }
    application.workOn();
    walk.contract.addVersion(walk.local);
    return walk.new Start(server);
  }

  private List<Moment> recordSecondVersion(FaultWalk walk, Application application)
      throws Exception {
    var moments = prepareSecondVersion(walk, application).record(SECOND);
    walk.requireSteps(
        EnumSet.of(
            Step.NONE, Step.L1, Step.L3, Step.L5, Step.G2, Step.G4, Step.P4, Step.P5, Step.P6,
            Step.P7, Step.P8));
    return moments;
  }

  @Test
  void pass_killedAtAnyMoment_isSoundAndTheNextStartCompletesIt() throws Exception {
    try (var walk = new FaultWalk(directory, "kill in a pass");
        var application = new Application(walk.local)) {
      var moments = recordSecondVersion(walk, application);
      walk.checkSeen(moments);
      new Continuations(walk).afterKills(moments, SAMPLE);
    }
  }

  @Test
  void pass_volumeCrashesAtAnyMoment_isSoundAndTheNextStartCompletesIt() throws Exception {
    try (var walk = new FaultWalk(directory, "crash in a pass");
        var application = new Application(walk.local)) {
      var moments = recordSecondVersion(walk, application);
      new Continuations(walk).afterCrashes(moments);
      walk.checkCrashes(moments.getLast(), walk.contract.onlyLast());
    }
  }

  @Test
  void pass_anyErrorAtAnyOperation_isSoundAndALaterPassCompletesIt() throws Exception {
    try (var walk = new FaultWalk(directory, "error in a pass");
        var application = new Application(walk.local)) {
      var start = prepareSecondVersion(walk, application);
      new Continuations(walk).afterErrors(start, SECOND, 150);
    }
  }

  @Test
  void pass_volumeGoesAwayAtAnyOperation_isSoundAndALaterPassCompletesIt() throws Exception {
    try (var walk = new FaultWalk(directory, "volume away in a pass");
        var application = new Application(walk.local)) {
      var start = prepareSecondVersion(walk, application);
      for (var request : walk.sample(start.requests(SECOND), 40)) {
        int n = request.number();
        for (var errno : walk.sample(AWAY, 1)) {
          walk.dropsPoints = errno.isOfRoom(); // history makes it before a publication fails
          var kinds =
              switch (errno) {
                case ENOSPC -> Faults.GROWING;
                case EROFS -> Faults.CHANGING;
                default -> Faults.ALL;
              };
          walk.failAndGoOn(
              start, SECOND, Faults.from(n, kinds, errno), errno + " from " + request + " on");
        }
      }
    }
  }

  @Test
  void pass_itsRecoveryIsCutOffToo_isSoundAndTheNextStartCompletesIt() throws Exception {
    try (var walk = new FaultWalk(directory, "kill in the recovery of a pass");
        var application = new Application(walk.local)) {
      for (var first : walk.sample(recordSecondVersion(walk, application), 4)) {
        var left = new ArrayList<>(walk.sample(walk.checkSomeCrashes(first), 1, 1));
        left.add(first.server()); // only the agent died: what it had not synced is still there
        for (var volume : left) {
          var recovery = walk.from(volume, first.state()).record(SECOND);
          walk.checkSeen(recovery);
          for (var second : walk.sample(recovery, 8, 20)) {
            var when = first + ", recovering until " + second;
            walk.goOnHere(second.server().copy(), second.state(), when);
            for (var again : walk.sample(walk.checkSomeCrashes(second), 1, 1)) {
              walk.goOnHere(again.copy(), second.state(), when + ", crashed");
            }
          }
        }
      }
    }
  }

  /** What the one before renamed and did not sync, the next agent must not take for durable. */
  @Test
  void pass_killedAndTheVolumeCrashesUnderTheNextAgent_isSound() throws Exception {
    try (var walk = new FaultWalk(directory, "kill in a pass, crash in the next");
        var application = new Application(walk.local)) {
      for (var first : walk.sample(recordSecondVersion(walk, application), SAMPLE)) {
        var recovery = walk.from(first.server(), first.state()).record(SECOND);
        for (var second : walk.sample(recovery, 3, 20)) {
          walk.checkSomeCrashes(second);
        }
        walk.checkCrashes(recovery.getLast(), walk.contract.onlyLast());
      }
    }
  }

  /** The same, when the next agent is one that knows nothing of the one before. */
  @Test
  void pass_killedAndTheVolumeCrashesUnderAnAgentElsewhere_isSound() throws Exception {
    try (var walk = new FaultWalk(directory, "kill in a pass, crash under another node");
        var application = new Application(walk.local)) {
      for (var first : walk.sample(recordSecondVersion(walk, application), SAMPLE)) {
        walk.workElsewhereAndCrash(first.server().copy());
      }
    }
  }

  /** Else a start after a crash of the server would take local for what everybody has. */
  @Test
  void pass_failsBeforeItsNamesAreDurable_isNotInTheIndex() throws Exception {
    try (var walk = new FaultWalk(directory, "names that are not durable");
        var application = new Application(walk.local)) {
      var server = new ModelServer();
      walk.publish(server);
      application.workOn();
      var before = index(walk);
      try (var pod = walk.pod(server, "agent")) {
        pod.requireReady();
        var renamed = new AtomicBoolean();
        pod.client.gate(
            request -> {
              var target = request.other();
              if (request.kind() == Request.Kind.RENAME
                  && target != null
                  && target.endsWith("ledger.db")) {
                renamed.set(true);
              }
              return renamed.get() && request.kind() == Request.Kind.SYNC
                  ? new Gate.Fate.Fails(Errno.EIO, false)
                  : Gate.Fate.Passes.ONCE;
            });
        assertThrows(VolumeException.class, pod::pass);
        assertTrue(renamed.get());
      }
      for (var database : List.of("d/ledger.db", "store.db", "gone.db")) {
        var path = Path.of(database);
        assertEquals(before.entries().get(path), index(walk).entries().get(path), database);
        assertNotNull(before.entries().get(path));
      }
    }
  }

  private static Index index(FaultWalk walk) throws IOException {
    var state = StateDirectory.look(walk.state);
    return state.readIndex(state.read().orElseThrow().volumeId());
  }
}
