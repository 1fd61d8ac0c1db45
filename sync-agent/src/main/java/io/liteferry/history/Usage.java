package io.liteferry.history;

import io.liteferry.durable.PortableName;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * Which kept files each point needs, and so what may go and what each point costs. Sizes are those
 * that records and the listing of pages tell: no object is looked at.
 */
public final class Usage {
  private final Timeline timeline;
  private final List<Long> points;
  private final Chains chains;
  private final Map<Stored, Use> uses = new HashMap<>();

  /** Of the files that a pass kept, most are needed by the same points: these are here once. */
  private final Map<BitSet, BitSet> shared = new HashMap<>();

  private final Map<String, BitSet> missing = new TreeMap<>();

  /**
   * How large a file is, and by which points it is needed.
   *
   * @param name a path that a file of a database is needed for, in portable form; else empty
   * @param points not to be changed, as others have it too
   */
  private record Use(String name, long bytes, BitSet points) {}

  /**
   * Segments in a row.
   *
   * @param path of their database
   */
  public record Run(Path path, List<PageFile> segments) {}

  private Usage(Timeline timeline, Chains chains) {
    this.timeline = timeline;
    this.chains = chains;
    points = timeline.points().stream().map(KeptPoint::generation).toList();
  }

  /**
   * Reads all records in force, side by side.
   *
   * @param now the current tree; of it, databases count, as segments may lead to what they are
   */
  public static Usage of(
      Timeline timeline, RecordFiles files, Map<Path, Version> now, Chains chains)
      throws IOException {
    var usage = new Usage(timeline, chains);
    var unchanged = new HashSet<>(now.keySet());
    var records = timeline.inForce().stream().map(RecordHeader::generation).toList();
    try (var walk = new ChangeWalk(files, records)) {
      for (var path = walk.next(); path.isPresent(); path = walk.next()) {
        var name = path.get().steps().getFirst().change().path();
        unchanged.remove(name);
        usage.add(path.get(), now.getOrDefault(name, new Version.Absent()));
      }
    }
    for (var path : unchanged) {
      var version = now.getOrDefault(path, new Version.Absent());
      usage.add(PortableName.of(path), version, 0, usage.points.size());
    }
    return usage;
  }

  private void add(ChangeWalk.OfPath path, Version end) {
    var later = end;
    int last = points.size();
    for (var step : path.steps().reversed()) {
      int first = firstPoint(step.generation());
      add(path.name(), later, first, last);
      later = step.change().was().settledBy(later);
      last = first;
    }
    add(path.name(), later, 0, last);
  }

  /** The index of the first point that a record does not undo. */
  private int firstPoint(long generation) {
    int index = 0;
    while (index < points.size() && points.get(index) < generation) {
      index++;
    }
    return index;
  }

  private void add(String name, Version version, int first, int last) {
    if (first == last) {
      return;
    }
    switch (version) {
      case Version.File file ->
          file.object().ifPresent(object -> use(name, object, file.size(), first, last));
      case Version.Database database ->
          chains
              .of(database.id(), database.state())
              .ifPresentOrElse(
                  chain -> chain.forEach(page -> use(name, page, page.bytes(), first, last)),
                  () -> lacks(name, first, last));
      case Version.Lost _ -> lacks(name, first, last);
      default -> {}
    }
  }

  private void lacks(String name, int first, int last) {
    missing.computeIfAbsent(name, n -> new BitSet()).set(first, last);
  }

  private void use(String name, Stored file, long bytes, int first, int last) {
    var before = uses.get(file);
    var needed = before == null ? new BitSet() : (BitSet) before.points().clone();
    needed.set(first, last);
    var path = file instanceof PageFile ? name : "";
    uses.put(
        file,
        new Use(
            before == null ? path : before.name(),
            before == null ? bytes : before.bytes(),
            shared.computeIfAbsent(needed, points -> points)));
  }

  /** The bytes of all that points need beside the current tree. */
  public long bytes() {
    return uses.values().stream().mapToLong(Use::bytes).sum();
  }

  /** The bytes that would be kept if these points alone stayed. */
  public long bytesOf(Set<Long> staying) {
    var wanted = new BitSet();
    for (int i = 0; i < points.size(); i++) {
      wanted.set(i, staying.contains(points.get(i)));
    }
    return uses.values().stream()
        .filter(use -> use.points().intersects(wanted))
        .mapToLong(Use::bytes)
        .sum();
  }

  /** What goes when this point alone is dropped; less than all that it needs. */
  public long frees(long point) {
    int index = points.indexOf(point);
    return uses.values().stream()
        .filter(use -> use.points().cardinality() == 1 && use.points().get(index))
        .mapToLong(Use::bytes)
        .sum();
  }

  /**
   * Which files nobody needs.
   *
   * @param there what the listing found. What a record that nobody can read might need is never in
   *     the answer
   */
  public <S extends Stored> Set<S> garbage(Collection<S> there) {
    var garbage = new HashSet<S>();
    for (var file : there) {
      boolean isKnown =
          switch ((Stored) file) {
            case KeptObject object -> object.generation() > timeline.newestUnreadable();
            case PageFile _ -> timeline.newestUnreadable() == 0;
          };
      if (isKnown && !uses.containsKey(file)) {
        garbage.add(file);
      }
    }
    return garbage;
  }

  /**
   * Segments that the same points need, and so none needs a state between them: one in place of all
   * would do. There are none where a record that nobody can read might need such a state.
   */
  public List<Run> runs() {
    var runs = new ArrayList<Run>();
    if (timeline.newestUnreadable() > 0) {
      return runs;
    }
    var segments = new ArrayList<PageFile>();
    for (var file : uses.keySet()) {
      if (file instanceof PageFile page && page.segment().isPresent()) {
        segments.add(page);
      }
    }
    segments.sort(PageFile.ORDER);
    for (var segment : segments) {
      if (runs.isEmpty() || !isOneWith(segment, runs.getLast().segments().getLast())) {
        runs.add(new Run(PortableName.parse(use(segment).name()), new ArrayList<>()));
      }
      runs.getLast().segments().add(segment);
    }
    return runs;
  }

  private boolean isOneWith(PageFile segment, PageFile before) {
    return segment.isNextOf(before) && use(segment).points().equals(use(before).points());
  }

  private Use use(Stored file) {
    return Objects.requireNonNull(uses.get(file));
  }

  /**
   * What a point lacks, by name: what was not kept, and databases that lack a base or a segment.
   */
  public List<String> missing(long point) {
    int index = points.indexOf(point);
    return missing.entrySet().stream()
        .filter(entry -> index >= 0 && entry.getValue().get(index))
        .map(Map.Entry::getKey)
        .toList();
  }
}
