package io.liteferry.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.test.CallPoints.Rule;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Lets system calls of the agent fail or hang. Whatever fails, the volume keeps the contract,
 * nothing is lost, the agent says so in one line and an exit code, and goes on when the error is
 * gone.
 */
class CallErrorsIT {
  /** For a run in continuous integration: of so many calls, one for each error. */
  private static final int STRIDE = Integer.getInteger("liteferry.test.stride", 23);

  private static final String RENAMES = "rename,renameat,renameat2";
  private static final String OPENS = "open,openat";

  /** Where an access check is made. */
  private static final String BY_NAME =
      OPENS
          + ","
          + RENAMES
          + ",mkdir,mkdirat,rmdir,unlink,unlinkat,link,linkat,symlink,symlinkat,chmod,fchmodat,stat"
          + ",lstat,newfstatat,statx,access,faccessat,readlink,readlinkat";

  /** An error and the calls that may have it. */
  enum Fault {
    ENOSPC("ENOSPC", Rule.CHANGES),
    EDQUOT("EDQUOT", Rule.CHANGES),
    EIO("EIO", Rule.ANY),
    EROFS("EROFS", Rule.CHANGES),
    EACCES("EACCES", BY_NAME),
    ESTALE("ESTALE", Rule.ANY),
    EMFILE("EMFILE", OPENS),
    ENFILE("ENFILE", OPENS),
    /** What an NFS client says when the first answer was lost and it asked again. */
    RENAME_ANSWERED_TWICE("after:ENOENT", RENAMES),
    UNLINK_ANSWERED_TWICE("after:ENOENT", "unlink,unlinkat,rmdir"),
    MKDIR_ANSWERED_TWICE("after:EEXIST", "mkdir,mkdirat"),
    LINK_ANSWERED_TWICE("after:EEXIST", "link,linkat");

    final String action;
    final String calls;

    Fault(String action, String calls) {
      this.action = action;
      this.calls = calls;
    }

    /** Whether the call was made all the same. */
    boolean isMadeAllTheSame() {
      return action.startsWith("after:");
    }

    /** Descriptors are used up everywhere, the others come from the volume. */
    List<Path> under(Scenario scenario) {
      return this == EMFILE || this == ENFILE
          ? scenario.place.sides()
          : List.of(scenario.place.volume());
    }
  }

  /**
   * What a command may end with whose volume fails, or its local in a restore. It is 8 for the
   * volume, too, when it cannot be looked at before the pass: that is told as any other error.
   */
  private static final Set<Integer> EXIT_CODES = Set.of(0, 4, 6, 8);

  @RegisterExtension final Workplace workplace = new Workplace();

  @BeforeAll
  static void mayInterfere() throws Exception {
    CallPoints.require();
  }

  @Tag("kills-short")
  @Test
  void sync_errorOnceAtSomeCalls_losesNothing() throws Exception {
    atSomeCalls("small pass", Scenario.PublishSmall::new);
  }

  @Tag("kills")
  @Test
  void rollback_errorOnceAtSomeCalls_isCompletedByTheNext() throws Exception {
    atSomeCalls("rollback", HistoryScenario.Rollback::new);
  }

  @Tag("kills")
  @Test
  void restore_atPointErrorOnceAtSomeCalls_isCompletedByTheNextStart() throws Exception {
    atSomeCalls("restore of a point", HistoryScenario.RestoreAt::new);
  }

  @Tag("kills")
  @ParameterizedTest
  @EnumSource(names = {"ENOSPC", "EIO"})
  void rollback_errorOnceInLocal_isCompletedByTheNext(Fault fault) throws Exception {
    sweep("rollback, local " + fault, HistoryScenario.Rollback::new, fault, CallErrorsIT::onNode);
  }

  @Tag("kills")
  @Test
  void sync_thinningErrorOnceAtSomeCalls_isCompletedByTheNext() throws Exception {
    atSomeCalls("thinning", HistoryScenario.Thin::new);
  }

