package io.liteferry.test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A command over a volume with points. Whatever interferes with it, every point that was there is
 * what it was, but for those that the command is to drop.
 */
abstract class HistoryScenario extends Scenario {
  private static final String THIRD = "3";

  /** What was published, as each point is to have it. */
  private final NavigableMap<Long, NavigableMap<String, String>> published = new TreeMap<>();

  /** Volumes of which the shipped command says that all points are sound. */
  private final Set<Object> sound = ConcurrentHashMap.newKeySet();

  private int copies;
  private long mostLeft;

  HistoryScenario(Path root) throws IOException {
    super(root);
  }

  /** Publishes what local has. */
  final Version publish() throws Exception {
    succeed("sync", place.local(), place.volume(), "--delete-guard", "0s");
    published.put(generation(), KeptPoints.tree(place.volume()));
    return version(place.local());
  }

  /** Publishes versions, one a point; returns the last one. */
  final Version publishPoints(int count) throws Exception {
    Application.createSmall(place.local());
    var version = publish();
    for (int i = 2; i <= count; i++) {
      if (i % 2 == 0) {
        Application.changeAgain(place.local());
      } else {
        Application.changeSmall(place.local());
      }
      version = publish();
    }
    return version;
  }

  private long generation() throws IOException {
    return KeptPoints.manifest(place.volume()).get("generation").getAsLong();
  }

  /** Unless a command says otherwise, it changes both. */
  @Override
  Optional<Path> untouchedSide() {
    return Optional.empty();
  }

  /** Whether the command is to drop a point. */
  boolean drops(long point) {
    return false;
  }

  /** What of a point's tree is to be compared. */
  NavigableMap<String, String> compared(NavigableMap<String, String> tree) {
    return tree;
  }

  /** Whether a sync follows, which has nothing to publish and removes what no point needs. */
  boolean isFollowedBySync() {
    return true;
  }

  @Override
  List<String> moreProblems(boolean isAtEnd) throws Exception {
    var problems = new ArrayList<String>();
    if (isAtEnd && isFollowedBySync()) {
      long before = generation();
      var sync = Liteferry.run("sync", place.local(), place.volume());
      if (sync.exitCode() != 0 || generation() != before) {
        problems.add("the sync after generation %d: %s".formatted(before, sync));
      }
    }
    var points = KeptPoints.of(place.volume());
    published.forEach(
        (point, tree) -> {
          var found = points.get(point);
          if (found == null ? !drops(point) : !compared(tree).equals(compared(found))) {
            problems.add("point %d is%n  %s%n  not %s".formatted(point, found, tree));
          }
          if (isAtEnd && drops(point) && found != null) {
            problems.add("point %d was not dropped".formatted(point));
          }
        });
    if (!isAtEnd) {
      askForPoints(points, problems);
    }
    return problems;
  }

  /** Unless it has said so of the same volume: most calls change nothing that readers see. */
  private void askForPoints(
      NavigableMap<Long, NavigableMap<String, String>> points, List<String> problems)
      throws Exception {
    if (!sound.add(TreeListing.withHistory(place.volume()))) {
      return;
    }
    var there = points.keySet().stream().filter(published::containsKey).toList();
    long point = there.get(copies++ % there.size());
    var copy = Files.createDirectories(place.scratch().resolve("point"));
    try (var verify = Liteferry.start("verify", "--history", place.volume());
        var restore = Liteferry.start("restore", "--copy", copy, place.volume(), "--at", point)) {
      var verified = verify.awaitEnd();
      if (verified.exitCode() != 0) {
        problems.add("verify --history: " + verified);
      }
      var copied = restore.awaitEnd();
      var tree = compared(KeptPoints.tree(copy));
      if (!mayEndCopy(copied) || !tree.equals(compared(published.get(point)))) {
        problems.add("copy of point %d: %s%n  %s".formatted(point, tree, copied));
      }
    } finally {
      Workplace.delete(copy);
    }
  }

  boolean mayEndCopy(Liteferry.Result copied) {
    return copied.exitCode() == 0;
  }

  /** Lets the command do its work once, for how much it leaves. */
  final void measure() throws Exception {
    var before = place.root().resolve("before");
    copy(place.now(), before);
    succeed(command().toArray());
    if (isFollowedBySync()) {
      succeed("sync", place.local(), place.volume());
    }
    mostLeft =
        super.mostLeft()
            + bytesBelow(place.volume().resolve(".liteferry"))
            + bytesBelow(place.state());
    Workplace.delete(place.now());
    Files.move(before, place.now());
  }

  @Override
  final long mostLeft() {
    return mostLeft;
  }

  /** Back to the first point, while local has what was never published. */
  static final class Rollback extends HistoryScenario {
    private NavigableMap<String, String> inLocal = new TreeMap<>();
    private NavigableMap<String, String> asPoint = new TreeMap<>();

    Rollback(Path root) throws IOException {
      super(root);
    }

    @Override
    List<Version> make() throws Exception {
      var first = publishPoints(1);
      Application.changeSmall(place.local());
      var last = publish();
      Application.changeAgain(place.local());
      inLocal = KeptPoints.tree(place.local());
      asPoint = asPublished();
      var between = version(place.local());
      measure();
      return List.of(last, between, first);
    }

