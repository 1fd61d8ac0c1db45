package io.liteferry.agent;

import java.time.Duration;
import java.util.Optional;

/**
 * When the next pass is due. Pure: all times are nanoseconds of one monotonic clock, given by the
 * caller. Not safe for use by several threads.
 *
 * <p>After the last change local must be quiet for <em>settle</em>; a change waits for <em>max
 * delay</em> at most, however busy local is. After a pass there is a rest in proportion to how long
 * it took, so that a slow volume is not saturated; <em>max delay</em> at most, as a change waits
 * for it. Without changes a pass is due every <em>rescan</em>, or less often in a tree so large
 * that scanning it would use more than 0.2 % of the time.
 */
final class Schedule {
  /** The rest is a quarter of the pass: at most 80 % of the time is spent in passes. */
  private static final int REST_DIVISOR = 4;

  /** An idle pass is followed by a pause of at least this many times its own length. */
  private static final int IDLE_FACTOR = 500;

  /** Without events, scanning may use 4 % of the time. */
  private static final int POLL_FACTOR = 25;

  /** But a rescan is never put off for longer than this many periods. */
  private static final int MOST_PERIODS = 10;

  private final long settle;
  private final long maxDelay;
  private final long rescan;

  private Optional<Long> firstChange = Optional.empty();
  private long lastChange;
  private long lastStart;
  private long notBefore;
  private long noRescanBefore;
  private long idlePass;
  private Optional<Long> extra = Optional.empty();

  Schedule(Duration settle, Duration maxDelay, Duration rescan, long now) {
    this.settle = settle.toNanos();
    this.maxDelay = maxDelay.toNanos();
    this.rescan = rescan.toNanos();
    lastStart = now - this.rescan; // the first pass is due at once
    notBefore = now;
    noRescanBefore = now;
  }

  /** Something in local changed. */
  void changed(long now) {
    lastChange = now;
    if (firstChange.isEmpty()) {
      firstChange = Optional.of(now);
    }
  }

  /** Whether the next pass is due for no other reason than that none was made for a while. */
  boolean isRescan() {
    return firstChange.isEmpty() && extra.isEmpty();
  }

  /** A pass begins: it sees every change so far. */
  void started(long now) {
    firstChange = Optional.empty();
    extra = Optional.empty();
    lastStart = now;
  }

  /**
   * The pass ended.
   *
   * @param idle whether it found nothing to do, so that all it did was to scan
   */
  void ended(long now, boolean idle) {
    if (idle) {
      idlePass = now - lastStart;
    }
    long rest = (now - lastStart) / REST_DIVISOR;
    notBefore = now + Math.min(rest, maxDelay);
    noRescanBefore = now + rest;
  }

  /** No pass before then, whatever changes: the volume does not work. */
  void waitUntil(long time) {
    notBefore = time;
    again(time);
  }

  /** A pass is due at this time also when nothing changes. */
  void again(long time) {
    extra = Optional.of(extra.map(e -> e - time < 0 ? e : time).orElse(time));
  }

  /**
   * Somebody waits for a pass: it is due at this time, and neither rest nor backoff puts it off.
   */
  void hurry(long time) {
    if (notBefore - time > 0) {
      notBefore = time;
    }
    again(time);
  }

  /** No event tells of changes: a scan after max delay does, or later in a large tree. */
  void poll(long now) {
    again(now + Math.max(maxDelay, idlePass * POLL_FACTOR));
  }

  /** When the next pass is due; in the past when it is overdue. */
  long due() {
    long pause = Math.min(idlePass * IDLE_FACTOR, rescan * MOST_PERIODS);
    long due = later(lastStart + Math.max(rescan, pause), noRescanBefore);
    if (firstChange.isPresent()) {
      due = earlier(due, earlier(lastChange + settle, firstChange.get() + maxDelay));
    }
    if (extra.isPresent()) {
      due = earlier(due, extra.get());
    }
    return later(due, notBefore);
  }

  private static long later(long a, long b) {
    return a - b < 0 ? b : a;
  }

  private static long earlier(long a, long b) {
    return a - b < 0 ? a : b;
  }
}
