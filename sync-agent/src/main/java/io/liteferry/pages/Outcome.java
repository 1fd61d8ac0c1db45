package io.liteferry.pages;

/** What came of a capture. */
public sealed interface Outcome {
  /**
   * The pages that changed are in the segment's file, which is not synced.
   *
   * @param heading what it says of itself
   * @param shape of the state it leads to
   * @param how it was found out
   */
  record Changed(Heading heading, Shape shape, Found how) implements Outcome {}

  /** The database has the content that the map stands at. There is no segment. */
  record Unchanged(Found how) implements Outcome {}

  /** It cannot be read at the moment. There is no segment, and nothing has changed. */
  record Busy(String why) implements Outcome {}

  /** It cannot be captured by pages: it is to be published whole. There is no segment. */
  record Whole(String why) implements Outcome {}

  /**
   * How a capture found out what changed.
   *
   * @param way which one
   * @param why why all pages were read; empty otherwise
   */
  record Found(Way way, String why) {}
}
