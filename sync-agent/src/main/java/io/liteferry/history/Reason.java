package io.liteferry.history;

/** Why a point stays; the first ones hold whatever the budget is. */
public enum Reason {
  NEWEST("newest"),
  CHECKED("checked"),
  PINNED("pinned"),
  ACCIDENT("accident"),
  RECENT("recent"),
  HOURLY("hourly"),
  DAILY("daily"),
  WEEKLY("weekly");

  private final String text;

  Reason(String text) {
    this.text = text;
  }

  /** As people and JSON get it. */
  public String text() {
    return text;
  }

  /** Whether the budget does not matter. */
  public boolean isAbsolute() {
    return compareTo(ACCIDENT) <= 0;
  }
}
