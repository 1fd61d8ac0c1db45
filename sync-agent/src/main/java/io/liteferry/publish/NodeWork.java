package io.liteferry.publish;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Whether the pass under way gets on with what it does in local and state. A disk can hang as a
 * volume can, and whoever writes to local can make a file at which an open waits for ever. For
 * several threads; nobody waits here for anything slow.
 */
final class NodeWork {
  /** In bytes a second; slower than any disk that an application would work on. */
  private static final long SLOWEST = 10_000_000;

  private final LongSupplier nanos;
  private final List<Step> open = new ArrayList<>();
  private boolean busy;
  private long signs;
  private long lastSign;

  /**
   * Ready, with no pass under way.
   *
   * @param nanos the time, as {@link System#nanoTime} gives it
   */
  NodeWork(LongSupplier nanos) {
    this.nanos = nanos;
    this.lastSign = nanos.getAsLong();
  }

  /** Something that may take a while without a sign of life. To be closed when it is over. */
  final class Step implements AutoCloseable {
    private final long until;
    private final boolean onVolume;

    private Step(long until, boolean onVolume) {
      this.until = until;
      this.onVolume = onVolume;
    }

    @Override
    public void close() {
      synchronized (NodeWork.this) {
        open.remove(this);
        sign();
      }
    }
  }

  /** From now on the pass is at work on the node. */
  synchronized void begin() {
    busy = true;
    sign();
  }

  /** It is no longer. */
  synchronized void end() {
    busy = false;
  }

  /** It gets on. */
  synchronized void sign() {
    signs++;
    lastSign = nanos.getAsLong();
  }

  /** This many bytes are read, and perhaps written as well. */
  Step bytes(long bytes) {
    return step(Duration.ofSeconds(bytes / SLOWEST), false);
  }

  /** The same, of the volume: when it hangs, the node is not to blame. */
  Step bytesOfVolume(long bytes) {
    return step(Duration.ofSeconds(bytes / SLOWEST), true);
  }

  /** Something that ends by itself in this time. */
  Step atMost(Duration time) {
    return step(time, false);
  }

  private synchronized Step step(Duration time, boolean onVolume) {
    sign();
    var step = new Step(lastSign + Math.min(time.toNanos(), TimeUnit.DAYS.toNanos(1)), onVolume);
    open.add(step);
    return step;
  }

  /** How many signs there were; moves whenever the pass gets on. */
  synchronized long signs() {
    return signs;
  }

  /**
   * How long the pass has not got on; zero within the time that its steps may take. Empty when it
   * is not at work on the node alone.
   */
  synchronized Optional<Duration> still() {
    if (!busy) {
      return Optional.empty();
    }
    long now = nanos.getAsLong();
    long still = now - lastSign;
    boolean onVolume = false;
    for (var step : open) {
      still = Math.min(still, now - step.until);
      onVolume |= step.onVolume;
    }
    return onVolume && still > 0
        ? Optional.empty()
        : Optional.of(Duration.ofNanos(Math.max(0, still)));
  }
}
