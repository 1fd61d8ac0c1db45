package io.liteferry.volume;

/** What the volume has under a name that is to be put or removed: by it something is kept. */
public enum Predecessor {
  /** Nothing. */
  NONE,
  /** A file, a link or an empty directory. */
  PLAIN,
  /** A database. */
  DATABASE,
  /** A file of the application that is named like a side file of what is a database now. */
  MISNAMED,
  /** Anything whose content is elsewhere on the volume, or that has to make room. */
  GIVEN_UP;

  boolean isKept() {
    return this == DATABASE || this == MISNAMED;
  }
}
