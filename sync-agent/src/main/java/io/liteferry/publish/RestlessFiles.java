package io.liteferry.publish;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * Large files that were written to while they were copied, as a log is. To copy such a file again
 * in each pass would keep the volume busy for nothing; so it rests after a try, in proportion to
 * what the try cost. One that has been quiet for as long as a try takes is a file like any other:
 * an upload that has come to its end. Pure: all times are nanoseconds, given by the caller.
 */
final class RestlessFiles {
  /** A try is followed by a rest of this many times its own length: it takes 5 % of the time. */
  private static final int REST_FACTOR = 20;

  private static final long LONGEST_REST = TimeUnit.MINUTES.toNanos(5);
  private static final long SHORTEST_QUIET = TimeUnit.SECONDS.toNanos(1);
  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(20);

  private record Tries(int number, long nanos, long restsUntil) {}

  private final Map<Path, Tries> tries = new HashMap<>();

  /**
   * A try took so long, and the file was written to meanwhile.
   *
   * @param now of a monotonic clock
   */
  void tried(Path path, long nanos, long now) {
    var before = tries.get(path);
    tries.put(
        path,
        new Tries(
            before == null ? 1 : before.number() + 1,
            nanos,
            now + Math.min(nanos * REST_FACTOR, LONGEST_REST)));
  }

  /** It was found at rest, or is gone. */
  void forget(Path path) {
    tries.remove(path);
  }

  /**
   * Whether it is written to all the time, as far as is known. What a database names that is about
   * to be published may have come to its end just before its row was committed: a pause will do.
   *
   * @param quiet how long it has not been written to
   * @param isNamed whether a database names it
   */
  boolean isRestless(Path path, long quiet, Predicate<Path> isNamed) {
    var known = tries.get(path);
    return known != null
        && quiet < Math.max(known.nanos(), SHORTEST_QUIET)
        && (quiet < PAUSE || !isNamed.test(path));
  }

  /** How often it was tried in a row. */
  int tries(Path path) {
    var known = tries.get(path);
    return known == null ? 0 : known.number();
  }

  /**
   * How long it is still to be left alone; 0 for not at all.
   *
   * @param now of the same clock
   */
  long rest(Path path, long now) {
    var known = tries.get(path);
    return known == null ? 0 : Math.max(0, known.restsUntil() - now);
  }

  /** Forgets all but these. */
  void retain(Set<Path> paths) {
    tries.keySet().retainAll(paths);
  }
}
