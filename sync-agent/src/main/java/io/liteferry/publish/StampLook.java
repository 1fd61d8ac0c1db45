package io.liteferry.publish;

import io.liteferry.scan.Entry;
import io.liteferry.scan.PathFilter;
import io.liteferry.scan.Tree;
import io.liteferry.sqlite.SideFile;
import io.liteferry.state.IndexEntry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A look at local by stamps alone, for a thread beside one that may hang within SQLite: it opens no
 * file, since to close one would give up the locks that SQLite has on it in this process.
 *
 * @param index of what is published
 */
record StampLook(Path local, PathFilter filter, Map<Path, IndexEntry> index) {
  /** What differs from what is published, or is not known to be, or cannot be looked at. */
  SortedSet<Path> differing() throws IOException {
    var tree =
        Tree.scan(
            local,
            (path, directory) -> Inventory.isSkipped(filter, path, directory),
            Tree.BeforeListing.NOTHING);
    var differing = new TreeSet<>(tree.unlisted().keySet());
    for (var entry : tree.entries().values()) {
      var path = entry.path();
      if (entry.kind() == Entry.Kind.FILE
          && filter.takes(path)
          && !isAsPublished(tree, entry)
          && !isBesideADatabase(tree, path)) {
        differing.add(path);
      }
    }
    return differing;
  }

  private boolean isAsPublished(Tree tree, Entry entry) {
    @Nullable IndexEntry known = index.get(entry.path());
    if (known == null) {
      return false;
    }
    var wal = Inventory.walOf(tree.entries(), entry.path());
    return new Inventory.Item(entry, known.database(), known.database() ? wal : Optional.empty())
        .isUnchangedSince(known);
  }

  /** Whether it has a side file's name beside a database, or what may be one: that is named. */
  private boolean isBesideADatabase(Tree tree, Path path) {
    var side = SideFile.parse(path);
    if (side.isEmpty() || index.containsKey(path)) {
      return false;
    }
    @Nullable Entry base = tree.entries().get(side.get().base());
    @Nullable IndexEntry known = index.get(side.get().base());
    return base != null && base.kind() == Entry.Kind.FILE && (known == null || known.database());
  }
}
