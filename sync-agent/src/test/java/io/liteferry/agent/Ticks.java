package io.liteferry.agent;

import io.liteferry.lease.LeaseClock;
import java.time.Duration;

/** A time that passes only where somebody sleeps, or a test lets it. */
final class Ticks implements LeaseClock {
  private long now = 1_000_000;

  @Override
  public long nanos() {
    return now;
  }

  @Override
  public void sleep(long nanos) {
    now += nanos;
  }

  @Override
  public Runnable every(long nanos, Runnable action) {
    throw new UnsupportedOperationException();
  }

  void pass(Duration time) {
    now += time.toNanos();
  }
}
