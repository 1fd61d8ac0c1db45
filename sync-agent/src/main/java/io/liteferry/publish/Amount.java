package io.liteferry.publish;

import java.util.Collection;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** How many and how much, in words for people. */
public final class Amount {
  private static final double KILO = 1e3;
  private static final String[] UNITS = {"kB", "MB", "GB", "TB"};

  private Amount() {}

  /**
   * A number with its noun: {@code 1 database}, {@code 2 databases}.
   *
   * @param one the noun in the singular; it takes an s in the plural
   */
  public static String of(long number, String one) {
    return number + " " + one + (number == 1 ? "" : "s");
  }

  /** The first names of a list that may be long: {@code a, b, c, d, e and 3 more}. */
  public static String some(Collection<?> names) {
    return some(names.stream(), 5, names.size());
  }

  /**
   * As {@link #some(Collection)}.
   *
   * @param most how many are named
   * @param all how many there are; the names may be fewer
   */
  public static String some(Stream<?> names, int most, long all) {
    var first = names.limit(most).map(String::valueOf).toList();
    long more = all - first.size();
    return first.stream().collect(Collectors.joining(", "))
        + (more > 0 ? " and %d more".formatted(more) : "");
  }

  /** A size with three digits or so, in powers of ten: {@code 8.2 kB}. */
  public static String ofBytes(long bytes) {
    if (bytes < KILO) {
      return of(bytes, "byte");
    }
    double amount = bytes / KILO;
    int unit = 0;
    while (amount >= KILO && unit < UNITS.length - 1) {
      amount /= KILO;
      unit++;
    }
    return (amount < 10 ? "%.1f %s" : "%.0f %s").formatted(amount, UNITS[unit]);
  }
}