  @Tag("kills")
  @Test
  void restore_withSegmentsErrorOnceAtSomeCalls_isCompletedByTheNextStart() throws Exception {
    atSomeCalls("restore over segments", SegmentScenario.Restore::new);
  }

  @Tag("kills")
  @Test
  void sync_foldErrorOnceAtSomeCalls_isCompletedByTheNext() throws Exception {
    atSomeCalls("fold", SegmentScenario.Sync::new);
  }

  @Tag("kills")
  @Test
  void history_dropOfPointErrorOnceAtSomeCalls_isCompletedByTheNext() throws Exception {
    atSomeCalls("drop of a point", HistoryScenario.DropPoint::new);
  }

  @Tag("kills")
  @Test
  void history_dropOfPathErrorOnceAtSomeCalls_isCompletedByTheNext() throws Exception {
    atSomeCalls("drop of a path", HistoryScenario.DropPath::new);
  }

  @Tag("kills")
  @Test
  void history_pinErrorOnceAtSomeCalls_isCompletedByTheNext() throws Exception {
    atSomeCalls("pin", HistoryScenario.Pin::new);
  }

  private void atSomeCalls(String name, Sweep.Maker maker) throws Exception {
    var sweep = new Sweep(name + ", errors", workplace);
    int first = 0;
    for (var fault : Fault.values()) {
      // few calls of a kind are all tried
      int stride = fault.isMadeAllTheSame() ? Math.min(4, STRIDE) : STRIDE;
      sweep.every(
          stride,
          1 + first++ % stride,
          maker,
          (_, scenario, point) -> failOnce(sweep, scenario, point, fault, fault::under));
    }
    sweep.report();
    assertEquals(List.of(), sweep.failures());
  }

  @Tag("kills")
  @ParameterizedTest
  @EnumSource
  void sync_errorOnceAtEachCall_losesNothing(Fault fault) throws Exception {
    sweep("pass " + fault, Scenario.Publish::new, fault, fault::under);
  }

  @Tag("kills")
  @ParameterizedTest
  @EnumSource(names = {"EIO", "ESTALE"})
  void sync_overSideFilesErrorOnceAtEachCall_losesNothing(Fault fault) throws Exception {
    sweep("pass over side files " + fault, Scenario.OverSideFiles::new, fault, fault::under);
  }

  @Tag("kills")
  @ParameterizedTest
  @EnumSource(names = {"EIO", "ESTALE", "EACCES", "EROFS", "EMFILE"})
  void restore_errorOnceAtEachCall_isCompletedByTheNextStart(Fault fault) throws Exception {
    sweep("restore " + fault, Scenario.Restore::new, fault, fault::under);
  }

  @Tag("kills")
  @ParameterizedTest
  @EnumSource(names = "EIO")
  void restore_withSideFilesErrorOnceAtEachCall_isCompletedByTheNextStart(Fault fault)
      throws Exception {
    sweep(
        "restore with side files " + fault,
        Scenario.RestoreWithSideFiles::new,
        fault,
        fault::under);
  }

  @Tag("kills")
  @ParameterizedTest
  @EnumSource(names = {"EIO", "ESTALE", "ENOSPC", "EACCES", "LINK_ANSWERED_TWICE"})
  void detach_errorOnceAtEachCall_isCompletedByTheNext(Fault fault) throws Exception {
    sweep("detach " + fault, Scenario.Detach::new, fault, fault::under);
  }

  @Tag("kills")
  @ParameterizedTest
  @EnumSource(names = {"ENOSPC", "EIO"})
  void restore_errorOnceInLocal_isCompletedByTheNextStart(Fault fault) throws Exception {
    sweep("restore to local " + fault, Scenario.Restore::new, fault, CallErrorsIT::onNode);
  }

  private static List<Path> onNode(Scenario scenario) {
    return List.of(scenario.place.local(), scenario.place.state());
  }

  private void sweep(
      String name, Sweep.Maker maker, Fault fault, Function<Scenario, List<Path>> under)
      throws Exception {
    var sweep = new Sweep(name, workplace);
    sweep.all(maker, (_, scenario, point) -> failOnce(sweep, scenario, point, fault, under));
    sweep.report();
    assertEquals(List.of(), sweep.failures());
  }