    @Override
    List<Object> command() {
      return List.of("rollback", place.local(), place.volume(), "--at", "1", "--yes");
    }

    /** By an agent elsewhere, to another volume. */
    private NavigableMap<String, String> asPublished() throws Exception {
      var elsewhere = place.root().resolve("elsewhere");
      var volume = Files.createDirectory(place.root().resolve("other"));
      copy(place.local(), elsewhere);
      succeed("sync", elsewhere, volume);
      return KeptPoints.tree(volume);
    }

    @Override
    List<String> moreProblems(boolean isAtEnd) throws Exception {
      var problems = super.moreProblems(isAtEnd);
      if (!KeptPoints.of(place.volume()).containsValue(asPoint)
          && !KeptPoints.tree(place.local()).equals(inLocal)) {
        problems.add("what local had is neither in local nor a point");
      }
      return problems;
    }
  }

  /** Back to the first point, on a node that has nothing yet. */
  static final class RestoreAt extends HistoryScenario {
    RestoreAt(Path root) throws IOException {
      super(root);
    }

    @Override
    List<Version> make() throws Exception {
      var first = publishPoints(1);
      Application.changeSmall(place.local());
      var last = publish();
      Workplace.delete(place.local());
      Workplace.delete(place.state());
      Files.createDirectories(place.local());
      measure();
      return List.of(last, first);
    }

    @Override
    List<Object> command() {
      return List.of(
          "restore", place.local(), place.volume(), "--at", "1", "--request", "of a test");
    }
  }

  /** Points merge, and what an earlier thinning left goes. */
  static final class Thin extends HistoryScenario {
    Thin(Path root) throws IOException {
      super(root);
    }

    @Override
    List<Version> make() throws Exception {
      var last = publishPoints(8);
      for (int pinned : List.of(2, 4, 6)) {
        succeed("history", "pin", place.volume(), pinned);
      }
      succeed(command().toArray());
      succeed("history", "unpin", place.volume(), 2);
      succeed("history", "unpin", place.volume(), 6);
      var there = KeptPoints.of(place.volume()).keySet();
      if (!there.equals(Set.of(2L, 4L, 6L, 8L))) {
        throw new AssertionError("points: " + there);
      }
      measure();
      return List.of(last);
    }

    @Override
    List<Object> command() {
      return List.of(
          "sync", place.local(), place.volume(), "--keep-all", "0s", "--keep-hourly", "1");
    }

    @Override
    Optional<Path> untouchedSide() {
      return Optional.of(place.local());
    }

    @Override
    boolean drops(long point) {
      return point != 4 && point != 8;
    }

    @Override
    boolean isFollowedBySync() {
      return false;
    }
  }

  /** A change of the history alone. */
  abstract static class Order extends HistoryScenario {
    Order(Path root) throws IOException {
      super(root);
    }

    @Override
    List<Version> make() throws Exception {
      var last = publishPoints(5);
      measure();
      return List.of(last);
    }

    @Override
    Optional<Path> untouchedSide() {
      return Optional.of(place.volume());
    }
  }

  /** The user drops a point between others. */
  static final class DropPoint extends Order {
    DropPoint(Path root) throws IOException {
      super(root);
    }

    @Override
    List<Object> command() {
      return List.of("history", "drop", place.volume(), THIRD, "--yes");
    }

    @Override
    boolean drops(long point) {
      return point == 3;
    }

    /** The point may be gone. */
    @Override
    boolean mayEnd(Liteferry.Result again) {
      return again.exitCode() == 0
          || (again.exitCode() == 3 && again.toString().contains("point 3 was thinned"));
    }
  }

  /** The user drops what is kept of a file. */
  static final class DropPath extends Order {
    private static final String PATH = "config.txt";

    DropPath(Path root) throws IOException {
      super(root);
    }

    @Override
    List<Object> command() {
      return List.of("history", "drop", place.volume(), "--path", PATH, "--yes");
    }

    @Override
    NavigableMap<String, String> compared(NavigableMap<String, String> tree) {
      var others = new TreeMap<>(tree);
      others.remove(PATH);
      return others;
    }

    /** The copy says that it lacks the file. */
    @Override
    boolean mayEndCopy(Liteferry.Result copied) {
      return copied.exitCode() == 0 || copied.exitCode() == 3;
    }
  }

  /** The user pins a point, with a note. */
  static final class Pin extends Order {
    private static final String NOTE = "as it should be";

    Pin(Path root) throws IOException {
      super(root);
    }

    @Override
    List<Object> command() {
      return List.of("history", "pin", place.volume(), THIRD, "--note", NOTE);
    }

    @Override
    List<String> moreProblems(boolean isAtEnd) throws Exception {
      var problems = super.moreProblems(isAtEnd);
      var pin = place.volume().resolve(".liteferry/generations/000003/pin");
      var note = Files.exists(pin) ? Files.readString(pin) : isAtEnd ? "missing" : NOTE;
      if (!note.equals(NOTE)) {
        problems.add("the pin's note is: " + note);
      }
      return problems;
    }
  }
}
