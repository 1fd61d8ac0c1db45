package io.liteferry.test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A command of the agent in a given situation, and what must hold when it is interfered with. Each
 * one begins anew with the same files at the same place, as often as needed.
 */
abstract class Scenario {
  /** What is needed for one attempt; each worker has its own. */
  record Place(Path root) {
    Path now() {
      return root.resolve("now");
    }

    Path local() {
      return now().resolve("local");
    }

    Path volume() {
      return now().resolve("volume");
    }

    Path state() {
      return now().resolve("local.liteferry");
    }

    Path scratch() {
      return root.resolve("scratch");
    }

    Path report() {
      return root.resolve("report");
    }

    /** Everything that the agent may change. */
    List<Path> sides() {
      return List.of(local(), volume(), state());
    }
  }

  /** Far longer than a sync takes, and short for whoever waits for a lost node's lease. */
  static final List<String> OPTIONS = List.of("--lease-duration", "2s");

  final Place place;
  private List<Version> versions = List.of();
  private NavigableMap<String, String> before = new TreeMap<>();

  Scenario(Path root) throws IOException {
    place = new Place(Files.createDirectories(root));
  }

  /** Makes both sides, and keeps a copy of them. */
  final void prepare() throws Exception {
    Files.createDirectories(place.local());
    Files.createDirectories(place.volume());
    versions = make();
    copy(place.now(), place.root().resolve("template"));
  }

  /** Puts both sides back as they were in the beginning. */
  final void reset() throws Exception {
    Workplace.delete(place.now());
    copy(place.root().resolve("template"), place.now());
    before = untouchedNow();
  }

  static void copy(Path from, Path to) throws IOException, InterruptedException {
    var cp = new ProcessBuilder("cp", "-a", from.toString(), to.toString()).inheritIO().start();
    if (cp.waitFor() != 0) {
      throw new AssertionError("cannot copy " + from);
    }
  }

  /**
   * Makes the situation in {@link Place#now}.
   *
   * @return the versions of the application's files that the volume may show, oldest first
   */
  abstract List<Version> make() throws Exception;

  /** The command and its arguments. */
  abstract List<Object> command();

  /** The side that the command must not touch: local in a pass, the volume in a restore. */
  abstract Optional<Path> untouchedSide();

  /** What else must hold, beside what every scenario has in common. */
  List<String> moreProblems(boolean isAtEnd) throws Exception {
    return List.of();
  }

  /** Whether this is how the command may end that is run again without interference. */
  boolean mayEnd(Liteferry.Result again) {
    return again.exitCode() == 0;
  }

  /** Whether the volume bears side files of a direct use, until a pass has replaced them. */
  boolean sideFiles() {
    return false;
  }

  /** Whether nothing of ours may be on the volume when the command has succeeded. */
  boolean leavesPlainFiles() {
    return false;
  }

  /** Lets the command do its work. */
  Liteferry.Result drive(Liteferry started) throws Exception {
    return started.awaitEnd();
  }

  /** Stops an agent in order after its first pass. */
  static Liteferry.Result stopWhenReady(Liteferry started) throws Exception {
    Await.until(
        "the first pass or the end",
        () -> !started.isAlive() || started.countLog(Liteferry.READY) > 0);
    started.terminate();
    return started.awaitEnd();
  }

  /** What the application does after the command was cut off, before it is started again. */
  void afterKill() throws Exception {}

  final Object[] arguments() {
    return Stream.concat(command().stream(), OPTIONS.stream()).toArray();
  }

  /** Runs the command with a rule. */
  final Liteferry.Result run(CallPoints.Rule rule) throws Exception {
    try (var started = CallPoints.start(place.report(), rule, arguments())) {
      return drive(started);
    }
  }

  /** The directory that has what the volume shows, as whoever reads it next will have it. */
  Path shown() throws Exception {
    return place.volume();
  }

  /** The directory that has what the volume shows when the command has succeeded. */
  Path current() throws Exception {
    return place.volume();
  }

  /** What is wrong after the command was cut off or has failed. */
  final List<String> problemsNow() throws Exception {
    var problems =
        new ArrayList<>(Version.problems(shown(), versions, sideFiles(), place.scratch()));
    untouched().ifPresent(problems::add);
    problems.addAll(moreProblems(false));
    return problems;
  }

  private NavigableMap<String, String> untouchedNow() throws IOException {
    var side = untouchedSide();
    return side.isPresent() ? Version.untouched(side.get()) : new TreeMap<>();
  }

  private Optional<String> untouched() throws IOException {
    var now = untouchedNow();
    now.keySet().removeIf(name -> !before.containsKey(name) && !reportsNewNames());
    return now.equals(before)
        ? Optional.empty()
        : Optional.of(
            "%s was touched:%n  before %s%n  now    %s".formatted(untouchedSide(), before, now));
  }

