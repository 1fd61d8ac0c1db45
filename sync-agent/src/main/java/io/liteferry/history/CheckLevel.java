package io.liteferry.history;

import java.util.Locale;

/** How thoroughly a database was checked before it was published; a later one includes earlier. */
public enum CheckLevel {
  NONE,
  QUICK,
  FULL;

  /** As records and JSON have it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The level with this text.
   *
   * @throws IllegalArgumentException when there is none
   */
  public static CheckLevel of(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT));
  }
}
