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
  private final Path local;
  private final StateDirectory state;

  SetAside(Path local, StateDirectory state) {
    this.local = local;
    this.state = state;
  }

  /**
   * Copies them with their side files; durable when this returns.
   *
   * @return the directory of state in which they are, by their names; it is the user's
   */
  Path keep(Set<Path> databases) throws IOException {
    requireRoom(databases);
    var aside = state.newSetAside();
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
    Durable.syncDirectory(aside);
    return aside;
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

  private void requireRoom(Set<Path> databases) throws IOException {
    long bytes = 0;
    for (var database : databases) {
      for (var file : withSideFiles(database)) {
        bytes += Durable.isFile(local.resolve(file)) ? Files.size(local.resolve(file)) : 0;
      }
    }
    long free = Files.getFileStore(state.path()).getUsableSpace();
    if (free < bytes) {
      throw new IOException(
          "%s has %d bytes free, and %d are needed to keep what a crash of the node damaged in %s:"
                  .formatted(state.path(), free, bytes, local)
              + " make room");
    }
  }
}
