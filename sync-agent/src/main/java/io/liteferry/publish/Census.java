package io.liteferry.publish;

import io.liteferry.durable.Errno;
import io.liteferry.scan.Entry;
import io.liteferry.scan.PathFilter;
import io.liteferry.scan.Tree;
import io.liteferry.sqlite.DatabaseHeader;
import io.liteferry.sqlite.Encrypted;
import io.liteferry.sqlite.SideFile;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Tells the names of one tree apart. For one thread. */
final class Census {
  private enum Content {
    DATABASE,
    /** Or damaged beyond recognition: then it was published as a database before. */
    ENCRYPTED,
    OTHER
  }

  private final Path root;
  private final PathFilter filter;
  private final Inventory.Known known;
  private final NavigableMap<Path, Inventory.Item> items = new TreeMap<>();
  private final SortedMap<Path, String> unreadable = new TreeMap<>();
  private final SortedSet<Path> special = new TreeSet<>();
  private final SortedSet<Path> foreign = new TreeSet<>();
  private final SortedSet<Path> misnamed = new TreeSet<>();
  private final SortedSet<Path> orphans = new TreeSet<>();

  Census(Path root, PathFilter filter, Inventory.Known known) {
    this.root = root;
    this.filter = filter;
    this.known = known;
  }

  Inventory take(Tree.BeforeListing listing) throws IOException {
    var tree = Tree.scan(root, this::isSkipped, listing, known::sharing);
    for (var entry : tree.entries().values()) {
      var path = entry.path();
      switch (entry.kind()) {
        case DIRECTORY -> {
          if (filter.takesEverything()) {
            items.put(path, new Inventory.Item(entry, false, Optional.empty()));
          }
        }
        case LINK -> {
          if (filter.takes(path)) {
            items.put(path, new Inventory.Item(entry, false, Optional.empty()));
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

  private void takeFile(Tree tree, Entry entry) throws IOException {
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
          new Inventory.Item(
              entry,
              database,
              database ? Inventory.walOf(tree.entries(), path) : Optional.empty()));
    } catch (NoSuchFileException e) {
      // went away between two looks: the next pass sees what is there then
    } catch (IOException e) {
      if (Errno.of(e).isOutOfDescriptors()) {
        throw e; // of no file alone: databases would be published before those that they name
      }
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
        unreadable.put(name.base(), "its first transaction is not complete");
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
          items.put(p, new Inventory.Item(directory, false, Optional.empty()));
        }
      }
    }
  }
}
