package io.liteferry.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.durable.Digest;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.model.Recording.Moment;
import io.liteferry.model.Recording.Script;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The first publication to a volume: to an empty one, and over what a direct use left there. */
final class FirstPublicationFaultTest {
  private static final int SAMPLE = 30;

  private static final Script FIRST =
      pod -> {
        pod.requireReady();
        pod.publishAll();
      };

  @TempDir(factory = InMemory.class)
  Path directory;

  private List<Moment> recordAdoption(FaultWalk walk, Application application) throws Exception {
    var moments = prepareAdoption(walk, application).record(FIRST);
    walk.requireSteps(
        EnumSet.of(Step.L1, Step.L3, Step.MARKED, Step.P4, Step.P5, Step.P6, Step.P8));
    return moments;
  }

  private FaultWalk.Start prepareAdoption(FaultWalk walk, Application application)
      throws Exception {
    walk.contract.addVersion(Files.createDirectory(directory.resolve("nothing")));
    walk.contract.addVersion(application.local());
    return walk.new Start(new ModelServer());
  }

  private static void goOn(FaultWalk walk, List<Moment> moments) throws Exception {
    walk.checkSeen(moments);
    for (var moment : walk.sample(moments, SAMPLE)) {
      walk.goOnHere(moment.server().copy(), moment.state(), moment.toString());
    }
  }

  private static void goOnAfterCrashes(FaultWalk walk, List<Moment> moments) throws Exception {
    for (var moment : moments) {
      for (var outcome : walk.sample(walk.checkCrashes(moment), 1, 10)) {
        walk.goOnHere(outcome.copy(), moment.state(), moment + ", crashed");
      }
    }
    walk.checkCrashes(moments.getLast(), walk.contract.onlyLast());
  }

  @Test
  void adopt_killedAtAnyMoment_isSoundAndTheNextStartCompletesIt() throws Exception {
    try (var walk = new FaultWalk(directory, "kill in a first pass");
        var application = new Application(walk.local)) {
      goOn(walk, recordAdoption(walk, application));
    }
  }

  @Test
  void adopt_volumeCrashesAtAnyMoment_isSoundAndTheNextStartCompletesIt() throws Exception {
    try (var walk = new FaultWalk(directory, "crash in a first pass");
        var application = new Application(walk.local)) {
      goOnAfterCrashes(walk, recordAdoption(walk, application));
    }
  }

  @Test
  void adopt_anyErrorAtAnyOperation_isSoundAndALaterPassCompletesIt() throws Exception {
    try (var walk = new FaultWalk(directory, "error in a first pass");
        var application = new Application(walk.local)) {
      var start = prepareAdoption(walk, application);
      for (var request : walk.sample(start.requests(FIRST), 60)) {
        for (var fault : walk.sample(Faults.of(request.kind()), 1)) {
          walk.failAndGoOn(
              start, FIRST, Faults.once(request.number(), fault), request + " " + fault);
        }
      }
    }
  }

  /** A volume on which an application ran directly and was killed, restored to local. */
  private FaultWalk.Start restoreAfterDirectUse(FaultWalk walk) throws Exception {
    var direct = Files.createDirectory(directory.resolve("direct"));
    var server = new ModelServer();
    try (var application = new Application(direct)) {
      TestDatabase.createHotJournal(direct.resolve("hot.db"), directory.resolve("scratch-of-hot"));
      application.copyTo(server);
      assertTrue(Files.exists(FaultWalk.rootOf(server).resolve("store.db-wal")));
    }
    walk.contract.allowingSideFiles().addVersion(FaultWalk.rootOf(server));
    var pod = walk.pod(server, "restore");
    pod.restore();
    pod.stop();
    server.syncAll();
    work(walk.local);
    walk.contract.addVersion(walk.local);
    return walk.new Start(server);
  }

  private List<Moment> recordOverSideFiles(FaultWalk walk) throws Exception {
    var moments = restoreAfterDirectUse(walk).record(FIRST);
    walk.requireSteps(EnumSet.of(Step.P4, Step.F2, Step.F3, Step.P5, Step.P6, Step.P8));
    return moments;
  }

  private static void work(Path local) throws IOException {
    Files.writeString(local.resolve("uploads/new"), "new");
    try (var store = TestDatabase.open(local.resolve("store.db"));
        var hot = TestDatabase.open(local.resolve("hot.db"))) {
      store.run("INSERT INTO document VALUES ('uploads/new')");
      hot.insert("after the restore");
    }
  }

  @Test
  void pass_killedOverSideFiles_leavesTheOldOrTheNewDatabase() throws Exception {
    try (var walk = new FaultWalk(directory, "kill over side files")) {
      goOn(walk, recordOverSideFiles(walk));
    }
  }

  @Test
  void pass_volumeCrashesOverSideFiles_leavesTheOldOrTheNewDatabase() throws Exception {
    try (var walk = new FaultWalk(directory, "crash over side files")) {
      goOnAfterCrashes(walk, recordOverSideFiles(walk));
    }
  }

  @Test
  void pass_anyErrorOverSideFiles_isSoundAndALaterPassCompletesIt() throws Exception {
    try (var walk = new FaultWalk(directory, "error over side files")) {
      var start = restoreAfterDirectUse(walk);
      for (var request : walk.sample(start.requests(FIRST), 60)) {
        for (var fault : walk.sample(Faults.of(request.kind()), 1)) {
          walk.failAndGoOn(
              start, FIRST, Faults.once(request.number(), fault), request + " " + fault);
        }
      }
    }
  }

  /** An error is not "there is nothing": without its WAL the copy would lack commits. */
  @Test
  void fold_errorAtALook_isNeverTakenForAbsence() throws Exception {
    try (var walk = new FaultWalk(directory, "blind look at side files")) {
      var start = restoreAfterDirectUse(walk);
      for (var name : List.of("store.db", "hot.db")) {
        var database = Path.of(name);
        int looks = 0;
        var whole = fold(start, database, Gate.OPEN);
        for (var request : start.requests(pod -> pod.fold(database))) {
          if (request.kind() == Request.Kind.LOOK) {
            looks++;
            var gate = Faults.once(request.number(), new Gate.Fate.Fails(Errno.EIO, false));
            try {
              assertEquals(whole, fold(start, database, gate), "EIO at " + request);
            } catch (IOException e) {
              // to be begun again
            }
          }
        }
        assertTrue(looks > 0);
      }
    }
  }

  private static Digest fold(FaultWalk.Start start, Path database, Gate gate) throws IOException {
    try (var pod = start.pod()) {
      pod.client.gate(gate);
      return pod.fold(database);
    }
  }
}
