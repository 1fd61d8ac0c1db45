package io.liteferry.history;

import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAdjusters;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Which points a policy chooses by their times alone. Hours are those of UTC, so that no hour is
 * there twice or not at all; days and weeks are those of the user's zone. Buckets since a pause
 * that {@link Ages} does not count are not counted either.
 */
final class Buckets {
  private final List<KeptPoint> points;
  private final Ages ages;
  private final ZoneId zone;
  private final NavigableMap<Long, Set<Reason>> reasons = new TreeMap<>();

  /** {@code points} from the oldest to the newest. */
  Buckets(List<KeptPoint> points, Ages ages, ZoneId zone) {
    this.points = points;
    this.ages = ages;
    this.zone = zone;
  }

  /**
   * The points that stay, and why; the window has one for each {@code step}, if that is not zero.
   */
  NavigableMap<Long, Set<Reason>> choose(RetentionPolicy policy, Duration step) {
    var slots = new HashSet<Long>();
    for (int i = points.size() - 1; i >= 0 && !policy.all().isZero(); i--) {
      var point = points.get(i);
      long slot =
          step.isZero()
              ? point.generation()
              : Math.floorDiv(point.time().getEpochSecond(), step.toSeconds());
      if (ages.age(i).compareTo(policy.all()) <= 0 && slots.add(slot)) {
        add(point, Reason.RECENT);
      }
    }
    newestOfEach(policy.hourly(), Reason.HOURLY, time -> time.truncatedTo(ChronoUnit.HOURS));
    newestOfEach(policy.daily(), Reason.DAILY, this::day);
    newestOfEach(policy.weekly(), Reason.WEEKLY, this::monday);
    return reasons;
  }

  private LocalDate day(Instant time) {
    return time.atZone(zone).toLocalDate();
  }

  private LocalDate monday(Instant time) {
    return day(time).with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY));
  }

  private void newestOfEach(int most, Reason reason, Function<Instant, Object> bucket) {
    var seen = new HashSet<Object>();
    int counted = 0;
    for (int i = points.size() - 1; i >= 0 && counted < most; i--) {
      if (seen.add(bucket.apply(points.get(i).time()))) {
        add(points.get(i), reason);
        counted += ages.isAfterPause(i) ? 0 : 1;
      }
    }
  }

  private void add(KeptPoint point, Reason reason) {
    reasons.computeIfAbsent(point.generation(), g -> EnumSet.noneOf(Reason.class)).add(reason);
  }
}
