package io.liteferry.volume;

import io.liteferry.durable.DamagedFileException;
import io.liteferry.durable.Durable;
import io.liteferry.history.Chains;
import io.liteferry.history.ChangeSource;
import io.liteferry.history.KeptObject;
import io.liteferry.history.PageFile;
import io.liteferry.history.Point;
import io.liteferry.history.RecordFiles;
import io.liteferry.history.RecordHeader;
import io.liteferry.history.Stored;
import io.liteferry.history.Timeline;
import io.liteferry.history.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the one who may change it knows of a volume's history: read once, and kept up to date. A
 * directory without a record has what records elsewhere need, or waits to be swept.
 */
public final class Generations implements RecordFiles {
  private static final Logger log = LoggerFactory.getLogger(Generations.class);

  /** Nobody makes so many generations at once: a number further above is not one of ours. */
  private static final long FAR = 1_000_000_000L;

  private final Volume volume;
  private final GenerationFiles files;
  private final NavigableSet<Long> directories = new TreeSet<>();
  private final NavigableMap<Long, RecordHeader> headers = new TreeMap<>();
  private final NavigableSet<Long> unreadable = new TreeSet<>();
  private final Map<Long, Set<KeptObject>> objects = new HashMap<>();
  private @Nullable Set<PageFile> pages;
  private @Nullable Chains chains;
  private Optional<Told> told = Optional.empty();
  private long highest;

  /**
   * The points, as long as neither the records nor the manifest change: to find them takes long.
   */
  private record Told(Optional<Manifest> manifest, Timeline timeline) {}

  private Generations(Volume volume) {
    this.volume = volume;
    files = new GenerationFiles(volume);
  }

  /** Lists them and reads the headers of all records. */
  public static Generations of(Volume volume) throws IOException {
    return volume.call(
        () -> {
          var found = new Generations(volume);
          for (long generation : found.files.generations()) {
            found.add(generation);
          }
          found.highest = found.highestOfOurs();
          return found;
        });
  }

  private void add(long generation) throws IOException {
    directories.add(generation);
    try (var reader = files.open(generation)) {
      headers.put(generation, reader.header());
    } catch (NoSuchFileException e) {
      // what is in it is another's, or nobody's
    } catch (DamagedFileException e) {
      unreadable.add(generation);
    }
  }

  /** A name that somebody made up must not use up the numbers that a listing shows. */
  private long highestOfOurs() {
    long found = headers.isEmpty() ? 0 : headers.lastKey();
    for (long generation : directories.tailSet(found, false)) {
      if (generation - found > FAR) {
        break;
      }
      found = generation;
    }
    return found;
  }

  Path directory(long generation) {
    return files.directory(generation);
  }

  Path record(long generation) {
    return files.record(generation);
  }

  @Override
  public ChangeSource open(long generation) throws IOException {
    return volume.call(() -> files.open(generation));
  }

  /** The records of passes that were cut off; what of them cannot be read is as good as lost. */
  List<Long> cutOff(Optional<Manifest> manifest) throws IOException {
    for (long generation : timeline(manifest).unfinished()) {
      try {
        readThrough(generation);
      } catch (DamagedFileException e) {
        damaged(generation, e);
      }
    }
    return timeline(manifest).unfinished();
  }

  /** Says which record ends what can be had. */
  void warnOfDamage(Optional<Manifest> manifest) {
    long damaged = timeline(manifest).newestUnreadable();
    if (damaged > 0) {
      log.warn(
          "{} is damaged: the points before {} are lost: liteferry verify --history says more",
          record(damaged),
          damaged);
    }
  }

  /** A record turned out not to be whole. */
  void damaged(long generation, DamagedFileException why) {
    log.warn("{}: the points before {} are lost", why.getMessage(), generation);
    headers.remove(generation);
    unreadable.add(generation);
    told = Optional.empty();
  }

  /** What looked like an accident in some passes. */
  List<String> accidents(List<Long> generations) {
    return generations.stream()
        .map(headers::get)
        .flatMap(header -> header.accidents().stream())
        .distinct()
        .toList();
  }

  private void readThrough(long generation) throws IOException {
    volume.run(
        () -> {
          try (var record = files.open(generation)) {
            while (record.next().isPresent()) {}
          }
        });
  }

  /** The highest number that was ever given to a generation, as far as can be seen. */
  public long highest() {
    return highest;
  }

  boolean isEmpty() {
    return directories.isEmpty();
  }

  /** A record was made, or replaced. */
  void put(RecordHeader header) {
    directories.add(header.generation());
    objects.computeIfAbsent(header.generation(), n -> new HashSet<>());
    highest = Math.max(highest, header.generation());
    headers.put(header.generation(), header);
    told = Optional.empty();
  }

  /** Of a record that is whole. */
  RecordHeader header(long generation) {
    return Objects.requireNonNull(headers.get(generation));
  }

