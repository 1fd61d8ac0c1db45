package io.liteferry.volume;

import java.time.Duration;

/** How much of a long work may be done at a time, so that no pass waits for it. */
final class Slice {
  private static final int MOST_CALLS = 64;
  private static final Duration MOST_TIME = Duration.ofMillis(100);

  private final long end = System.nanoTime() + MOST_TIME.toNanos();
  private int calls;

  boolean isOver() {
    return calls >= MOST_CALLS || System.nanoTime() - end > 0;
  }

  /** So many more requests were sent to the volume. */
  void took(int more) {
    calls += more;
  }
}
