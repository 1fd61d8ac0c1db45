package io.liteferry.volume;

import java.nio.file.Path;
import java.util.SortedSet;
import java.util.TreeSet;

/** What a user wants to have done with the history of a volume; {@link HistoryKeeper} does it. */
public sealed interface HistoryOrder {
  /** So much of a note is read. */
  int MOST_BYTES_OF_A_NOTE = 1_000;

  /**
   * A point stays, whatever the policy says.
   *
   * @param note for people; may be empty
   */
  record Pin(long point, String note) implements HistoryOrder {}

  /** The policy alone decides about a point again. */
  record Unpin(long point) implements HistoryOrder {}

  /** Points go; those that are gone are gone. */
  record DropPoints(SortedSet<Long> points) implements HistoryOrder {
    /** Copies the set. */
    public DropPoints {
      points = new TreeSet<>(points);
    }
  }

  /**
   * What is kept of a path, and of all below it, goes from all points.
   *
   * @param path relative to the volume
   */
  record DropPath(Path path) implements HistoryOrder {}
}
