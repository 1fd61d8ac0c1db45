package io.liteferry.publish;

import io.liteferry.scan.NameEvents;
import io.liteferry.scan.Paths;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What was heard of names and no pass has used yet. A deletion that was heard of is one that
 * somebody made; a file that is missing without a word may have vanished with its file system.
 *
 * <p>For one thread.
 */
final class HeardNames {
  /** More is not remembered: what it would have explained counts as unexplained. */
  private static final int MOST = 100_000;

  private final NameEvents events;
  private final Set<Path> went = new HashSet<>();
  private final Set<Path> unheard = new HashSet<>();

  HeardNames(NameEvents events) {
    this.events = events;
  }

  /** Takes what is new, and remembers what explains deletions. */
  NameEvents.Heard take() {
    var heard = events.takeHeard();
    if (went.size() + heard.went().size() <= MOST) {
      went.addAll(heard.went());
    }
    unheard.addAll(heard.unheard());
    return heard;
  }

  /** Whether somebody deleted or renamed this name, or a directory above it. */
  boolean explains(Path gone) {
    if (Paths.isAtOrBelow(went, gone)) {
      return true;
    }
    // So much was going on in its directory that events were lost: it is alive.
    var parent = gone.getParent();
    return unheard.contains(parent == null ? gone.getFileSystem().getPath("") : parent);
  }

  /** A pass has judged by it: what is there again may vanish later without a word. */
  void judged(Predicate<Path> isThere, boolean isAnyHeld) {
    if (isAnyHeld) {
      went.removeIf(isThere);
    } else {
      went.clear();
      unheard.clear();
    }
  }
}