  private static boolean failOnce(
      Sweep sweep, Scenario scenario, int point, Fault fault, Function<Scenario, List<Path>> under)
      throws Exception {
    scenario.reset();
    sweep.ran();
    var result = scenario.run(Rule.at(point, fault.action, fault.calls, under.apply(scenario)));
    var call = CallPoints.acted(scenario.place.report());
    sweep.count("exit code " + result.exitCode());
    var problems = problems(scenario, result);
    if (call.isPresent() && fault == Fault.RENAME_ANSWERED_TWICE && result.exitCode() != 0) {
      problems.add("the rename was made: " + result);
    }
    sweep.ran();
    problems.addAll(scenario.complete());
    if (!problems.isEmpty()) {
      sweep.fail(scenario, fault + " at " + call, problems);
    }
    return call.isPresent();
  }

  /** After a command whose calls have failed. */
  private static List<String> problems(Scenario scenario, Liteferry.Result result)
      throws Exception {
    var problems = new ArrayList<String>();
    if (!EXIT_CODES.contains(result.exitCode())) {
      problems.add("exit code: " + result);
    }
    if (result.exitCode() != 0
        && (result.err().isEmpty()
            || !result
                .err()
                .getLast()
                .contains(result.exitCode() == 6 ? "NOT on the volume" : "liteferry: "))) {
      problems.add("says nothing at its end: " + result);
    }
    if (result.err().stream().anyMatch(line -> line.startsWith("\tat "))) {
      problems.add("stack trace: " + result);
    }
    problems.addAll(result.exitCode() == 0 ? scenario.problemsAtEnd() : scenario.problemsNow());
    return problems;
  }

  @Tag("kills-short")
  @Test
  void sync_errorAlways_failsInOneLineAndLosesNothing() throws Exception {
    var faults = Arrays.stream(Fault.values()).filter(fault -> !fault.isMadeAllTheSame()).toList();
    var sweep = new Sweep("small pass, errors that stay", workplace);
    sweep.all(
        Scenario.PublishSmall::new,
        (_, scenario, point) -> {
          if (point > faults.size()) {
            return false;
          }
          var fault = faults.get(point - 1);
          scenario.reset();
          sweep.ran();
          var result =
              scenario.run(
                  Rule.always(
                      fault.action,
                      // else Java itself does not start
                      fault.calls,
                      List.of(scenario.place.volume())));
          sweep.count("exit code " + result.exitCode());
          var problems = problems(scenario, result);
          if (result.exitCode() == 0) {
            problems.add("says that all is well: " + result);
          }
          sweep.ran();
          problems.addAll(scenario.complete());
          if (!problems.isEmpty()) {
            sweep.fail(scenario, fault + " always", problems);
          }
          return true;
        });
    sweep.report();
    assertEquals(List.of(), sweep.failures());
  }

  @Tag("kills-short")
  @ParameterizedTest
  @EnumSource(names = {"ENOSPC", "EIO", "EMFILE"})
  void run_errorComesAndGoes_saysItOnceAndRecovers(Fault fault) throws Exception {
    comesAndGoes(fault);
  }

  @Tag("kills")
  @ParameterizedTest
  @EnumSource(names = {"EDQUOT", "EROFS", "EACCES", "ESTALE", "ENFILE"})
  void run_otherErrorComesAndGoes_saysItOnceAndRecovers(Fault fault) throws Exception {
    comesAndGoes(fault);
  }

