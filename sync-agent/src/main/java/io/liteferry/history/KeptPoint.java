package io.liteferry.history;

import java.time.Instant;
import java.util.Optional;

/**
 * A point to which the volume can go back, or the one that is now.
 *
 * @param point what its pass told of it
 * @param time when it was made; never before that of an older point
 * @param trusted whether its own clock said so, else the time is that of a neighbour
 * @param record its own record; empty for the oldest point
 */
public record KeptPoint(Point point, Instant time, boolean trusted, Optional<RecordHeader> record) {
  public long generation() {
    return point.generation();
  }

  /** How many points between the one before and this one were dropped. */
  public int thinned() {
    return record.map(RecordHeader::thinned).orElse(0);
  }
}
