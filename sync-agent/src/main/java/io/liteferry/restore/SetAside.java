package io.liteferry.restore;

import io.liteferry.durable.Durable;
import io.liteferry.sqlite.SideFile;
import io.liteferry.state.StateDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * Keeps copies of databases of local, damaged or old as they are, before a restore removes them.
 */
final class SetAside {
  /** How many are left, the newest: in a loop of restarts there is one for each. */
  private static final int MOST = 3;

  private final Path local;
  private final StateDirectory state;

  SetAside(Path local, StateDirectory state) {
    this.local = local;
    this.state = state;
  }

  /** Keeps them where nothing else needs room. */
  Path keep(Set<Path> databases) throws IOException {
    return keep(databases, 0);
  }

  /**
   * Copies them with their side files; durable when this returns. What is kept already as it is is
   * not copied again, and of what was kept before the newest stay.
   *
   * @param bytesInLocal how much room must be left where local is
   * @return the directory of state in which they are, by their names; it is the user's
   * @throws IOException when there is no room for them
   */
  Path keep(Set<Path> databases, long bytesInLocal) throws IOException {
    for (var kept : state.setAside()) {
      if (isSame(databases, kept)) {
        state.syncSetAside(); // a kill may have come before that
        return kept;
      }
    }
    requireRoom(databases, bytesInLocal);
    var aside = state.scratch(); // what a kill leaves of it goes with the next start
    var made = state.inRoom(() -> Files.createDirectory(aside));
    for (var database : databases) {
      makeDirectoriesAbove(database, aside);
      for (var file : withSideFiles(database)) {
        if (Durable.isFile(local.resolve(file))) {
          var unused = state.copyIn(local.resolve(file), aside.resolve(file));
        }
      }
      for (var above = database.getParent(); above != null; above = above.getParent()) {
        Durable.syncDirectory(aside.resolve(above));
      }
    }
    Durable.syncDirectory(made);
    return state.keepSetAside(aside, MOST);
  }

  private boolean isSame(Set<Path> databases, Path kept) throws IOException {
    for (var database : databases) {
      for (var file : withSideFiles(database)) {
        boolean isHere = Durable.isFile(local.resolve(file));
        if (isHere != Durable.isFile(kept.resolve(file))
            || (isHere && Files.mismatch(local.resolve(file), kept.resolve(file)) >= 0)) {
          return false;
        }
      }
    }
    return true;
  }

  private static void makeDirectoriesAbove(Path database, Path aside) throws IOException {
    var above = database.getParent();
    if (above != null) {
      Files.createDirectories(aside.resolve(above));
    }
  }

  private static List<Path> withSideFiles(Path database) {
    return List.of(database, SideFile.WAL.of(database), SideFile.JOURNAL.of(database));
  }

  private void requireRoom(Set<Path> databases, long bytesInLocal) throws IOException {
    var store = Files.getFileStore(state.path());
    long bytes = store.equals(Files.getFileStore(local)) ? bytesInLocal : 0;
    for (var database : databases) {
      for (var file : withSideFiles(database)) {
        bytes += Durable.isFile(local.resolve(file)) ? Files.size(local.resolve(file)) : 0;
      }
    }
    long free = store.getUsableSpace();
    if (free < bytes) {
      throw new IOException(
          "%s has %d bytes free, and %d are needed to keep what a crash of the node damaged in %s:"
                  .formatted(state.path(), free, bytes, local)
              + " make room");
    }
  }
}
