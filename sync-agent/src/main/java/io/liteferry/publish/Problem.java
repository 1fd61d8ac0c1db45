package io.liteferry.publish;

import java.util.Locale;

/**
 * Why one file or database could not be published.
 *
 * @param why for people
 */
public record Problem(Kind kind, String why) {
  /** For machines, in metrics; a name never changes its meaning. */
  public enum Kind {
    /** A database that SQLite's check found corrupt. */
    CHECK_FAILED,
    /** A database whose check did not end in time. */
    CHECK_UNFINISHED,
    /** A database that the application kept locked. */
    LOCKED,
    /** It changed whenever it was looked at. */
    CHANGING,
    /** It cannot be read in local, or not without harm. */
    UNREADABLE,
    /** The volume does not take it. */
    REFUSED,
    /** The volume has no room for it. */
    NO_ROOM,
    /** State does not take its snapshot: it is full, or does not work. */
    STATE_UNWRITABLE;

    /** As metrics and JSON have it. */
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Override
  public String toString() {
    return why;
  }
}
