package io.liteferry.publish;

import io.liteferry.scan.Stamp;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Databases whose content was refused, so that they are not read again before they change. Pure:
 * all times are nanoseconds of one monotonic clock, given by the caller. For one thread.
 */
final class RefusedDatabases {
  /**
   * A change that no stamp shows, as through a mapping that is never synced, is seen after this.
   */
  private static final long FOR = Duration.ofHours(1).toNanos();

  private record Refused(Stamp source, Optional<Stamp> wal, Problem problem, long since) {}

  private final Map<Path, Refused> refused = new HashMap<>();
  private final Set<Path> damaged = new HashSet<>();

  /**
   * Remembers it.
   *
   * @param source conclusive when it was taken, before the database was read
   * @param wal the same, of a WAL with content
   */
  void add(Path database, Stamp source, Optional<Stamp> wal, Problem problem, long now) {
    refused.put(database, new Refused(source, wal, problem, now));
  }

  /** Why it was refused, when it has not changed since; else forgets it. */
  Optional<Problem> recallOrForget(Inventory.Item item, long now) {
    var path = item.entry().path();
    var before = refused.get(path);
    if (before == null) {
      return Optional.empty();
    }
    // The WAL without its ctime: SQLite run by root changes the owner of a WAL that it opens.
    boolean same =
        before.source().equals(item.entry().stamp())
            && before.wal().isPresent() == item.wal().isPresent()
            && before.wal().map(w -> w.sameContentAs(item.wal().orElseThrow())).orElse(true)
            && now - before.since() < FOR;
    if (!same) {
      refused.remove(path);
      return Optional.empty();
    }
    return Optional.of(before.problem());
  }

  /** A database failed its check, whatever becomes of it. */
  void failedCheck(Path database) {
    damaged.add(database);
  }

  /** It passed one, and is published as it was then. */
  void passedCheck(Path database) {
    damaged.remove(database);
  }

  /** Whether nothing of it may be published without a check, as the last one failed. */
  boolean hasFailedCheck(Path database) {
    return damaged.contains(database);
  }

  /** Forgets those that are not there any more. */
  void retain(Set<Path> there) {
    refused.keySet().retainAll(there);
    damaged.retainAll(there);
  }
}
