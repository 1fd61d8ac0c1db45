package io.liteferry.history;

import io.liteferry.history.Budget.Allowance;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntToLongFunction;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Decides which points stay: a pure function of points, sizes and pins, which looks at no clock.
 * The newest point of each bucket stays, as in restic and Borg, but buckets are counted from the
 * newest point.
 *
 * <p>The newest point, the last that was fully checked and pinned ones stay whatever the budget is;
 * so do, of what was before accidents, the oldest and the newest, and what was before the latest
 * rollback. What these alone need does not count for the budget: else a mass deletion, which moves
 * the whole tree into the history, would push out everything else. Others before an accident or a
 * rollback go for the budget, but only when no other point is left that may go.
 */
public final class Retention {
  /** How long, after an accident, the point before it stays. */
  public static final Duration ACCIDENT_STAYS = Duration.ofDays(7);

  /** So many at most stay for that reason: some applications empty a database all the time. */
  static final int MOST_ACCIDENTS = 32;

  private final RetentionPolicy policy;
  private final ZoneId zone;

  /** {@code zone} is whose days and weeks count. */
  public Retention(RetentionPolicy policy, ZoneId zone) {
    this.policy = policy;
    this.zone = zone;
  }

  /**
   * Decides.
   *
   * @param points from the oldest to the newest
   * @param bytesOf what the history takes when these points alone stay, as {@link Usage#bytesOf}
   */
  public RetentionPlan plan(
      List<KeptPoint> points, Pins pins, ToLongFunction<Set<Long>> bytesOf, Allowance allowance) {
    var absolute = absolute(points, pins);
    var marked = marked(points, pins);
    var left = new TreeSet<>(points.stream().map(KeptPoint::generation).toList());
    var all = new TreeSet<>(left);
    var victims = new ArrayList<Long>();
    var rungs = new ArrayList<NavigableMap<Long, Set<Reason>>>();
    var ends = new ArrayList<Integer>();
    ToLongFunction<Set<Long>> counted = staying -> bytesOf.applyAsLong(counted(staying, absolute));
    boolean isWithin = false;
    while (!isWithin && rungs.size() < Rung.LADDER.size()) {
      rungs.add(chosen(points, rungs.size(), absolute));
      for (var point : policy.isNone() ? List.<KeptPoint>of() : marked) {
        add(rungs.getLast(), point, Reason.ACCIDENT);
      }
      drop(left, rungs.getLast().keySet(), victims);
      ends.add(victims.size());
      isWithin = policy.isNone() || counted.applyAsLong(left) <= allowance.bytes();
    }
    if (!isWithin) {
      var last = new ArrayList<>(left);
      last.removeAll(absolute.keySet());
      last.sort(
          Comparator.comparing(marked.stream().map(KeptPoint::generation).toList()::contains));
      victims.addAll(last);
      left.removeAll(last);
      isWithin = counted.applyAsLong(left) <= allowance.bytes();
    }
    int least = ends.getFirst();
    int count = needed(all, victims, least, counted, allowance);
    var gone = victims.subList(0, count);
    all.removeAll(gone);
    long bytes = counted.applyAsLong(all);
    return new RetentionPlan(
        staying(rungs, gone), List.copyOf(gone), rung(ends, count), bytes, isWithin);
  }

  /** How many of the victims have to go: as few as will do. */
  private static int needed(
      Set<Long> all,
      List<Long> victims,
      int least,
      ToLongFunction<Set<Long>> bytesOf,
      Allowance allowance) {
    IntToLongFunction bytesWithout =
        count -> {
          var staying = new HashSet<>(all);
          victims.subList(0, count).forEach(staying::remove);
          return bytesOf.applyAsLong(staying);
        };
    int low = least;
    int high = victims.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (bytesWithout.applyAsLong(middle) <= allowance.bytes()) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    boolean isTooMuch = low > least && bytesWithout.applyAsLong(low) < allowance.bytes();
    return allowance.isHeld() && isTooMuch ? low - 1 : low;
  }

  /** Why points stay: by the last rung that leaves them. */
  private static NavigableMap<Long, Set<Reason>> staying(
      List<NavigableMap<Long, Set<Reason>>> rungs, List<Long> gone) {
    var staying = new TreeMap<Long, Set<Reason>>();
    rungs.forEach(staying::putAll);
    gone.forEach(staying::remove);
    return staying;
  }

  private static int rung(List<Integer> ends, int count) {
    return (int) ends.stream().filter(end -> end < count).count();
  }

  private static void drop(Set<Long> left, Set<Long> staying, List<Long> victims) {
    for (long generation : List.copyOf(left)) {
      if (!staying.contains(generation)) {
        left.remove(generation);
        victims.add(generation);
      }
    }
  }