  /** A directory was made for a pin alone. */
  void addDirectory(long generation) {
    directories.add(generation);
    objects.computeIfAbsent(generation, n -> new HashSet<>());
  }

  /**
   * When the record of a generation was written, by the volume's clock; empty without one. Of what
   * was there before the first publication: since when the volume has been ours.
   */
  private Optional<Instant> writtenAt(long generation) throws IOException {
    var file = generation == 0 ? volume.markerFile() : record(generation);
    return generation == 0 || headers.containsKey(generation)
        ? volume.call(() -> Durable.look(file).map(found -> found.lastModifiedTime().toInstant()))
        : Optional.empty();
  }

  /** With the time by the volume, which shows once its record is there. */
  Point timed(Point before) throws IOException {
    return before.volumeTime().isPresent() ? before : before.at(writtenAt(before.generation()));
  }

  /** A record is no longer there. */
  void removeRecord(long generation) {
    headers.remove(generation);
    unreadable.remove(generation);
    told = Optional.empty();
  }

  /** Of passes without a record: an empty one, before which there is nothing. */
  List<Long> saidToHaveNone() throws IOException {
    var found = new ArrayList<Long>();
    for (long generation : unreadable) {
      if (headers.headMap(generation).isEmpty()
          && files.objects(generation).isEmpty()
          && volume.call(() -> Files.size(record(generation))) == 0) {
        found.add(generation);
      }
    }
    return found;
  }

  /** Nor is its directory. */
  void removeDirectory(long generation) {
    directories.remove(generation);
    objects.remove(generation);
  }

  NavigableSet<Long> directories() {
    return new TreeSet<>(directories);
  }

  boolean hasRecord(long generation) {
    return headers.containsKey(generation) || unreadable.contains(generation);
  }

  /**
   * The points, by what the manifest says.
   *
   * @param manifest the last one; empty when there is none, or it is damaged
   */
  public Timeline timeline(Optional<Manifest> manifest) {
    var known = told.filter(t -> t.manifest().equals(manifest));
    var now =
        known.orElseGet(
            () -> new Told(manifest, GenerationFiles.timeline(headers, unreadable, manifest)));
    told = Optional.of(now);
    return now.timeline();
  }

  /** The directories whose content was not listed yet. */
  List<Long> unlisted() {
    return directories.stream().filter(n -> !objects.containsKey(n)).toList();
  }

  /** Finds what lies in a directory, whoever put it there. */
  void listObjects(long generation) throws IOException {
    objects.computeIfAbsent(generation, n -> new HashSet<>()).addAll(files.objects(generation));
  }

  /** All that was listed or put there since. */
  List<KeptObject> objects() {
    return objects.values().stream().flatMap(Set::stream).toList();
  }

  /** What a pass kept. */
  void add(Version kept) {
    if (kept instanceof Version.File file && file.object().isPresent()) {
      var object = file.object().get();
      objects.computeIfAbsent(object.generation(), n -> new HashSet<>()).add(object);
    }
  }

  void remove(KeptObject object) {
    objects.getOrDefault(object.generation(), new HashSet<>()).remove(object);
  }

  /** Returns whether it was the last of its database. */
  boolean removeAndIsLast(PageFile page) throws IOException {
    var all = listPages();
    all.remove(page);
    chains = null;
    return all.stream().noneMatch(other -> other.database().equals(page.database()));
  }

  /** The directories in which nothing is left. */
  List<Long> empty() {
    return directories.stream()
        .filter(n -> !hasRecord(n) && objects.containsKey(n) && objects.get(n).isEmpty())
        .toList();
  }

  /** A record was replaced. */
  void reload(long generation) throws IOException {
    try (var reader = volume.call(() -> files.open(generation))) {
      headers.put(generation, reader.header());
    }
    told = Optional.empty();
  }

  /** As {@link GenerationFiles#pages}, read once. */
  Set<PageFile> listPages() throws IOException {
    if (pages == null) {
      pages = new HashSet<>(files.pages());
    }
    return pages;
  }

  /** As {@link Chains#after}. */
  public List<PageFile> after(String id, long state) throws IOException {
    return chains().after(id, state);
  }

  /** What there is to make states of, but for plain files. */
  Chains chains() throws IOException {
    if (chains == null) {
      chains = new Chains(listPages(), Map.of());
    }
    return chains;
  }

  /** The highest number that a base or segment of a database has; 0 when there is none. */
  public long highestState(String id) throws IOException {
    return listPages().stream()
        .filter(page -> page.database().equals(id))
        .mapToLong(PageFile::state)
        .max()
        .orElse(0);
  }

  /** A base or segment was put there. */
  public void add(PageFile page) throws IOException {
    if (listPages().add(page) && chains != null) {
      chains.add(page);
    }
  }

  Path place(Stored file) {
    return files.place(file);
  }
}
