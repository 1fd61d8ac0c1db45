package io.liteferry.volume;

import io.liteferry.history.Change;
import io.liteferry.history.PageFile;
import io.liteferry.history.RecordHeader;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** What one pass has recorded, and what it has changed of that. For one thread. */
final class OpenRecord {
  private final Map<Path, Planned> planned = new HashMap<>();
  private final Set<Path> changed = new HashSet<>();
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

  /** What the pass was to make of a name; empty when nothing was recorded of it. */
  Optional<Planned> planned(Path path) {
    return Optional.ofNullable(planned.get(path));
  }

  /** What the plain file of a database would be if it was kept. */
  Optional<PageFile> plain(Path path) {
    return planned(path).flatMap(Planned::plain);
  }

  boolean covers(Planned one) {
    return planned.containsKey(one.path());
  }

  /** What is not recorded of two lists; a path that is in both is as in the first. */
  List<Planned> lacking(List<Planned> some, List<Planned> more) {
    var all = new LinkedHashMap<Path, Planned>();
    Stream.concat(some.stream(), more.stream())
        .filter(one -> !covers(one))
        .forEach(one -> all.putIfAbsent(one.path(), one));
    return List.copyOf(all.values());
  }

  /** A record is in its place that has all changes, the last of them for some more paths. */
  void made(RecordHeader next, List<Change> all, List<Planned> more) {
    more.forEach(one -> planned.put(one.path(), one));
    changes = all;
    first = header.isEmpty() ? next.generation() : first;
    header = Optional.of(next);
  }

  /** The pass is about to change it, which must not be unless it is in the record, if any. */
  void requireCovered(Path path) {
    if (header.isPresent() && !planned.containsKey(path)) {
      throw new IllegalStateException(
          "%s is not in the record of generation %d".formatted(path, header.get().generation()));
    }
  }

  void changed(Path path) {
    changed.add(path);
  }

  /** Whether anything of the application's was changed, in the record or without one. */
  boolean isAnythingChanged() {
    return !changed.isEmpty();
  }

  boolean isChanged(Path path) {
    return changed.contains(path);
  }

  /** What is recorded and was not changed. */
  List<Change> undone() {
    return changes.stream().filter(change -> isUndone(change.path())).toList();
  }

  List<Change> done() {
    return changes.stream().filter(change -> !isUndone(change.path())).toList();
  }

  private boolean isUndone(Path path) {
    return planned.containsKey(path) && !changed.contains(path);
  }

  /** The record has what was done, and nothing else. */
  void settled(RecordHeader settled, List<Change> done) {
    header = Optional.of(settled);
    changes = done;
    planned.keySet().retainAll(changed);
  }
}
