package io.liteferry.history;

import java.time.Duration;
import java.util.List;

/**
 * A step of the ladder that retention goes down when the history is too large: the finest points go
 * first. Halving all counts alike would leave the points of one day.
 *
 * @param step the window of {@code --keep-all} has one point for each of these; zero for all
 * @param hourly this many of 24 hours that are configured, and likewise
 * @param daily of 14 days
 * @param weekly of 8 weeks
 */
record Rung(Duration step, int hourly, int daily, int weekly) {
  static final List<Rung> LADDER =
      List.of(
          new Rung(Duration.ZERO, 24, 14, 8),
          new Rung(Duration.ofMinutes(5), 24, 14, 8),
          new Rung(Duration.ofMinutes(15), 12, 10, 6),
          new Rung(Duration.ofMinutes(30), 6, 7, 4),
          new Rung(Duration.ofHours(1), 3, 5, 3),
          new Rung(Duration.ofHours(1), 1, 3, 2),
          new Rung(Duration.ofHours(1), 1, 2, 1));

  RetentionPolicy of(RetentionPolicy policy) {
    var whole = LADDER.getFirst();
    return new RetentionPolicy(
        policy.all(),
        part(policy.hourly(), hourly, whole.hourly),
        part(policy.daily(), daily, whole.daily),
        part(policy.weekly(), weekly, whole.weekly),
        policy.budget());
  }

  private static int part(int configured, int numerator, int denominator) {
    return Math.toIntExact(Math.ceilDiv((long) configured * numerator, denominator));
  }
}
