package io.liteferry.publish;

import java.nio.file.Path;
import java.util.Set;

/** Questions about paths. */
final class Paths {
  private Paths() {}

  /** Whether a path is one of these, or below one of them. */
  static boolean isAtOrBelow(Set<Path> any, Path path) {
    if (any.isEmpty()) {
      return false;
    }
    for (var p = path; p != null; p = p.getParent()) {
      if (any.contains(p)) {
        return true;
      }
    }
    return false;
  }
}
