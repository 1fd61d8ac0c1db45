package io.liteferry.publish;

import java.time.Duration;

/**
 * In which form databases are published.
 *
 * @param segments whether what changed of a large one may go as a segment
 * @param foldAfter how long a plain file may be behind; that of a large database longer
 * @param leastBytes a smaller database is published whole
 * @param mostPercent of a database that a segment may have, and all of them together before a fold
 */
public record FormSettings(boolean segments, Duration foldAfter, long leastBytes, int mostPercent) {
  /** Below this, a segment costs about as many requests and blocks as the database. */
  public static final long LEAST_BYTES = 1 << 20;

  /** With more, segments cost too much beside the fold to come. */
  public static final int MOST_PERCENT = 50;

  /** Every publication is a whole one. */
  public static final FormSettings WHOLE = new FormSettings(false, Duration.ZERO, 0, 0);

  private static final long FOLDED_BYTES_A_SECOND = 1_000_000;

  private static final long FOLDED_BYTES_A_SEGMENT = 1 << 20;
  private static final long LEAST_SEGMENTS = 1000;

  /** Each takes a descriptor of whoever reads the database. */
  private static final long MOST_SEGMENTS = 3000;

  /**
   * How long the plain file of a database of a size may be behind: folds write no more than passes
   * do that publish whole files.
   */
  public Duration mostBehind(long database) {
    var least = Duration.ofSeconds(database / FOLDED_BYTES_A_SECOND);
    return foldAfter.compareTo(least) < 0 ? least : foldAfter;
  }

  /** By how many segments. */
  long mostSegments(long database) {
    return Math.clamp(database / FOLDED_BYTES_A_SEGMENT, LEAST_SEGMENTS, MOST_SEGMENTS);
  }

  /** So many bytes of segments are as good as none, beside a database of a size. */
  long mostBytes(long database) {
    return database / 100 * mostPercent + database % 100 * mostPercent / 100;
  }

  /** What changed, where that costs less. */
  public static FormSettings auto(Duration foldAfter) {
    return new FormSettings(true, foldAfter, LEAST_BYTES, MOST_PERCENT);
  }
}
