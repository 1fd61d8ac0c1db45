package io.liteferry.publish;

import io.liteferry.scan.Entry;
import io.liteferry.scan.PathFilter;
import io.liteferry.scan.Stamp;
import io.liteferry.scan.Tree;
import io.liteferry.sqlite.SideFile;
import io.liteferry.state.IndexEntry;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A tree in the terms of the domain: which of its files are databases, which are side files, and
 * what cannot be taken.
 *
 * <p>Reads the first bytes of files, so it must not run while this process has one of them open
 * through SQLite.
 *
 * @param items what travels, by path
 * @param unreadable what should travel and cannot be read, with the reason
 * @param special sockets, FIFOs and devices
 * @param foreign what looks like a database and SQLite cannot read, as encrypted ones: files with
 *     SQLite's side files beside them but without its header, or with that and nothing but noise
 *     after it. They travel as files, with their side files
 * @param misnamed files with the name of a side file of a database beside them, and other content:
 *     SQLite would delete or overwrite them. They do not travel
 * @param orphans side files of databases that are not there, by their content; they do not travel
 * @param tree as it was scanned, to tell what was not listed
 */
public record Inventory(
    NavigableMap<Path, Item> items,
    SortedMap<Path, String> unreadable,
    SortedSet<Path> special,
    SortedSet<Path> foreign,
    SortedSet<Path> misnamed,
    SortedSet<Path> orphans,
    Tree tree) {

  /**
   * One name that travels.
   *
   * @param database whether it is a database
   * @param wal the stamp of the database's WAL, when it has one with content
   */
  public record Item(Entry entry, boolean database, Optional<Stamp> wal) {
    /** With the WAL, if it has one. */
    long bytes() {
      return entry.stamp().size() + wal.map(Stamp::size).orElse(0L);
    }

    /** Whether the file or database is what it was when the index entry was made. */
    boolean isUnchangedSince(IndexEntry known) {
      // The WAL without its ctime: SQLite run by root changes the owner of a WAL that it opens.
      return known.database() == database
          && known.source().equals(Optional.of(entry.stamp()))
          && known.wal().isPresent() == wal.isPresent()
          && known.wal().map(w -> w.sameContentAs(wal.orElseThrow())).orElse(true);
    }
  }

  /**
   * What travels, counted.
   *
   * @param files beside the databases
   * @param bytes of files and databases, without WALs
   */
  public record Totals(long databases, long files, long directories, long bytes) {
    /** For people. */
    @Override
    public String toString() {
      return "%s, %s, %s"
          .formatted(
              Amount.of(databases, "database"), Amount.of(files, "file"), Amount.ofBytes(bytes));
    }
  }

  /** What is known of files before they are looked into. */
  interface Known {
    Known NOTHING = entry -> Optional.empty();

    /** Whether a file with this stamp is a database; empty when that is not known. */
    Optional<Boolean> knownAsDatabase(Entry entry);

    /**
     * Whether it was published as a database: with noise in it, that is damaged and not encrypted.
     */
    default boolean wasDatabase(Path path) {
      return false;
    }

    /** An equal entry, for less memory. */
    default Entry sharing(Entry entry) {
      return entry;
    }
  }

  /** Whether nothing is known to be missing at this path. */
  boolean mayHave(Path path) {
    return items.containsKey(path)
        || unreadable.containsKey(path)
        || special.contains(path)
        || misnamed.contains(path)
        || tree.isUnknown(path);
  }

  /** The paths of the databases. */
  public List<Path> databases() {
    return items.values().stream().filter(Item::database).map(item -> item.entry().path()).toList();
  }

  /** All of it, counted. */
  public Totals totals() {
    long databases = 0;
    long files = 0;
    long directories = 0;
    long bytes = 0;
    for (var item : items.values()) {
      switch (item.entry().kind()) {
        case DIRECTORY -> directories++;
        case FILE -> {
          bytes += item.entry().stamp().size();
          if (item.database()) {
            databases++;
          } else {
            files++;
          }
        }
        case LINK, SPECIAL -> {}
      }
    }
    return new Totals(databases, files, directories, bytes);
  }

  /** The files and databases that changed since the index was made, or are not in it. */
  public SortedSet<Path> differingFrom(Map<Path, IndexEntry> index) {
    var differing = new TreeSet<Path>();
    for (var item : items.values()) {
      var path = item.entry().path();
      @Nullable IndexEntry known = index.get(path);
      if (item.entry().kind() == Entry.Kind.FILE
          && (known == null || !item.isUnchangedSince(known))) {
        differing.add(path);
      }
    }
    return differing;
  }

  /** The sizes of those of these that are files or databases, together. */
  long bytesOf(Collection<Path> paths) {
    return paths.stream()
        .map(items::get)
        .filter(item -> item != null && item.entry().kind() == Entry.Kind.FILE)
        .mapToLong(Item::bytes)
        .sum();
  }

  /** Lists local or a volume. */
  public static Inventory of(Path root, PathFilter filter, Tree.BeforeListing before)
      throws IOException {
    return of(root, filter, before, Known.NOTHING);
  }

  /** The same; files whose content is known are not opened. */
  static Inventory of(Path root, PathFilter filter, Tree.BeforeListing before, Known known)
      throws IOException {
    return new Census(root, filter, known).take(before);
  }

  /** Lists a volume; a database that its manifest names counts as one. */
  public static Inventory of(Volume volume, PathFilter filter) throws IOException {
    var manifest = volume.manifestIfReadable();
    var known =
        new Known() {
          @Override
          public Optional<Boolean> knownAsDatabase(Entry entry) {
            return Optional.empty();
          }

          @Override
          public boolean wasDatabase(Path path) {
            return manifest.map(m -> m.databases().containsKey(path)).orElse(false);
          }
        };
    return volume.call(() -> of(volume.root(), filter, Tree.BeforeListing.NOTHING, known));
  }

  /**
   * Whether a scan leaves this name out. Side files are looked at even when excluded: a WAL's stamp
   * tells that its database changed.
   *
   * @param directory whether it is known to be one
   */
  public static boolean isSkipped(PathFilter filter, Path path, boolean directory) {
    return Volume.isNeverTaken(path)
        || (filter.excludes(path, directory) && (directory || SideFile.parse(path).isEmpty()));
  }

  /** The stamp of a database's WAL; an empty WAL is as good as none. */
  static Optional<Stamp> walOf(Map<Path, Entry> entries, Path database) {
    return Optional.ofNullable(entries.get(SideFile.WAL.of(database)))
        .map(Entry::stamp)
        .filter(stamp -> stamp.size() > 0);
  }

  /** Nanoseconds since the epoch, as stamps count. */
  public static long nanos(Clock clock) {
    var now = clock.instant();
    return Math.addExact(Math.multiplyExact(now.getEpochSecond(), 1_000_000_000L), now.getNano());
  }
}
