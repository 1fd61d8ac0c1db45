package io.liteferry.publish;

import io.liteferry.scan.Paths;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Holds back the deletions of a tree that vanished until a second look after a grace period finds
 * the same: a mount that has gone away looks like a directory whose files were all deleted.
 * Applications delete files every day, one or many, and those deletions are none of its business.
 *
 * <p>Suspicious are:
 *
 * <ul>
 *   <li>all of local's files gone, whatever was heard of it, or nearly all but at the stop;
 *   <li>more than half of them, and more than a handful, of which nothing was heard;
 *   <li>all files of a directory that is another directory than before under the same name;
 *   <li>a database that is gone: applications delete and move databases when they restore a backup
 *       of their own, and the volume's copy is the only one while they do.
 * </ul>
 *
 * <p>At the stop, what was heard of and databases are not held back: a local that has files is
 * alive, and what the volume keeps of them would come back on the next node.
 */
final class DeleteGuard {
  private static final int HANDFUL = 3;

  private final long graceNanos;
  private final Map<Path, Long> missedSince = new HashMap<>();

  /** Directories that became others; until there is nothing of theirs to delete any more. */
  private final Set<Path> exchanged = new HashSet<>();

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

  /** What is known of names. */
  interface Facts {
    /** Whether the volume has a database of this name. */
    boolean isDatabase(Path path);

    /** Whether it was heard that somebody deleted this name. */
    boolean isExplained(Path path);

    /** Whether local has a directory of this name that is not the one that it was. */
    boolean isAnotherDirectory(Path path);
  }

  /**
   * Judges.
   *
   * @param gone files, links and databases on the volume that local does not have any more
   * @param published all files, links and databases on the volume
   * @param stopping whether this is the end of an orderly run
   * @param now of a monotonic clock, in nanoseconds
   */
  Verdict judge(
      Collection<Path> gone, Collection<Path> published, Facts facts, boolean stopping, long now) {
    if (graceNanos == 0 || gone.isEmpty()) {
      missedSince.clear();
      exchanged.clear();
      return new Verdict(Set.copyOf(gone), Set.of(), Optional.empty());
    }
    var suspected = suspected(gone, published, facts, stopping);
    var held = new HashSet<Path>();
    var reconsiderAt = Optional.<Long>empty();
    for (var path : suspected) {
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

  private Set<Path> suspected(
      Collection<Path> gone, Collection<Path> published, Facts facts, boolean stopping) {
    boolean nearlyAll = gone.size() > HANDFUL && gone.size() * 10L >= published.size() * 9L;
    if (gone.size() >= published.size() || (nearlyAll && !stopping)) {
      return Set.copyOf(gone);
    }
    rememberExchanged(gone, published, facts);
    var suspected = new HashSet<Path>();
    var unexplained = new HashSet<Path>();
    for (var path : gone) {
      if ((facts.isDatabase(path) && !stopping) || Paths.isAtOrBelow(exchanged, path.getParent())) {
        suspected.add(path);
      }
      if (!facts.isExplained(path)) {
        unexplained.add(path);
      }
    }
    if (unexplained.size() > HANDFUL && unexplained.size() * 2L > published.size()) {
      suspected.addAll(unexplained);
    }
    return suspected;
  }

  private void rememberExchanged(Collection<Path> gone, Collection<Path> published, Facts facts) {
    var lost = countByDirectory(gone);
    var had = countByDirectory(published);
    exchanged.retainAll(lost.keySet());
    lost.forEach(
        (directory, count) -> {
          if (count >= had.getOrDefault(directory, 0) && facts.isAnotherDirectory(directory)) {
            exchanged.add(directory);
          }
        });
  }

  /** How many paths are below each directory, at any depth. */
  private static Map<Path, Integer> countByDirectory(Collection<Path> paths) {
    var counts = new HashMap<Path, Integer>();
    for (var path : paths) {
      for (var p = path.getParent(); p != null; p = p.getParent()) {
        counts.merge(p, 1, Integer::sum);
      }
    }
    return counts;
  }
}
