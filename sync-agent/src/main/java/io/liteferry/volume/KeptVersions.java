package io.liteferry.volume;

import io.liteferry.durable.Durable;
import io.liteferry.durable.Errno;
import io.liteferry.durable.SourceException;
import io.liteferry.history.Change;
import io.liteferry.history.KeptObject;
import io.liteferry.history.PageFile;
import io.liteferry.history.Stored;
import io.liteferry.history.Version;
import io.liteferry.lease.VolumeException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.commons.io.file.PathUtils;

/**
 * G2: gives what a pass will replace or remove a second name, in the directory of its record, or in
 * that of a database. Where a file cannot have one more, it is copied; where that is denied, it is
 * lost, as one file must not hold up all others.
 */
final class KeptVersions {
  private static final Version.Lost GONE = new Version.Lost("it was not there any more");

  private final Volume volume;
  private final VolumeWriter writer;
  private final KeepSettings settings;
  private final Set<Path> toSync = new TreeSet<>();
  private final Set<Path> denied = new TreeSet<>();

  KeptVersions(Volume volume, VolumeWriter writer, KeepSettings settings) {
    this.volume = volume;
    this.writer = writer;
    this.settings = settings;
  }

  /** Makes a directory in staging, with a staged file in it. */
  static Path stageDirectory(VolumeWriter writer, Path staged, String name) throws IOException {
    var directory = writer.staging().freshDirectory();
    writer
        .staging()
        .run(
            () -> {
              Durable.rename(staged, directory.resolve(name));
              Durable.syncDirectory(directory);
            });
    return directory;
  }

  /** Removes a staged directory again, as far as that is possible: what is left is debris. */
  static void discard(Path directory, Exception because) {
    try {
      PathUtils.delete(directory);
    } catch (IOException e) {
      because.addSuppressed(e);
    }
  }

  /**
   * Keeps what was there before some changes.
   *
   * @param directory of the record, in staging
   * @param generation of the record
   * @param known of the history; learns what is kept of databases
   * @return the changes, in their order
   */
  List<Change> keep(List<Planned> planned, Path directory, long generation, Generations known)
      throws IOException {
    var changes = new ArrayList<Change>();
    int number = 0;
    for (var one : planned) {
      var was =
          switch (one.was()) {
            case Version.File file -> {
              var object = KeptObject.of(generation, number++, one.path());
              yield file(file, one.path(), object, directory);
            }
            case Version.Database database -> database(database, one, known);
            case Version.Lost lost -> {
              if (lost.equals(Planned.DENIED)) {
                denied.add(one.path());
              }
              keepForOthers(one, known);
              yield lost;
            }
            case Version other -> other;
          };
      changes.add(one.as(was));
    }
    changes.sort(Change.ORDER);
    return changes;
  }

  /**
   * Says of what nothing could be kept.
   *
   * @param tried what was to be kept
   * @throws VolumeException when that is not to happen
   */
  void sayDenied(List<Planned> tried, HistoryBoard board, boolean isAllToBeKept)
      throws VolumeException {
    if (isAllToBeKept && !denied.isEmpty()) {
      throw new VolumeException(
          "what %s is would be lost, as the agent may neither link nor read it: make the agent's user its owner (chown), or let that read it (chmod), then go back again"
              .formatted(volume.root().resolve(denied.iterator().next())));
    }
    board.sayDenied(
        volume.root(), tried.stream().map(Planned::path).collect(Collectors.toSet()), denied);
  }

  /** A second name of what is still the current file goes. */
  void part(Change undone, Optional<PageFile> plain, Generations known) throws IOException {
    if (undone.was() instanceof Version.File file && file.object().isPresent()) {
      remove(file.object().get(), known);
    } else if (undone.was() instanceof Version.Database && plain.isPresent()) {
      remove(plain.get(), known);
    }
  }

  /** What no point needs goes. */
  void remove(Stored file, Generations known) throws IOException {
    switch (file) {
      case KeptObject object -> {
        writer.removeIfAllowed(known.place(object));
        known.remove(object);
      }
      case PageFile page -> {
        writer.removeOwn(known.place(page));
        if (known.removeAndIsLast(page)) {
          writer.removeIfAllowed(volume.pages().resolve(page.database()));
        }
      }
    }
  }

