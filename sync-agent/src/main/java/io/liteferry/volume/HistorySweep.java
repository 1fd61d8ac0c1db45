package io.liteferry.volume;

import io.liteferry.durable.Durable;
import io.liteferry.history.KeptObject;
import io.liteferry.history.PageFile;
import io.liteferry.history.Stored;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Removes what no point needs: T4 of docs/crash-safety-history.md. Readers without a lease look at
 * the records again when a file is gone; the hour is for people who copy what a record names.
 */
final class HistorySweep {
  private static final Duration GRACE = Duration.ofHours(1);

  /** For readers that see the records as they were: a client of NFS may for a minute. */
  private static final Duration SHORT_GRACE = Duration.ofMinutes(1);

  private static final int CALLS_TO_REMOVE = 4;

  private final Volume volume;
  private final VolumeWriter writer;
  private final KeepSettings settings;
  private final KnownHistory records;
  private final PinFiles pins;

  /** In the order in which it was found. */
  private final Map<Stored, Waiting> waiting = new LinkedHashMap<>();

  private record Waiting(long since, long bytes) {}

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
    return !waiting.isEmpty();
  }

  /** The bytes of what is to go. */
  long waitingBytes() {
    return waiting.values().stream().mapToLong(Waiting::bytes).sum();
  }

  /** Removes all at once. */
  void all(Generations known) throws IOException {
    waiting.clear();
    for (var file : garbage(known)) {
      remove(file, known);
    }
    for (long generation : emptyDirectories(known)) {
      remove(generation, known);
    }
  }

  /**
   * Removes what waited for an hour, and before that the oldest of what does not fit. However long
   * it takes to find that out, something goes each time.
   *
   * @param room how many bytes may wait for so long
   * @return whether all went that may
   */
  boolean slice(Generations known, long nanos, long room, Slice slice) throws IOException {
    if (!find(known, nanos, slice)) {
      return false;
    }
    long bytes = waitingBytes();
    for (var file : List.copyOf(waiting.keySet())) {
      var found = Objects.requireNonNull(waiting.get(file));
      if (nanos - found.since() < (bytes > room ? SHORT_GRACE : GRACE).toNanos()) {
        break;
      }
      remove(file, known);
      bytes -= found.bytes();
      slice.took(CALLS_TO_REMOVE);
      if (slice.isOver()) {
        return false;
      }
    }
    for (long generation : emptyDirectories(known)) {
      remove(generation, known);
      slice.took(CALLS_TO_REMOVE);
      if (slice.isOver()) {
        return false;
      }
    }
    return true;
  }

  private Set<Stored> garbage(Generations known) throws IOException {
    var there = new ArrayList<Stored>(known.listPages());
    there.addAll(known.objects());
    return records.garbage(there, known, writer);
  }

  /** Returns whether all was found. */
  private boolean find(Generations known, long nanos, Slice slice) throws IOException {
    var garbage = garbage(known);
    waiting.keySet().retainAll(garbage);
    for (var file : garbage) {
      if (!waiting.containsKey(file)) {
        waiting.put(file, new Waiting(nanos, bytes(file, known)));
        slice.took(1);
        if (slice.isOver()) {
          return false;
        }
      }
    }
    return true;
  }

  private long bytes(Stored file, Generations known) throws IOException {
    return switch (file) {
      case PageFile page -> page.bytes();
      case KeptObject object -> {
        var place = known.place(object);
        yield volume.call(() -> Durable.look(place).map(found -> found.size()).orElse(0L));
      }
    };
  }

  private void remove(Stored file, Generations known) throws IOException {
    new KeptVersions(volume, writer, settings).remove(file, known); // T4
    waiting.remove(file);
  }

  /** The oldest point may have a pin alone, whose record went with the one before. */
  private List<Long> emptyDirectories(Generations known) throws IOException {
    var timeline = known.timeline(writer.manifest());
    var empty = new ArrayList<Long>();
    for (long generation : known.empty()) {
      if (timeline.point(generation).isEmpty()
          || !pins.look(known.directory(generation), generation)) {
        empty.add(generation);
      }
    }
    return empty;
  }

  private void remove(long generation, Generations known) throws IOException {
    writer.removeIfAllowed(known.directory(generation)); // T4
    known.removeDirectory(generation);
  }
}
