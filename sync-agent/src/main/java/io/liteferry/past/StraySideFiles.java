package io.liteferry.past;

import io.liteferry.history.RecordHeader;
import io.liteferry.history.Version;
import io.liteferry.sqlite.SideFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Side files that do not belong to a point. A published database has none: one that is there, a
 * program made that ran on the volume itself, and it belongs to the point before the pass that
 * found it alone.
 */
final class StraySideFiles {
  private StraySideFiles() {}

  /** Those in the tree of a point. */
  static Set<Path> in(Map<Path, Version> tree, long point, History history) throws IOException {
    var strays = new HashSet<Path>();
    tree.forEach(
        (path, version) -> {
          if (version instanceof Version.Database) {
            strays.addAll(SideFile.allOf(path));
          }
        });
    strays.retainAll(tree.keySet());
    if (strays.isEmpty()) {
      return strays;
    }
    var next =
        history.timeline().inForce().stream()
            .mapToLong(RecordHeader::generation)
            .filter(generation -> generation > point)
            .findFirst();
    if (next.isEmpty()) {
      return Set.of();
    }
    history.eachChange(next.getAsLong(), change -> strays.remove(change.path()));
    return strays;
  }
}
