package io.liteferry.publish;

import io.liteferry.durable.DamagedFileException;
import io.liteferry.durable.Errno;
import io.liteferry.lease.VolumeException;
import io.liteferry.publish.Verification.Finding;
import io.liteferry.publish.Verification.Verdict;
import io.liteferry.sqlite.DatabaseCheck;
import io.liteferry.volume.OpenSegments;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Checks what segments lead to: it is put together outside of the volume, for SQLite.
 *
 * @param scratch where; the first directory that has room is taken
 */
record TipCheck(Volume volume, DatabaseCheck check, List<Path> scratch) {
  /**
   * Checks.
   *
   * @param path of the plain file, which is sound
   * @param tip the segments that lead on from it, one at least
   * @throws DamagedFileException when one of them is not whole, or the plain file is none by now
   */
  Finding of(Path path, List<Path> tip) throws IOException {
    var behind = "behind: what was published last is in " + Amount.of(tip.size(), "segment");
    try (var segments = OpenSegments.of(volume, path, tip)) {
      if (check.level() == DatabaseCheck.Level.NONE || segments.last().heading().checked()) {
        return segments.leadOnFrom(path) ? new Finding(Verdict.OK, behind) : another();
      }
      var room = room(segments.last().shape().bytes());
      if (room.isPresent()) {
        return folded(segments, path, behind, room.get());
      }
      return segments.leadOnFrom(path)
          ? partly(behind, "no disk for temporary files has room for a copy of the database")
          : another();
    }
  }

  private static Finding another() {
    return new Finding(Verdict.CORRUPT, "with its segments it is not what was published");
  }

  private static Finding partly(String behind, String why) {
    return new Finding(
        Verdict.PARTLY_CHECKED,
        "%s; SQLite has checked its file, not these, as %s: liteferry rehearse --in DIRECTORY does"
                .formatted(behind, why)
            + " that");
  }

  private Optional<Path> room(long bytes) throws IOException {
    for (var directory : scratch) {
      if (Files.isWritable(directory)
          && Files.getFileStore(directory).getUsableSpace() / 2 > bytes) {
        return Optional.of(directory);
      }
    }
    return Optional.empty();
  }

  private Finding folded(OpenSegments segments, Path path, String behind, Path room)
      throws IOException {
    var directory = Files.createTempDirectory(room, "liteferry-verify-"); // for its user alone
    var copy = directory.resolve("copy.db");
    try {
      return segments.writeTo(copy, path) ? finding(check.check(copy), behind) : another();
    } catch (VolumeException | DamagedFileException e) {
      throw e;
    } catch (IOException e) {
      return partly(behind, "%s fails: %s".formatted(room, Errno.describe(e)));
    } finally {
      Files.deleteIfExists(copy);
      Files.delete(directory);
    }
  }

  private static Finding finding(DatabaseCheck.Outcome checked, String behind) {
    return switch (checked) {
      case DatabaseCheck.Outcome.Corrupt corrupt ->
          new Finding(
              Verdict.CORRUPT,
              "%s, and does not pass its check (%s); its file does"
                  .formatted(behind, String.join("; ", corrupt.findings())));
      case DatabaseCheck.Outcome.Unfinished unfinished ->
          new Finding(Verdict.UNCHECKED, unfinished.why());
      case DatabaseCheck.Outcome.NotChecked not -> new Finding(Verdict.UNCHECKED, not.why());
      case DatabaseCheck.Outcome.PartlyChecked partly ->
          new Finding(Verdict.PARTLY_CHECKED, behind + "; " + partly.why());
      case DatabaseCheck.Outcome.Sound _ -> new Finding(Verdict.OK, behind);
    };
  }
}
