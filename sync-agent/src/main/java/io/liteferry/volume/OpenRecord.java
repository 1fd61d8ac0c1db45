package io.liteferry.volume;

import io.liteferry.history.Change;
import io.liteferry.history.PageFile;
import io.liteferry.history.RecordHeader;
import io.liteferry.history.Version;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** What one pass has recorded, and what it has changed of that. For one thread. */
final class OpenRecord {
  private enum Mark {
    RECORDED,
    /** And in the record. */
    CHANGED,
    /** Where there was no record. */
    CHANGED_WITHOUT
  }

  private final Map<Path, Mark> marks = new HashMap<>();
  private boolean isAnythingChanged;

  /** Of databases alone: of 200,000 files it would be what the changes say already. */
  private final Map<Path, Planned> databases = new HashMap<>();

  private List<Change> changes = List.of();
  private Optional<RecordHeader> header = Optional.empty();
  private long first;

  /** What is told of the pass; empty when nothing was recorded. */
  Optional<RecordHeader> header() {
    return header;
  }

  /** The generation of the first record of the pass. */
  long first() {
    return first;
  }

  List<Change> changes() {
    return changes;
  }

  /** What the pass was to make of a database; empty when nothing was recorded of it. */
  Optional<Planned> database(Path path) {
    return Optional.ofNullable(databases.get(path));
  }

  /** What the plain file of a database would be if it was kept. */
  Optional<PageFile> plain(Path path) {
    return database(path).flatMap(Planned::plain);
  }

  boolean covers(Planned one) {
    return covers(one.path());
  }

  private boolean covers(Path path) {
    var mark = marks.get(path);
    return mark == Mark.RECORDED || mark == Mark.CHANGED;
  }

  /** What is not recorded of two lists; a path that is in both is as in the first. */
  List<Planned> lacking(List<Planned> some, List<Planned> more) {
    if (more.isEmpty() && changes.isEmpty()) {
      return some;
    }
    var all = new LinkedHashMap<Path, Planned>();
    Stream.concat(some.stream(), more.stream())
        .filter(one -> !covers(one))
        .forEach(one -> all.putIfAbsent(one.path(), one));
    return List.copyOf(all.values());
  }

  /** A record is in its place that has all changes, the last of them for some more paths. */
  void made(RecordHeader next, List<Change> all, List<Planned> more) {
    for (var one : more) {
      marks.put(one.path(), isChanged(one.path()) ? Mark.CHANGED : Mark.RECORDED);
      if (isOfDatabase(one)) {
        databases.put(one.path(), one);
      }
    }
    changes = all;
    first = header.isEmpty() ? next.generation() : first;
    header = Optional.of(next);
  }

  private static boolean isOfDatabase(Planned one) {
    return one.was() instanceof Version.Database
        || one.now() instanceof Version.Database
        || one.plain().isPresent();
  }

  /** The pass is about to change it, which must not be unless it is in the record, if any. */
  void requireCovered(Path path) {
    if (header.isPresent() && !covers(path)) {
      throw new IllegalStateException(
          "%s is not in the record of generation %d".formatted(path, header.get().generation()));
    }
  }

  void changed(Path path) {
    marks.put(path, covers(path) ? Mark.CHANGED : Mark.CHANGED_WITHOUT);
    isAnythingChanged = true;
  }

  /** Whether anything of the application's was changed, in the record or without one. */
  boolean isAnythingChanged() {
    return isAnythingChanged;
  }

  boolean isChanged(Path path) {
    var mark = marks.get(path);
    return mark == Mark.CHANGED || mark == Mark.CHANGED_WITHOUT;
  }

  /** What is recorded and was not changed. */
  List<Change> undone() {
    return changes.stream().filter(change -> isUndone(change.path())).toList();
  }

  List<Change> done() {
    return changes.stream().filter(change -> !isUndone(change.path())).toList();
  }

  private boolean isUndone(Path path) {
    return marks.get(path) == Mark.RECORDED;
  }

  /** The record has what was done, and nothing else. */
  void settled(RecordHeader settled, List<Change> done) {
    header = Optional.of(settled);
    changes = done;
    marks.values().removeIf(mark -> mark == Mark.RECORDED);
    databases.keySet().retainAll(marks.keySet());
  }
}
