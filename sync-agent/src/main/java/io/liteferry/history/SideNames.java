package io.liteferry.history;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;

/**
 * What SQLite keeps beside a database, at one point. A published database has no such file: one
 * that is there, a program made that ran on the volume itself, and it belongs to the point before
 * the pass that found it alone.
 */
final class SideNames {
  private static final List<String> ENDINGS = List.of("-wal", "-journal", "-shm");

  private final NavigableSet<Long> later;
  private final Set<Path> found = new HashSet<>();

  /**
   * Begins with none.
   *
   * @param later the generations of the records in force that are younger than the point
   */
  SideNames(NavigableSet<Long> later) {
    this.later = later;
  }

  NavigableSet<Long> later() {
    return later;
  }

  /** What the records say of a path. */
  void note(ChangeWalk.OfPath path) {
    var first = path.steps().getFirst();
    if (first.generation() == later.first() && databaseOf(first.change().path()).isPresent()) {
      found.add(first.change().path());
    }
  }

  /** Takes those out of the point's tree that the pass right after it did not find. */
  void removeFrom(Map<Path, Version> tree) {
    if (!later.isEmpty()) {
      tree.keySet().removeAll(tree.keySet().stream().filter(path -> isStray(tree, path)).toList());
    }
  }

  private boolean isStray(Map<Path, Version> tree, Path path) {
    return databaseOf(path)
        .filter(database -> tree.get(database) instanceof Version.Database)
        .filter(database -> !found.contains(path))
        .isPresent();
  }

  /** Whose side file a name would be. */
  private static Optional<Path> databaseOf(Path path) {
    var name = path.getFileName().toString();
    return ENDINGS.stream()
        .filter(ending -> name.endsWith(ending) && name.length() > ending.length())
        .map(ending -> path.resolveSibling(name.substring(0, name.length() - ending.length())))
        .findFirst();
  }
}
