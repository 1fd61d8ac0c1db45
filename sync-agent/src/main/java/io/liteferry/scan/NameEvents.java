package io.liteferry.scan;

import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;

/**
 * Which names of a tree came and went, as whoever watches it heard. With it a name that is missing
 * without having gone is told from one that somebody deleted.
 *
 * <p>What was heard is proof: the name did come, or go. Silence is none by itself: an event may
 * arrive some milliseconds after what it tells, and see {@link Heard#unheard} and {@link
 * Heard#deaf}. What is below a directory that went went with it, and is not named.
 */
public interface NameEvents {
  /** Somebody listens, and has heard nothing. */
  Heard NOTHING = new Heard(Set.of(), Set.of(), Set.of(), false);

  /** Nobody listens. */
  NameEvents DEAF = () -> new Heard(Set.of(), Set.of(), Set.of(), true);

  /**
   * What was heard since the last call, or since the beginning. For any thread; what one call
   * returns no other returns.
   */
  Heard takeHeard();

  /**
   * Whether the coming and going of a name is told at all. Names as those of side files are not,
   * whatever they are names of: SQLite makes and deletes them with each transaction.
   */
  static boolean tellsOf(Path name) {
    return tellsOf(name.toString());
  }

  /** The same, of a path or its last name as text. */
  static boolean tellsOf(String name) {
    return !name.endsWith("-wal")
        && !name.endsWith("-shm")
        && !name.endsWith("-journal")
        && !name.startsWith(".nfs", name.lastIndexOf('/') + 1);
  }

  /**
   * What was heard in a while; paths are relative to the root, which is the empty path. A name that
   * came and went is in both sets, however often it did, and so is one that was renamed away and
   * back.
   *
   * @param came names that were made, or that something was renamed to
   * @param went names that were deleted or renamed away
   * @param unheard directories of which events were lost: nothing follows from silence about a name
   *     directly in them
   * @param deaf nothing follows from silence at all: nobody listens, or there was more than could
   *     be remembered
   */
  record Heard(Set<Path> came, Set<Path> went, Set<Path> unheard, boolean deaf) {
    /** Takes the sets over. */
    public Heard {
      came = Collections.unmodifiableSet(came);
      went = Collections.unmodifiableSet(went);
      unheard = Collections.unmodifiableSet(unheard);
    }

    /** Both together. */
    public Heard and(Heard other) {
      return new Heard(
          union(came, other.came),
          union(went, other.went),
          union(unheard, other.unheard),
          deaf || other.deaf);
    }

    private static Set<Path> union(Set<Path> some, Set<Path> others) {
      var all = new HashSet<>(some);
      all.addAll(others);
      return all;
    }
  }
}
