package io.liteferry.publish;

import io.liteferry.publish.Knowledge.Published;
import io.liteferry.scan.Entry;
import io.liteferry.scan.PathFilter;
import io.liteferry.scan.Stamp;
import io.liteferry.sqlite.SideFile;
import io.liteferry.volume.Attributes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Compares local with what is published, and says what is to be changed. Touches neither, but for
 * what {@link Facts} looks up.
 *
 * @param knowledge of the volume; may change between two plans
 * @param filter of the names that travel
 */
record Planner(Knowledge knowledge, Facts facts, PathFilter filter) implements Inventory.Known {
  /** Why a file beside a database does not travel. */
  static final String MISNAMED =
      "it has the name of a SQLite side file of the database beside it, but is not one: rename it";

  /** What knowledge does not have. */
  interface Facts {
    /** Whether this agent announced a name in state, and has not read it on the volume since. */
    boolean isAnnounced(Path path);

    /** Whether the manifest lists a database of this name. */
    boolean isListed(Path path);

    /**
     * Where a link of local leads; empty when it cannot be read, or is gone.
     *
     * @param published what the volume has of this name: probably the same
     */
    Optional<Path> targetOf(Path link, @Nullable Published published);
  }

  /**
   * Makes a plan.
   *
   * @param first the inventory before the snapshots: what it has, or the second, is not removed
   * @param second the inventory after them, by which files are published
   * @param toPublish which databases are published
   * @param readAll whether a file's stamp is not enough to tell that it is as published
   */
  ChangePlan plan(
      Inventory first, Inventory second, Predicate<Inventory.Item> toPublish, boolean readAll) {
    var puts = new ArrayList<Change.Put>();
    var databases = new ArrayList<Change.PutDatabase>();
    long differing = 0;
    for (var item : second.items().values()) {
      var path = item.entry().path();
      boolean differs = differs(item) || (readAll && isPlainFile(item));
      if (differs) {
        differing += item.bytes();
      }
      if (item.database()) {
        if (toPublish.test(item)) {
          databases.add(new Change.PutDatabase(path, item.bytes()));
        }
      } else {
        put(item, differs).ifPresent(puts::add);
      }
    }
    var removals = new ArrayList<Change.Remove>();
    var foreign = new TreeSet<Path>();
    for (var name : knowledge.names().descendingMap().entrySet()) {
      var path = name.getKey();
      if (first.mayHave(path) || second.mayHave(path) || !travels(path, second)) {
        continue;
      }
      if (isOurs(path)) {
        var kind = removed(path, name.getValue(), second);
        removals.add(new Change.Remove(path, kind));
      } else {
        foreign.add(path);
      }
    }
    return new ChangePlan(
        List.copyOf(puts), List.copyOf(databases), inOrder(removals), foreign, differing);
  }

  private Optional<Change.Put> put(Inventory.Item item, boolean differs) {
    var entry = item.entry();
    @Nullable Published published = knowledge.get(entry.path());
    boolean isNew = published == null || published instanceof Published.Directory;
    return switch (entry.kind()) {
      case DIRECTORY -> directory(entry, published, isNew);
      case LINK ->
          facts
              .targetOf(entry.path(), published)
              .filter(target -> !isSameLink(published, target))
              .map(target -> new Change.PutLink(entry, target, isNew));
      case FILE -> differs ? Optional.of(new Change.PutFile(entry, isNew)) : Optional.empty();
      case SPECIAL -> Optional.empty();
    };
  }

  private static Optional<Change.Put> directory(
      Entry entry, @Nullable Published published, boolean isNew) {
    if (!(published instanceof Published.Directory there)) {
      return Optional.of(new Change.MakeDirectory(entry, isNew));
    }
    return (there.mode() | Attributes.OWNER_ALL) == (entry.mode() | Attributes.OWNER_ALL)
        ? Optional.empty()
        : Optional.of(new Change.SetMode(entry));
  }

  /**
   * Files first, the youngest of them first, since what names another file is younger than that;
   * then directories, after what is in them.
   *
   * @param removals by path, the last one first
   */
  private List<Change.Remove> inOrder(List<Change.Remove> removals) {
    return removals.stream()
        .sorted(
            Comparator.comparing((Change.Remove r) -> r.kind() == Change.Removed.DIRECTORY)
                .thenComparing(r -> age(r.path()), Comparator.reverseOrder()))
        .toList();
  }

  /** When what is published was changed last, in nanoseconds since the epoch, as far as known. */
  private long age(Path path) {
    return switch (knowledge.get(path)) {
      case Published.Known known ->
          Stream.of(known.index().source(), known.index().wal())
              .flatMap(Optional::stream)
              .mapToLong(Stamp::ctime)
              .max()
              .orElse(known.index().volumeMtime());
      case Published.Unread unread -> unread.entry().stamp().mtime();
      case Published.Link link -> Long.MAX_VALUE; // it names its target
      case null, default -> 0;
    };
  }