  boolean reportsNewNames() {
    return true;
  }

  /** Runs the command without interference; what is wrong then. */
  final List<String> complete() throws Exception {
    Liteferry.Result result;
    try (var started = Liteferry.start(arguments())) {
      result = drive(started);
    }
    var problems = new ArrayList<String>();
    if (!mayEnd(result)) {
      problems.add("started again: " + result);
    }
    problems.addAll(problemsAtEnd());
    return problems;
  }

  /** What is wrong after the command has succeeded. */
  final List<String> problemsAtEnd() throws Exception {
    boolean sideFilesStay = sideFiles() && untouchedSide().equals(Optional.of(place.volume()));
    var problems =
        new ArrayList<>(
            Version.problems(
                current(), List.of(versions.getLast()), sideFilesStay, place.scratch()));
    var local = Version.of(place.local(), place.scratch());
    var last = versions.getLast();
    if (!local.equals(last)) {
      problems.add("local is not complete:%n  %s%n  not %s".formatted(local, last));
    }
    untouched().ifPresent(problems::add);
    if (leavesPlainFiles() && Files.exists(place.volume().resolve(".liteferry"))) {
      problems.add("not plain: .liteferry is there");
    }
    problems.addAll(moreProblems(true));
    long left = bytesBelow(place.volume().resolve(".liteferry")) + bytesBelow(place.state());
    if (left > mostLeft()) {
      problems.add("debris: %d bytes in .liteferry and state".formatted(left));
    }
    return problems;
  }

  /**
   * Less than two copies of a database of 69,632 bytes, of which the history may keep one; beside
   * the reserve, which is not counted.
   */
  long mostLeft() {
    return 100_000;
  }

