package io.liteferry.past;

import io.liteferry.durable.Errno;
import io.liteferry.history.Chains;
import io.liteferry.history.Change;
import io.liteferry.history.PageFile;
import io.liteferry.history.PathVersion;
import io.liteferry.history.Stored;
import io.liteferry.history.Timeline;
import io.liteferry.history.Usage;
import io.liteferry.history.Version;
import io.liteferry.lease.VolumeException;
import io.liteferry.scan.Entry;
import io.liteferry.volume.GenerationFiles;
import io.liteferry.volume.Manifest;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * The history of a volume at one moment, read without the lease. A volume without records has one
 * point: what is there now. For one thread.
 */
public final class History {
  /** How often names are looked at again while somebody publishes; each time there are few. */
  private static final int LOOKS = 20;

  private final Volume volume;
  private final Records records;
  private final GenerationFiles files;
  private final Optional<Manifest> manifest;
  private final CurrentTree tree;
  private final Timeline timeline;
  private final CurrentTree.Known now;
  private final List<PageFile> pages;
  private final Chains chains;

  private History(Volume volume, Records records, Optional<Manifest> manifest, CurrentTree tree)
      throws IOException {
    this.volume = volume;
    this.records = records;
    this.manifest = manifest;
    this.tree = tree;
    files = new GenerationFiles(volume);
    timeline = GenerationFiles.timeline(records.headers(), records.damaged().keySet(), manifest);
    pages = files.pages();
    now = tree.known(manifest, recordedStates(), new Chains(pages, Map.of()));
    chains = new Chains(pages, now.states());
  }

  /**
   * Reads it.
   *
   * @throws VolumeException when the volume does not work, or publications do not end
   */
  public static History read(Volume volume) throws IOException {
    var records = Records.list(volume);
    var manifest = volume.manifestIfReadable();
    return follow(volume, records, manifest, CurrentTree.scan(volume));
  }

  /** The same some time later, in which the tree is not listed again: records tell what changed. */
  History again() throws IOException {
    return follow(volume, records, manifest, tree);
  }

  /** Whether it is another one by now, so that what failed in it need not fail again. */
  boolean isPast() throws IOException {
    return !records.again().isSameAs(records);
  }

  private static History follow(
      Volume volume, Records first, Optional<Manifest> firstManifest, CurrentTree listed)
      throws IOException {
    var before = first;
    var manifest = firstManifest;
    var tree = listed;
    for (int look = 0; look < LOOKS; look++) {
      var records = before.again();
      var after = volume.manifestIfReadable();
      try {
        if (records.isSameAs(before) && after.equals(manifest)) {
          return new History(volume, records, manifest, tree);
        }
        if (after.isPresent() && records.header(after.get().generation()).isEmpty()) {
          tree = CurrentTree.scan(volume); // without a record nothing tells what changed
        }
        var changed = new TreeSet<>(records.newSince(before));
        long complete = manifest.map(Manifest::generation).orElse(0L);
        changed.addAll(records.headers().tailMap(complete, true).keySet());
        for (var path : paths(volume, records, changed)) {
          tree.lookAgain(path);
        }
        before = records;
        manifest = after;
      } catch (VolumeException e) {
        if (!Errno.of(e).isNothingThere() && records.again().isSameAs(records)) {
          throw e; // else it was thinned meanwhile
        }
      }
    }
    throw new VolumeException(
        "volume %s: an agent publishes to it all the time: try again".formatted(volume.root()));
  }

  /** The paths that some records name. */
  private static SortedSet<Path> paths(Volume volume, Records records, SortedSet<Long> chosen)
      throws IOException {
    var paths = new TreeSet<Path>();
    volume.run(
        () -> {
          for (long generation : chosen) {
            try (var source = records.open(generation)) {
              for (var next = source.next(); next.isPresent(); next = source.next()) {
                paths.add(next.get().path());
              }
            }
          }
        });
    return paths;
  }

  private CurrentTree.RecordedStates recordedStates() throws IOException {
    var states = new HashMap<Path, List<Version.Database>>();
    eachChange(
        change -> {
          for (var version : List.of(change.was(), change.now())) {
            if (version instanceof Version.Database database) {
              states.computeIfAbsent(change.path(), p -> new ArrayList<>()).addFirst(database);
            }
          }
        });
    return path -> states.getOrDefault(path, List.of());
  }

  /** All changes of the records in force, from the oldest record to the youngest. */
  private void eachChange(Consumer<Change> consumer) throws IOException {
    for (var header : timeline.inForce()) {
      eachChange(header.generation(), consumer);
    }
  }

  /** All changes of one record. */
  void eachChange(long record, Consumer<Change> consumer) throws IOException {
    volume.run(
        () -> {
          try (var source = records.open(record)) {
            for (var next = source.next(); next.isPresent(); next = source.next()) {
              consumer.accept(next.get());
            }
          }
        });
  }

  public Timeline timeline() {
    return timeline;
  }

  /** The volume's id; empty when neither manifest nor marker have one. */
  public Optional<String> volumeId() throws IOException {
    var id = manifest.map(Manifest::volumeId);
    return id.isPresent() ? id : volume.id();
  }

