package io.liteferry.history;

import io.liteferry.durable.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** A volume with its history, in memory. After each change, all points that it offers are read. */
final class ModelVolume {
  private static final Digest DIGEST = new Digest("ab".repeat(32));
  static final int PAGE_BYTES = 10;

  /** A plain file of a database: which state of it, and its pages. */
  record Plain(String id, long state) {}

  private final Rules rules;
  final NavigableMap<Path, Content> tree = new TreeMap<>();
  final Map<Path, Plain> databases = new HashMap<>();
  final Map<KeptObject, String> objects = new HashMap<>();
  final Map<PageFile, Map<Integer, Integer>> pages = new HashMap<>();
  private final NavigableMap<Long, RecordHeader> headers = new TreeMap<>();
  private final Map<Long, List<Change>> records = new HashMap<>();
  Point current = Records.point(0);

  final Map<Long, Map<Path, Content>> published = new TreeMap<>(Map.of(0L, Map.of()));
  final Set<Long> dropped = new HashSet<>();

  ModelVolume(Rules rules) {
    this.rules = rules;
  }

  RecordFiles files() {
    return generation -> RecordMerge.of(records.getOrDefault(generation, List.of()));
  }

  Timeline timeline() {
    return new Timeline(headers.values(), List.of(), current);
  }

  void put(long generation, byte[] record) throws IOException {
    try (var reader = Records.reader(record)) {
      headers.put(generation, reader.header());
    }
    records.put(generation, Records.read(record));
    audit();
  }

  void delete(long record) throws IOException {
    headers.remove(record);
    records.remove(record);
    audit();
  }

  Chains chains() {
    var inPlace = new HashMap<String, Long>();
    databases.values().forEach(plain -> inPlace.put(plain.id(), plain.state()));
    return new Chains(pages.keySet(), inPlace);
  }

  Usage usage() throws IOException {
    return Usage.of(timeline(), files(), now(), chains());
  }

  /** The state that a database in its place has, with the segments that follow. */
  long top(Plain plain) {
    long at = plain.state();
    while (true) {
      long here = at;
      var next =
          pages.keySet().stream()
              .filter(f -> f.database().equals(plain.id()) && f.from().orElse(-1) == here)
              .mapToLong(PageFile::state)
              .max();
      if (next.isEmpty()) {
        return at;
      }
      at = next.getAsLong();
    }
  }

  /** What the volume shows. */
  Map<Path, Content> view() {
    var view = new TreeMap<>(tree);
    databases.forEach(
        (path, plain) -> {
          var database = (Content.Database) tree.get(path);
          view.put(path, materialize(plain.id(), top(plain), database.mode()));
        });
    return view;
  }

  /** The same as versions. */
  Map<Path, Version> now() {
    var now = new TreeMap<Path, Version>();
    tree.forEach((path, content) -> now.put(path, version(path, content)));
    return now;
  }

  Version version(Path path, Content content) {
    return switch (content) {
      case Content.Directory d -> new Version.Directory(d.mode(), 1, 1);
      case Content.Link l -> new Version.Link(Path.of(l.target()), 1, 1);
      case Content.File f ->
          new Version.File(Optional.empty(), f.text().length(), f.mtime(), f.mode(), 1, 1);
      case Content.Database d -> {
        var plain = databases.get(path);
        yield plain == null
            ? new Version.Lost("planned")
            : new Version.Database(
                plain.id(), top(plain), bytes(d), DIGEST, CheckLevel.FULL, d.mode(), 1, 1, 0);
      }
    };
  }

  static long bytes(Content.Database database) {
    return (long) PAGE_BYTES * database.pages().size();
  }

  private Content materialize(String id, long state, int mode) {
    var chain = chains().of(id, state);
    if (chain.isEmpty()) {
      return new Content.Link("database %s@%d cannot be had".formatted(id, state));
    }
    var all = new TreeMap<Integer, Integer>();
    if (chain.get().isEmpty() || chain.get().getFirst().from().isPresent()) {
      databases.forEach(
          (path, plain) -> {
            if (plain.id().equals(id)) {
              all.putAll(((Content.Database) tree.get(path)).pages());
            }
          });
    }
    chain.get().forEach(file -> all.putAll(pages.get(file)));
    return new Content.Database(mode, all);
  }

  Map<Path, Content> tree(long point) throws IOException {
    var versions = rules.tree(timeline(), point, now(), files());
    var contents = new TreeMap<Path, Content>();
    versions.forEach((path, version) -> contents.put(path, content(path, version)));
    return contents;
  }

  private Content content(Path path, Version version) {
    return switch (version) {
      case Version.Directory d -> new Content.Directory(d.mode());
      case Version.Link l -> new Content.Link(l.target().toString());
      case Version.File f -> {
        var inPlace = tree.get(path) instanceof Content.File file ? file.text() : "";
        var text =
            f.object().isPresent()
                ? objects.getOrDefault(f.object().get(), "gone")
                : f.size() == 0 ? "" : inPlace;
        yield new Content.File(f.mode(), f.mtime(), text);
      }
      case Version.Database d -> materialize(d.id(), d.state(), d.mode());
      case Version.Absent _ -> new Content.Link("absent");
      case Version.Lost lost -> new Content.Link(lost.why());
    };
  }

  /** Reads all points. */
  void audit() throws IOException {
    var offered = timeline().points().stream().map(KeptPoint::generation).toList();
    for (long point : offered) {
      var expected = published.get(point);
      if (expected == null) {
        throw new AssertionError("point %d was never published".formatted(point));
      }
      var found = tree(point);
      if (!expected.equals(found)) {
        throw new AssertionError("point %d is %s instead of %s".formatted(point, found, expected));
      }
    }
    for (long point : published.keySet()) {
      if (!offered.contains(point) && !dropped.contains(point)) {
        throw new AssertionError("point %d is lost".formatted(point));
      }
    }
  }
}
