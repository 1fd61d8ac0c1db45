package io.liteferry.publish;

import io.liteferry.lease.VolumeException;
import io.liteferry.scan.Entry;
import io.liteferry.scan.PathFilter;
import io.liteferry.state.IndexEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What is on the volume, as far as we know without asking it again. */
final class Knowledge {
  /** One name on the volume. */
  sealed interface Published {
    /** A file or database whose content we know. */
    record Known(IndexEntry index) implements Published {}

    /** A file whose content we have not read. */
    record Unread(Entry entry) implements Published {}

    record Directory(int mode) implements Published {}

    record Link(Path target) implements Published {}
  }

  private final NavigableMap<Path, Published> names = new TreeMap<>();

  /**
   * Lists the volume. What the index says of a file is believed when the file on the volume has the
   * size and mtime that the index names. What cannot be listed for a reason of its own counts as
   * absent: it is not deleted, and a publication there meets its error.
   *
   * @throws IOException when the volume as a whole does not work: what is not known now would not
   *     be known, and not be deleted, as long as this lives
   */
  static Knowledge of(Volume volume, PathFilter filter, Map<Path, IndexEntry> index)
      throws IOException {
    var tree = volume.scan(filter);
    for (var unlisted : tree.unlisted().values()) {
      if (VolumeException.concernsAll(unlisted)) {
        throw VolumeException.of(volume.root(), unlisted);
      }
    }
    var knowledge = new Knowledge();
    for (var entry : tree.entries().values()) {
      var path = entry.path();
      switch (entry.kind()) {
        case DIRECTORY -> knowledge.put(path, new Published.Directory(entry.mode()));
        case LINK -> knowledge.put(path, new Published.Link(volume.readLink(path)));
        case FILE, SPECIAL -> {
          @Nullable IndexEntry known = index.get(path);
          knowledge.put(
              path,
              known != null && known.isStillOnVolume(entry.stamp())
                  ? new Published.Known(known)
                  : new Published.Unread(entry));
        }
      }
    }
    return knowledge;
  }

  /** The size and time by which the file is recognised at the next start. */
  static long mtimeOf(Path staged) throws IOException {
    return Files.getLastModifiedTime(staged).to(TimeUnit.NANOSECONDS);
  }

  @Nullable Published get(Path path) {
    return names.get(path);
  }

  /** Whether a file of local with this stamp was published as a database; empty if not at all. */
  Optional<Boolean> knownAsDatabase(Entry local) {
    return names.get(local.path()) instanceof Published.Known known
            && known.index().source().filter(local.stamp()::equals).isPresent()
        ? Optional.of(known.index().database())
        : Optional.empty();
  }

  void put(Path path, Published published) {
    names.put(path, published);
  }

  /** Forgets a name and, when it was a directory, all below it. */
  void remove(Path path) {
    if (names.remove(path) instanceof Published.Directory) {
      names.tailMap(path, false).keySet().removeIf(p -> p.startsWith(path));
    }
  }

  NavigableMap<Path, Published> names() {
    return java.util.Collections.unmodifiableNavigableMap(names);
  }

  /** Every directory of the volume whose content is known, the root included. */
  List<Path> directories(Path root) {
    var directories = new ArrayList<Path>();
    directories.add(root);
    names.forEach(
        (path, published) -> {
          if (published instanceof Published.Directory) {
            directories.add(root.resolve(path));
          }
        });
    return directories;
  }

  /** What is worth keeping for the next run. */
  Map<Path, IndexEntry> index() {
    var index = new HashMap<Path, IndexEntry>();
    names.forEach(
        (path, published) -> {
          if (published instanceof Published.Known known) {
            index.put(path, known.index());
          }
        });
    return index;
  }
}
