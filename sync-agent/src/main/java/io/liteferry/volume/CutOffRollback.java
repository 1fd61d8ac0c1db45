package io.liteferry.volume;

import io.liteferry.durable.DamagedFileException;
import io.liteferry.history.Point;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;

/** A rollback that was cut off when its record was there: it is to be finished. */
public final class CutOffRollback {
  private CutOffRollback() {}

  /** Whether there is any generation with a directory. */
  public static boolean hasHistory(Volume volume) throws IOException {
    return !new GenerationFiles(volume).generations().isEmpty();
  }

  /** Looks for one; reads no record of a generation that was completed. */
  public static Optional<Point.Rollback> of(Volume volume) throws IOException {
    var manifest = volume.manifestIfReadable();
    if (manifest.isEmpty()) {
      return Optional.empty();
    }
    var files = new GenerationFiles(volume);
    long complete = manifest.get().generation() - (manifest.get().complete() ? 0 : 1);
    for (long generation : files.generations().reversed()) {
      if (generation <= complete) {
        break;
      }
      var made = volume.call(() -> made(files, generation));
      if (made.isPresent()) {
        return made.get().rollback();
      }
    }
    return Optional.empty();
  }

  private static Optional<Point> made(GenerationFiles files, long generation) throws IOException {
    try (var record = files.open(generation)) {
      return Optional.of(record.header().made());
    } catch (NoSuchFileException | DamagedFileException e) {
      return Optional.empty();
    }
  }
}
