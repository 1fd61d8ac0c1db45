package io.liteferry.test;

import java.time.Duration;
import java.util.concurrent.Callable;

/** Waits for what no event tells of. */
final class Await {
  private static final long POLL_MILLIS = 5;

  private Await() {}

  /** Polls until it holds; fails when a minute was not enough. */
  static void until(String what, Callable<Boolean> condition) throws Exception {
    until(what, Liteferry.PATIENCE, condition);
  }

  static void until(String what, Duration patience, Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + patience.toNanos();
    while (!condition.call()) {
      if (System.nanoTime() - deadline >= 0) {
        throw new AssertionError("waited in vain for " + what);
      }
      Thread.sleep(POLL_MILLIS);
    }
  }
}
