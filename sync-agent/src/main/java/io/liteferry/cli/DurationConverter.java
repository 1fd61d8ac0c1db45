package io.liteferry.cli;

import java.time.Duration;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code 250ms}, {@code 2s}, {@code 5m}, {@code 1h}. */
final class DurationConverter implements ITypeConverter<Duration> {
  private static final Pattern FORM = Pattern.compile("(\\d{1,9})(ms|s|m|h)");

  /** As nanoseconds it must be a number, also when a moment is added. */
  private static final Duration LONGEST = Duration.ofDays(36_500);

  @Override
  public Duration convert(String value) {
    var parts = FORM.matcher(value);
    if (!parts.matches()) {
      throw new TypeConversionException(
          "'%s' is not a duration: write a number and a unit, as 250ms, 2s, 5m or 1h"
              .formatted(value));
    }
    long number = Long.parseLong(parts.group(1));
    var duration =
        switch (parts.group(2)) {
          case "ms" -> Duration.ofMillis(number);
          case "s" -> Duration.ofSeconds(number);
          case "m" -> Duration.ofMinutes(number);
          default -> Duration.ofHours(number);
        };
    if (duration.compareTo(LONGEST) > 0) {
      throw new TypeConversionException(
          "'%s' is not a duration that can be meant: 876000h is the longest".formatted(value));
    }
    return duration;
  }
}
