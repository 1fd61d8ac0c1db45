package io.liteferry.volume;

import io.liteferry.durable.DamagedFileException;
import io.liteferry.durable.Errno;
import io.liteferry.durable.PortableName;
import io.liteferry.durable.SourceException;
import io.liteferry.durable.UnknownFormatException;
import io.liteferry.history.CheckLevel;
import io.liteferry.history.PageFile;
import io.liteferry.history.Version;
import io.liteferry.lease.VolumeException;
import io.liteferry.pages.Folded;
import io.liteferry.pages.ForeignSegmentException;
import io.liteferry.pages.Identity;
import io.liteferry.pages.PageMap;
import io.liteferry.pages.PageSource;
import io.liteferry.pages.PlainFile;
import io.liteferry.pages.Segment;
import io.liteferry.pages.SegmentName;
import io.liteferry.pages.Shape;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Segments of a database on a volume, in their order, each of them read and whole. */
public final class OpenSegments implements Closeable {
  private static final Logger log = LoggerFactory.getLogger(OpenSegments.class);

  private final Volume volume;
  private final List<Segment> segments = new ArrayList<>();

  private OpenSegments(Volume volume) {
    this.volume = volume;
  }

  /**
   * Opens them.
   *
   * @param database whose they must be
   * @param files one at least
   * @throws DamagedFileException when one is not what its name says, or is another database's
   * @throws UnknownFormatException when a later version wrote one
   */
  public static OpenSegments of(Volume volume, Path database, Collection<Path> files)
      throws IOException {
    var opened = new OpenSegments(volume);
    try {
      for (var file : files) {
        opened.segments.add(open(volume, database, file));
      }
      return opened;
    } catch (IOException e) {
      opened.close();
      throw e;
    }
  }

  /** Opens one; the caller closes it. */
  public static Segment open(Volume volume, Path database, Path file) throws IOException {
    try {
      return Segment.open(volume.root().resolve(file), PortableName.of(database));
    } catch (IOException e) {
      throw asOfVolume(volume, file, e);
    }
  }

  /**
   * Whose one of these is, by the first that can be read; empty when all are damaged.
   *
   * @throws IOException when one is not, and none can be read
   */
  static Optional<Path> databaseOf(Volume volume, Collection<Path> files) throws IOException {
    Optional<IOException> failure = Optional.empty();
    for (var file : files) {
      try (var segment = Segment.open(file)) {
        return Optional.of(PortableName.parse(segment.heading().database()));
      } catch (IllegalArgumentException e) {
        log.debug("{} is of no name", file, e);
      } catch (IOException e) {
        var why = asOfVolume(volume, file, e);
        if (!(why instanceof DamagedFileException) && Errno.of(why) != Errno.ENOENT) {
          failure = Optional.of(failure.orElse(why));
        }
        log.debug("{} does not say whose it is", file, why);
      }
    }
    if (failure.isPresent()) {
      throw failure.get();
    }
    return Optional.empty();
  }

  private static IOException asOfVolume(Volume volume, Path file, IOException e) {
    return switch (e) {
      case DamagedFileException damaged -> damaged;
      case UnknownFormatException later -> later;
      case ForeignSegmentException foreign ->
          new DamagedFileException(file, String.valueOf(foreign.getMessage()));
      default -> VolumeException.of(volume.root(), e);
    };
  }

  /**
   * Folds them into a copy of their base, outside of the volume.
   *
   * @throws DamagedFileException when that does not give what was published
   */
  public void foldInto(Path copy) throws IOException {
    try {
      Folded.into(copy, segments);
    } catch (SourceException e) {
      throw VolumeException.of(volume.root(), e);
    } catch (ForeignSegmentException e) {
      throw new DamagedFileException(copy, String.valueOf(e.getMessage()));
    }
  }

  /**
   * Writes one segment in place of them, into a new file on the volume, which is not synced.
   *
   * @throws DamagedFileException when one does not begin where the one before leads to
   */
  SegmentName mergeInto(Path file) throws IOException {
    try {
      return Folded.merge(segments, file).name();
    } catch (IOException e) {
      throw asOfVolume(volume, file, e);
    }
  }

  /** Whether they lead from a base on the volume, or a later state, to what they name. */
  public boolean leadOnFrom(Path base) throws IOException {
    try (var plain = PlainFile.open(volume.root().resolve(base))) {
      return Folded.of(plain, segments).identity().equals(segments.getLast().heading().to());
    } catch (ForeignSegmentException e) {
      return false;
    } catch (IOException e) {
      throw asOfVolume(volume, base, e);
    }
  }

