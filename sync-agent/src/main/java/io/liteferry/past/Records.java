package io.liteferry.past;

import io.liteferry.durable.DamagedFileException;
import io.liteferry.durable.Errno;
import io.liteferry.durable.UnknownFormatException;
import io.liteferry.history.ChangeSource;
import io.liteferry.history.RecordFiles;
import io.liteferry.history.RecordHeader;
import io.liteferry.lease.VolumeException;
import io.liteferry.scan.Stamp;
import io.liteferry.volume.GenerationFiles;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The records on a volume at one moment, each of them read to its end, since only there it is known
 * to be whole.
 */
final class Records implements RecordFiles {
  /** One record: its header, or why there is none to go by. */
  private record Found(Stamp stamp, Optional<RecordHeader> header, String damage) {}

  private final Volume volume;
  private final GenerationFiles files;
  private final NavigableMap<Long, Found> records;

  private Records(Volume volume, NavigableMap<Long, Found> records) {
    this.volume = volume;
    this.files = new GenerationFiles(volume);
    this.records = records;
  }

  /** Lists a volume's records; none where there is no history. */
  static Records list(Volume volume) throws IOException {
    return new Records(volume, new TreeMap<>()).again();
  }

  /** The same some time later; reads only what is new. */
  Records again() throws IOException {
    var found = new TreeMap<Long, Found>();
    for (long generation : files.generations()) {
      var entry = volume.look(volume.root().relativize(files.record(generation)));
      if (entry.isPresent()) {
        var stamp = entry.get().stamp();
        var known = Optional.ofNullable(records.get(generation));
        (known.filter(k -> k.stamp().equals(stamp)).isPresent() ? known : read(generation, stamp))
            .ifPresent(record -> found.put(generation, record));
      }
    }
    return new Records(volume, found);
  }

  /** Reads it whole; empty when it went away meanwhile. */
  private Optional<Found> read(long generation, Stamp stamp) throws IOException {
    try {
      return volume.call(
          () -> {
            try (var reader = files.open(generation)) {
              for (var next = reader.next(); next.isPresent(); next = reader.next()) {}
              return Optional.of(new Found(stamp, Optional.of(reader.header()), ""));
            }
          });
    } catch (DamagedFileException | UnknownFormatException e) {
      return Optional.of(new Found(stamp, Optional.empty(), String.valueOf(e.getMessage())));
    } catch (IOException e) {
      if (Errno.of(e).isNothingThere()) {
        return Optional.empty();
      }
      throw e;
    }
  }

  @Override
  public ChangeSource open(long generation) throws IOException {
    try {
      var reader = files.open(generation);
      if (header(generation).equals(Optional.of(reader.header()))) {
        return reader;
      }
      reader.close();
    } catch (IOException e) {
      if (!Errno.of(e).isNothingThere()) {
        throw e;
      }
    }
    throw new VolumeException(
        "volume %s: its history was thinned while it was read: try again".formatted(volume.root()));
  }

  /** Those that are whole. */
  NavigableMap<Long, RecordHeader> headers() {
    var headers = new TreeMap<Long, RecordHeader>();
    records.forEach((generation, f) -> f.header().ifPresent(h -> headers.put(generation, h)));
    return headers;
  }

  Optional<RecordHeader> header(long generation) {
    return Optional.ofNullable(records.get(generation)).flatMap(Found::header);
  }

  /** Those that are not whole, or that a later version wrote, with the reason. */
  SortedMap<Long, String> damaged() {
    var damaged = new TreeMap<Long, String>();
    records.forEach(
        (generation, found) -> {
          if (found.header().isEmpty()) {
            damaged.put(generation, found.damage());
          }
        });
    return damaged;
  }

  /** The whole records that an earlier listing did not have, or had with another content. */
  Set<Long> newSince(Records earlier) {
    var fresh = new TreeSet<Long>();
    records.forEach(
        (generation, found) -> {
          if (found.header().isPresent() && !found.equals(earlier.records.get(generation))) {
            fresh.add(generation);
          }
        });
    return fresh;
  }

  boolean isSameAs(Records other) {
    return records.equals(other.records);
  }
}
