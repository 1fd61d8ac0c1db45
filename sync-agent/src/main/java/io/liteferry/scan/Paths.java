package io.liteferry.scan;

import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Questions about paths. */
public final class Paths {
  private Paths() {}

  /** Whether a path is one of these, or below one of them; the parent of a single name is none. */
  public static boolean isAtOrBelow(Set<Path> any, @Nullable Path path) {
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
