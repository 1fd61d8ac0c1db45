package io.liteferry.past;

import io.liteferry.history.Version;
import io.liteferry.scan.PathFilter;
import io.liteferry.scan.Paths;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What of a tree is wanted.
 *
 * @param only these paths and what is below them; all when there are none
 * @param filter what of that travels
 * @param isCurrentForLost whether what is there now stands for what nobody kept
 */
public record Selection(Set<Path> only, PathFilter filter, boolean isCurrentForLost) {
  /** Copies the set. */
  public Selection {
    only = Set.copyOf(only);
  }

  /** Without what nobody kept. */
  public Selection(Set<Path> only, PathFilter filter) {
    this(only, filter, false);
  }

  /** The same, with what is there now in place of what nobody kept. */
  public Selection withCurrentForLost() {
    return new Selection(only, filter, true);
  }

  /** Whether a path is meant; the filter is not asked. */
  public boolean names(Path path) {
    return only.isEmpty() || Paths.isAtOrBelow(only, path);
  }

  /**
   * The wanted part of a tree, with the directories above it. What others put on the volume belongs
   * to every point: its directory is taken from now where the point has none, and it is left out
   * where the point has something else in the directory's place.
   *
   * @param now the current tree
   */
  SortedMap<Path, Version> of(Map<Path, Version> tree, Map<Path, Version> now) {
    var chosen = new TreeMap<Path, Version>();
    tree.forEach(
        (path, was) -> {
          var version =
              isCurrentForLost && was instanceof Version.Lost
                  ? now.getOrDefault(path, new Version.Absent())
                  : was;
          if (version instanceof Version.Absent) {
            return;
          }
          var above = above(path, tree, now);
          if (names(path)
              && takes(path, version)
              && above.values().stream().allMatch(Version.Directory.class::isInstance)) {
            chosen.putAll(above);
            chosen.put(path, version);
          }
        });
    return chosen;
  }

  private static Map<Path, Version> above(
      Path path, Map<Path, Version> tree, Map<Path, Version> now) {
    var above = new LinkedHashMap<Path, Version>();
    for (var parent = path.getParent(); parent != null; parent = parent.getParent()) {
      var current = now.getOrDefault(parent, new Version.Absent());
      above.put(parent, tree.getOrDefault(parent, current));
    }
    return above;
  }

  private boolean takes(Path path, Version version) {
    for (var parent = path.getParent(); parent != null; parent = parent.getParent()) {
      if (filter.excludes(parent, true)) {
        return false;
      }
    }
    return version instanceof Version.Directory
        ? filter.takesEverything() && !filter.excludes(path, true)
        : filter.takes(path);
  }
}
