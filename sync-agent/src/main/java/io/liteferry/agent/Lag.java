package io.liteferry.agent;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Since when something of local is not on the volume. Pure: all times are nanoseconds of one
 * monotonic clock, given by the caller. For several threads; nobody waits here for anything slow.
 *
 * <p>A change counts from when it was heard of, and what a pass could not publish from the change
 * that it belongs to at the latest. A file that is published now and then among others that are not
 * does not add up: each is counted for itself.
 */
final class Lag {
  /** The first change that no pass has looked at. */
  private Optional<Long> heard = Optional.empty();

  /** The first change that the pass under way looks at, or one that failed as a whole did. */
  private Optional<Long> taken;

  private final Map<Path, Long> unpublished = new HashMap<>();

  /** Before its first pass an agent cannot know that nothing differs. */
  Lag(long now) {
    taken = Optional.of(now);
  }

  /** Something in local changed. */
  synchronized void changed(long now) {
    if (heard.isEmpty()) {
      heard = Optional.of(now);
    }
  }

  /**
   * A pass begins: it sees every change so far.
   *
   * @param unheard whether there may be changes that nobody hears of
   */
  synchronized void began(long now, boolean unheard) {
    taken = earlier(taken, unheard ? earlier(heard, Optional.of(now)) : heard);
    heard = Optional.empty();
  }

  /** The pass ended, and could not publish these. One that fails as a whole does not end. */
  synchronized void ended(Set<Path> problems, long now) {
    unpublished.keySet().retainAll(problems);
    for (var path : problems) {
      unpublished.putIfAbsent(path, taken.orElse(now));
    }
    taken = Optional.empty();
  }

  /** Whether a change was heard of that no pass has looked at. */
  synchronized boolean isChanging() {
    return heard.isPresent();
  }

  /** Empty while everything is on the volume, as far as it is known. */
  synchronized Optional<Long> since() {
    var since = earlier(heard, taken);
    for (long one : unpublished.values()) {
      since = earlier(since, Optional.of(one));
    }
    return since;
  }

  private static Optional<Long> earlier(Optional<Long> a, Optional<Long> b) {
    if (a.isEmpty() || b.isEmpty()) {
      return a.or(() -> b);
    }
    return a.get() - b.get() < 0 ? a : b;
  }
}
