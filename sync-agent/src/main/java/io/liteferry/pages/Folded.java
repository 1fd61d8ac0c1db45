package io.liteferry.pages;

import io.liteferry.durable.DamagedFileException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;

/**
 * The state that a base and the segments after it lead to, as SQLite would fold them, in one pass
 * and without a change of either.
 */
public final class Folded implements PageSource {
  private static final int BUFFER_BYTES = 1 << 20;

  private final PageSource base;
  private final Overlay overlay;

  private Folded(PageSource base, Overlay overlay) {
    this.base = base;
    this.overlay = overlay;
  }

  /**
   * Lays segments over a base.
   *
   * @param base any of the states that the segments lead from or to, as a fold that was cut off
   *     leaves it; the caller knows by its identity
   * @param segments one at least, in their order; the caller closes them
   * @throws ForeignSegmentException when one does not begin where the one before leads to, or has
   *     pages of another size
   */
  public static Folded of(PageSource base, List<Segment> segments) throws IOException {
    var overlay = Overlay.of(segments);
    if (overlay.shape().pageSize() != base.shape().pageSize()) {
      throw segments
          .getFirst()
          .foreignTo("a database with pages of %d".formatted(base.shape().pageSize()));
    }
    return new Folded(base, overlay);
  }

  /**
   * Writes one segment in place of several, into a new file that is not synced. To fold it has the
   * same result; its epoch, time and check are those of the last one.
   *
   * @param segments as in {@link #of}
   * @return its heading
   */
  public static Heading merge(List<Segment> segments, Path file) throws IOException {
    return Overlay.of(segments).merge(file);
  }

  /**
   * Folds segments into a copy of a base, which is not synced.
   *
   * @param segments as in {@link #of}
   * @param file as the base in {@link #of}; when this throws, it is neither
   * @throws DamagedFileException when the result is not the state that the last segment names
   */
  public static void into(Path file, List<Segment> segments) throws IOException {
    try (var base = PlainFile.open(file);
        var out = FileChannel.open(file, StandardOpenOption.WRITE)) {
      of(base, segments).overlay.writeInto(out);
    }
    try (var folded = PlainFile.open(file)) {
      if (!folded.identity().equals(segments.getLast().heading().to())) {
        throw new DamagedFileException(file, "with its segments it is not what was published");
      }
    }
  }

  @Override
  public Shape shape() {
    return overlay.shape();
  }

  @Override
  public void read(long page, byte[] into) throws IOException {
    if (overlay.read(page, into)) {
      return;
    }
    if (page <= base.shape().pageCount()) {
      base.read(page, into);
    } else {
      Arrays.fill(into, (byte) 0);
    }
  }

  /**
   * Writes the state into a new file, which is not synced.
   *
   * @return its identity, by what was written
   */
  public Identity write(Path file) throws IOException {
    var hasher = new PageHasher();
    var sum = HashSum.ZERO;
    int pageSize = shape().pageSize();
    var content = new byte[pageSize];
    var buffered = new byte[Math.max(pageSize, BUFFER_BYTES)];
    try (var out =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      int filled = 0;
      long position = 0;
      for (long page = 1; page <= shape().pageCount(); page++) {
        if (shape().isOfLocks(page)) {
          Arrays.fill(content, (byte) 0);
        } else {
          read(page, content);
          sum = sum.plus(hasher.of(page, content));
        }
        System.arraycopy(content, 0, buffered, filled, pageSize);
        filled += pageSize;
        if (filled == buffered.length || page == shape().pageCount()) {
          Blocks.write(out, position, buffered, filled);
          position += filled;
          filled = 0;
        }
      }
    }
    return Identity.of(shape(), sum);
  }
}
