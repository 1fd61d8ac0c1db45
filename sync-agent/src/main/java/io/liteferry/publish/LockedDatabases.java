package io.liteferry.publish;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Which databases were found locked, and how long a pass waits for their locks. Pure: all times are
 * nanoseconds of one monotonic clock, given by the caller. For several threads.
 *
 * <p>All waits of one pass together take no longer than one busy timeout, however many databases
 * are locked. One that was locked the last time gets a short wait, and none while others are to be
 * published. So that none starves, once a minute the one that has gone without for longest gets all
 * that is left of the pass's time.
 */
final class LockedDatabases {
  /** The first wait for a database that was not locked so far. */
  static final Duration FIRST = Duration.ofSeconds(1);

  /** The wait for one that was locked the last time. */
  static final Duration SHORT = Duration.ofMillis(250);

  private static final long TURN_EVERY = TimeUnit.MINUTES.toNanos(1);

  private record Locked(long since, long lastTurn) {}

  private final long busyTimeout;
  private final Map<Path, Locked> locked = new HashMap<>();
  private long left;
  private Optional<Long> lastTurn = Optional.empty();
  private Optional<Path> turn = Optional.empty();

  /** None is locked so far. */
  LockedDatabases(Duration busyTimeout) {
    this.busyTimeout = busyTimeout.toNanos();
  }

  /**
   * A pass begins.
   *
   * @param there the databases that it finds to differ; the others are not asked for their locks
   */
  synchronized void begin(Set<Path> there, long now) {
    locked.keySet().retainAll(there);
    left = busyTimeout;
    turn = Optional.empty();
    if (lastTurn.isEmpty() || now - lastTurn.get() >= TURN_EVERY) {
      turn =
          locked.entrySet().stream()
              .min(Comparator.comparingLong(one -> one.getValue().lastTurn() - now))
              .map(Map.Entry::getKey);
    }
    if (turn.isPresent()) {
      lastTurn = Optional.of(now);
    }
  }

  /** Whether it was locked the last time. */
  synchronized boolean isKnown(Path database) {
    return locked.containsKey(database);
  }

  /** Which of the known ones gets all that is left of the time, in the pass that has begun. */
  synchronized Optional<Path> turn() {
    return turn;
  }

  /** Takes a wait from the pass's time; may be less than is asked for, and nothing. */
  synchronized Duration grant(Duration wanted) {
    long granted = Math.min(left, wanted.toNanos());
    left -= granted;
    return Duration.ofNanos(granted);
  }

  /** Gives back what was not waited of it. */
  synchronized void used(Duration granted, long nanos) {
    left += Math.max(0, granted.toNanos() - nanos);
  }

  /**
   * It was locked.
   *
   * @param waited whether it had all that was left of the pass's time
   * @return for how long it has been so, as far as it was looked at
   */
  synchronized Duration locked(Path database, boolean waited, long now) {
    var before = Optional.ofNullable(locked.get(database));
    long since = before.map(Locked::since).orElse(now);
    long last = waited ? now : before.map(Locked::lastTurn).orElse(now);
    locked.put(database, new Locked(since, last));
    return Duration.ofNanos(now - since);
  }

  /** It was not locked. */
  synchronized void free(Path database) {
    locked.remove(database);
  }
}
