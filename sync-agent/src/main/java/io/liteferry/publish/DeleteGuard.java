package io.liteferry.publish;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Holds back deletions that look like an accident until a second look after a grace period finds
 * the same: a mount that has gone away looks like a directory whose files were all deleted.
 *
 * <p>Suspicious are: a directory that still exists and has lost all of its files at any depth, or
 * most of them and more than a handful; and any database that is gone, since applications delete
 * and move databases when they restore a backup of their own.
 */
final class DeleteGuard {
  private static final int HANDFUL = 3;

  private final long graceNanos;
  private final Map<Path, Long> missedSince = new HashMap<>();

  /** A grace of zero holds nothing back. */
  DeleteGuard(Duration grace) {
    graceNanos = grace.toNanos();
  }

  /**
   * The verdict over one pass.
   *
   * @param confirmed what may be deleted now
   * @param held what is kept back
   * @param reconsiderAt when the first of them may be confirmed, on the clock given; empty when
   *     nothing is held
   */
  record Verdict(Set<Path> confirmed, Set<Path> held, Optional<Long> reconsiderAt) {}

  /**
   * Judges.
   *
   * @param gone files, links and databases on the volume that local does not have any more
   * @param published all files, links and databases on the volume
   * @param isDatabase which of them are databases
   * @param existsLocally which directories local still has; the root always does
   * @param now of a monotonic clock, in nanoseconds
   */
  Verdict judge(
      Collection<Path> gone,
      Collection<Path> published,
      Predicate<Path> isDatabase,
      Predicate<Path> existsLocally,
      long now) {
    if (graceNanos == 0 || gone.isEmpty()) {
      missedSince.clear();
      return new Verdict(Set.copyOf(gone), Set.of(), Optional.empty());
    }
    var suspects = suspects(gone, published, isDatabase, existsLocally);
    var held = new HashSet<Path>();
    var suspected = new HashSet<Path>();
    var reconsiderAt = Optional.<Long>empty();
    for (var path : gone) {
      if (!isAtOrBelowAny(path, suspects)) {
        continue;
      }
      suspected.add(path);
      long due = missedSince.computeIfAbsent(path, p -> now) + graceNanos;
      if (now - due < 0) {
        held.add(path);
        reconsiderAt = Optional.of(reconsiderAt.map(r -> r - due < 0 ? r : due).orElse(due));
      }
    }
    missedSince.keySet().retainAll(suspected);
    var confirmed = new HashSet<Path>(gone);
    confirmed.removeAll(held);
    return new Verdict(confirmed, held, reconsiderAt);
  }

  private static Set<Path> suspects(
      Collection<Path> gone,
      Collection<Path> published,
      Predicate<Path> isDatabase,
      Predicate<Path> existsLocally) {
    var lost = countByDirectory(gone);
    var had = countByDirectory(published);
    var suspects = new HashSet<Path>();
    lost.forEach(
        (directory, count) -> {
          int before = had.getOrDefault(directory, 0);
          boolean emptied = count >= before;
          boolean mostly = count > HANDFUL && count * 2L > before; // or all, with the directory
          boolean exists = isRoot(directory) || existsLocally.test(directory);
          if (mostly || (emptied && exists)) {
            suspects.add(directory);
          }
        });
    gone.stream().filter(isDatabase).forEach(suspects::add);
    return suspects;
  }

  /** How many paths are below each directory, at any depth; the root is the empty path. */
  private static Map<Path, Integer> countByDirectory(Collection<Path> paths) {
    var counts = new HashMap<Path, Integer>();
    for (var path : paths) {
      counts.merge(path.getFileSystem().getPath(""), 1, Integer::sum);
      for (var p = path.getParent(); p != null; p = p.getParent()) {
        counts.merge(p, 1, Integer::sum);
      }
    }
    return counts;
  }

  private static boolean isRoot(Path path) {
    return path.toString().isEmpty();
  }

  private static boolean isAtOrBelowAny(Path path, Set<Path> suspects) {
    for (var p = path; p != null; p = p.getParent()) {
      if (suspects.contains(p)) {
        return true;
      }
    }
    return suspects.contains(path.getFileSystem().getPath(""));
  }
}
