package io.liteferry.cli;

import io.liteferry.history.Budget;
import io.liteferry.scan.PathFilter.Glob;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** How the values of options are read. */
final class Converters {
  private Converters() {}

  /** Reads {@code 250ms}, {@code 2s}, {@code 5m}, {@code 1h}. */
  static final class Durations implements ITypeConverter<Duration> {
    private static final Pattern FORM = Pattern.compile("(\\d{1,9})(ms|s|m|h)");

    /** As nanoseconds it must be a number, also when a moment is added. */
    private static final Duration LONGEST = Duration.ofDays(36_500);

    @Override
    public Duration convert(String value) {
      var parts = FORM.matcher(value);
      if (!parts.matches()) {
        throw new TypeConversionException(
            "'%s' is not a duration: write a number and a unit, such as 250ms, 2s, 5m or 1h"
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
            "'%s' is too long: the longest duration is 876000h".formatted(value));
      }
      return duration;
    }
  }

  /** Reads a duration that must not be zero. */
  static final class Timeouts implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String value) {
      var duration = new Durations().convert(value);
      if (duration.isZero()) {
        throw new TypeConversionException(
            "'%s' is zero: write a longer time, such as 10m".formatted(value));
      }
      return duration;
    }
  }

  /** Reads how many files to copy at once. */
  static final class TransferCounts implements ITypeConverter<Integer> {
    private static final int MOST = 64;

    @Override
    public Integer convert(String value) {
      if (value.matches("\\d{1,2}")) {
        int number = Integer.parseInt(value);
        if (number >= 1 && number <= MOST) {
          return number;
        }
      }
      throw new TypeConversionException(
          "'%s' is not a number of transfers: write a number from 1 to %d".formatted(value, MOST));
    }
  }

  /** Reads how many of something there are at most. */
  static final class Counts implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String value) {
      if (value.matches("\\d{1,6}")) {
        return Integer.parseInt(value);
      }
      throw new TypeConversionException(
          "'%s' is not a number: write one from 0 to 999999".formatted(value));
    }
  }

  /** Reads {@code auto}, a number of bytes, {@code 500MB} or {@code 2GiB}. */
  static final class Budgets implements ITypeConverter<Budget> {
    @Override
    public Budget convert(String value) {
      try {
        return Budget.parse(value);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  /** The same, but for {@code auto}. */
  static final class Sizes implements ITypeConverter<Long> {
    @Override
    public Long convert(String value) {
      return new Budgets()
          .convert(value)
          .limit()
          .orElseThrow(
              () ->
                  new TypeConversionException(
                      "'%s' is not a size: write a number and a unit, as 500MB or 2GiB"
                          .formatted(value)));
    }
  }

  /** Reads a time zone: {@code Europe/Berlin}, {@code UTC}, {@code +01:00}. */
  static final class Zones implements ITypeConverter<ZoneId> {
    @Override
    public ZoneId convert(String value) {
      try {
        return ZoneId.of(value);
      } catch (DateTimeException e) {
        throw new TypeConversionException(
            "'%s' is not a time zone: write Europe/Berlin, UTC or +01:00".formatted(value));
      }
    }
  }

  /** Reads a glob. */
  static final class Globs implements ITypeConverter<Glob> {
    @Override
    public Glob convert(String value) {
      try {
        return new Glob(value);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  /**
   * Reads {@code 9180}, {@code 10.0.0.7:9180} or {@code [::]:9180}. A port alone is one of this
   * machine for itself. Resolves nothing.
   */
  static final class Addresses implements ITypeConverter<InetSocketAddress> {
    private static final Pattern FORM =
        Pattern.compile("(?:(?:\\[([0-9a-fA-F:.]+)]|([^:\\[\\]\\s]+)):)?(\\d{1,5})");
    private static final int HIGHEST = 65_535;
    private static final String LOOPBACK = "127.0.0.1";

    @Override
    public InetSocketAddress convert(String value) {
      var parts = FORM.matcher(value);
      if (!parts.matches() || Integer.parseInt(parts.group(3)) > HIGHEST) {
        throw new TypeConversionException(
            "'%s' is not an address: write PORT, HOST:PORT or [IPV6]:PORT, and 0.0.0.0:PORT for all"
                    .formatted(value)
                + " interfaces");
      }
      var host = parts.group(1) != null ? parts.group(1) : parts.group(2);
      return InetSocketAddress.createUnresolved(
          host == null ? LOOPBACK : host, Integer.parseInt(parts.group(3)));
    }
  }

  /** Reads a URL of HTTP. It may be a secret, so no message repeats it. */
  static final class Urls implements ITypeConverter<URI> {
    private static final int MOST_PORT = 65_535;

    @Override
    public URI convert(String value) {
      URI url;
      try {
        url = new URI(value);
      } catch (URISyntaxException e) {
        throw new TypeConversionException(
            "not a URL: %s at position %d".formatted(e.getReason(), e.getIndex() + 1));
      }
      var scheme = url.getScheme();
      if (!("http".equalsIgnoreCase(scheme) || "https".equalsIgnoreCase(scheme))
          || url.getHost() == null) {
        throw new TypeConversionException("not an HTTP URL: write https://HOST/PATH");
      }
      if (url.getPort() > MOST_PORT) {
        throw new TypeConversionException("a port is at most %d".formatted(MOST_PORT));
      }
      if (url.getUserInfo() != null) {
        throw new TypeConversionException(
            "the URL has a user or password, which are not supported");
      }
      return url;
    }
  }
}
