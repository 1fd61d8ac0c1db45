package io.liteferry.history;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The history of a volume, from what its records and its manifest say.
 *
 * <p>A record is in force unless a younger one spans it, which then has all that it says. The
 * points are the generations to which records in force lead back, and the manifest's. The tree of a
 * point is the current one, where each path that younger records know is what the oldest of them
 * says.
 */
public final class Timeline {
  private final Point current;
  private final NavigableMap<Long, RecordHeader> all = new TreeMap<>();
  private final NavigableMap<Long, RecordHeader> inForce = new TreeMap<>();
  private final NavigableSet<Long> superseded = new TreeSet<>();
  private final NavigableSet<Long> unreadable;
  private final boolean isAtPoint;

  /** Found when they are asked for: of many it takes long. */
  private @Nullable NavigableMap<Long, KeptPoint> points;

  /**
   * Of what was read.
   *
   * @param records the headers of all records that are whole, in any order
   * @param unreadable the generations of those that are not; points before them are not offered,
   *     unless a record that is whole spans them
   * @param current the last generation that is complete, by the manifest
   */
  public Timeline(Collection<RecordHeader> records, Collection<Long> unreadable, Point current) {
    this(records, unreadable, current, true);
  }

  /**
   * The same.
   *
   * @param isAtPoint whether the volume is at a point, or records lead back to one; if not, a pass
   *     without a record was cut off, and there is none
   */
  public Timeline(
      Collection<RecordHeader> records,
      Collection<Long> unreadable,
      Point current,
      boolean isAtPoint) {
    records.forEach(header -> all.put(header.generation(), header));
    this.current = told(current, all.get(current.generation()));
    this.unreadable = new TreeSet<>(unreadable);
    this.isAtPoint = isAtPoint;
    leaveOutSpanned();
    if (!isAtPoint) {
      inForce.clear();
    }
  }

  /** From the youngest on: a record is spanned when a younger one leads back further. */
  private void leaveOutSpanned() {
    long led = Long.MAX_VALUE;
    var generations = new TreeSet<>(all.keySet());
    generations.addAll(unreadable);
    for (long generation : generations.descendingSet()) {
      boolean isSpanned = led < generation;
      var header = all.get(generation);
      if (isSpanned) {
        unreadable.remove(generation);
        if (header != null) {
          superseded.add(generation);
        }
      } else if (header != null && generation > newestUnreadable()) {
        inForce.put(generation, header);
      }
      led = header == null ? led : Math.min(led, header.after());
    }
    inForce.headMap(newestUnreadable(), true).clear();
  }

  /**
   * With what its own record alone knows: whether it went back, and the volume's time, unless the
   * record after it has that in writing. In its own it was the mtime of a file, which a copy of the
   * volume may not have kept.
   */
  private static Point told(Point point, @Nullable RecordHeader own) {
    return own == null ? point : point.or(own.made());
  }

  private synchronized NavigableMap<Long, KeptPoint> kept() {
    if (points == null) {
      points = findPoints();
    }
    return points;
  }

  private NavigableMap<Long, KeptPoint> findPoints() {
    var found = new TreeMap<Long, Point>();
    for (var header : inForce.values()) {
      found.put(header.after(), told(header.before(), inForce.get(header.after())));
    }
    if (isCurrentWhole()) {
      found.put(current.generation(), current);
    }
    var list = List.copyOf(found.values());
    var times = TrustedTimes.of(list.stream().map(Point::time).toList());
    var kept = new TreeMap<Long, KeptPoint>();
    for (int i = 0; i < list.size(); i++) {
      var point = list.get(i);
      var record = Optional.ofNullable(inForce.get(point.generation()));
      kept.put(point.generation(), new KeptPoint(point, times.time(i), times.isTrusted(i), record));
    }
    return kept;
  }

  private boolean isCurrentWhole() {
    return isAtPoint && current.generation() >= newestUnreadable();
  }

  /** The points, from the oldest to the newest. */
  public List<KeptPoint> points() {
    return List.copyOf(kept().values());
  }

  /** Why the next pass after some points looked like an accident, by point. */
  public NavigableMap<Long, List<String>> accidents() {
    var accidents = new TreeMap<Long, List<String>>();
    for (var header : inForce.values()) {
      if (!header.accidents().isEmpty()) {
        accidents.put(header.after(), header.accidents());
      }
    }
    return accidents;
  }

  /** A point; empty when that generation is not kept, or never was. */
  public Optional<KeptPoint> point(long generation) {
    return Optional.ofNullable(kept().get(generation));
  }

  /** The last generation that is complete, as the next record is to describe it. */
  public Point current() {
    return current;
  }

  /** Whether {@link #current} is a point: not when what leads back to it is lost. */
  public boolean hasCurrent() {
    return isCurrentWhole()
        || inForce.values().stream().anyMatch(header -> header.after() == current.generation());
  }

  /** The records that count, from the oldest to the youngest. */
  public List<RecordHeader> inForce() {
    return List.copyOf(inForce.values());
  }

  /** The records of passes that were cut off; the next pass takes over what they say. */
  public List<Long> unfinished() {
    return List.copyOf(inForce.tailMap(current.generation(), false).keySet());
  }

  /** The newest record that nobody can read, and that counts; 0 when there is none. */
  public long newestUnreadable() {
    return unreadable.isEmpty() ? 0 : unreadable.getLast();
  }

  /**
   * The number of the next generation: never used before, also when the manifest was lost.
   *
   * @param highest of the directories of generations, whatever is in them
   */
  public long next(long highest) {
    long newest = Math.max(Math.max(current.generation(), newestUnreadable()), highest);
    return 1 + (all.isEmpty() ? newest : Math.max(newest, all.lastKey()));
  }

