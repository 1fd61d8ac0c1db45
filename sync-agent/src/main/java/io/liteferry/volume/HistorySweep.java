package io.liteferry.volume;

import io.liteferry.history.Stored;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;

/** Removes what no point needs: T4 of docs/crash-safety-history.md. */
final class HistorySweep {
  private final Volume volume;
  private final VolumeWriter writer;
  private final KeepSettings settings;
  private final KnownHistory records;
  private final PinFiles pins;
  private final Map<Stored, Long> garbageSince = new HashMap<>();

  HistorySweep(
      Volume volume,
      VolumeWriter writer,
      KeepSettings settings,
      KnownHistory records,
      PinFiles pins) {
    this.volume = volume;
    this.writer = writer;
    this.settings = settings;
    this.records = records;
    this.pins = pins;
  }

  /** Whether something is to go that may not yet. */
  boolean isAnyWaiting() {
    return !garbageSince.isEmpty();
  }

  /** Returns whether all went that may. */
  boolean slice(Generations known, long nanos, Duration grace, Slice slice) throws IOException {
    var there = new ArrayList<Stored>(known.listPages());
    there.addAll(known.objects());
    var garbage = records.garbage(there, known, writer);
    garbageSince.keySet().retainAll(garbage);
    for (var file : garbage) {
      long since = garbageSince.computeIfAbsent(file, f -> nanos);
      if (nanos - since < grace.toNanos()) {
        continue;
      }
      if (slice.isOver()) {
        return false;
      }
      new KeptVersions(volume, writer, settings).remove(file, known); // T4
      garbageSince.remove(file);
      slice.took(4);
    }
    return directories(known, slice);
  }

  private boolean directories(Generations known, Slice slice) throws IOException {
    var timeline = known.timeline(writer.manifest());
    for (long generation : known.empty()) {
      if (timeline.point(generation).isPresent()
          && pins.look(known.directory(generation), generation)) {
        continue; // the oldest point, whose record went with the one before
      }
      if (slice.isOver()) {
        return false;
      }
      writer.removeIfAllowed(known.directory(generation)); // T4
      known.removeDirectory(generation);
      slice.took(4);
    }
    return true;
  }
}
