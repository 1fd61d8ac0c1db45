package io.liteferry.publish;

import io.liteferry.durable.Errno;
import io.liteferry.scan.Entry;
import io.liteferry.scan.PathFilter;
import io.liteferry.scan.Stamp;
import io.liteferry.scan.Tree;
import io.liteferry.sqlite.DatabaseHeader;
import io.liteferry.sqlite.Encrypted;
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

  private enum Content {
    DATABASE,
    /** Or damaged beyond recognition: then it was published as a database before. */
    ENCRYPTED,
    OTHER
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

  /** The inodes of the directories. */
  Map<Path, Long> directories() {
    var directories = new HashMap<Path, Long>();
    for (var item : items.values()) {
      if (item.entry().kind() == Entry.Kind.DIRECTORY) {
        directories.put(item.entry().path(), item.entry().stamp().inode());
      }
    }
    return directories;
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

  private static final class Census {
    private final Path root;
    private final PathFilter filter;
    private final Known known;
    private final NavigableMap<Path, Item> items = new TreeMap<>();
    private final SortedMap<Path, String> unreadable = new TreeMap<>();
    private final SortedSet<Path> special = new TreeSet<>();
    private final SortedSet<Path> foreign = new TreeSet<>();
    private final SortedSet<Path> misnamed = new TreeSet<>();
    private final SortedSet<Path> orphans = new TreeSet<>();

    Census(Path root, PathFilter filter, Known known) {
      this.root = root;
      this.filter = filter;
      this.known = known;
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
      tree.unlisted().forEach((path, e) -> unreadable.put(path, Errno.describe(e)));
      return new Inventory(
          Collections.unmodifiableNavigableMap(items),
          Collections.unmodifiableSortedMap(unreadable),
          Collections.unmodifiableSortedSet(special),
          Collections.unmodifiableSortedSet(foreign),
          Collections.unmodifiableSortedSet(misnamed),
          Collections.unmodifiableSortedSet(orphans),
          tree);
    }

    private boolean isSkipped(Path path, boolean directory) {
      return Inventory.isSkipped(filter, path, directory);
    }

    private void takeFile(Tree tree, Entry entry) {
      var path = entry.path();
      try {
        var side = SideFile.parse(path);
        if ((side.isPresent() && staysBehind(tree, entry, side.get())) || !filter.takes(path)) {
          return;
        }
        var content = contentOf(entry);
        if (content == Content.ENCRYPTED) {
          foreign.add(path);
        }
        boolean database = content == Content.DATABASE;
        items.put(
            path,
            new Item(entry, database, database ? walOf(tree.entries(), path) : Optional.empty()));
      } catch (NoSuchFileException e) {
        // went away between two looks: the next pass sees what is there then
      } catch (IOException e) {
        unreadable.put(path, Errno.describe(e));
      }
    }

    private boolean isDatabase(Entry entry) throws IOException {
      var before = known.knownAsDatabase(entry);
      return before.isPresent() ? before.get() : contentOf(entry) == Content.DATABASE;
    }

    /** By what is known of it, and else by one look into it. */
    private Content contentOf(Entry entry) throws IOException {
      var before = known.knownAsDatabase(entry);
      if (before.orElse(false)) {
        return Content.DATABASE;
      }
      if (entry.stamp().size() < 1) {
        return Content.OTHER;
      }
      var found = contentOf(root.resolve(entry.path()));
      return switch (found) {
        case DATABASE -> before.isPresent() ? Content.OTHER : found;
        case ENCRYPTED ->
            before.isEmpty() && known.wasDatabase(entry.path()) ? Content.DATABASE : found;
        case OTHER -> found;
      };
    }

    private static Content contentOf(Path file) throws IOException {
      if (DatabaseHeader.read(file).isEmpty()) {
        return Content.OTHER;
      }
      return Encrypted.isOne(file) ? Content.ENCRYPTED : Content.DATABASE;
    }

    /** Whether a file with the name of a side file is one by what it belongs to, and content. */
    private boolean staysBehind(Tree tree, Entry entry, SideFile.Name name) throws IOException {
      var path = entry.path();
      var file = root.resolve(path);
      var kind = name.kind();
      if (kind == SideFile.SUPER_JOURNAL) { // SQLite takes another name where there is one
        return kind.isContentOf(file);
      }
      @Nullable Entry owner = tree.entries().get(name.base());
      if (owner == null) { // excluded, or made while we looked
        owner = Entry.look(root, name.base()).orElse(null);
      }
      if (owner == null || owner.kind() != Entry.Kind.FILE) {
        if (!kind.isContentOf(file)) {
          return false;
        }
        if (filter.takes(path)) {
          orphans.add(path);
        }
        return true;
      }
      if (isDatabase(owner)) {
        if (filter.takes(path) && kind.isSomethingElse(file)) {
          misnamed.add(path);
        }
        return true;
      }
      if (!kind.isContentOf(file)) {
        return false;
      }
      if (owner.stamp().size() == 0) {
        return true; // of a database whose first transaction has written nothing yet
      }
      if (DatabaseHeader.isUnwritten(root.resolve(name.base()))) {
        if (filter.takes(name.base())) {
          unreadable.put(name.base(), "is a database whose first transaction is not complete");
        }
        return true;
      }
      if (filter.takes(name.base())) {
        foreign.add(name.base());
      }
      return kind == SideFile.SHM;
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
