package io.liteferry.publish;

import io.liteferry.scan.Entry;
import io.liteferry.scan.NameEvents;
import io.liteferry.scan.PathFilter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Finds snapshots that may name a file which no scan saw, or which is gone.
 *
 * <p>Such a file came after the first scan, or was new in it, and went before the second. Whoever
 * deletes it deletes what names it, so only a database that changed since its snapshot can have
 * done so; and it has the file's name in it. Where nobody listens, any name may have come and gone.
 *
 * @param ready the snapshots
 */
record MissedNames(Knowledge knowledge, PathFilter filter, Map<Path, Ready> ready) {
  /**
   * Takes out the snapshots that may name a file which is on the volume neither now nor after P4.
   *
   * @param heard what was heard between the two looks
   * @return whether there was any
   */
  boolean dropThoseThatName(NameEvents.Heard heard, Publisher.Look first, Publisher.Look second)
      throws IOException {
    var inventory = second.inventory();
    var missed = new HashSet<Path>();
    for (var names : List.of(heard.came(), first.inventory().items().keySet())) {
      names.stream().filter(path -> isMissed(path, inventory)).forEach(missed::add);
    }
    boolean any =
        (heard.deaf() || !heard.unheard().isEmpty()) && isAnyDirectoryTouched(first, second);
    if (missed.isEmpty() && !any) {
      return false;
    }
    var search = new NameSearch(missed);
    boolean dropped = false;
    for (var path : Set.copyOf(ready.keySet())) {
      var image = Objects.requireNonNull(ready.get(path)).image();
      if (hasChanged(path, inventory) && (any || search.mayBeIn(image))) {
        Objects.requireNonNull(ready.remove(path)).delete();
        dropped = true;
      }
    }
    return dropped;
  }

  /** Whether a snapshot may have one of these names in it. */
  boolean mayNameAny(Set<Path> missing) throws IOException {
    var search = new NameSearch(missing);
    return isInAny(search::mayBeIn);
  }

  /** Whether the bytes of this name are in a snapshot; false for one that is short, as a ref's. */
  boolean isNamed(Path path) {
    var search = new NameSearch(Set.of(path));
    try {
      return isInAny(search::isIn);
    } catch (IOException e) {
      return false; // P5 reads the image, too, and says what is wrong with state
    }
  }

  @FunctionalInterface
  private interface Look {
    boolean at(Path image) throws IOException;
  }

  private boolean isInAny(Look look) throws IOException {
    for (var database : ready.values()) {
      if (look.at(database.image())) {
        return true;
      }
    }
    return false;
  }

  private boolean isMissed(Path path, Inventory inventory) {
    return !inventory.mayHave(path) && knowledge.get(path) == null && filter.takes(path);
  }

  /** Whether a name may have come or gone anywhere, by what directories say of themselves. */
  private static boolean isAnyDirectoryTouched(Publisher.Look first, Publisher.Look second) {
    return !first.top().map(Entry::stamp).equals(second.top().map(Entry::stamp))
        || first.inventory().items().values().stream()
            .map(Inventory.Item::entry)
            .filter(entry -> entry.kind() == Entry.Kind.DIRECTORY)
            .anyMatch(
                entry -> {
                  var now = second.inventory().items().get(entry.path());
                  return now == null || !now.entry().stamp().equals(entry.stamp());
                });
  }

  /** Whether a database is not what it was when its snapshot was taken. */
  private boolean hasChanged(Path database, Inventory inventory) {
    var taken = Objects.requireNonNull(ready.get(database));
    var now = inventory.items().get(database);
    return now == null
        || !now.entry().stamp().equals(taken.source().stamp())
        || !now.wal().equals(taken.wal());
  }
}
