package io.liteferry.restore;

import io.liteferry.durable.Digest;
import io.liteferry.publish.Inventory;
import io.liteferry.scan.Entry;
import io.liteferry.sqlite.DatabaseHeader;
import io.liteferry.state.IndexEntry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** The index of a local that was just restored: the next pass has nothing to read. */
final class RestoredIndex {
  private RestoredIndex() {}

  /**
   * Looks at the copies.
   *
   * @param digests of those whose content is that of the file on the volume
   */
  static Map<Path, IndexEntry> of(
      RestoreSite site, VolumeContent content, Map<Path, Digest> digests) throws IOException {
    var databases = new HashSet<>(content.databases());
    var index = new HashMap<Path, IndexEntry>();
    long now = Inventory.nanos(site.clock());
    for (var source : content.files()) {
      var path = source.path();
      var digest = digests.get(path);
      var copy = digest == null ? Optional.<Entry>empty() : Entry.look(site.local(), path);
      if (digest != null && copy.isPresent()) {
        boolean database = databases.contains(source);
        index.put(
            path,
            new IndexEntry(
                database,
                copy.map(Entry::stamp).filter(stamp -> stamp.isConclusiveAt(now)),
                Optional.empty(),
                digest,
                source.stamp().size(),
                source.stamp().mtime(),
                copy.get().mode(),
                copy.get().uid(),
                copy.get().gid(),
                database ? pastOf(site.inLocal(path)) : IndexEntry.Past.UNKNOWN));
      }
    }
    return index;
  }

  private static IndexEntry.Past pastOf(Path database) throws IOException {
    var header = DatabaseHeader.read(database);
    return header.isPresent()
        ? IndexEntry.Past.UNKNOWN.withChanges(OptionalLong.of(header.get().changes()))
        : IndexEntry.Past.UNKNOWN;
  }
}
