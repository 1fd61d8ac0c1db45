package io.liteferry.history;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/** The rules of keeping, merging and reading as they are; mutants get one of them wrong. */
class Rules {
  long number(Timeline timeline) {
    return timeline.next(0);
  }

  /** What a pass records of what it is going to do. */
  List<Change> recorded(List<Change> changes) {
    return changes;
  }

  List<Long> takenOver(Timeline timeline) {
    return timeline.unfinished();
  }

  byte[] record(
      RecordHeader header,
      List<Change> changes,
      RecordMerge.Unfinished unfinished,
      Function<Change, Version> end)
      throws IOException {
    var out = new ByteArrayOutputStream();
    RecordMerge.takeOver(header, RecordMerge.of(changes), unfinished, end, out);
    return out.toByteArray();
  }

  byte[] merged(List<RecordHeader> headers, RecordFiles files) throws IOException {
    var out = new ByteArrayOutputStream();
    RecordMerge.merge(headers, files, out);
    return out.toByteArray();
  }

  /** Under which number the merged record is put. */
  long place(List<RecordHeader> headers) {
    return headers.getLast().generation();
  }

  List<Long> deleted(Timeline.Dropping dropping) {
    return dropping.delete();
  }

  Set<KeptObject> garbage(Usage usage, Timeline timeline, Collection<KeptObject> objects) {
    return usage.garbage(objects);
  }

  Map<Path, Version> tree(Timeline timeline, long point, Map<Path, Version> now, RecordFiles files)
      throws IOException {
    return timeline.tree(point, now, files);
  }

  /** A plain reader: the first of these records that knows a path tells what it was. */
  static Map<Path, Version> read(
      Collection<Long> records, Map<Path, Version> now, RecordFiles files) throws IOException {
    var tree = new TreeMap<>(now);
    for (var change : Records.byName(files, records, Change::then).values()) {
      var path = change.path();
      tree.put(path, change.was().settledBy(now.getOrDefault(path, new Version.Absent())));
    }
    tree.values().removeIf(Version.Absent.class::isInstance);
    return tree;
  }

  @Override
  public String toString() {
    return getClass().getSimpleName();
  }
}
