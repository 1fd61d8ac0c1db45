package io.liteferry.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
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
  private static final int WORKERS = Integer.getInteger("liteferry.test.workers", 2);
  private static final int SAMPLES = Integer.getInteger("liteferry.test.samples", 60);
  private static final long SEED = Long.getLong("liteferry.test.seed", System.nanoTime());

  /** Then something is wrong with the count itself. */
  private static final int MOST_POINTS = 5000;

  private static final int ENOUGH_FAILURES = 10;

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

  private interface Maker {
    Scenario make(Path root) throws IOException;
  }

  /** What all workers share. */
  private static final class Tally {
    final AtomicInteger next = new AtomicInteger(1);
    final AtomicInteger end = new AtomicInteger(MOST_POINTS);
    final AtomicInteger runs = new AtomicInteger();
    final AtomicInteger kills = new AtomicInteger();
    final AtomicInteger torn = new AtomicInteger();
    final List<String> failures = new ArrayList<>();

    synchronized void fail(Scenario scenario, String attempt, List<String> problems)
        throws IOException {
      var kept = Path.of(scenario.place.root() + "-failed-" + (failures.size() + 1));
      Files.move(scenario.place.now(), kept);
      Files.createDirectories(scenario.place.now());
      failures.add(
          "%s; both sides are kept in %s:%n    %s"
              .formatted(attempt, kept, String.join("\n    ", problems)));
      System.out.println(failures.getLast());
    }

    synchronized boolean enough() {
      return failures.size() >= ENOUGH_FAILURES;
    }
  }

  private void killAtEach(String name, Maker maker) throws Exception {
    long begun = System.nanoTime();
    var tally = new Tally();
    inParallel(
        maker,
        scenario -> {
          for (int point = tally.next.getAndIncrement();
              point < tally.end.get() && !tally.enough();
              point = tally.next.getAndIncrement()) {
            killAt(scenario, point, tally);
          }
        });
    int points = tally.end.get() - 1;
    System.out.printf(
        "%s: %d points, %d kills, %d of them within a write, %d runs, %d s%n",
        name,
        points,
        tally.kills.get(),
        tally.torn.get(),
        tally.runs.get(),
        (System.nanoTime() - begun) / 1_000_000_000);
    assertEquals(List.of(), tally.failures);
    assertTrue(points > 30 && points < MOST_POINTS - 1, "points: " + points);
  }

  private static void killAt(Scenario scenario, int point, Tally tally) throws Exception {
    if (attempt(scenario, point, "kill", tally)) {
      var call = CallPoints.acted(scenario.place.report()).orElseThrow();
      if (call.name().contains("write")) {
        tally.torn.incrementAndGet();
        attempt(scenario, point, "tear", tally);
      }
    } else {
      tally.end.accumulateAndGet(point, Math::min);
    }
  }

  /** Returns whether the point was reached. */
  private static boolean attempt(Scenario scenario, int point, String action, Tally tally)
      throws Exception {
    scenario.reset();
    tally.runs.incrementAndGet();
    var result = scenario.run(rule(scenario, point, action));
    var call = CallPoints.acted(scenario.place.report());
    var problems = new ArrayList<String>();
    if (call.isEmpty()) {
      if (result.exitCode() != 0) {
        problems.add("not killed, and failed: " + result);
      }
      problems.addAll(scenario.problemsAtEnd());
    } else {
      tally.kills.incrementAndGet();
      check(result, CallPoints.KILLED, problems);
      problems.addAll(scenario.problemsNow());
      scenario.afterKill();
      tally.runs.incrementAndGet();
      problems.addAll(scenario.complete());
    }
    if (!problems.isEmpty()) {
      tally.fail(
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

  private void killTwice(String name, Maker maker) throws Exception {
    long begun = System.nanoTime();
    System.out.printf("%s: seed %d, %d samples%n", name, SEED, SAMPLES);
    var tally = new Tally();
    tally.end.set(SAMPLES + 1);
    inParallel(
        maker,
        scenario -> {
          scenario.reset();
          var all =
              new CallPoints.Rule(
                  "count", CallPoints.Rule.CHANGES, scenario.place.sides(), "1+", Optional.empty());
          scenario.run(all);
          int points = CallPoints.calls(scenario.place.report()).size();
          for (int sample = tally.next.getAndIncrement();
              sample < tally.end.get() && !tally.enough();
              sample = tally.next.getAndIncrement()) {
            var random = new Random(SEED + sample);
            killTwice(
                scenario, 1 + random.nextInt(points), 1 + random.nextInt(points), sample, tally);
          }
        });
    System.out.printf(
        "%s: %d samples, %d kills, %d runs, %d s%n",
        name,
        SAMPLES,
        tally.kills.get(),
        tally.runs.get(),
        (System.nanoTime() - begun) / 1_000_000_000);
    assertEquals(List.of(), tally.failures, "seed " + SEED);
  }

  private static void killTwice(Scenario scenario, int first, int second, int sample, Tally tally)
      throws Exception {
    scenario.reset();
    var problems = new ArrayList<String>();
    var calls = new ArrayList<String>();
    for (int point : List.of(first, second)) {
      tally.runs.incrementAndGet();
      var result = scenario.run(rule(scenario, point, "kill"));
      var call = CallPoints.acted(scenario.place.report());
      calls.add(call.map(Object::toString).orElse("ended before call " + point));
      if (call.isPresent()) {
        tally.kills.incrementAndGet();
      }
      check(result, call.isPresent() ? CallPoints.KILLED : 0, problems);
      problems.addAll(scenario.problemsNow());
    }
    tally.runs.incrementAndGet();
    problems.addAll(scenario.complete());
    if (!problems.isEmpty()) {
      tally.fail(scenario, "sample %d, kills at %s".formatted(sample, calls), problems);
    }
  }

  private interface Work {
    void on(Scenario scenario) throws Exception;
  }

  private void inParallel(Maker maker, Work work) throws Exception {
    try (var executor = Executors.newFixedThreadPool(WORKERS)) {
      var tasks = new ArrayList<Callable<Boolean>>();
      for (int i = 1; i <= WORKERS; i++) {
        var root = workplace.directory("worker-" + i);
        tasks.add(
            () -> {
              var scenario = maker.make(root);
              scenario.prepare();
              work.on(scenario);
              return true;
            });
      }
      for (var done : executor.invokeAll(tasks)) {
        done.get();
      }
    }
  }
}
