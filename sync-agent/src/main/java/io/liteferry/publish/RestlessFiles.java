package io.liteferry.publish;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Large files that were written to while they were copied, as a log is. To copy such a file again
 * in each pass would keep the volume busy for nothing; so it rests after a try, in proportion to
 * what the try cost. Pure: all times are nanoseconds of one monotonic clock, given by the caller.
 */
final class RestlessFiles {
  /** A try is followed by a rest of this many times its own length: it takes 5 % of the time. */
  private static final int REST_FACTOR = 20;

  private static final long LONGEST_REST = TimeUnit.MINUTES.toNanos(5);

  private final Map<Path, Long> untilByPath = new HashMap<>();

  /** A try took so long, and the file was written to meanwhile. */
  void tried(Path path, long nanos, long now) {
    untilByPath.put(path, now + Math.min(nanos * REST_FACTOR, LONGEST_REST));
  }

  /** It was found at rest, or is gone. */
  void forget(Path path) {
    untilByPath.remove(path);
  }

  boolean isRestless(Path path) {
    return untilByPath.containsKey(path);
  }

  /** How long it is still to be left alone, in nanoseconds; 0 for not at all. */
  long rest(Path path, long now) {
    var until = untilByPath.get(path);
    return until == null ? 0 : Math.max(0, until - now);
  }

  /** Forgets all but these. */
  void retain(java.util.Set<Path> paths) {
    untilByPath.keySet().retainAll(paths);
  }
}
