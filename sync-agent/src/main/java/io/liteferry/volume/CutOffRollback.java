package io.liteferry.volume;

import io.liteferry.durable.DamagedFileException;
import io.liteferry.durable.Durable;
import io.liteferry.history.Point;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

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

  /**
   * That of the youngest record. Without a manifest nobody knows whether it came to its end; it
   * counts as carried out, as to go back twice could surprise more than to go back once less.
   */
  public static Optional<Manifest.Applied> uncertain(Volume volume) throws IOException {
    var files = new GenerationFiles(volume);
    for (long generation : files.generations().reversed()) {
      if (volume.call(() -> Durable.exists(files.record(generation)))) {
        var made = volume.call(() -> made(files, generation));
        return made.flatMap(CutOffRollback::applied);
      }
    }
    return Optional.empty();
  }

  /** The rollbacks that records tell of, from the oldest to the youngest: without a manifest. */
  public static List<Manifest.Applied> recorded(Volume volume) throws IOException {
    var files = new GenerationFiles(volume);
    var found = new TreeMap<Long, Point>();
    for (long generation : files.generations()) {
      for (var point : volume.call(() -> points(files, generation))) {
        found.put(point.generation(), point);
      }
    }
    return found.values().stream().map(CutOffRollback::applied).flatMap(Optional::stream).toList();
  }

  private static Optional<Manifest.Applied> applied(Point made) {
    return made.rollback().map(to -> new Manifest.Applied(made.generation(), to, made.time()));
  }

  /** Of which a record tells: the one before it, and its own. */
  private static List<Point> points(GenerationFiles files, long generation) throws IOException {
    try (var record = files.open(generation)) {
      return List.of(record.header().before(), record.header().made());
    } catch (NoSuchFileException | DamagedFileException e) {
      return List.of();
    }
  }

  private static Optional<Point> made(GenerationFiles files, long generation) throws IOException {
    return points(files, generation).stream().reduce((before, made) -> made);
  }
}
