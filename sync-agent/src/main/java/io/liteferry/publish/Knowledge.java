package io.liteferry.publish;

import io.liteferry.durable.Digest;
import io.liteferry.lease.VolumeException;
import io.liteferry.scan.Entry;
import io.liteferry.scan.PathFilter;
import io.liteferry.sqlite.SideFile;
import io.liteferry.state.IndexEntry;
import io.liteferry.state.IndexLog;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What is on the volume, as far as we know without asking it again. */
final class Knowledge implements IndexLog.Facts {
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
  private Set<Path> changed = new HashSet<>();

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
      @Nullable IndexEntry known = index.get(entry.path());
      if (entry.kind() == Entry.Kind.FILE
          && known != null
          && known.isStillOnVolume(entry.stamp())) {
        knowledge.put(entry.path(), new Published.Known(known));
      } else {
        knowledge.found(volume, entry);
      }
    }
    return knowledge;
  }

  /** The volume has this, which we did not put there, or do not know any more. */
  void found(Volume volume, Entry entry) throws IOException {
    put(
        entry.path(),
        switch (entry.kind()) {
          case DIRECTORY -> new Published.Directory(entry.mode());
          case LINK -> new Published.Link(volume.readLink(entry.path()));
          case FILE, SPECIAL -> new Published.Unread(entry);
        });
  }

  /** The size and time by which the file is recognised at the next start. */
  static long mtimeOf(Path staged) throws IOException {
    return Files.getLastModifiedTime(staged).to(TimeUnit.NANOSECONDS);
  }

  @Nullable Published get(Path path) {
    return names.get(path);
  }

  /** Of the plain file of a database of ours. */
  Optional<Digest> digestOfDatabase(Path path) {
    return names.get(path) instanceof Published.Known known && known.index().database()
        ? Optional.of(known.index().digest())
        : Optional.empty();
  }

  /** Whether a file of local with this stamp was published as a database; empty if not at all. */
  Optional<Boolean> knownAsDatabase(Entry local) {
    return names.get(local.path()) instanceof Published.Known known
            && known.index().source().filter(local.stamp()::equals).isPresent()
        ? Optional.of(known.index().database())
        : Optional.empty();
  }

  /** An equal entry, with what it has in common with what is known. */
  Entry sharing(Entry local) {
    var same = names.floorEntry(local.path());
    if (same == null || !same.getKey().equals(local.path())) {
      return local;
    }
    var stamp =
        same.getValue() instanceof Published.Known known
            ? known.index().source().orElse(local.stamp())
            : local.stamp();
    return local.sharing(same.getKey(), stamp);
  }

  /** Whether the volume has a side file of a database. */
  boolean hasSideFilesOf(Path database) {
    return SideFile.allOf(database).stream().anyMatch(names::containsKey);
  }

  void put(Path path, Published published) {
    noteChange(path, names.put(path, published), published);
  }

  /** Forgets a name and, when it was a directory, all below it. */
  void remove(Path path) {
    var before = names.remove(path);
    noteChange(path, before, null);
    if (before instanceof Published.Directory) {
      var below = names.tailMap(path, false).entrySet().iterator();
      while (below.hasNext()) {
        var next = below.next();
        if (next.getKey().startsWith(path)) {
          noteChange(next.getKey(), next.getValue(), null);
          below.remove();
        }
      }
    }
  }

  private void noteChange(Path path, @Nullable Published before, @Nullable Published after) {
    if ((before instanceof Published.Known || after instanceof Published.Known)
        && !Objects.equals(before, after)) {
      changed.add(path);
    }
  }

  NavigableMap<Path, Published> names() {
    return java.util.Collections.unmodifiableNavigableMap(names);
  }

  /** The sizes of all files and databases together. */
  long bytes() {
    return names.values().stream().mapToLong(Knowledge::size).sum();
  }

  private static long size(Published published) {
    return switch (published) {
      case Published.Known known -> known.index().volumeSize();
      case Published.Unread unread -> unread.entry().stamp().size();
      default -> 0;
    };
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

  @Override
  public Stream<Map.Entry<Path, IndexEntry>> entries() {
    return names.entrySet().stream()
        .filter(name -> name.getValue() instanceof Published.Known)
        .map(name -> Map.entry(name.getKey(), ((Published.Known) name.getValue()).index()));
  }

  @Override
  public Optional<IndexEntry> entry(Path path) {
    return names.get(path) instanceof Published.Known known
        ? Optional.of(known.index())
        : Optional.empty();
  }

  @Override
  public boolean isUnread(Path path) {
    return names.get(path) instanceof Published.Unread;
  }

  @Override
  public Set<Path> takeChanged() {
    var taken = changed;
    changed = new HashSet<>();
    return taken;
  }
}
