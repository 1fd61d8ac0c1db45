package io.liteferry.agent;

import java.time.Duration;
import java.util.Optional;

/**
 * How long the flush is put off at a stop: until local has been quiet for a while, counted from the
 * stop at the earliest. Pure: all times are nanoseconds of one monotonic clock, given by the
 * caller. Not safe for use by several threads.
 */
final class Linger {
  private final long quiet;
  private Optional<Long> stopped = Optional.empty();
  private long lastSign;

  /**
   * Prepares it.
   *
   * @param quiet zero: the flush is not put off
   */
  Linger(Duration quiet) {
    this.quiet = quiet.toNanos();
  }

  /** A stop was asked for. Only the first time counts. */
  void stop(long now) {
    if (stopped.isEmpty()) {
      stopped = Optional.of(now);
      lastSign = now;
    }
  }

  /** Local changed at this time, or a pass that began then found that it had. */
  void changed(long time) {
    if (time - lastSign > 0) {
      lastSign = time;
    }
  }

  boolean hasBegun() {
    return stopped.isPresent();
  }

  /** How long until the flush, when nothing changes; not positive when it is time. */
  long left(long now) {
    return lastSign + quiet - now;
  }

  /** Whether it is time to flush. */
  boolean isOver(long now) {
    return hasBegun() && left(now) <= 0;
  }

  /**
   * Whether so much time has passed since the stop that local would be quiet by now if it could.
   */
  boolean isLong(long now) {
    return stopped.isPresent() && now - stopped.get() > 2 * quiet;
  }
}
