package io.liteferry.history;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a user writes for a point. */
public sealed interface PointSpec {
  /** A generation by its number. */
  record Generation(long number) implements PointSpec {}

  /** The newest point of which all databases passed the full check. */
  record LastChecked() implements PointSpec {}

  /**
   * A time.
   *
   * @param text as it was written
   * @param zone in which it was read
   */
  record AtTime(String text, Instant time, ZoneId zone) implements PointSpec {
    /**
     * How it was understood, for the user to see.
     *
     * @param source where the zone comes from, as {@code TZ}
     */
    public String reading(String source) {
      return "\"%s\" is %s (%s, from %s)"
          .formatted(text, DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(offset()), zone, source);
    }

    private OffsetDateTime offset() {
      return time.atZone(zone).toOffsetDateTime();
    }
  }

  /**
   * Reads a generation, {@code last-checked} or a time.
   *
   * @param zone of times that name none
   * @throws InvalidPointException when it is none of these, or a time that its zone's clocks showed
   *     twice or never
   */
  static PointSpec parse(String text, ZoneId zone, Instant now) {
    return new Parser(text, zone, now).parse();
  }

  /** Reads one text. */
  final class Parser {
    private static final Pattern GENERATION = Pattern.compile("g?([0-9]{1,18})");
    private static final Pattern AGO =
        Pattern.compile("([0-9]{1,6}) ?(s|m|h|d|seconds?|min|minutes?|hours?|days?) ago");
    private static final String CLOCK =
        "([0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\\.[0-9]{1,9})?)?)(Z|[+-][0-9]{2}:[0-9]{2})?";
    private static final Pattern DATED =
        Pattern.compile("(?:([0-9]{4}-[0-9]{2}-[0-9]{2}|today|yesterday)[T ])?" + CLOCK);
    private static final DateTimeFormatter DAY =
        DateTimeFormatter.ofPattern("d MMMM", Locale.ENGLISH);

    private final String text;
    private final ZoneId zone;
    private final Instant now;

    private Parser(String text, ZoneId zone, Instant now) {
      this.text = text;
      this.zone = zone;
      this.now = now;
    }

    private PointSpec parse() {
      if (text.equals("last-checked")) {
        return new LastChecked();
      }
      var generation = GENERATION.matcher(text);
      if (generation.matches()) {
        return new Generation(Long.parseLong(generation.group(1)));
      }
      try {
        var ago = AGO.matcher(text);
        if (ago.matches()) {
          return new AtTime(text, ago(Long.parseLong(ago.group(1)), ago.group(2)), zone);
        }
        var dated = DATED.matcher(text);
        if (dated.matches()) {
          return new AtTime(text, dated(dated), zone);
        }
      } catch (DateTimeException e) {
        throw none(" (%s)".formatted(e.getMessage()));
      }
      throw none("");
    }

    private InvalidPointException none(String why) {
      return new InvalidPointException(
          ("'%s' is not a point%s: write a generation as 131, last-checked, or a time as"
                  + " 2026-11-27T18:00:00+01:00, \"2026-11-27 18:00\", \"yesterday 18:00\", 18:00,"
                  + " \"2h ago\"")
              .formatted(text, why));
    }

    private Instant ago(long number, String unit) {
      return switch (unit.charAt(0)) {
        case 's' -> now.minusSeconds(number);
        case 'm' -> now.minusSeconds(Math.multiplyExact(number, 60));
        case 'h' -> now.minusSeconds(Math.multiplyExact(number, 3600));
        default -> now.atZone(zone).minusDays(number).toInstant();
      };
    }

    private Instant dated(Matcher parts) {
      var today = now.atZone(zone).toLocalDate();
      var day =
          switch (Objects.requireNonNullElse(parts.group(1), "today")) {
            case "today" -> today;
            case "yesterday" -> today.minusDays(1);
            case String date -> LocalDate.parse(date);
          };
      var clock = parts.group(2);
      var local = LocalDateTime.of(day, LocalTime.parse(padded(clock)));
      if (parts.group(3) != null) {
        return local.toInstant(ZoneOffset.of(parts.group(3)));
      }
      var offsets = zone.getRules().getValidOffsets(local);
      if (offsets.size() == 1) {
        return local.toInstant(offsets.getFirst());
      }
      var change = zone.getRules().getTransition(local);
      throw new InvalidPointException(
          "\"%s\" %s on %s: %s%s or %s%s; name one"
              .formatted(
                  clock,
                  offsets.isEmpty() ? "was left out when the clocks changed" : "happened twice",
                  DAY.format(day),
                  clock,
                  change.getOffsetBefore(),
                  clock,
                  change.getOffsetAfter()));
    }

    private static String padded(String clock) {
      return clock.indexOf(':') == 1 ? "0" + clock : clock;
    }
  }
}
