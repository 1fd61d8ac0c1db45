package io.liteferry.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Kills the agent before each single system call that changes volume, local or state, and in the
 * middle of each write. After each kill the contract must hold on the volume, and the same command
 * must complete what was begun.
 */
class KillPointsIT {
  private static final int SAMPLES = Integer.getInteger("liteferry.test.samples", 60);

  private static final long SEED = Long.getLong("liteferry.test.seed", System.nanoTime());

  /** Fewer would mean that the calls are not counted. */
  private static final int FEWEST_POINTS = 20;

  @RegisterExtension final Workplace workplace = new Workplace();

  @BeforeAll
  static void mayInterfere() throws Exception {
    CallPoints.require();
  }

  @Tag("kills-short")
  @Test
  void sync_smallChangeKilledAtEachCall_isCompletedByTheNextStart() throws Exception {
    killAtEach("small pass", Scenario.PublishSmall::new);
  }

  @Tag("kills-short")
  @Test
  void restore_smallVolumeKilledAtEachCall_isCompletedByTheNextStart() throws Exception {
    killAtEach("small restore", Scenario.RestoreSmall::new);
  }

  @Tag("kills")
  @Test
  void sync_everyKindOfChangeKilledAtEachCall_isCompletedByTheNextStart() throws Exception {
    killAtEach("pass", Scenario.Publish::new);
  }

  @Tag("kills")
  @Test
  void sync_emptyVolumeKilledAtEachCall_isCompletedByTheNextStart() throws Exception {
    killAtEach("first pass to an empty volume", Scenario.Adopt::new);
  }

  @Tag("kills")
  @Test
  void sync_overSideFilesKilledAtEachCall_isCompletedByTheNextStart() throws Exception {
    killAtEach("first pass over side files", Scenario.OverSideFiles::new);
  }

  @Tag("kills")
  @Test
  void restore_emptyLocalKilledAtEachCall_isCompletedByTheNextStart() throws Exception {
    killAtEach("restore", Scenario.Restore::new);
  }

  @Tag("kills")
  @Test
  void restore_overInterruptedRestoreKilledAtEachCall_isCompletedByTheNextStart() throws Exception {
    killAtEach("restore over an interrupted restore", Scenario.RestoreAgain::new);
  }

  @Tag("kills")
  @Test
  void restore_withSideFilesKilledAtEachCall_isCompletedByTheNextStart() throws Exception {
    killAtEach("restore of a volume with side files", Scenario.RestoreWithSideFiles::new);
  }

  @Tag("kills")
  @Test
  void run_startAndFlushKilledAtEachCall_isCompletedByTheNextStart() throws Exception {
    killAtEach("run and stop", Scenario.RunAndStop::new);
  }

  @Tag("kills")
  @Test
  void sync_killedAgainInTheRecovery_isCompletedByTheNextStart() throws Exception {
    killTwice("pass, killed twice", Scenario.Publish::new);
  }

  @Tag("kills")
  @Test
  void sync_overSideFilesKilledAgainInTheRecovery_isCompletedByTheNextStart() throws Exception {
    killTwice("first pass over side files, killed twice", Scenario.OverSideFiles::new);
  }

  @Tag("kills")
  @Test
  void restore_killedAgainInTheRecovery_isCompletedByTheNextStart() throws Exception {
    killTwice("restore, killed twice", Scenario.RestoreWithSideFiles::new);
  }

  @Tag("kills-short")
  @Test
  void detach_killedAtEachCall_isCompletedByTheNext() throws Exception {
    killAtEach("detach", Scenario.Detach::new);
  }

  @Tag("kills")
  @Test
  void rollback_killedAtEachCall_isCompletedByTheNext() throws Exception {
    killAtEach("rollback", HistoryScenario.Rollback::new);
  }

  @Tag("kills")
  @Test
  void restore_atPointKilledAtEachCall_isCompletedByTheNextStart() throws Exception {
    killAtEach("restore of a point", HistoryScenario.RestoreAt::new);
  }

  @Tag("kills")
  @Test
  void rollback_killedAgainInTheRecovery_isCompletedByTheNext() throws Exception {
    killTwice("rollback, killed twice", HistoryScenario.Rollback::new);
  }

  @Tag("kills-short")
  @Test
  void sync_thinningKilledAtEachCall_isCompletedByTheNext() throws Exception {
    killAtEach("thinning", HistoryScenario.Thin::new);
  }

  @Tag("kills")
  @Test
  void history_dropOfPointKilledAtEachCall_isCompletedByTheNext() throws Exception {
    killAtEach("drop of a point", HistoryScenario.DropPoint::new);
  }

  @Tag("kills")
  @Test
  void history_dropOfPathKilledAtEachCall_isCompletedByTheNext() throws Exception {
    killAtEach("drop of a path", HistoryScenario.DropPath::new);
  }

  @Tag("kills")
  @Test
  void history_pinKilledAtEachCall_isCompletedByTheNext() throws Exception {
    killAtEach("pin", HistoryScenario.Pin::new);
  }

