package io.liteferry.history;

import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * How many bytes the history may take.
 *
 * @param limit as configured; empty for a share of what there is
 */
public record Budget(OptionalLong limit) {
  /** A share of what there is. */
  public static final Budget AUTO = new Budget(OptionalLong.empty());

  private static final long LEAST = 2L << 30;
  private static final int SHARE = 5;
  private static final Pattern SIZE = Pattern.compile("([0-9]{1,12})(|[kMGT]B|[KMGT]iB)");
  private static final String UNITS = "kMGT";

  /**
   * Reads {@code auto}, a number of bytes, {@code 500MB} or {@code 2GiB}.
   *
   * @throws IllegalArgumentException when it is none of these, or too large to be meant
   */
  public static Budget parse(String text) {
    if (text.equals("auto")) {
      return AUTO;
    }
    var parts = SIZE.matcher(text);
    if (!parts.matches()) {
      throw new IllegalArgumentException(
          "'%s' is not a size: write auto, or a number and a unit, as 500MB or 2GiB"
              .formatted(text));
    }
    long bytes = Long.parseLong(parts.group(1));
    var unit = parts.group(2);
    if (!unit.isEmpty()) {
      int power = UNITS.indexOf(Character.toString(unit.charAt(0)).replace('K', 'k')) + 1;
      long factor = unit.endsWith("iB") ? 1L << (10 * power) : Math.powExact(1_000L, power);
      if (bytes > Long.MAX_VALUE / factor) {
        throw new IllegalArgumentException("'%s' is more than there can be".formatted(text));
      }
      bytes *= factor;
    }
    return new Budget(OptionalLong.of(bytes));
  }

  /**
   * The limit now.
   *
   * @param isHeld whether it is what the history had, as others have filled the volume since: then
   *     nothing goes that would leave less than that, and the history does not grow
   */
  public record Allowance(long bytes, boolean isHeld) {
    /** A limit that nothing exceeds. */
    static Allowance of(long bytes) {
      return new Allowance(bytes, false);
    }
  }

  /**
   * The limit now. The share is of what is free and what the history has, together: of what is free
   * alone it would shrink as the history grows, and the history with it.
   *
   * @param data the bytes of the current tree
   * @param free on the volume; empty when that is not known
   * @param kept of the history
   * @param had what it was allowed before, or had then
   */
  public Allowance allowance(long data, OptionalLong free, long kept, long had) {
    if (limit.isPresent()) {
      return Allowance.of(limit.getAsLong());
    }
    long wanted = Math.max(LEAST, 2 * data);
    long share = free.isEmpty() ? wanted : Math.min(wanted, (free.getAsLong() + kept) / SHARE);
    long held = Math.min(wanted, had);
    return held > share ? new Allowance(held, true) : Allowance.of(share);
  }
}
