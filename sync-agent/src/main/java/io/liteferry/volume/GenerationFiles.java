package io.liteferry.volume;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardOpenOption.READ;

import io.liteferry.durable.Durable;
import io.liteferry.durable.Errno;
import io.liteferry.history.CheckLevel;
import io.liteferry.history.KeptObject;
import io.liteferry.history.PageFile;
import io.liteferry.history.Point;
import io.liteferry.history.RecordHeader;
import io.liteferry.history.RecordReader;
import io.liteferry.history.Stored;
import io.liteferry.history.Timeline;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Where the history lies on a volume, and how it is read, which needs no right. What is removed
 * between two looks is not there; all else that fails is the volume's error.
 */
public final class GenerationFiles {
  /** In each directory: what a pass changed. */
  static final String RECORD = "record";

  /** What is beside versions; pins stay as long as the directory does. */
  private static final Set<String> OURS = Set.of(RECORD, PinFiles.PIN);

  private static final Pattern NAME = Pattern.compile("[0-9]{6,18}");

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

  private final Volume volume;

  public GenerationFiles(Volume volume) {
    this.volume = volume;
  }

  /** The generations that have a directory, in their order. */
  public List<Long> generations() throws IOException {
    return volume.call(
        () ->
            listed(volume.generations()).stream()
                .map(directory -> directory.getFileName().toString())
                .filter(name -> NAME.matcher(name).matches())
                .map(Long::parseLong)
                .sorted()
                .distinct()
                .toList());
  }

  static List<Path> listed(Path directory) throws IOException {
    try {
      return Durable.list(directory);
    } catch (IOException e) {
      if (Errno.of(e).isNothingThere()) {
        return List.of();
      }
      throw e;
    }
  }

  /** Where the versions are that a pass replaced or removed. */
  public Path directory(long generation) {
    return volume.generations().resolve(KeptObject.directory(generation));
  }

  /** What a pass changed. */
  public Path record(long generation) {
    return directory(generation).resolve(RECORD);
  }

  /** Where a kept file lies. */
  public Path place(Stored file) {
    return switch (file) {
      case KeptObject object -> directory(object.generation()).resolve(object.name());
      case PageFile page -> volume.pages().resolve(page.database()).resolve(page.name());
    };
  }

  /** Opens a record; what fails is not yet the volume's error. */
  public RecordReader open(long generation) throws IOException {
    var record = record(generation);
    var written = Files.getLastModifiedTime(record, NOFOLLOW_LINKS).toInstant();
    var in = Files.newInputStream(record, READ, NOFOLLOW_LINKS);
    return new RecordReader(new BufferedInputStream(in), record, written);
  }

  /** What lies in a generation's directory, whoever put it there. */
  public List<KeptObject> objects(long generation) throws IOException {
    return volume.call(
        () ->
            listed(directory(generation)).stream()
                .filter(file -> !Volume.isSillyRenamed(file))
                .map(file -> file.getFileName().toString())
                .filter(name -> !OURS.contains(name))
                .map(name -> new KeptObject(generation, name))
                .toList());
  }

  /** The files of which states of databases are made. */
  public List<PageFile> pages() throws IOException {
    return volume.call(
        () -> {
          var pages = new ArrayList<PageFile>();
          for (var database : listed(volume.pages())) {
            for (var file : listed(database)) {
              page(database, file).ifPresent(pages::add);
            }
          }
          return pages;
        });
  }

  /** Makes their names durable, also those of a holder before us that had no time for it. */
  public void syncPages() throws IOException {
    for (var database : volume.call(() -> listed(volume.pages()))) {
      volume.syncDirectory(database);
    }
    if (volume.call(() -> Durable.isDirectory(volume.pages()))) {
      volume.syncDirectory(volume.pages());
    }
  }

  private static Optional<PageFile> page(Path database, Path file) throws IOException {
    try {
      var id = database.getFileName().toString();
      return PageFile.named(id, file.getFileName().toString(), Files.size(file));
    } catch (IOException e) {
      if (Errno.of(e).isNothingThere()) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** What a user's pin says of its point, perhaps nothing; empty when there is none. */
  public Optional<String> pin(long generation) throws IOException {
    return text(directory(generation).resolve(PinFiles.PIN));
  }

  private Optional<String> text(Path pin) throws IOException {
    return volume.call(
        () -> {
          try (var in = Files.newInputStream(pin, READ, NOFOLLOW_LINKS)) {
            return Optional.of(
                new String(in.readNBytes(HistoryOrder.MOST_BYTES_OF_A_NOTE), UTF_8).strip());
          } catch (IOException e) {
            if (Errno.of(e).isNothingThere()) {
              return Optional.empty();
            }
            throw e;
          }
        });
  }

  /**
   * The points, by what records and the manifest say.
   *
   * @param headers of the records that can be read, by generation
   * @param manifest the last one; empty when there is none, or it is damaged
   */
  public static Timeline timeline(
      NavigableMap<Long, RecordHeader> headers,
      Collection<Long> unreadable,
      Optional<Manifest> manifest) {
    return new Timeline(
        headers.values(), unreadable, current(headers, manifest), isAtPoint(headers, manifest));
  }

  /**
   * The last generation that was completed. While the manifest is not complete, that is the one
   * before; when it is lost, the newest that is known, of which nobody knows whether it was.
   */
  private static Point current(
      NavigableMap<Long, RecordHeader> headers, Optional<Manifest> manifest) {
    if (manifest.isEmpty()) {
      return headers.isEmpty() ? NONE : headers.lastEntry().getValue().made();
    }
    var shown = manifest.get();
    var own = headers.ceilingEntry(shown.generation());
    return shown.complete() || own == null ? shown.point() : own.getValue().before();
  }

  /** Not while an incomplete manifest is of a pass that has no record. */
  private static boolean isAtPoint(
      NavigableMap<Long, RecordHeader> headers, Optional<Manifest> manifest) {
    return manifest
        .filter(m -> !m.complete() && headers.ceilingKey(m.generation()) == null)
        .isEmpty();
  }
}
