package io.liteferry.volume;

import io.liteferry.history.CheckLevel;
import io.liteferry.history.Point;
import io.liteferry.lease.VolumeException;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A pass that changes the volume and has no record: what it leaves when it is cut off is no point.
 * So that this shows, the manifest is incomplete before the first change.
 */
record PassWithoutRecord(Volume volume, String volumeId, VolumeWriter writer) {
  private static final Logger log = LoggerFactory.getLogger(PassWithoutRecord.class);

  /** The manifest by which it shows; read before records are discarded. */
  Manifest manifest(Point made) throws IOException {
    var before = writer.manifest();
    return new Manifest(
        volumeId,
        made.generation(),
        made.publication(),
        false,
        made.time(),
        writer.databases(),
        made.epoch(),
        List.of(),
        before.isPresent() ? before.get().rollbacks() : CutOffRollback.recorded(volume));
  }

  /**
   * Discards all records. Those of passes that were cut off tell what is there from the point
   * before: without them it is none, as the manifest is to say until it is shown that there is no
   * record.
   *
   * @param made what is to be told of the pass, with the number of a generation
   */
  void discard(List<Long> cutOff, LongFunction<Point> made) throws IOException {
    if (!cutOff.isEmpty()) {
      try {
        writer.write(manifest(made.apply(cutOff.getLast())));
      } catch (VolumeException e) {
        if (!VolumeException.isOutOfRoom(e)) {
          throw e;
        }
        log.debug("no room for a manifest", e);
      }
    }
    new HistoryDirectories(volume, volumeId, writer).discard();
  }

  /**
   * The same, of a pass that was cut off with a record that is damaged, by somebody who passes not:
   * the publication stays what it is, as agents know it.
   */
  void giveUp(long generation) throws IOException {
    var shown = writer.manifest().orElseThrow().point();
    discard(
        List.of(generation),
        number ->
            new Point(
                number,
                shown.epoch(),
                shown.time(),
                Optional.empty(),
                shown.publication(),
                CheckLevel.NONE,
                Optional.empty(),
                List.of()));
  }

  /** Shows it. Where there is no room for that, a record does that says nothing. */
  void show(Manifest incomplete) throws IOException {
    try {
      writer.write(incomplete);
    } catch (VolumeException e) {
      if (!VolumeException.isOutOfRoom(e)) {
        throw e;
      }
      log.debug("no room for a manifest", e);
      putEmptyRecord(incomplete.generation());
    }
  }

  /** The next pass has a record, and leads back to a point: what says that there is none may go. */
  void forget(Generations known) throws IOException {
    for (long generation : known.saidToHaveNone()) {
      if (new GenerationFiles(volume).pin(generation).isPresent()) {
        writer.removeOwn(known.record(generation));
        known.removeRecord(generation);
        continue; // its pass is a point by now, and a user wants that to stay
      }
      writer.removeOwn(known.directory(generation));
      known.removeRecord(generation);
      known.removeDirectory(generation);
    }
  }

  private void putEmptyRecord(long generation) throws IOException {
    try {
      new HistoryDirectories(volume, volumeId, writer).make();
      var directory = writer.staging().freshDirectory();
      writer.staging().run(() -> Files.createFile(directory.resolve(GenerationFiles.RECORD)));
      writer.putOwn(directory, new GenerationFiles(volume).directory(generation));
      volume.syncDirectory(volume.generations());
    } catch (VolumeException e) {
      if (!VolumeException.isOutOfRoom(e)) {
        throw e;
      }
      log.debug("no room for an empty record: deletions go on all the same", e);
    }
  }
}
