package io.liteferry.model;

import io.liteferry.history.Budget;
import io.liteferry.history.RetentionPolicy;
import io.liteferry.model.Recording.Moment;
import io.liteferry.model.Recording.Script;
import io.liteferry.scan.PathFilter;
import io.liteferry.volume.KeepSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.EnumSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Points are dropped, cut off at every moment: the others stay what they were. */
final class ThinningFaultTest {
  private static final int SAMPLE = 40;
  private static final int POINTS = 5;

  private static final Script THIN =
      pod -> {
        pod.requireReady();
        pod.publishAll();
        pod.thin();
      };

  @TempDir(factory = InMemory.class)
  Path directory;

  /** All but the newest, and the oldest of them first where nothing can be written. */
  private static final KeepSettings FEW =
      new KeepSettings(
          new RetentionPolicy(Duration.ZERO, 0, 0, 0, Budget.parse("1GiB")),
          1 << 20,
          PathFilter.ALL,
          ZoneId.of("UTC"));

  private FaultWalk.Start prepare(FaultWalk walk, Application application) throws Exception {
    walk.dropsPoints = true;
    var server = new ModelServer();
    walk.publishPoint(server);
    for (int i = 0; i < POINTS; i++) {
      application.keepBusy(i);
      walk.publishPoint(server);
    }
    walk.keep = FEW;
    return walk.new Start(server);
  }

  @Test
  void thin_killedAtAnyMoment_offersWhatWas() throws Exception {
    try (var walk = new FaultWalk(directory, "kill in thinning");
        var application = new Application(walk.local)) {
      var moments = prepare(walk, application).record(THIN);
      walk.requireSteps(EnumSet.of(Step.L6, Step.T4));
      walk.checkSeen(moments);
      for (var moment : walk.sample(moments, SAMPLE)) {
        walk.goOnHere(moment.server().copy(), moment.state(), moment.toString());
      }
    }
  }

  @Test
  void thin_volumeCrashesAtAnyMoment_offersWhatWas() throws Exception {
    try (var walk = new FaultWalk(directory, "crash in thinning");
        var application = new Application(walk.local)) {
      for (var moment : prepare(walk, application).record(THIN)) {
        for (var outcome : walk.sample(walk.checkCrashes(moment), 1, 10)) {
          thinAgain(walk, moment, outcome);
        }
      }
    }
  }

  private void thinAgain(FaultWalk walk, Moment moment, ModelServer outcome) throws Exception {
    var again = walk.from(outcome.copy(), moment.state()).record(THIN);
    walk.checkSeen(walk.sample(again, 3, 20));
    for (var second : walk.sample(again, 1, 5)) {
      walk.checkSomeCrashes(second);
    }
  }
}