  private void comesAndGoes(Fault fault) throws Exception {
    var scenario = prepared();
    var place = scenario.place;
    var failing = place.root().resolve("failing");
    var rule = Rule.always(fault.action, fault.calls, fault.under(scenario)).whileExists(failing);
    try (var agent = CallPoints.start(place.report(), rule, run(place))) {
      agent.awaitLog(Liteferry.READY);
      var first = scenario.version(place.volume());
      Files.createFile(failing);
      Application.changeAgain(place.local());
      agent.awaitLog(" ERROR ");
      Thread.sleep(Duration.ofSeconds(8)); // a few more tries, and heartbeats
      assertTrue(agent.isAlive(), () -> "it has ended: " + agent.log());
      var complaints =
          agent.log().stream()
              .filter(line -> line.contains(" ERROR ") || line.contains(" WARN "))
              .map(line -> line.substring(line.indexOf(' ')))
              .collect(Collectors.groupingBy(line -> line, Collectors.counting()));
      System.out.println(fault + ": " + complaints);
      assertTrue(
          complaints.values().stream().allMatch(n -> n == 1), () -> "said again: " + complaints);
      assertEquals(
          List.of(),
          Version.problems(
              place.volume(),
              List.of(first, scenario.version(place.local())),
              false,
              place.scratch()));

      Files.delete(failing);
      long begun = System.nanoTime();
      Await.until(
          "the volume to be as local",
          () -> scenario.version(place.local()).equals(scenario.version(place.volume())));
      System.out.printf("  recovered in %d ms%n", (System.nanoTime() - begun) / 1_000_000);
      agent.terminate();
      var ended = agent.awaitEnd();
      assertEquals(0, ended.exitCode(), ended::toString);
      assertTrue(ended.err().stream().noneMatch(line -> line.startsWith("\tat ")), ended::toString);
    }
    assertEquals(scenario.version(place.local()), scenario.version(place.volume()));
  }

  @Tag("kills-short")
  @Test
  void run_volumeHangsAtTheStop_endsAfterFlushTimeout() throws Exception {
    var scenario = prepared();
    var place = scenario.place;
    var hanging = place.root().resolve("hanging");
    var rule =
        Rule.always("delay:3600", Rule.CHANGES, List.of(place.volume())).whileExists(hanging);
    try (var agent = CallPoints.start(place.report(), rule, run(place, "--flush-timeout", "2s"))) {
      agent.awaitLog(Liteferry.READY);
      Files.createFile(hanging);
      Application.changeAgain(place.local());
      Await.until("a call that hangs", () -> CallPoints.acted(place.report()).isPresent());
      long begun = System.nanoTime();
      agent.terminate();
      var ended = agent.awaitEnd();
      assertEquals(6, ended.exitCode(), ended::toString);
      var took = Duration.ofNanos(System.nanoTime() - begun);
      assertTrue(took.compareTo(Duration.ofSeconds(10)) < 0, () -> "took " + took);
    }
    Files.delete(hanging);
    Scenario.succeed("sync", place.local(), place.volume());
    assertEquals(scenario.version(place.local()), scenario.version(place.volume()));
  }

  /** Longer than the lease: a call that hangs must not make the agent give anything up. */
  @Tag("kills-short")
  @Test
  void sync_callHangsForSeconds_completes() throws Exception {
    var sweep = new Sweep("small pass, calls that hang", workplace);
    sweep.every(
        STRIDE,
        STRIDE / 2,
        Scenario.PublishSmall::new,
        (_, scenario, point) -> {
          scenario.reset();
          sweep.ran();
          var result =
              scenario.run(
                  Rule.at(point, "delay:3", Rule.CHANGES, List.of(scenario.place.volume())));
          var call = CallPoints.acted(scenario.place.report());
          var problems = new ArrayList<>(scenario.problemsAtEnd());
          if (result.exitCode() != 0) {
            problems.add(result.toString());
          }
          if (!problems.isEmpty()) {
            sweep.fail(scenario, "hangs at " + call, problems);
          }
          return call.isPresent();
        });
    sweep.report();
    assertEquals(List.of(), sweep.failures());
  }

  private Scenario prepared() throws Exception {
    var scenario = new Scenario.PublishSmall(workplace.directory("one"));
    scenario.prepare();
    return scenario;
  }

  private static Object[] run(Scenario.Place place, Object... more) {
    var arguments = new ArrayList<Object>(List.of("run", place.local(), place.volume()));
    arguments.addAll(Scenario.OPTIONS);
    arguments.addAll(List.of(more));
    return arguments.toArray();
  }
}
