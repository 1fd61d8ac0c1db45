package io.liteferry.history;

import io.liteferry.pages.Identity;
import io.liteferry.pages.SegmentName;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BinaryOperator;

/** Records in memory. */
final class Records {
  private Records() {}

  static List<Change> all(RecordFiles files, long record) throws IOException {
    var changes = new ArrayList<Change>();
    try (var source = files.open(record)) {
      for (var next = source.next(); next.isPresent(); next = source.next()) {
        changes.add(next.get());
      }
    }
    return changes;
  }

  /**
   * What some records say of each name, in order of the names; the caller owns the map.
   *
   * @param rule makes one of what an older record says, and a younger
   */
  static SortedMap<String, Change> byName(
      RecordFiles files, Collection<Long> records, BinaryOperator<Change> rule) throws IOException {
    var all = new TreeMap<String, Change>();
    for (long record : records) {
      all(files, record).forEach(change -> all.merge(change.name(), change, rule));
    }
    return all;
  }

  static byte[] written(RecordHeader header, Collection<Change> changes) throws IOException {
    var out = new ByteArrayOutputStream();
    var writer = new RecordWriter(out, header);
    for (var change : changes) {
      writer.add(change);
    }
    writer.finish();
    return out.toByteArray();
  }

  /** Between states that are named by their numbers. */
  static PageFile segment(String database, long from, long to, long bytes) {
    var name = new SegmentName(from + 1, to, new Identity(0, from), new Identity(0, to));
    return PageFile.segment(database, name, bytes);
  }

  /** Made at a second of its own. */
  static Point point(long generation) {
    var time = Instant.ofEpochSecond(1_700_000_000L + generation);
    return new Point(
        generation,
        1,
        time,
        Optional.empty(),
        "p" + generation,
        CheckLevel.FULL,
        Optional.empty(),
        List.of());
  }

  static RecordReader reader(byte[] record) throws IOException {
    return new RecordReader(
        new ByteArrayInputStream(record), Path.of("generations/000123/record"), Instant.EPOCH);
  }

  static List<Change> read(byte[] record) throws IOException {
    try (var reader = reader(record)) {
      return all(generation -> reader, 0);
    }
  }
}