  /** Why records are not offered, by their generation. */
  public SortedMap<Long, String> damaged() {
    return records.damaged();
  }

  /** The bytes of files and databases that are on the volume now. */
  public long bytesNow() {
    return now.versions().values().stream().mapToLong(History::bytes).sum();
  }

  /** Those of a tree that are not there now as they were. */
  public long bytesNotThereNow(Map<Path, Version> tree) {
    var there = now.versions();
    return tree.entrySet().stream()
        .filter(e -> !e.getValue().isSameAs(there.getOrDefault(e.getKey(), new Version.Absent())))
        .mapToLong(e -> bytes(e.getValue()))
        .sum();
  }

  /** What is on the volume now and cannot be looked at. */
  public SortedSet<Path> unreadable() {
    var paths = new TreeSet<Path>();
    now.versions()
        .forEach(
            (path, version) -> {
              if (version instanceof Version.Lost) {
                paths.add(path);
              }
            });
    return paths;
  }

  /** As {@link Volume#room}. */
  public OptionalLong room() throws IOException {
    return volume.room();
  }

  /** Those of a file or database; else 0. */
  public static long bytes(Version version) {
    return switch (version) {
      case Version.File file -> file.size();
      case Version.Database database -> database.bytes();
      default -> 0;
    };
  }

  /** The tree of a point, as {@link Timeline#tree}, without {@link StraySideFiles}. */
  public Map<Path, Version> tree(long point) throws IOException {
    var tree = volume.call(() -> timeline.tree(point, now.versions(), records));
    tree.keySet().removeAll(StraySideFiles.in(tree, point, this));
    return tree;
  }

  /** What a path was, as {@link Timeline#versions}. */
  public List<PathVersion> versions(Path path) throws IOException {
    var end = now.versions().getOrDefault(path, new Version.Absent());
    return volume.call(() -> timeline.versions(path, end, records));
  }

  /** What is different between two points, in the order of paths. */
  public List<Change> differences(long from, long to) throws IOException {
    var changes = new ArrayList<Change>();
    volume.run(() -> timeline.differences(from, to, now.versions(), records, changes::add));
    return changes;
  }

  /** What the pass of a point changed, and passes before it whose points were thinned. */
  public PointChanges changes(long point) throws IOException {
    var changes = new PointChanges.Counter();
    if (records.header(point).isPresent()) {
      eachChange(point, changes::add);
    }
    return changes.counted();
  }

  /** Which points are to stay, and why. */
  public PinNotes pins() throws IOException {
    return PinNotes.of(files, timeline);
  }

  /** Which kept files each point needs. */
  public Usage usage() throws IOException {
    return volume.call(() -> Usage.of(timeline, records, now.versions(), chains));
  }

  /** The bytes that are kept of each path. */
  public Map<Path, Long> keptBytes() throws IOException {
    var kept = new KeptBytes(chains);
    eachChange(kept::add);
    return kept.byPath();
  }

  /** All paths that there are or were at any point. */
  SortedSet<Path> names() throws IOException {
    var names = new TreeSet<>(now.versions().keySet());
    eachChange(change -> names.add(change.path()));
    return names;
  }

  /** Where the volume is. */
  Path root() {
    return volume.root();
  }

  Volume volume() {
    return volume;
  }

  /** All files that are there for the history. */
  List<Stored> stored() throws IOException {
    var stored = new ArrayList<Stored>(pages);
    for (long generation : files.generations()) {
      stored.addAll(files.objects(generation));
    }
    return stored;
  }

  /** What is there for the history and no point needs, with its bytes. */
  public Map<Stored, Long> orphans() throws IOException {
    var orphans = new HashMap<Stored, Long>();
    for (var file : usage().garbage(stored())) {
      orphans.put(file, volume.look(place(file)).map(e -> e.stamp().size()).orElse(0L));
    }
    return orphans;
  }

  /** Where a kept file lies, relative to the volume. */
  Path place(Stored file) {
    return volume.root().relativize(files.place(file));
  }

  /** What is there now. */
  CurrentTree.Known now() {
    return now;
  }

  /** Where a version's content lies, or why that is not known. */
  Source source(Path path, Version version) {
    return Source.of(path, version, chains, now.places(), this::place);
  }

  /**
   * Whether the current point is asked for, and so the plain file, even if others changed it. An
   * older point lacks it then.
   */
  boolean isWhateverIsThere(long point, Path path, Version version) {
    return point == timeline.current().generation()
        && source(path, version) instanceof Source.Whole whole
        && !whole.kept();
  }

  /** Whether a file in place is still the one that was listed. */
  boolean isInPlace(Path path) throws IOException {
    var listed =
        Optional.ofNullable(now.plain().get(path))
            .map(Entry::stamp)
            .orElseGet(
                () -> Original.stamp(now.versions().getOrDefault(path, new Version.Absent())));
    return volume
        .look(path)
        .map(Entry::stamp)
        .filter(stamp -> stamp.size() == listed.size() && stamp.mtime() == listed.mtime())
        .isPresent();
  }

  /** In which form a database's state is there, for programs. */
  public String form(Version.Database database) {
    return source(Path.of(database.id()), database).form();
  }
}
