package io.liteferry.publish;

import io.liteferry.scan.Entry;
import io.liteferry.scan.PathFilter;
import io.liteferry.scan.Stamp;
import io.liteferry.scan.Tree;
import io.liteferry.sqlite.DatabaseHeader;
import io.liteferry.sqlite.SideFile;
import io.liteferry.state.IndexEntry;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
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
 * @param foreign files that have SQLite's side files beside them but no SQLite header, as encrypted
 *     databases; they travel as files
 * @param misnamed files with the name of a side file of a database beside them, and other content:
 *     SQLite would delete or overwrite them. They do not travel
 * @param unknownBelow the tree, to tell what was not listed
 */
public record Inventory(
    NavigableMap<Path, Item> items,
    SortedMap<Path, String> unreadable,
    SortedSet<Path> special,
    SortedSet<Path> foreign,
    SortedSet<Path> misnamed,
    Tree unknownBelow,
    Map<Path, Seen> seen) {

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

  /** What a file's content was when it had this stamp. */
  record Seen(Stamp stamp, boolean database) {}

  /** Whether nothing is known to be missing at this path. */
  boolean mayHave(Path path) {
    return items.containsKey(path)
        || unreadable.containsKey(path)
        || special.contains(path)
        || misnamed.contains(path)
        || unknownBelow.isUnknown(path);
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
  public static Inventory of(Path root, PathFilter filter, Tree.BeforeListing before, Clock clock)
      throws IOException {
    return new Census(root, filter, clock, Map.of()).take(before);
  }

  /** Lists again; files whose stamp says that they are unchanged are not opened. */
  Inventory again(Path root, PathFilter filter, Tree.BeforeListing before, Clock clock)
      throws IOException {
    return new Census(root, filter, clock, seen).take(before);
  }

  private static final class Census {
    private final Path root;
    private final PathFilter filter;
    private final Clock clock;
    private final Map<Path, Seen> before;
    private final NavigableMap<Path, Item> items = new TreeMap<>();
    private final SortedMap<Path, String> unreadable = new TreeMap<>();
    private final SortedSet<Path> special = new TreeSet<>();
    private final SortedSet<Path> foreign = new TreeSet<>();
    private final SortedSet<Path> misnamed = new TreeSet<>();
    private final Map<Path, Seen> seen = new HashMap<>();

    Census(Path root, PathFilter filter, Clock clock, Map<Path, Seen> before) {
      this.root = root;
      this.filter = filter;
      this.clock = clock;
      this.before = before;
    }

    Inventory take(Tree.BeforeListing listing) throws IOException {
      var tree = Tree.scan(root, this::isSkipped, listing);
      for (var entry : tree.entries().values()) {
        var path = entry.path();
        switch (entry.kind()) {
          case DIRECTORY -> {
            if (filter.takesEverything()) {
              items.put(path, new Item(entry, false, Optional.empty()));
            }
          }
          case LINK -> {
            if (filter.takes(path)) {
              items.put(path, new Item(entry, false, Optional.empty()));
            }
          }
          case SPECIAL -> {
            if (filter.takes(path)) {
              special.add(path);
            }
          }
          case FILE -> takeFile(tree, entry);
        }
      }
      items.keySet().removeAll(unreadable.keySet());
      if (!filter.takesEverything()) {
        addDirectoriesAbove(tree);
      }
      tree.unlisted().forEach((path, e) -> unreadable.put(path, VolumeException.describe(e)));
      return new Inventory(
          Collections.unmodifiableNavigableMap(items),
          Collections.unmodifiableSortedMap(unreadable),
          Collections.unmodifiableSortedSet(special),
          Collections.unmodifiableSortedSet(foreign),
          Collections.unmodifiableSortedSet(misnamed),
          tree,
          seen);
    }

    /**
     * Side files are looked at even when excluded: a WAL's stamp tells that its database changed.
     */
    private boolean isSkipped(Path path, boolean directory) {
      return Volume.isNeverTaken(path)
          || (filter.excludes(path, directory) && (directory || SideFile.parse(path).isEmpty()));
    }

    private void takeFile(Tree tree, Entry entry) {
      var path = entry.path();
      try {
        if (isSideFile(tree, entry) || !filter.takes(path)) {
          return;
        }
        boolean database = isDatabase(entry);
        items.put(
            path,
            new Item(entry, database, database ? walOf(tree.entries(), path) : Optional.empty()));
      } catch (NoSuchFileException e) {
        // went away between two looks: the next pass sees what is there then
      } catch (IOException e) {
        unreadable.put(path, VolumeException.describe(e));
      }
    }

    private boolean isDatabase(Entry entry) throws IOException {
      if (entry.stamp().size() < 1) {
        return false;
      }
      var path = entry.path();
      var known = seen.getOrDefault(path, before.get(path));
      if (known != null && known.stamp().equals(entry.stamp())) {
        seen.put(path, known);
        return known.database();
      }
      var looked = nanos(clock);
      boolean database = DatabaseHeader.read(root.resolve(path)).isPresent();
      if (entry.stamp().isConclusiveAt(looked)) {
        seen.put(path, new Seen(entry.stamp(), database));
      }
      return database;
    }

    private boolean isSideFile(Tree tree, Entry entry) throws IOException {
      var parsed = SideFile.parse(entry.path());
      if (parsed.isEmpty()) {
        return false;
      }
      var base = parsed.get().base();
      @Nullable Entry owner = tree.entries().get(base);
      if (owner != null && owner.kind() == Entry.Kind.FILE) {
        if (owner.stamp().size() == 0) {
          return true;
        }
        if (isDatabase(owner)) {
          if (parsed.get().kind().isSomethingElse(root.resolve(entry.path()))) {
            misnamed.add(entry.path());
          }
          return true;
        }
        if (parsed.get().kind().isContentOf(root.resolve(entry.path()))) {
          if (DatabaseHeader.isUnwritten(root.resolve(base))) {
            unreadable.put(base, "is a database whose first transaction is not complete");
          } else {
            foreign.add(base);
          }
          return true;
        }
        return false;
      }
      // Left behind by a database that is gone, or seen just before its database.
      return entry.stamp().size() == 0
          || parsed.get().kind().isContentOf(root.resolve(entry.path()));
    }

    private void addDirectoriesAbove(Tree tree) {
      for (var path : List.copyOf(items.keySet())) {
        for (var p = path.getParent(); p != null && !items.containsKey(p); p = p.getParent()) {
          var directory = tree.entries().get(p);
          if (directory != null) {
            items.put(p, new Item(directory, false, Optional.empty()));
          }
        }
      }
    }
  }

  /** The stamp of a database's WAL; an empty WAL is as good as none. */
  private static Optional<Stamp> walOf(Map<Path, Entry> entries, Path database) {
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
