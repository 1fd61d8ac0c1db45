package io.liteferry.model;

import java.util.Locale;

/**
 * How much of all faults the tests of the model try: {@code -Dliteferry.test.model} names it.
 *
 * <p>Each build tries {@link #SHORT}, continuous integration {@link #SAMPLE} as well.
 */
enum Extent {
  SHORT,
  SAMPLE,
  /** No moment, no error, no late request is left out. */
  FULL;

  static final Extent ASKED =
      valueOf(System.getProperty("liteferry.test.model", "short").toUpperCase(Locale.ROOT));

  private static final int SHARE = 4;

  static boolean isFull() {
    return ASKED == FULL;
  }

  /** How many are tried: of a sample in each build a quarter, at least one. */
  static int of(int sample, int full) {
    return switch (ASKED) {
      case SHORT -> Math.ceilDiv(sample, SHARE);
      case SAMPLE -> sample;
      case FULL -> full;
    };
  }

  /** From one that is tried to the next. */
  static int stride(int sample) {
    return switch (ASKED) {
      case SHORT -> sample * SHARE;
      case SAMPLE -> sample;
      case FULL -> 1;
    };
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
