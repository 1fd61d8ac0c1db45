package io.liteferry.history;

import java.time.Duration;

/**
 * Which points are to stay. All is counted from the newest point, in hours, days and weeks in which
 * something changed: nothing goes because time went by.
 *
 * @param all how long every point stays
 * @param hourly for how many hours the newest point of each stays
 * @param daily for how many days
 * @param weekly for how many weeks
 * @param budget how many bytes all that may take
 */
public record RetentionPolicy(Duration all, int hourly, int daily, int weekly, Budget budget) {
  public static final RetentionPolicy DEFAULT =
      new RetentionPolicy(Duration.ofHours(1), 24, 14, 8, Budget.AUTO);

  /** No history: every point but the current one goes, pinned or not, as none could be had. */
  public static final RetentionPolicy NONE =
      new RetentionPolicy(Duration.ZERO, 0, 0, 0, Budget.parse("0"));

  /** Checks the numbers. */
  public RetentionPolicy {
    if (all.isNegative() || hourly < 0 || daily < 0 || weekly < 0) {
      throw new IllegalArgumentException("less than none cannot be kept");
    }
  }

  boolean isNone() {
    return equals(NONE);
  }
}