  @Tag("kills")
  @Test
  void run_withSegmentsKilledAtEachCall_isCompletedByTheNextStart() throws Exception {
    killAtEach("run over segments", SegmentScenario.RunAndStop::new);
  }

  @Tag("kills-short")
  @Test
  void restore_withSegmentsKilledAtEachCall_isCompletedByTheNextStart() throws Exception {
    killAtEach("restore over segments", SegmentScenario.Restore::new);
  }

  @Tag("kills")
  @Test
  void sync_foldKilledAtEachCall_isCompletedByTheNextStart() throws Exception {
    killAtEach("fold", SegmentScenario.Sync::new);
  }

  @Tag("kills")
  @Test
  void run_withSegmentsKilledAgainInTheRecovery_isCompletedByTheNextStart() throws Exception {
    killTwice("run over segments, killed twice", SegmentScenario.RunAndStop::new);
  }

  private void killAtEach(String name, Sweep.Maker maker) throws Exception {
    var sweep = new Sweep(name, workplace);
    sweep.all(maker, KillPointsIT::killAt);
    sweep.report();
    assertEquals(List.of(), sweep.failures());
    assertTrue(sweep.points() > FEWEST_POINTS, "points: " + sweep.points());
  }

  private static boolean killAt(Sweep sweep, Scenario scenario, int point) throws Exception {
    var reached = attempt(sweep, scenario, point, "kill");
    if (reached && isWrite(CallPoints.acted(scenario.place.report()).orElseThrow())) {
      attempt(sweep, scenario, point, "tear");
    }
    return reached;
  }

  private static boolean isWrite(CallPoints.Call call) {
    return call.name().startsWith("write") || call.name().startsWith("pwrite");
  }

  /** Returns whether the point was reached. */
  private static boolean attempt(Sweep sweep, Scenario scenario, int point, String action)
      throws Exception {
    scenario.reset();
    sweep.ran();
    var result = scenario.run(rule(scenario, point, action));
    var call = CallPoints.acted(scenario.place.report());
    var problems = new ArrayList<String>();
    if (call.isEmpty()) {
      if (result.exitCode() != 0) {
        problems.add("not killed, and failed: " + result);
      }
      problems.addAll(scenario.problemsAtEnd());
    } else {
      sweep.count(action);
      check(result, CallPoints.KILLED, problems);
      problems.addAll(scenario.problemsNow());
      scenario.afterKill();
      sweep.ran();
      problems.addAll(scenario.complete());
    }
    if (!problems.isEmpty()) {
      sweep.fail(
          scenario,
          "%s at call %d, %s".formatted(action, point, call.map(Object::toString).orElse("none")),
          problems);
    }
    return call.isPresent();
  }

  private static void check(Liteferry.Result result, int exitCode, List<String> problems) {
    if (result.exitCode() != exitCode) {
      problems.add("not " + exitCode + ": " + result);
    }
  }

  private static CallPoints.Rule rule(Scenario scenario, int point, String action) {
    return CallPoints.Rule.at(point, action, CallPoints.Rule.CHANGES, scenario.place.sides());
  }

  private void killTwice(String name, Sweep.Maker maker) throws Exception {
    System.out.printf("%s: seed %d%n", name, SEED);
    var sweep = new Sweep(name, workplace);
    var points = new ConcurrentHashMap<Scenario, Integer>();
    sweep.all(
        maker,
        (_, scenario, sample) -> {
          if (sample > SAMPLES) {
            return false;
          }
          var random = new Random(SEED + sample);
          int end = points.computeIfAbsent(scenario, KillPointsIT::count);
          killTwice(sweep, scenario, 1 + random.nextInt(end), 1 + random.nextInt(end), sample);
          return true;
        });
    sweep.report();
    assertEquals(List.of(), sweep.failures(), "seed " + SEED);
  }

  private static int count(Scenario scenario) {
    try {
      scenario.reset();
      scenario.run(
          CallPoints.Rule.always("count", CallPoints.Rule.CHANGES, scenario.place.sides()));
      return CallPoints.calls(scenario.place.report()).size();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static void killTwice(Sweep sweep, Scenario scenario, int first, int second, int sample)
      throws Exception {
    scenario.reset();
    var problems = new ArrayList<String>();
    var calls = new ArrayList<String>();
    for (int point : List.of(first, second)) {
      sweep.ran();
      var result = scenario.run(rule(scenario, point, "kill"));
      var call = CallPoints.acted(scenario.place.report());
      calls.add(call.map(Object::toString).orElse("ended before call " + point));
      if (call.isPresent()) {
        sweep.count("kill");
      }
      check(result, call.isPresent() ? CallPoints.KILLED : 0, problems);
      problems.addAll(scenario.problemsNow());
    }
    sweep.ran();
    problems.addAll(scenario.complete());
    if (!problems.isEmpty()) {
      sweep.fail(scenario, "sample %d, kills at %s".formatted(sample, calls), problems);
    }
  }
}