  /** Makes durable where databases were kept. */
  void sync() throws IOException {
    for (var directory : toSync) {
      volume.syncDirectory(directory);
    }
    toSync.clear();
  }

  private Version file(Version.File file, Path path, KeptObject object, Path directory)
      throws IOException {
    if (file.size() == 0) {
      return file;
    }
    if (settings.excludes(path)) {
      return new Version.Lost("excluded by --keep-exclude");
    }
    if (file.size() > settings.fileBytes()) {
      return new Version.Lost("larger than --keep-file-bytes");
    }
    var lost = keep(path, directory.resolve(object.name()));
    return lost.isPresent()
        ? lost.get()
        : new Version.File(
            Optional.of(object), file.size(), file.mtime(), file.mode(), file.uid(), file.gid());
  }

  private Version database(Version.Database database, Planned planned, Generations known)
      throws IOException {
    var path = planned.path();
    if (settings.excludes(path)) {
      return new Version.Lost("excluded by --keep-exclude");
    }
    if (planned.plain().isEmpty()
        || known
            .chains()
            .isMadeOfLess(database.id(), database.state(), planned.plain().get().bytes())) {
      return database;
    }
    var lost = keepBase(path, planned.plain().get(), known);
    return lost.isPresent() ? lost.get() : database;
  }

  /**
   * Segments lead on from the plain file to states of older points, which are not lost with the
   * newest.
   */
  private void keepForOthers(Planned planned, Generations known) throws IOException {
    if (planned.plain().isPresent() && !settings.excludes(planned.path())) {
      var plain = planned.plain().get();
      if (!known.after(plain.database(), plain.state()).isEmpty()) {
        var unused = keepBase(planned.path(), plain, known);
      }
    }
  }

  /** As {@link #keep(Path, Path)}, also when it is kept already. */
  private Optional<Version.Lost> keepBase(Path path, PageFile base, Generations known)
      throws IOException {
    var home = volume.pages().resolve(base.database());
    var place = home.resolve(base.name());
    if (volume.call(() -> Durable.exists(place))) {
      return Optional.empty();
    }
    if (volume.call(() -> Durable.isDirectory(home))) {
      var staged = writer.staging().fresh();
      var lost = keep(path, staged);
      if (lost.isPresent()) {
        return lost;
      }
      writer.putOwn(staged, place);
    } else {
      var staged = writer.staging().freshDirectory();
      var lost = keep(path, staged.resolve(base.name()));
      if (lost.isPresent()) {
        writer.staging().run(() -> Files.deleteIfExists(staged));
        return lost;
      }
      writer.staging().run(() -> Durable.syncDirectory(staged));
      writer.putOwn(staged, home);
      toSync.add(volume.pages());
    }
    toSync.add(home);
    known.add(base);
    return Optional.empty();
  }

  /** Returns how it was lost; empty when it is kept. */
  private Optional<Version.Lost> keep(Path path, Path name) throws IOException {
    var file = volume.root().resolve(path);
    return volume.call(
        () -> {
          try {
            if (!SecondName.give(file, name) && !copy(path, name)) {
              denied.add(path);
              return Optional.of(Planned.DENIED);
            }
          } catch (NoSuchFileException e) {
            if (Durable.exists(file)) {
              throw e; // it is staging that is not there
            }
            return Optional.of(GONE);
          } catch (FileAlreadyExistsException e) {
            if (!Files.isSameFile(file, name)) { // else the reply to this request was lost
              throw e;
            }
          }
          writer.answered();
          return Optional.empty();
        });
  }

  /** Returns whether it may be read. */
  private boolean copy(Path path, Path name) throws IOException {
    var entry = volume.look(path).orElseThrow(() -> Errno.ENOENT.at(volume.root().resolve(path)));
    try {
      Durable.copy(
          volume.root().resolve(path),
          name,
          file -> Attributes.set(file, entry, entry.stamp().mtime()),
          bytes -> writer.answered());
      return true;
    } catch (SourceException e) {
      if (!Errno.of(e).isDenied()) {
        throw e;
      }
      Files.deleteIfExists(name);
      return false;
    }
  }
}