  private NavigableMap<Long, Set<Reason>> chosen(
      List<KeptPoint> points, int rung, NavigableMap<Long, Set<Reason>> absolute) {
    var step = Rung.LADDER.get(rung);
    var chosen =
        new Buckets(points, new Ages(points, policy.all()), zone)
            .choose(step.of(policy), step.step());
    absolute.forEach(
        (generation, reasons) ->
            chosen.computeIfAbsent(generation, g -> EnumSet.noneOf(Reason.class)).addAll(reasons));
    return chosen;
  }

  /** What some points take of what the budget is for. */
  public long bytesCounted(
      List<KeptPoint> points,
      Pins pins,
      ToLongFunction<Set<Long>> bytesOf,
      Predicate<Long> isMeant) {
    var meant = points.stream().map(KeptPoint::generation).filter(isMeant);
    return bytesOf.applyAsLong(counted(meant.collect(Collectors.toSet()), absolute(points, pins)));
  }

  /** Those that the budget is for. */
  private static Set<Long> counted(Set<Long> staying, NavigableMap<Long, Set<Reason>> absolute) {
    var counted = new HashSet<>(staying);
    counted.removeIf(g -> Set.of(Reason.ACCIDENT).equals(absolute.get(g)));
    return counted;
  }

  /** What stays whatever the budget is. */
  private NavigableMap<Long, Set<Reason>> absolute(List<KeptPoint> points, Pins pins) {
    var absolute = new TreeMap<Long, Set<Reason>>();
    if (points.isEmpty()) {
      return absolute;
    }
    add(absolute, points.getLast(), Reason.NEWEST);
    if (policy.isNone()) {
      return absolute;
    }
    points.reversed().stream()
        .filter(point -> point.point().isFullyChecked())
        .findFirst()
        .ifPresent(point -> add(absolute, point, Reason.CHECKED));
    points.stream()
        .filter(point -> pins.users().contains(point.generation()))
        .forEach(point -> add(absolute, point, Reason.PINNED));
    for (var point : outOfBudget(points, pins)) {
      add(absolute, point, Reason.ACCIDENT);
    }
    return absolute;
  }

  /**
   * What stays for an accident or a rollback whatever the budget is: the first is what was before
   * the trouble began, the last what was before the latest.
   */
  private List<KeptPoint> outOfBudget(List<KeptPoint> points, Pins pins) {
    var accidents = marked(points, pins.accidents());
    var rollbacks = marked(points, pins.rollbacks());
    return Stream.of(
            accidents.stream().limit(1),
            accidents.reversed().stream().limit(1),
            rollbacks.reversed().stream().limit(1))
        .flatMap(found -> found)
        .toList();
  }

  /** What is to stay until its date, for an accident or a rollback. */
  private Set<KeptPoint> marked(List<KeptPoint> points, Pins pins) {
    var both = new HashSet<>(pins.accidents());
    both.addAll(pins.rollbacks());
    var newest = marked(points, both).reversed().stream().limit(MOST_ACCIDENTS);
    return Stream.concat(outOfBudget(points, pins).stream(), newest).collect(Collectors.toSet());
  }

  /** Those whose date has not come; what happened is as old as the point after it. */
  private List<KeptPoint> marked(List<KeptPoint> points, Set<Long> marks) {
    var ages = new Ages(points, policy.all());
    return IntStream.range(0, points.size())
        .filter(i -> marks.contains(points.get(i).generation()))
        .filter(i -> i == points.size() - 1 || ages.age(i + 1).compareTo(ACCIDENT_STAYS) <= 0)
        .mapToObj(points::get)
        .toList();
  }

  /**
   * What is to go first where there is no room: the oldest point, and those before accidents only
   * when no other is left; empty when all have to stay.
   *
   * @param isAny whether a point that is not the oldest can go
   */
  public Optional<KeptPoint> expendable(List<KeptPoint> points, Pins pins, boolean isAny) {
    var marked = marked(points, pins);
    var outOfBudget = outOfBudget(points, pins);
    return points.stream()
        .limit(Math.clamp(points.size() - 1L, 0, isAny ? Integer.MAX_VALUE : 1))
        .filter(point -> !pins.users().contains(point.generation()))
        .min(
            Comparator.<KeptPoint, Boolean>comparing(marked::contains)
                .thenComparing(outOfBudget::contains));
  }

  /** The points that stay when all go that {@link #expendable} comes to name. */
  public Set<Long> unexpendable(List<KeptPoint> points, Pins pins, boolean isAny) {
    var numbers = points.stream().map(KeptPoint::generation).toList();
    var older = numbers.subList(0, Math.max(0, numbers.size() - 1));
    Predicate<Long> isFree = point -> !pins.users().contains(point);
    var staying = new HashSet<>(numbers);
    (isAny ? older.stream().filter(isFree) : older.stream().takeWhile(isFree))
        .forEach(staying::remove);
    return staying;
  }

  private static void add(NavigableMap<Long, Set<Reason>> reasons, KeptPoint point, Reason reason) {
    reasons.computeIfAbsent(point.generation(), g -> EnumSet.noneOf(Reason.class)).add(reason);
  }
}
