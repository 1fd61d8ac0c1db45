package io.liteferry.pages;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardOpenOption.READ;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.liteferry.durable.DamagedFileException;
import io.liteferry.durable.Digest;
import io.liteferry.durable.SourceException;
import io.liteferry.durable.UnknownFormatException;
import io.liteferry.sqlite.DatabaseHeader;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.util.NoSuchElementException;
import java.util.Optional;

/**
 * A segment that was read and is whole: a SQLite WAL file of one transaction, with the pages that
 * differ between two states of a database, and its heading. Its file stays open. For one thread at
 * a time.
 */
public final class Segment implements Closeable {
  private static final int MOST_LINE_BYTES = 1 << 16;

  private final Path path;
  private final FileChannel file;
  private final Heading heading;
  private final Shape shape;
  private final FrameIndex index;

  private Segment(Path path, FileChannel file, Heading heading, Shape shape, FrameIndex index) {
    this.path = path;
    this.file = file;
    this.heading = heading;
    this.shape = shape;
    this.index = index;
  }

  /**
   * Opens a segment and looks at every byte of it.
   *
   * @param database whose it must be
   * @throws UnknownFormatException when a later version wrote it
   * @throws ForeignSegmentException when it is another one than its place or its name says
   * @throws DamagedFileException when it is not as it was written
   */
  public static Segment open(Path path, String database) throws IOException {
    var segment = open(path);
    if (!segment.heading.database().equals(database)) {
      segment.close();
      throw new ForeignSegmentException(
          path, segment.heading.name().text(), segment.heading.database());
    }
    return segment;
  }

  /** The same, whosever it is. */
  public static Segment open(Path path) throws IOException {
    var file = FileChannel.open(path, READ, NOFOLLOW_LINKS);
    try {
      return read(path, file);
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  private static Segment read(Path path, FileChannel file) throws IOException {
    var line = lastLine(path, file);
    JsonObject json;
    Heading heading;
    SegmentName name;
    String digest;
    try {
      json = JsonParser.parseString(line.text).getAsJsonObject();
      int format = json.get("format").getAsInt();
      if (format > Heading.FORMAT) {
        throw new UnknownFormatException(path, format, Heading.FORMAT);
      }
      heading = Heading.of(json);
      name = heading.name();
      digest = json.get("sha256").getAsString();
    } catch (JsonParseException
        | IllegalStateException
        | IllegalArgumentException
        | UnsupportedOperationException
        | NullPointerException
        | NoSuchElementException
        | DateTimeException e) {
      var damaged = new DamagedFileException(path, "no heading");
      damaged.initCause(e);
      throw damaged;
    }
    if (!Digest.ofBeginning(file, line.at + line.sumAt(), path).hex().equals(digest)) {
      throw new DamagedFileException(path, "its content has another sum than it says");
    }
    var named = SegmentName.parse(path.getFileName().toString());
    if (!named.orElse(name).equals(name)) {
      throw new ForeignSegmentException(path, name.text(), heading.database());
    }
    var header = WalHeader.read(file).orElseThrow(() -> new DamagedFileException(path, "no WAL"));
    var index = new FrameIndex();
    long frames = (line.at - WalHeader.BYTES) / (WalFrame.HEAD_BYTES + header.pageSize());
    var walked = new WalWalk(file, header).from(0, header.checksum(), frames, index);
    if (frames == 0
        || walked.frames() != frames
        || walked.commits() != 1
        || WalFrame.position(frames + 1, header.pageSize()) + 1 != line.at) {
      throw new DamagedFileException(path, "not of one transaction");
    }
    return new Segment(
        path, file, heading, new Shape(header.pageSize(), walked.pageCount()), index);
  }

  private record Line(String text, long at) {
    /** How many bytes of the line are before the sum. */
    int sumAt() {
      return text.substring(0, Math.max(0, text.lastIndexOf(Heading.SUM))).getBytes(UTF_8).length;
    }
  }

  private static Line lastLine(Path path, FileChannel file) throws IOException {
    long size = file.size();
    var tail = new byte[(int) Math.min(size, MOST_LINE_BYTES)];
    Blocks.read(file, size - tail.length, tail, tail.length);
    int end = tail.length - 1;
    if (end >= 0 && tail[end] == '\n') {
      for (int at = end - 1; at >= 0; at--) {
        if (tail[at] == '\n') {
          var text = new String(tail, at + 1, end - at - 1, UTF_8);
          return new Line(text, size - tail.length + at + 1);
        }
      }
    }
    throw new DamagedFileException(path, "it was cut off, or is not a segment");
  }

  public Heading heading() {
    return heading;
  }

  /** Of the state that it leads to. */
  public Shape shape() {
    return shape;
  }

  /** The numbers of its pages, in ascending order. */
  public long[] pages() {
    return index.pages();
  }

  /** Of the database in the state that it leads to; empty when its first page did not change. */
  public Optional<DatabaseHeader> header() throws IOException {
    if (index.slot(1) == 0) {
      return Optional.empty();
    }
    var first = new byte[shape.pageSize()];
    read(1, first);
    return DatabaseHeader.parse(first);
  }

  /** Reads one of its pages. Whoever folds must know which of the two files failed. */
  void read(long page, byte[] into) throws SourceException {
    long at = WalFrame.position(index.slot(page), shape.pageSize()) + WalFrame.HEAD_BYTES;
    try {
      Blocks.readPadded(file, at, into, shape.pageSize());
    } catch (IOException e) {
      throw new SourceException(e);
    }
  }

  ForeignSegmentException foreignTo(String before) {
    return new ForeignSegmentException(path, before);
  }

  DamagedFileException damaged(String why) {
    return new DamagedFileException(path, why);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
