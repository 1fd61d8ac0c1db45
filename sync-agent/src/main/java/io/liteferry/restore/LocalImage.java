package io.liteferry.restore;

import io.liteferry.durable.Digest;
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
 * @param image the snapshot, if the outcome says that it was taken
 * @param outcome what came of it; never that state had no room
 * @param atRest whether nothing wrote to the database while it was copied: else the copy may be
 *     torn
 */
record LocalImage(Path copy, Path image, Snapshot.Outcome outcome, boolean atRest)
    implements AutoCloseable {
  private static final int ATTEMPTS = 3;
  private static final Duration BUSY_TIMEOUT = Duration.ofSeconds(5);

  /** How an image is taken of the database with this name. */
  @FunctionalInterface
  interface Source {
    LocalImage take(Path path) throws IOException;
  }

  /**
   * Takes it; the files in state go with {@link #close}.
   *
   * @throws io.liteferry.state.StateException when state has no room: that says nothing of local
   */
  static LocalImage take(Path local, Path path, StateDirectory state) throws IOException {
    var nothing =
        new LocalImage(state.scratch(), state.scratch(), new Snapshot.Outcome.Gone(), false);
    boolean done = false;
    try {
      boolean atRest = nothing.copyWithSideFiles(local, path, state);
      var source = atRest ? nothing.copy : local.resolve(path);
      var outcome = requireRoom(Snapshot.take(source, nothing.image, BUSY_TIMEOUT), state);
      done = true;
      return new LocalImage(nothing.copy, nothing.image, outcome, atRest);
    } finally {
      if (!done) {
        nothing.close();
      }
    }
  }

  static Snapshot.Outcome requireRoom(Snapshot.Outcome outcome, StateDirectory state)
      throws IOException {
    return outcome instanceof Snapshot.Outcome.NotWritten full
        ? state.inRoom(
            () -> {
              throw new IOException(full.message());
            })
        : outcome;
  }

  boolean isTaken() {
    return outcome instanceof Snapshot.Outcome.Taken;
  }

  /**
   * The digest of what is committed, as a snapshot of it has it; of a database that SQLite cannot
   * read, that of the file, if that is all there is of it.
   */
  Optional<Digest> digest() throws IOException {
    if (isTaken()) {
      return Optional.of(Digest.of(image));
    }
    for (var side : SideFile.withContentOf(copy)) {
      if (Durable.exists(side)) {
        return Optional.empty();
      }
    }
    return atRest ? Optional.of(Digest.of(copy)) : Optional.empty();
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
