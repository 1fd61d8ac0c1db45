package io.liteferry.publish;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Published databases that have become something else, often an empty file. That looks as much like
 * an accident as one that is gone: the volume keeps it for as long, unless somebody relies on the
 * pass. Outlives a pass; for one thread. Pure: all times are nanoseconds, given by the caller.
 */
final class ReplacedDatabases {
  private final long graceNanos;
  private final Map<Path, Long> since = new HashMap<>();

  /** A grace of zero holds nothing back. */
  ReplacedDatabases(Duration grace) {
    graceNanos = grace.toNanos();
  }

  /**
   * What waits, with the time at which it is due.
   *
   * @param replaced all databases that have become something else; others are forgotten
   * @param now of a monotonic clock
   */
  Map<Path, Long> waiting(Set<Path> replaced, long now) {
    since.keySet().retainAll(replaced);
    var waiting = new HashMap<Path, Long>();
    for (var path : replaced) {
      long due = since.computeIfAbsent(path, p -> now) + graceNanos;
      if (now - due < 0) {
        waiting.put(path, due);
      }
    }
    return waiting;
  }
}
