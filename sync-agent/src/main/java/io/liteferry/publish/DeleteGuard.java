package io.liteferry.publish;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Holds back all deletions while local looks like a tree that vanished, until a second look after a
 * grace period finds the same: a mount that has gone away looks like a directory whose files were
 * all deleted, and what the next node restores would be as empty.
 *
 * <p>It looks so when no file is left, whatever was heard of them; or when all databases are gone,
 * and nothing was heard of any. Applications delete everything else every day, and what they delete
 * by mistake is kept.
 *
 * <p>For one thread.
 */
final class DeleteGuard {
  private final long graceNanos;
  private @Nullable Long vanishedSince;

  /** A grace of zero holds nothing back. */
  DeleteGuard(Duration grace) {
    graceNanos = grace.toNanos();
  }

  /**
   * The verdict over one pass.
   *
   * @param confirmed what may be deleted now
   * @param held what is kept back
   * @param reconsiderAt when it may be confirmed, on the clock given; empty when nothing is held
   */
  record Verdict(Set<Path> confirmed, Set<Path> held, Optional<Long> reconsiderAt) {}

  /** What is known of names. */
  interface Facts {
    /** Whether the volume has a database of this name. */
    boolean isDatabase(Path path);

    /** Whether it was heard that somebody deleted this name. */
    boolean isExplained(Path path);
  }

  /**
   * Judges.
   *
   * @param gone files, links and databases on the volume that local does not have any more
   * @param published all files, links and databases on the volume
   * @param now of a monotonic clock, in nanoseconds
   */
  Verdict judge(Collection<Path> gone, Collection<Path> published, Facts facts, long now) {
    if (gone.isEmpty() || !hasVanished(Set.copyOf(gone), published, facts)) {
      vanishedSince = null;
    } else {
      long since = vanishedSince == null ? now : vanishedSince;
      vanishedSince = since;
      if (now - since < graceNanos) {
        return new Verdict(Set.of(), Set.copyOf(gone), Optional.of(since + graceNanos));
      }
    }
    return new Verdict(Set.copyOf(gone), Set.of(), Optional.empty());
  }

  private static boolean hasVanished(Set<Path> gone, Collection<Path> published, Facts facts) {
    if (gone.size() >= published.size()) {
      return true;
    }
    var databases = new HashSet<>(published);
    databases.removeIf(path -> !facts.isDatabase(path));
    return !databases.isEmpty()
        && gone.containsAll(databases)
        && databases.stream().noneMatch(facts::isExplained);
  }
}