  /**
   * Writes what they lead to into a new file outside of the volume, which is not synced.
   *
   * @param base on the volume, or a later state
   * @return false when it is not what they name
   */
  public boolean writeTo(Path file, Path base) throws IOException {
    try (var plain = open(volume, base)) {
      var state = Folded.of(new OfVolume(volume, plain), segments);
      return state.write(file).equals(segments.getLast().heading().to());
    } catch (ForeignSegmentException e) {
      return false;
    } catch (SourceException e) {
      throw VolumeException.of(volume.root(), e);
    }
  }

  /**
   * What a segment leads to.
   *
   * @param plain what it leads on from
   */
  public static Version.Database versionAfter(
      Volume volume, Path database, Version.Database plain, PageFile segment) throws IOException {
    var file = new GenerationFiles(volume).place(segment);
    try (var open = open(volume, database, file)) {
      return new Version.Database(
          plain.id(),
          segment.state(),
          open.shape().bytes(),
          open.heading().to().digest(),
          open.heading().checked() ? CheckLevel.FULL : CheckLevel.NONE,
          plain.mode(),
          plain.uid(),
          plain.gid(),
          volume.call(() -> Files.getLastModifiedTime(file).to(TimeUnit.NANOSECONDS)));
    }
  }

  /**
   * The newest state that segments lead to, as far as their ends can be read: one that was cut off
   * may have left one that cannot, and points go on from the state before.
   *
   * @param plain what they lead on from; also what there is if none can be read
   * @param segments in their order
   */
  public static Version.Database newest(
      Volume volume, Path database, Version.Database plain, List<PageFile> segments)
      throws IOException {
    for (var segment : segments.reversed()) {
      try {
        return versionAfter(volume, database, plain, segment);
      } catch (DamagedFileException | UnknownFormatException e) {
        log.warn("the state {} of {} is lost: {}", segment.state(), database, e.getMessage());
      }
    }
    return plain;
  }

  /** As {@link PageMap#apply}, of a segment on a volume. */
  public static boolean moveOn(Volume volume, Path database, Path file, PageMap map)
      throws IOException {
    try (var segment = open(volume, database, file)) {
      return map.apply(segment);
    } catch (SourceException e) {
      throw VolumeException.of(volume.root(), e);
    }
  }

  /** The page map of a plain file on a volume. */
  public static PageMap mapOf(Volume volume, Path plain, Path map) throws IOException {
    try (var pages = open(volume, plain)) {
      return PageMap.build(map, new OfVolume(volume, pages));
    }
  }

  private static PlainFile open(Volume volume, Path plain) throws IOException {
    return volume.call(() -> PlainFile.open(volume.root().resolve(plain)));
  }

  /**
   * Pages that are read from a volume and used elsewhere: what fails in reading is the volume's.
   */
  private record OfVolume(Volume volume, PageSource pages) implements PageSource {
    @Override
    public Shape shape() {
      return pages.shape();
    }

    @Override
    public void read(long page, byte[] into) throws IOException {
      volume.run(() -> pages.read(page, into));
    }
  }

  /**
   * The page map of the state that they lead to.
   *
   * @param base on the volume, or a later state
   * @throws DamagedFileException when that is not what they name
   */
  public PageMap mapOver(Path base, Path map) throws IOException {
    try (var plain = open(volume, base)) {
      var built = PageMap.build(map, new OfVolume(volume, Folded.of(plain, segments)));
      if (built.identity().equals(segments.getLast().heading().to())) {
        return built;
      }
      built.close();
    } catch (ForeignSegmentException e) {
      throw new DamagedFileException(base, String.valueOf(e.getMessage()));
    }
    throw new DamagedFileException(base, "with its segments it is not what was published");
  }

  /** That of a base or a plain file on a volume; empty when it is no database. */
  public static Optional<Identity> identityOf(Volume volume, Path base) throws IOException {
    try (var plain = PlainFile.open(volume.root().resolve(base))) {
      return Optional.of(plain.identity());
    } catch (DamagedFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw asOfVolume(volume, base, e);
    }
  }

  /** The last one. */
  public Segment last() {
    return segments.getLast();
  }

  @Override
  public void close() throws IOException {
    for (var segment : segments) {
      segment.close();
    }
  }
}