  static long bytesBelow(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return 0;
    }
    try (var tree = Files.walk(directory)) {
      return tree.filter(Files::isRegularFile)
          .filter(file -> !file.getFileName().toString().startsWith("reserve-"))
          .mapToLong(file -> file.toFile().length())
          .sum();
    }
  }

  /** Fails unless it ends with 0. */
  static void succeed(Object... arguments) throws Exception {
    var result =
        Liteferry.run(
            Stream.concat(Stream.of(arguments), OPTIONS.stream().map(o -> (Object) o)).toArray());
    if (result.exitCode() != 0) {
      throw new AssertionError(result.toString());
    }
  }

  final Version version(Path home) throws IOException {
    return Version.of(home, place.scratch());
  }

  // the situations

  /** A pass over a first version, with every kind of change. */
  static class Publish extends Scenario {
    Publish(Path root) throws IOException {
      super(root);
    }

    @Override
    List<Version> make() throws Exception {
      Application.create(place.local());
      succeed("sync", place.local(), place.volume());
      var first = version(place.local());
      Application.change(place.local());
      return List.of(first, version(place.local()));
    }

    @Override
    List<Object> command() {
      return List.of("sync", place.local(), place.volume(), "--delete-guard", "0s");
    }

    @Override
    Optional<Path> untouchedSide() {
      return Optional.of(place.local());
    }
  }

  /** A pass with a changed database, a new file that it names, and a changed file. */
  static final class PublishSmall extends Publish {
    PublishSmall(Path root) throws IOException {
      super(root);
    }

    @Override
    List<Version> make() throws Exception {
      Application.createSmall(place.local());
      succeed("sync", place.local(), place.volume());
      var first = version(place.local());
      Application.changeSmall(place.local());
      return List.of(first, version(place.local()));
    }
  }

  /** The first pass to an empty volume. */
  static final class Adopt extends Publish {
    Adopt(Path root) throws IOException {
      super(root);
    }

    @Override
    List<Version> make() throws Exception {
      Application.create(place.local());
      Application.commitIntoWal(place.local());
      return List.of(Version.NOTHING, version(place.local()));
    }
  }

  /** The first pass over a volume on which an application was killed. */
  static final class OverSideFiles extends Publish {
    OverSideFiles(Path root) throws IOException {
      super(root);
    }

    @Override
    List<Version> make() throws Exception {
      Application.create(place.volume());
      Application.commitIntoWal(place.volume());
      Application.leaveHotJournal(place.volume());
      var first = version(place.volume());
      succeed("restore", place.local(), place.volume());
      Application.change(place.local());
      return List.of(first, version(place.local()));
    }

    @Override
    boolean sideFiles() {
      return true;
    }
  }

  /** A restore of a volume that an agent has published. */
  static class Restore extends Scenario {
    Restore(Path root) throws IOException {
      super(root);
    }

    @Override
    List<Version> make() throws Exception {
      var elsewhere = place.root().resolve("elsewhere");
      Application.create(elsewhere);
      succeed("sync", elsewhere, place.volume());
      return List.of(version(elsewhere));
    }

    @Override
    List<Object> command() {
      return List.of("restore", place.local(), place.volume());
    }

    @Override
    Optional<Path> untouchedSide() {
      return Optional.of(place.volume());
    }
  }

  /** A restore of one database and a few files. */
  static final class RestoreSmall extends Restore {
    RestoreSmall(Path root) throws IOException {
      super(root);
    }

    @Override
    List<Version> make() throws Exception {
      var elsewhere = place.root().resolve("elsewhere");
      Application.createSmall(elsewhere);
      succeed("sync", elsewhere, place.volume());
      return List.of(version(elsewhere));
    }
  }

  /** A restore into what an interrupted one has left, from a volume that has gone on since. */
  static final class RestoreAgain extends Restore {
    RestoreAgain(Path root) throws IOException {
      super(root);
    }

    @Override
    List<Version> make() throws Exception {
      var elsewhere = place.root().resolve("elsewhere");
      Application.create(elsewhere);
      succeed("sync", elsewhere, place.volume());
      var report = place.root().resolve("interrupted");
      var rule = CallPoints.Rule.at(20, "kill", CallPoints.Rule.CHANGES, List.of(place.local()));
      try (var restore = CallPoints.start(report, rule, "restore", place.local(), place.volume())) {
        if (restore.awaitEnd().exitCode() != CallPoints.KILLED) {
          throw new AssertionError("the restore was not interrupted");
        }
      }
      Application.change(elsewhere);
      succeed("sync", elsewhere, place.volume(), "--delete-guard", "0s");
      return List.of(version(elsewhere));
    }
  }

  /** A restore of a volume on which an application was killed. */
  static final class RestoreWithSideFiles extends Restore {
    RestoreWithSideFiles(Path root) throws IOException {
      super(root);
    }

    @Override
    List<Version> make() throws Exception {
      Application.create(place.volume());
      Application.commitIntoWal(place.volume());
      Application.leaveHotJournal(place.volume());
      return List.of(version(place.volume()));
    }

    @Override
    boolean sideFiles() {
      return true;
    }
  }

  /** Taking Liteferry off a volume, with a copy that an earlier version kept. */
  static final class Detach extends Scenario {
    private static final List<String> OPTIONS =
        List.of("--kept-to", "rescued", "--discard-history");

    Detach(Path root) throws IOException {
      super(root);
    }

    @Override
    List<Version> make() throws Exception {
      Application.createSmall(place.local());
      succeed("sync", place.local(), place.volume());
      var kept = place.volume().resolve(".liteferry/kept/000000001-1f3c9a77/data/old.db");
      Files.createDirectories(kept.getParent());
      Sql.run(kept, "CREATE TABLE t (x)", "INSERT INTO t VALUES (zeroblob(200000))");
      var first = version(place.volume());
      // local shows how the volume is to look in the end
      Workplace.delete(place.local());
      copy(place.volume(), place.local());
      succeed("detach", place.local(), OPTIONS.get(0), OPTIONS.get(1), OPTIONS.get(2));
      var last = version(place.local());
      if (last.entries().keySet().stream().noneMatch(name -> name.startsWith("rescued/"))) {
        throw new AssertionError("nothing was kept: " + last);
      }
      return List.of(first, last);
    }

    @Override
    List<Object> command() {
      return List.of("detach", place.volume(), OPTIONS.get(0), OPTIONS.get(1), OPTIONS.get(2));
    }

    @Override
    Optional<Path> untouchedSide() {
      return Optional.of(place.local());
    }

    @Override
    boolean leavesPlainFiles() {
      return true;
    }
  }

  /** The whole life of a service: start, first pass, a change, and the flush at the stop. */
  static final class RunAndStop extends Scenario {
    RunAndStop(Path root) throws IOException {
      super(root);
    }

    @Override
    List<Version> make() throws Exception {
      Application.create(place.local());
      succeed("sync", place.local(), place.volume());
      var versions = new ArrayList<Version>();
      versions.add(version(place.local()));
      Application.change(place.local());
      versions.add(version(place.local()));
      return versions;
    }

    @Override
    List<Object> command() {
      return List.of("run", place.local(), place.volume(), "--delete-guard", "0s");
    }

    @Override
    Optional<Path> untouchedSide() {
      return Optional.of(place.local());
    }

    @Override
    Liteferry.Result drive(Liteferry started) throws Exception {
      return stopWhenReady(started);
    }
  }
}
