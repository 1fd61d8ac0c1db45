package io.liteferry.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RetentionTest {
  private static final long SEED = Long.getLong("liteferry.test.seed", 20260101L);
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");
  private static final Instant START = Instant.parse("2026-06-01T10:00:00Z");
  private static final long PLENTY = Long.MAX_VALUE;
  private static final ToLongFunction<Set<Long>> ONE_EACH = Set::size;

  private static Point point(long generation, Instant time, boolean checked) {
    return new Point(
        generation,
        1,
        time,
        Optional.empty(),
        "p",
        checked ? CheckLevel.FULL : CheckLevel.QUICK,
        Optional.empty(),
        List.of());
  }

  private static List<KeptPoint> kept(Collection<Point> points) {
    var list = List.copyOf(points);
    var times = TrustedTimes.of(list.stream().map(Point::time).toList());
    var kept = new ArrayList<KeptPoint>();
    for (int i = 0; i < list.size(); i++) {
      kept.add(new KeptPoint(list.get(i), times.time(i), times.isTrusted(i), Optional.empty()));
    }
    return kept;
  }

  /** One after the other, each so long after the one before. */
  private static NavigableMap<Long, Point> each(Duration step, int count) {
    var points = new TreeMap<Long, Point>();
    for (long i = 1; i <= count; i++) {
      points.put(i, point(i, START.plus(step.multipliedBy(i)), true));
    }
    return points;
  }

  private static RetentionPlan plan(Collection<Point> points, Pins pins, long budget) {
    return new Retention(RetentionPolicy.DEFAULT, ZoneOffset.UTC)
        .plan(kept(points), pins, ONE_EACH, Budget.Allowance.of(budget));
  }

  private static RetentionPlan plan(Collection<Point> points) {
    return plan(points, Pins.NONE, PLENTY);
  }

  private static void apply(NavigableMap<Long, Point> points, RetentionPlan plan) {
    points.keySet().removeAll(plan.victims());
    assertEquals(points.keySet(), plan.staying().keySet());
  }

  @Test
  void plan_nothing_isNothing() {
    assertEquals(Map.of(), plan(List.of()).staying());
  }

  @Test
  void plan_lastHour_staysWhole() {
    var plan = plan(each(Duration.ofMinutes(1), 61).values());
    assertEquals(List.of(), plan.victims());
    assertEquals(Set.of(Reason.RECENT), plan.staying().get(2L));
    assertEquals(
        Set.of(
            Reason.NEWEST,
            Reason.CHECKED,
            Reason.RECENT,
            Reason.HOURLY,
            Reason.DAILY,
            Reason.WEEKLY),
        plan.staying().get(61L));
  }

  @Test
  void plan_older_areHourlyDailyAndWeekly() {
    var plan = plan(each(Duration.ofMinutes(30), 48 * 100).values());
    assertEquals(24, with(plan, Reason.HOURLY));
    assertEquals(14, with(plan, Reason.DAILY));
    assertEquals(8, with(plan, Reason.WEEKLY));
    assertEquals(3, with(plan, Reason.RECENT));
    assertEquals(plan.victims().stream().sorted().toList(), plan.victims());
    assertEquals(0, plan.rung());
  }

  private static long with(RetentionPlan plan, Reason reason) {
    return plan.staying().values().stream().filter(reasons -> reasons.contains(reason)).count();
  }

  /** Nothing goes because time went by: as if there had been no pause. */
  @Test
  void plan_afterAHoliday_dropsWhatWorkAloneWould() {
    var points = each(Duration.ofMinutes(1), 600);
    apply(points, plan(points.values()));
    var without = new TreeMap<>(points);
    for (long n = 601; n <= 660; n++) {
      var time = START.plus(Duration.ofMinutes(n));
      points.put(n, point(n, time.plus(Duration.ofDays(40)), true));
      apply(points, plan(points.values()));
      without.put(n, point(n, time, true));
      apply(without, plan(without.values()));
      assertTrue(points.keySet().containsAll(without.keySet()), "after " + n);
    }
  }

  @Test
  void plan_lastChecked_stays() {
    var points = each(Duration.ofDays(1), 300);
    points.replaceAll((n, p) -> point(n, p.time(), n <= 7));
    var plan = plan(points.values(), Pins.NONE, 1);
    assertEquals(Set.of(7L, 300L), plan.staying().keySet());
    assertEquals(Set.of(Reason.CHECKED), plan.staying().get(7L));
    assertTrue(!plan.isWithinBudget());
    assertEquals(Rung.LADDER.size(), plan.rung());
  }

  @Test
  void plan_withProblems_isNotTheLastChecked() {
    var bad =
        new Point(
            2, 1, START, Optional.empty(), "p", CheckLevel.FULL, Optional.empty(), List.of("x"));
    var plan = plan(List.of(point(1, START, true), bad));
    assertTrue(plan.staying().get(1L).contains(Reason.CHECKED));
  }

  @Test
  void plan_accidents_stayAWeekOutsideOfTheBudget() {
    var points = each(Duration.ofHours(12), 30);
    var pins = new Pins(Set.of(3L), Set.of(1L, 18L, 22L, 29L), Set.of()); // the first is too old
    var plan = plan(points.values(), pins, 2);
    assertEquals(Set.of(3L, 18L, 29L, 30L), plan.staying().keySet());
    assertEquals(Set.of(Reason.ACCIDENT), plan.staying().get(18L));
    assertEquals(Set.of(Reason.PINNED), plan.staying().get(3L));
    assertTrue(plan.isWithinBudget());
  }

  /** The rollback that was to mend an accident, and a second one, take no other point's place. */
  @Test
  void plan_rollbacksAfterAnAccident_leaveWhatWasBeforeIt() {
    var points = each(Duration.ofHours(12), 13);
    var pins = new Pins(Set.of(), Set.of(1L, 3L), Set.of(4L, 6L));
    assertEquals(
        Set.of(1L, 3L, 6L, 13L), plan(points.values(), pins, 0).staying().keySet(), "no budget");
    var policy = new RetentionPolicy(Duration.ZERO, 1, 1, 1, Budget.AUTO);
    var plan =
        new Retention(policy, ZoneOffset.UTC)
            .plan(kept(points.values()), pins, ONE_EACH, Budget.Allowance.of(PLENTY));
    assertEquals(Set.of(1L, 3L, 4L, 6L, 13L), plan.staying().keySet());
  }

  /** Until their date, if the budget has room: all others go first. */
  @Test
  void plan_accidentBetweenTwo_staysWithinTheBudget() {
    var points = each(Duration.ofHours(12), 13);
    var pins = new Pins(Set.of(), Set.of(1L, 3L, 5L, 9L), Set.of());
    assertEquals(Set.of(1L, 3L, 5L, 9L, 13L), plan(points.values(), pins, 3).staying().keySet());
    assertEquals(Set.of(1L, 5L, 9L, 13L), plan(points.values(), pins, 2).staying().keySet());
    var policy = new RetentionPolicy(Duration.ZERO, 1, 1, 1, Budget.AUTO);
    points.putAll(each(Duration.ofHours(1), 150));
    var all = new Pins(Set.of(), points.keySet(), Set.of());
    assertEquals(
        Retention.MOST_ACCIDENTS + 1,
        new Retention(policy, ZoneOffset.UTC)
            .plan(kept(points.values()), all, ONE_EACH, Budget.Allowance.of(PLENTY))
            .staying()
            .size());
  }

  /** It counts from the accident, not from the point before it. */
  @Test
  void plan_accidentAfterAQuietMonth_staysAWeek() {
    var points = each(Duration.ofHours(1), 48);
    points.put(0L, point(0, START.minus(Duration.ofDays(30)), false));
    var pins = new Pins(Set.of(), Set.of(0L), Set.of());
    assertEquals(Set.of(0L, 48L), plan(points.values(), pins, 1).staying().keySet());
    points.put(49L, point(49, START.plus(Duration.ofDays(9)), true));
    points.put(50L, point(50, START.plus(Duration.ofDays(9)).plusSeconds(7200), true));
    assertEquals(Set.of(50L), plan(points.values(), pins, 1).staying().keySet());
  }

  @Test
  void expendable_accidents_goLast() {
    var retention = new Retention(RetentionPolicy.DEFAULT, ZoneOffset.UTC);
    var points = kept(each(Duration.ofHours(1), 6).values());
    var pins = new Pins(Set.of(2L), Set.of(1L, 3L, 4L), Set.of());
    var gone = new ArrayList<Long>();
    var left = new ArrayList<>(points);
    for (var next = retention.expendable(left, pins, true);
        next.isPresent();
        next = retention.expendable(left, pins, true)) {
      gone.add(next.get().generation());
      left.remove(next.get());
    }
    assertEquals(List.of(5L, 3L, 1L, 4L), gone);
    assertEquals(Optional.of(points.getFirst()), retention.expendable(points, pins, false));
    assertEquals(Optional.empty(), retention.expendable(points.subList(1, 6), pins, false));
    assertEquals(Optional.empty(), retention.expendable(List.of(), pins, true));
  }

  @Test
  void plan_overBudget_givesUpTheFinestFirst() {
    var points = each(Duration.ofMinutes(10), 6 * 24 * 60).values();
    int last = Integer.MAX_VALUE;
    for (long budget : new long[] {1000, 90, 50, 30, 20, 10, 6, 4}) {
      var plan = plan(points, Pins.NONE, budget);
      assertTrue(plan.isWithinBudget() && plan.staying().size() <= budget);
      assertTrue(plan.staying().size() <= last);
      last = plan.staying().size();
      var days =
          plan.staying().keySet().stream().map(n -> n / (6 * 24)).collect(Collectors.toSet());
      assertTrue(days.size() >= Math.min(4, budget / 4), () -> budget + ": " + days);
    }
  }

  /** To stop after any victim leaves what could be left with more room. */
  @Test
  void plan_victims_goInTheOrderOfTheLadder() {
    var points = each(Duration.ofMinutes(7), 2000).values();
    var all = plan(points, Pins.NONE, 0);
    for (long budget : new long[] {1000, 45, 30, 12, 5}) {
      var plan = plan(points, Pins.NONE, budget);
      assertEquals(all.victims().subList(0, plan.victims().size()), plan.victims());
    }
    assertEquals(2000 - 1, all.victims().size());
  }

  @Test
  void plan_none_keepsTheNewestAlone() {
    var plan =
        new Retention(RetentionPolicy.NONE, ZoneOffset.UTC)
            .plan(
                kept(each(Duration.ofMinutes(1), 5).values()),
                new Pins(Set.of(2L), Set.of(3L), Set.of()),
                ONE_EACH,
                Budget.Allowance.of(0));
    assertEquals(List.of(1L, 2L, 3L, 4L), plan.victims());
    assertTrue(plan.isWithinBudget());
  }

  /** Clocks were wrong now and then, and the times in between are anything. */
  @Test
  void plan_randomHistories_keepWhatTheyMustAndAreIdempotent() {
    for (long seed = SEED; seed < SEED + 200; seed++) {
      var random = new Random(seed * 0x9e3779b97f4a7c15L);
      var points = randomPoints(random);
      var numbers = List.copyOf(points.keySet());
      var pins =
          new Pins(
              Set.of(numbers.get(random.nextInt(numbers.size()))),
              some(numbers, random),
              some(numbers, random));
      long budget = random.nextBoolean() ? PLENTY : random.nextInt(40);
      var plan = plan(points.values(), pins, budget);
      var name = "seed " + seed;
      assertTrue(plan.staying().containsKey(points.lastKey()), name);
      assertTrue(plan.staying().keySet().containsAll(pins.users()), name);
      points.values().stream()
          .filter(Point::isFullyChecked)
          .reduce((a, b) -> b)
          .ifPresent(p -> assertTrue(plan.staying().containsKey(p.generation()), name));
      assertTrue(plan.staying().values().stream().noneMatch(Set::isEmpty), name);
      var left =
          kept(points.values()).stream()
              .filter(p -> plan.staying().containsKey(p.generation()))
              .toList();
      var again = new Retention(RetentionPolicy.DEFAULT, ZoneOffset.UTC);
      assertEquals(
          List.of(), again.plan(left, pins, ONE_EACH, Budget.Allowance.of(budget)).victims(), name);
    }
  }

  private static Set<Long> some(List<Long> numbers, Random random) {
    var chosen = new TreeSet<Long>();
    int count = random.nextInt(10);
    for (int i = 0; i < count; i++) {
      chosen.add(numbers.get(random.nextInt(numbers.size())));
    }
    return chosen;
  }

  private static NavigableMap<Long, Point> randomPoints(Random random) {
    var points = new TreeMap<Long, Point>();
    var time = START;
    int count = 1 + random.nextInt(400);
    for (long n = 1; n <= count; n++) {
      long seconds = new long[] {1, 5, 60, 3600, 86_400L * random.nextInt(4)}[random.nextInt(5)];
      time = time.plusSeconds(seconds);
      var shown =
          switch (random.nextInt(60)) {
            case 0 -> Instant.EPOCH;
            case 1 -> time.plus(Duration.ofDays(400));
            default -> time;
          };
      points.put(n, point(n, shown, random.nextInt(10) < 7));
    }
    return points;
  }

  @Test
  void plan_appliedAgainAndAgainFor30Days_hasEachOfTheLast14Days() {
    var points = new TreeMap<Long, Point>();
    for (long n = 1; n <= 30 * 24 * 4; n++) {
      points.put(n, point(n, START.plus(Duration.ofMinutes(15 * n)), true));
      apply(points, plan(points.values()));
    }
    var last = day(points.lastEntry().getValue().time());
    for (int i = 0; i < 14; i++) {
      var wanted = last.minusDays(i);
      assertTrue(
          points.values().stream().anyMatch(p -> day(p.time()).equals(wanted)), wanted::toString);
    }
    assertTrue(points.size() < 60, () -> points.keySet().toString());
  }

  private static LocalDate day(Instant time) {
    return time.atZone(ZoneOffset.UTC).toLocalDate();
  }

  /** What a right clock would leave stays, also while the clock is wrong, and after that. */
  @ParameterizedTest
  @ValueSource(longs = {-20_000, 400, 4_000})
  void plan_clockIsWrongForAWhile_dropsNothingMore(long days) {
    for (int wrong = 1; wrong < 40; wrong += 13) {
      var points = new TreeMap<Long, Point>();
      var right = new TreeMap<Long, Point>();
      for (long n = 1; n <= 3000; n++) {
        var time = START.plus(Duration.ofMinutes(7 * n));
        boolean isWrong = n > 2900 && n <= 2900 + wrong;
        right.put(n, point(n, time, true));
        points.put(
            n, point(n, isWrong && n < 2909 ? time.plus(Duration.ofDays(days)) : time, true));
        if (n % 50 == 0 || n > 2890) {
          apply(points, plan(points.values()));
          apply(right, plan(right.values()));
        }
        if (n <= 2909) { // within an hour of work
          var missing = new TreeSet<>(right.keySet());
          missing.removeAll(points.keySet());
          assertEquals(Set.of(), missing, "after " + n);
        }
      }
      var allDays = points.values().stream().map(p -> day(p.time())).collect(Collectors.toSet());
      assertTrue(allDays.size() >= 13, allDays::toString);
    }
  }

  @ParameterizedTest
  @CsvSource({"2026-10-24T22:00:00Z, 25", "2026-03-28T23:00:00Z, 23"})
  void plan_daysWhenClocksChange_haveOnePointEach(Instant midnight, int hours) {
    var policy = new RetentionPolicy(Duration.ZERO, 100, 3, 0, Budget.AUTO);
    var points = new ArrayList<Point>();
    for (int i = -24; i < hours + 24; i++) {
      points.add(point(i + 25, midnight.plus(Duration.ofHours(i)), true));
    }
    var plan =
        new Retention(policy, BERLIN)
            .plan(kept(points), Pins.NONE, ONE_EACH, Budget.Allowance.of(PLENTY));
    var daily =
        plan.staying().entrySet().stream()
            .filter(e -> e.getValue().contains(Reason.DAILY))
            .map(Map.Entry::getKey)
            .toList();
    assertEquals(List.of(24L, 24L + hours, 48L + hours), daily);
    assertEquals(points.size(), with(plan, Reason.HOURLY)); // no hour twice, none left out
  }

  @Test
  void rung_ofOtherNumbers_isTheSameShare() {
    var policy = new RetentionPolicy(Duration.ofHours(2), 48, 7, 0, Budget.AUTO);
    var finest = Rung.LADDER.getFirst().of(policy);
    assertEquals(policy, finest);
    var last = Rung.LADDER.getLast().of(policy);
    assertEquals(new RetentionPolicy(Duration.ofHours(2), 2, 1, 0, Budget.AUTO), last);
    assertThrows(
        IllegalArgumentException.class,
        () -> new RetentionPolicy(Duration.ZERO, -1, 0, 0, Budget.AUTO));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1234, 1234",
    "500MB, 500000000",
    "2GiB, 2147483648",
    "3kB, 3000",
    "1KiB, 1024"
  })
  void budget_size_isRead(String text, long bytes) {
    assertEquals(
        Budget.Allowance.of(bytes), Budget.parse(text).allowance(1, OptionalLong.of(1), 1, 9));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "2G", "-1", "1.5GB", "999999999999TB", "Auto", "kB", "1mB"})
  void budget_noSize_isRefused(String text) {
    assertThrows(IllegalArgumentException.class, () -> Budget.parse(text));
  }

  @Test
  void budget_auto_isAShareOfFreeAndKept() {
    var auto = Budget.parse("auto");
    long gib = 1L << 30;
    assertEquals(2 * gib, auto.allowance(1, OptionalLong.empty(), 0, 0).bytes());
    assertEquals(10 * gib, auto.allowance(5 * gib, OptionalLong.of(1000 * gib), 0, 0).bytes());
    assertEquals(2 * gib, auto.allowance(5 * gib, OptionalLong.of(4 * gib), 6 * gib, 0).bytes());
  }

  /** What was kept stays, as far as it is not more than is wanted. */
  @Test
  void budget_autoWhileOthersFillTheVolume_isWhatTheHistoryHad() {
    long mib = 1L << 20;
    assertEquals(
        new Budget.Allowance(15 * mib, true),
        Budget.AUTO.allowance(3 * mib, OptionalLong.of(30 * mib), 15 * mib, 15 * mib));
    assertEquals(
        new Budget.Allowance(2048 * mib, true),
        Budget.AUTO.allowance(3 * mib, OptionalLong.of(0), 9000 * mib, 9000 * mib));
  }

  /** As in the plan: else a mass deletion would hold more than others leave room for. */
  @Test
  void bytesCounted_accidents_areLeftOut() {
    var points = kept(each(Duration.ofHours(12), 13).values());
    var pins = new Pins(Set.of(5L), Set.of(5L, 12L), Set.of());
    var retention = new Retention(RetentionPolicy.DEFAULT, ZoneOffset.UTC);
    assertEquals(12, retention.bytesCounted(points, pins, ONE_EACH, point -> true));
    assertEquals(11, retention.bytesCounted(points, pins, ONE_EACH, point -> point < 13));
    assertEquals(13, retention.bytesCounted(points, Pins.NONE, ONE_EACH, point -> true));
  }

  /** One comes, so one goes; what is smaller than the first to go waits. */
  @Test
  void plan_othersFillTheVolume_takesNothingThatWasKept() {
    var points = each(Duration.ofSeconds(10), 10);
    ToLongFunction<Set<Long>> sizes =
        staying -> 3L * staying.size() - (staying.contains(9L) ? 2 : 0);
    var held = new Budget.Allowance(27, true);
    var retention = new Retention(RetentionPolicy.DEFAULT, ZoneOffset.UTC);
    var plan = retention.plan(kept(points.values()), Pins.NONE, sizes, held);
    assertEquals(List.of(), plan.victims()); // 28 bytes, and the first has 3
    points.put(11L, point(11, START.plusSeconds(110), true));
    plan = retention.plan(kept(points.values()), Pins.NONE, sizes, held);
    assertEquals(List.of(1L), plan.victims());
    assertEquals(1, plan.rung());
  }

  @Test
  void plan_overBudget_dropsNoMoreThanIsNeeded() {
    var points = each(Duration.ofSeconds(10), 20).values();
    var plan = plan(points, Pins.NONE, 17);
    assertEquals(List.of(1L, 2L, 3L), plan.victims());
    assertEquals(1, plan.rung());
    assertTrue(plan.isWithinBudget());
  }
}
