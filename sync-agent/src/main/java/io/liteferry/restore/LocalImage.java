package io.liteferry.restore;

import io.liteferry.durable.Durable;
import io.liteferry.scan.Entry;
import io.liteferry.scan.Stamp;
import io.liteferry.sqlite.SideFile;
import io.liteferry.sqlite.Snapshot;
import io.liteferry.state.StateDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A snapshot of a database of local that leaves local as it is: taken from a copy with its side
 * files. Where an application writes all the time it is taken of the database itself, by the way
 * that passes take it.
 *
 * @param copy of the database's file alone
 * @param snapshot empty when SQLite could not take one
 */
record LocalImage(Path copy, Path image, Optional<Path> snapshot) implements AutoCloseable {
  private static final int ATTEMPTS = 3;
  private static final Duration BUSY_TIMEOUT = Duration.ofSeconds(5);

  /** Takes it; the files in state go with {@link #close}. */
  static LocalImage take(Path local, Path path, StateDirectory state) throws IOException {
    var nothing = new LocalImage(state.scratch(), state.scratch(), Optional.empty());
    boolean done = false;
    try {
      var source =
          nothing.copyWithSideFiles(local, path, state) ? nothing.copy : local.resolve(path);
      boolean taken =
          Snapshot.take(source, nothing.image, BUSY_TIMEOUT) instanceof Snapshot.Outcome.Taken;
      done = true;
      return taken
          ? new LocalImage(nothing.copy, nothing.image, Optional.of(nothing.image))
          : nothing;
    } finally {
      if (!done) {
        nothing.close();
      }
    }
  }

  /** Whether nothing changed meanwhile. */
  private boolean copyWithSideFiles(Path local, Path path, StateDirectory state)
      throws IOException {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      deleteAll(copy);
      var before = stamps(local, path);
      for (var file : SideFile.withContentOf(path)) {
        if (Durable.isFile(local.resolve(file))) {
          var unused = state.copyIn(local.resolve(file), sideOfCopy(file));
        }
      }
      var unused = state.copyIn(local.resolve(path), copy);
      if (stamps(local, path).equals(before)) {
        return true;
      }
    }
    return false;
  }

  private Path sideOfCopy(Path file) {
    return SideFile.parse(file).orElseThrow().kind().of(copy);
  }

  private static List<Optional<Stamp>> stamps(Path local, Path path) throws IOException {
    var stamps = new ArrayList<Optional<Stamp>>();
    stamps.add(Entry.look(local, path).map(Entry::stamp));
    for (var side : SideFile.withContentOf(path)) {
      stamps.add(Entry.look(local, side).map(Entry::stamp));
    }
    return stamps;
  }

  @Override
  public void close() throws IOException {
    deleteAll(image);
    deleteAll(copy);
  }

  private static void deleteAll(Path file) throws IOException {
    for (var side : SideFile.allOf(file)) {
      Files.deleteIfExists(side);
    }
    Files.deleteIfExists(file);
  }
}
