package io.liteferry.cli;

import java.time.Duration;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a duration that must not be zero. */
final class TimeoutConverter implements ITypeConverter<Duration> {
  @Override
  public Duration convert(String value) {
    var duration = new DurationConverter().convert(value);
    if (duration.isZero()) {
      throw new TypeConversionException(
          "'%s' gives no time at all: write a longer one, as 10m".formatted(value));
    }
    return duration;
  }
}