  /**
   * The tree of a point.
   *
   * @param now the current tree, without anything of ours; a file in it needs no object
   * @return with what others put there, which belongs to every point. A file without an object is
   *     the one that is in place, or empty
   * @throws IOException when a record cannot be read, or is not whole
   */
  public Map<Path, Version> tree(long generation, Map<Path, Version> now, RecordFiles files)
      throws IOException {
    var tree = new TreeMap<>(now);
    try (var walk = new ChangeWalk(files, since(generation).keySet())) {
      for (var path = walk.next(); path.isPresent(); path = walk.next()) {
        var change = path.get().whole();
        var version = change.was().settledBy(now.getOrDefault(change.path(), new Version.Absent()));
        if (version instanceof Version.Absent) {
          tree.remove(change.path());
        } else {
          tree.put(change.path(), version);
        }
      }
    }
    return tree;
  }

  /** The records in force that are younger than a point. */
  private NavigableMap<Long, RecordHeader> since(long generation) {
    if (!kept().containsKey(generation)) {
      throw new IllegalArgumentException("not a point: " + generation);
    }
    return inForce.tailMap(generation, false);
  }

  /**
   * What is different between two points.
   *
   * @param from the older one
   * @param now as for {@link #tree}
   * @param each gets the paths that differ, in their order; that the records are whole is known
   *     only after the last
   */
  public void differences(
      long from, long to, Map<Path, Version> now, RecordFiles files, Consumer<Change> each)
      throws IOException {
    since(to);
    try (var walk = new ChangeWalk(files, since(from).keySet())) {
      for (var path = walk.next(); path.isPresent(); path = walk.next()) {
        var steps = path.get().steps();
        var whole = path.get().whole();
        var end = now.getOrDefault(whole.path(), new Version.Absent());
        var then = at(to, steps, end).orElse(end);
        var before = whole.was().settledBy(end);
        if (steps.getFirst().generation() <= to && !before.isSameAs(then)) {
          each.accept(new Change(whole.name(), before, then, whole.others()));
        }
      }
    }
  }

  /** What a path was at a point by its younger records; empty when there are none. */
  private static Optional<Version> at(long point, List<ChangeWalk.Step> steps, Version end) {
    return steps.stream()
        .filter(step -> step.generation() > point)
        .map(ChangeWalk.Step::change)
        .reduce(Change::then)
        .map(change -> change.was().settledBy(end));
  }

  /**
   * What a path was at all points, from the oldest to the newest.
   *
   * @param end what it is now
   */
  public List<PathVersion> versions(Path path, Version end, RecordFiles files) throws IOException {
    var steps = steps(Change.of(path, end, end), files);
    var versions = new ArrayList<PathVersion>();
    for (long point : kept().keySet()) {
      var version = at(point, steps, end).orElse(end);
      boolean others =
          steps.stream()
              .filter(step -> step.generation() > point)
              .findFirst()
              .map(step -> step.change().others())
              .orElse(false);
      var last = versions.isEmpty() ? null : versions.getLast();
      if (last != null && last.version().isSameAs(version) && last.others() == others) {
        versions.set(
            versions.size() - 1, new PathVersion(last.from(), point, last.version(), others));
      } else {
        versions.add(new PathVersion(point, point, version, others));
      }
    }
    return versions;
  }

  /** Each record is read up to the path, and no further. */
  private List<ChangeWalk.Step> steps(Change wanted, RecordFiles files) throws IOException {
    var steps = new ArrayList<ChangeWalk.Step>();
    for (long generation : inForce.keySet()) {
      try (var source = files.open(generation)) {
        var next = source.next();
        while (next.isPresent() && Change.ORDER.compare(next.get(), wanted) < 0) {
          next = source.next();
        }
        next.filter(change -> change.name().equals(wanted.name()))
            .ifPresent(change -> steps.add(new ChangeWalk.Step(generation, change)));
      }
    }
    return steps;
  }

  /**
   * How to drop a point.
   *
   * @param merge T2: become one, which replaces the last of them; empty for the oldest point, so
   *     that nothing has to be written on a full volume
   * @param delete T1 and T3: go then, in this order
   */
  public record Dropping(List<RecordHeader> merge, List<Long> delete) {}

  /**
   * How to drop a point that is not the current one.
   *
   * @throws IllegalStateException T0: when a pass was cut off, and the point is not the oldest; the
   *     next pass takes it over first
   */
  public Dropping dropping(long generation) {
    if (!kept().containsKey(generation) || generation == current.generation()) {
      throw new IllegalArgumentException("cannot be dropped: " + generation);
    }
    long next = inForce.higherKey(generation);
    var before = kept().lowerKey(generation);
    if (before == null) {
      var records = new TreeSet<>(all.headMap(next, true).keySet());
      records.addAll(unreadable.headSet(next, true));
      return new Dropping(List.of(), List.copyOf(records));
    }
    if (!unfinished().isEmpty()) {
      throw new IllegalStateException("a pass was cut off: " + unfinished());
    }
    var merge = inForce.subMap(before, false, next, true);
    return new Dropping(
        List.copyOf(merge.values()), List.copyOf(merge.headMap(next, false).keySet()));
  }

  /**
   * Records that are there and do not count; a thinning that was cut off left them. Those of passes
   * that were cut off stay until a pass is complete that took them over.
   */
  public List<Long> superseded() {
    return List.copyOf(superseded.headSet(current.generation(), true));
  }

  /** The record in force that says what one says that does not count, or itself. */
  public long spanning(long generation) {
    return inForce.values().stream()
        .filter(header -> header.spans(generation))
        .findFirst()
        .map(RecordHeader::generation)
        .orElse(generation);
  }
}
