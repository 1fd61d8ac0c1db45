package io.liteferry.pages;

/** How a capture found out what changed. */
public enum Way {
  /** The log went on where the capture before it ended. */
  FRAMES,
  /** The log was begun anew once, and what was at its end is still in the file. */
  RESET,
  /** All pages were read. */
  SCAN
}
