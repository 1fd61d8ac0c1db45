package io.liteferry.history;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * Times in words for people, as they are seen from now.
 *
 * @param zone in which they are told
 * @param now from which they are seen
 */
public record Moments(ZoneId zone, Instant now) {
  private static final DateTimeFormatter CLOCK = formatter("HH:mm:ss");
  private static final DateTimeFormatter DAY = formatter("d MMMM HH:mm");
  private static final DateTimeFormatter DAY_OF_YEAR = formatter("d MMMM uuuu HH:mm");
  private static final DateTimeFormatter DATE = formatter("d MMMM");
  private static final Duration MOST_HOURS = Duration.ofDays(2);

  private static DateTimeFormatter formatter(String pattern) {
    return DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH);
  }

  /** {@code today 18:42:10}, {@code yesterday 23:40:00}, {@code 1 November 09:12}. */
  public String of(Instant time) {
    var local = time.atZone(zone);
    var today = now.atZone(zone).toLocalDate();
    var day = local.toLocalDate();
    if (day.equals(today)) {
      return "today " + CLOCK.format(local);
    }
    if (day.equals(today.minusDays(1))) {
      return "yesterday " + CLOCK.format(local);
    }
    return (day.getYear() == today.getYear() ? DAY : DAY_OF_YEAR).format(local);
  }

  /** The same, with {@code ~} before a time that is not the point's own. */
  public String of(KeptPoint point) {
    return (point.trusted() ? "" : "~") + of(point.time());
  }

  /** {@code 4 December}. */
  public String day(Instant time) {
    return DATE.format(time.atZone(zone));
  }

  /** {@code 29 s}, {@code 40 min}, {@code 19 h}, {@code 3 days}. */
  public static String length(Duration duration) {
    var length = duration.abs();
    if (length.toMinutes() == 0) {
      return length.toSeconds() + " s";
    }
    if (length.toHours() == 0) {
      return length.toMinutes() + " min";
    }
    return length.compareTo(MOST_HOURS) < 0 ? length.toHours() + " h" : length.toDays() + " days";
  }
}
