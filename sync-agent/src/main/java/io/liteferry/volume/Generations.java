package io.liteferry.volume;

import io.liteferry.durable.DamagedFileException;
import io.liteferry.durable.Durable;
import io.liteferry.history.ChangeSource;
import io.liteferry.history.CheckLevel;
import io.liteferry.history.KeptObject;
import io.liteferry.history.PageFile;
import io.liteferry.history.Point;
import io.liteferry.history.RecordFiles;
import io.liteferry.history.RecordHeader;
import io.liteferry.history.RecordReader;
import io.liteferry.history.Timeline;
import io.liteferry.history.Version;
import java.io.BufferedInputStream;
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
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The history as it was found on a volume; reading it needs no right. A directory without a record
 * has what records elsewhere need, or waits to be swept.
 */
public final class Generations implements RecordFiles {
  /** In each directory: what a pass changed. */
  static final String RECORD = "record";

  /** What is beside versions; pins stay as long as the directory does. */
  private static final Set<String> OURS = Set.of(RECORD, PinFiles.PIN, PinFiles.ACCIDENT);

  private static final Pattern NAME = Pattern.compile("[0-9]{6,18}");

  private final Volume volume;
  private final NavigableSet<Long> directories = new TreeSet<>();
  private final NavigableMap<Long, RecordHeader> headers = new TreeMap<>();
  private final NavigableSet<Long> unreadable = new TreeSet<>();
  private final Map<Long, Set<KeptObject>> objects = new HashMap<>();
  private @Nullable Set<PageFile> pages;
  private long highest;

  private Generations(Volume volume) {
    this.volume = volume;
  }

  /** Lists them and reads the headers of all records. */
  public static Generations of(Volume volume) throws IOException {
    return volume.call(
        () -> {
          var found = new Generations(volume);
          for (var directory : listed(volume.generations())) {
            var name = directory.getFileName().toString();
            if (NAME.matcher(name).matches()) {
              found.add(Long.parseLong(name));
            }
          }
          return found;
        });
  }

  static List<Path> listed(Path directory) throws IOException {
    try {
      return Durable.list(directory);
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }

  private void add(long generation) throws IOException {
    directories.add(generation);
    highest = Math.max(highest, generation);
    try (var reader = reader(generation)) {
      headers.put(generation, reader.header());
    } catch (NoSuchFileException e) {
      // what is in it is another's, or nobody's
    } catch (DamagedFileException e) {
      unreadable.add(generation);
    }
  }

  /** Where the versions are that a pass replaced or removed. */
  Path directory(long generation) {
    return volume.generations().resolve(KeptObject.directory(generation));
  }

  Path record(long generation) {
    return directory(generation).resolve(RECORD);
  }

  private RecordReader reader(long generation) throws IOException {
    var record = record(generation);
    var written = Files.getLastModifiedTime(record).toInstant();
    return new RecordReader(new BufferedInputStream(Files.newInputStream(record)), record, written);
  }

  @Override
  public ChangeSource open(long generation) throws IOException {
    return volume.call(() -> reader(generation));
  }

  /** Fails when a record is not whole. */
  void readThrough(long generation) throws IOException {
    volume.run(
        () -> {
          try (var record = reader(generation)) {
            while (record.next().isPresent()) {}
          }
        });
  }

  /** The highest number that was ever given to a generation, as far as can be seen. */
  long highest() {
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
  }

  /** When the record of a generation was written, by the volume's clock; empty without one. */
  Optional<Instant> writtenAt(long generation) throws IOException {
    return headers.containsKey(generation)
        ? volume.call(() -> Optional.of(Files.getLastModifiedTime(record(generation)).toInstant()))
        : Optional.empty();
  }

  /** A record is there and cannot be read. */
  void damaged(long generation) {
    headers.remove(generation);
    unreadable.add(generation);
  }

  /** A record is no longer there. */
  void removeRecord(long generation) {
    headers.remove(generation);
    unreadable.remove(generation);
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
    return new Timeline(headers.values(), unreadable, current(manifest));
  }

  /**
   * The last generation that was completed. While the manifest is not complete, that is the one
   * before; when it is lost, the newest that is known, of which nobody knows whether it was.
   */
  private Point current(Optional<Manifest> manifest) {
    if (manifest.isEmpty()) {
      return headers.isEmpty() ? NONE : headers.lastEntry().getValue().made();
    }
    var shown = manifest.get();
    var own = headers.ceilingEntry(shown.generation());
    return shown.complete() || own == null ? shown.point() : own.getValue().before();
  }

  private static final Point NONE =
      new Point(
          0,
          0,
          Instant.EPOCH,
          Optional.empty(),
          "none",
          CheckLevel.NONE,
          Optional.empty(),
          List.of());

  /** The directories whose content was not listed yet. */
  List<Long> unlisted() {
    return directories.stream().filter(n -> !objects.containsKey(n)).toList();
  }

  /** Finds what lies in a directory, whoever put it there. */
  void listObjects(long generation) throws IOException {
    var found =
        volume.call(
            () ->
                listed(directory(generation)).stream()
                    .filter(file -> !Volume.isSillyRenamed(file))
                    .map(file -> file.getFileName().toString())
                    .filter(name -> !OURS.contains(name))
                    .map(name -> new KeptObject(generation, name))
                    .toList());
    objects.computeIfAbsent(generation, n -> new HashSet<>()).addAll(found);
  }

  /** All that was listed or put there since. */
  List<KeptObject> objects() {
    return objects.values().stream().flatMap(Set::stream).toList();
  }

  /** What a pass kept. */
  void add(Version kept) {
    switch (kept) {
      case Version.File file ->
          file.object()
              .ifPresent(o -> objects.computeIfAbsent(o.generation(), n -> new HashSet<>()).add(o));
      case Version.Database database -> {
        if (pages != null) {
          pages.add(PageFile.base(database.id(), database.state(), database.bytes()));
        }
      }
      default -> {}
    }
  }

  void remove(KeptObject object) {
    objects.getOrDefault(object.generation(), new HashSet<>()).remove(object);
  }

  /** Returns whether it was the last of its database. */
  boolean removeAndIsLast(PageFile page) throws IOException {
    var all = listPages();
    all.remove(page);
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
    try (var reader = volume.call(() -> reader(generation))) {
      headers.put(generation, reader.header());
    }
  }

  /** As {@link #pages}, read once. */
  Set<PageFile> listPages() throws IOException {
    if (pages == null) {
      pages = new HashSet<>(pages());
    }
    return pages;
  }

  /** Where a version lies. */
  public Path place(KeptObject object) {
    return directory(object.generation()).resolve(object.name());
  }

  /** Where a file of a database lies. */
  public Path place(PageFile file) {
    return volume.pages().resolve(file.database()).resolve(file.name());
  }

  /** The files of which states of databases are made. */
  public List<PageFile> pages() throws IOException {
    return volume.call(
        () -> {
          var pages = new ArrayList<PageFile>();
          for (var database : listed(volume.pages())) {
            for (var file : listed(database)) {
              PageFile.named(
                      database.getFileName().toString(),
                      file.getFileName().toString(),
                      Files.size(file))
                  .ifPresent(pages::add);
            }
          }
          return pages;
        });
  }
}