  private static Change.Removed removed(Path path, Published published, Inventory second) {
    if (isStaleSideFile(path, second)) {
      return Change.Removed.STALE_SIDE_FILE;
    }
    return published instanceof Published.Directory
        ? Change.Removed.DIRECTORY
        : Change.Removed.FILE;
  }

  private static boolean isStaleSideFile(Path path, Inventory inventory) {
    return SideFile.parse(path)
        .filter(name -> name.kind() == SideFile.WAL || name.kind() == SideFile.JOURNAL)
        .map(name -> inventory.items().get(name.base()))
        .map(Planner::isPlainFile)
        .orElse(false);
  }

  /**
   * Whether what the volume has under a name was restored or published by this agent. What was not,
   * somebody else put there, or a restore with other globs left it: it is not ours to delete.
   */
  boolean isOurs(Path path) {
    @Nullable Published published = knowledge.get(path);
    return published != null
        && (!(published instanceof Published.Unread) || facts.isAnnounced(path));
  }

  /** The same, of a file: neither a directory nor a link. */
  boolean isOurFile(Path path) {
    return isOurs(path)
        && (knowledge.get(path) instanceof Published.Known
            || knowledge.get(path) instanceof Published.Unread);
  }

  @Override
  public Optional<Boolean> knownAsDatabase(Entry entry) {
    return knowledge.knownAsDatabase(entry);
  }

  @Override
  public boolean wasDatabase(Path path) {
    return knowledge.get(path) instanceof Published.Known known
        ? known.index().database()
        : facts.isListed(path);
  }

  @Override
  public Entry sharing(Entry entry) {
    return knowledge.sharing(entry);
  }

  /** Whether the volume has a database of this name. */
  boolean isPublishedDatabase(Path path) {
    return switch (knowledge.get(path)) {
      case Published.Known known -> known.index().database();
      case Published.Unread unread -> facts.isListed(path);
      case null, default -> false;
    };
  }

  /** What could be gone, but directories: neither what is not ours, nor what does not travel. */
  List<Path> publishedFiles(Inventory local) {
    return knowledge.names().entrySet().stream()
        .filter(name -> !(name.getValue() instanceof Published.Directory))
        .map(java.util.Map.Entry::getKey)
        .filter(path -> isOurs(path) && travels(path, local))
        .toList();
  }

  /** Whether anything that is known of the volume seems gone from local. */
  boolean isAnythingGone(Inventory inventory) {
    return knowledge.names().entrySet().stream()
        .anyMatch(
            name ->
                !(name.getValue() instanceof Published.Unread)
                    && !inventory.mayHave(name.getKey())
                    && travels(name.getKey(), inventory));
  }

  /**
   * Whether a file is to be published that is younger than the look.
   *
   * @param now in nanoseconds since the epoch
   */
  boolean isAnyYounger(Publisher.Look look, long now) {
    return look.inventory().items().values().stream()
        .anyMatch(
            item ->
                isPlainFile(item)
                    && !item.entry().stamp().isOlderThan(look.begun(), now)
                    && differs(item));
  }

  /** Whether a file may be to be published that is no database. */
  boolean hasFilesToPublish(Inventory inventory) {
    return inventory.items().values().stream().anyMatch(i -> isPlainFile(i) && differs(i));
  }

  private boolean travels(Path path, Inventory local) {
    return filter.takes(path) && !isSideFileOnVolume(path, local);
  }

  /**
   * A side file of direct use goes with the next publication of its database, not before. What has
   * such a name beside a file of ours that is no database is a file, too.
   */
  private boolean isSideFileOnVolume(Path path, Inventory local) {
    return SideFile.parse(path)
        .filter(name -> name.kind() != SideFile.SUPER_JOURNAL)
        .map(SideFile.Name::base)
        .map(
            base ->
                isPublishedDatabase(base)
                    || (knowledge.get(base) instanceof Published.Unread
                        && !isPlainFile(local.items().get(base))))
        .orElse(false);
  }

  private static boolean isPlainFile(Inventory.@Nullable Item item) {
    return item != null && item.entry().kind() == Entry.Kind.FILE && !item.database();
  }

  /** Whether a file or database may differ from what is published. */
  boolean differs(Inventory.Item item) {
    return item.entry().kind() == Entry.Kind.FILE
        && !isUnchanged(item, knowledge.get(item.entry().path()));
  }

  static boolean isUnchanged(Inventory.Item item, @Nullable Published published) {
    return published instanceof Published.Known known && item.isUnchangedSince(known.index());
  }

  static boolean isSameLink(@Nullable Published published, Path target) {
    return published instanceof Published.Link link && link.target().equals(target);
  }
}
