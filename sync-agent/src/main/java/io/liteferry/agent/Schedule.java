package io.liteferry.agent;

import java.time.Duration;
import java.util.Optional;

/**
 * When the next pass is due. Pure: all times are nanoseconds of one monotonic clock, given by the
 * caller. Not safe for use by several threads.
 *
 * <p>A change waits for <em>settle</em>, however busy local is. If passes were dear, it waits
 * further: until as much time has passed as they were worth, or local was quiet for
 * <em>settle</em>, and for <em>max delay</em> at most. So cheap passes come often, and dear ones
 * seldom. After a pass there is a rest in proportion to how long it took, so that a slow volume is
 * not saturated; <em>max delay</em> at most, as a change waits for it. Without changes a pass is
 * due every <em>rescan</em>, or less often in a tree so large that scanning it would use more than
 * 0.2 % of the time.
 */
final class Schedule {
  /** The rest is a quarter of the pass: at most 80 % of the time is spent in passes. */
  private static final int REST_DIVISOR = 4;

  /** Unless max delay wants more, passes take a quarter of the time while local does not rest. */
  private static final int PACE_FACTOR = 4;

  /** And there are two a second by default, as each makes a point, which is kept for a while. */
  private static final int LEAST_SETTLES = 2;

  /** And they write 1 MB a second to the volume. */
  private static final long PACE_NANOS_OF_BYTE = 1_000;

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

  /** When as much time has passed as the last passes were worth. */
  private long paid;

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
    paid = now;
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

  /**
   * What the last pass has cost, as the next one is likely to. So that a single dear one holds
   * nothing up, <em>max delay</em> of the time that passed before it counts.
   *
   * @param nanos that it took
   * @param bytes that it wrote to the volume
   */
  void cost(long nanos, long bytes) {
    long dear = Math.max(nanos * PACE_FACTOR, bytes * PACE_NANOS_OF_BYTE);
    long worth = Math.max(settle * LEAST_SETTLES, dear);
    paid = earlier(later(paid, lastStart - maxDelay) + worth, lastStart + maxDelay);
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
      long first = firstChange.get();
      long paced = later(first + settle, paid);
      due = earlier(due, earlier(earlier(lastChange + settle, paced), first + maxDelay));
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
