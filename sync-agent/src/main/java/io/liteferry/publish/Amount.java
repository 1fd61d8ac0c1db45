package io.liteferry.publish;

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
