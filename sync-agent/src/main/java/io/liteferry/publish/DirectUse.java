package io.liteferry.publish;

import io.liteferry.durable.Errno;
import io.liteferry.sqlite.DatabaseCheck;
import io.liteferry.sqlite.DatabaseHeader;
import io.liteferry.sqlite.Encrypted;
import io.liteferry.sqlite.SideFile;
import io.liteferry.sqlite.SideFileRecovery;
import io.liteferry.state.StateDirectory;
import io.liteferry.volume.Attributes;
import io.liteferry.volume.Volume;
import io.liteferry.volume.VolumeWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Databases on a volume on which the application ran directly, and left side files. A new database
 * beside an old WAL is a corrupt database, and so is the old database without its hot journal. So,
 * before the first publication of such a database:
 *
 * <ol>
 *   <li>F1: copy the volume's database and its side files to state, let SQLite fold them together
 *       there, and check the result
 *   <li>F2: publish the result over the volume's database. It is right with the old side files
 *       beside it: playing the same WAL or journal over it once more changes nothing, which is what
 *       SQLite itself relies on when it is interrupted in a recovery
 *   <li>F3: delete the side files
 * </ol>
 *
 * <p>So the volume's database has the same content throughout, and a crash needs no recovery.
 */
public final class DirectUse {
  private static final Logger log = LoggerFactory.getLogger(DirectUse.class);

  private DirectUse() {}

  /** The side files of a database that are on the volume; relative paths. */
  static List<Path> sideFiles(Volume volume, Path database) throws IOException {
    var found = new ArrayList<Path>();
    for (var side : SideFile.allOf(database)) {
      if (volume.look(side).isPresent()) {
        found.add(side);
      }
    }
    return found;
  }

  /**
   * Those of its side files on the volume without which the database may be incomplete: somebody
   * has written there. Whoever only reads a database in WAL mode leaves an empty WAL.
   */
  public static List<Path> sideFilesWithContent(Volume volume, Path database) throws IOException {
    var found = new ArrayList<Path>();
    for (var side : SideFile.withContentOf(database)) {
      if (volume.look(side).map(entry -> entry.stamp().size() > 0).orElse(false)) {
        found.add(side);
      }
    }
    return found;
  }

  /**
   * A copy of a volume's database with its side files folded in, for the caller to delete.
   *
   * @throws SideFileRecovery.RecoveryException when SQLite cannot do it
   */
  public static Path foldedCopy(Volume volume, StateDirectory state, Path database)
      throws IOException {
    var copy = state.scratch();
    boolean done = false;
    try {
      copyIn(state, volume, database, copy);
      boolean recover = false;
      for (var side : List.of(SideFile.WAL, SideFile.JOURNAL)) {
        if (volume.hasFile(side.of(database))) {
          copyIn(state, volume, side.of(database), side.of(copy));
          recover = true;
        }
      }
      if (recover) {
        state.inRoom(() -> SideFileRecovery.recover(copy));
      }
      done = true;
      return copy;
    } finally {
      for (var side : SideFile.allOf(copy)) {
        Files.deleteIfExists(side);
      }
      if (!done) {
        Files.deleteIfExists(copy);
      }
    }
  }

  private static void copyIn(StateDirectory state, Volume volume, Path path, Path scratch)
      throws IOException {
    var unused = state.inRoom(() -> volume.copyOut(path, scratch, file -> {}, bytes -> {}, false));
  }

  /**
   * Folds the side files of a database on the volume into it and deletes them.
   *
   * @param sides those that are there; all of them go
   * @return why that cannot be done, to be mended by a person; empty when it is done
   * @throws IOException when the volume or the node fails; to be called again
   */
  static String end(
      Volume volume,
      StateDirectory state,
      VolumeWriter writer,
      Path database,
      List<Path> sides,
      DatabaseCheck check)
      throws IOException {
    if (!volume.call(() -> isDatabase(volume.root().resolve(database)))) {
      log.warn(
          "{} is not a database on the volume: the agent deletes the files there that have the"
              + " names of its side files",
          database);
    } else if (!sideFilesWithContent(volume, database).isEmpty()) {
      log.warn(
          "{} has side files of a direct use on the volume; the agent folds them in first",
          database);
      var why = fold(volume, state, writer, database, check);
      if (!why.isEmpty()) {
        return "it has side files on the volume that the agent cannot fold in (%s): move them away"
            .formatted(why);
      }
      writer.syncDirectoryOf(database); // F2
    }
    for (var side : sides) { // F3
      writer.remove(side);
    }
    writer.syncDirectoryOf(database); // F3
    return "";
  }

  /**
   * One that is damaged counts, and one whose first transaction is still in its journal; not one
   * that is encrypted, which SQLite cannot fold.
   */
  private static boolean isDatabase(Path file) throws IOException {
    try {
      return Files.size(file) == 0
          || (DatabaseHeader.isClaimed(file) && !Encrypted.isOne(file))
          || DatabaseHeader.isUnwritten(file);
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private static String fold(
      Volume volume, StateDirectory state, VolumeWriter writer, Path database, DatabaseCheck check)
      throws IOException {
    Path folded;
    try {
      folded = foldedCopy(volume, state, database); // F1
    } catch (SideFileRecovery.RecoveryException e) {
      return String.valueOf(e.getMessage());
    }
    try {
      var outcome = check.check(folded);
      if (outcome instanceof DatabaseCheck.Outcome.Corrupt corrupt) {
        return "corrupt: " + String.join("; ", corrupt.findings());
      }
      if (outcome instanceof DatabaseCheck.Outcome.Unfinished unfinished) {
        return unfinished.why();
      }
      if (outcome instanceof DatabaseCheck.Outcome.NotChecked not) {
        return not.why();
      }
      var before =
          volume.call(
              () ->
                  volume
                      .look(database)
                      .orElseThrow(() -> Errno.ENOENT.at(volume.root().resolve(database))));
      var copy =
          writer
              .staging()
              .copy(
                  folded,
                  file -> Attributes.set(file, before, before.stamp().mtime()),
                  bytes -> {}); // F2
      writer.put(copy.path(), database);
      return "";
    } finally {
      Files.deleteIfExists(folded);
    }
  }
}
