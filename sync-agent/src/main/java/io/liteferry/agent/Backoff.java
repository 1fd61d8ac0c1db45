package io.liteferry.agent;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** Exponential, with jitter, without end: doubles up to a minute, minus up to half of it. */
final class Backoff {
  private static final Duration FIRST = Duration.ofSeconds(1);
  private static final Duration LONGEST = Duration.ofMinutes(1);

  private final RandomGenerator random;
  private Duration next = FIRST;

  Backoff(RandomGenerator random) {
    this.random = random;
  }

  /** How long to wait after one more failure. */
  Duration afterFailure() {
    long nanos = next.toNanos();
    var wait = Duration.ofNanos(nanos - random.nextLong(nanos / 2));
    next = next.multipliedBy(2).compareTo(LONGEST) < 0 ? next.multipliedBy(2) : LONGEST;
    return wait;
  }

  void succeeded() {
    next = FIRST;
  }
}
