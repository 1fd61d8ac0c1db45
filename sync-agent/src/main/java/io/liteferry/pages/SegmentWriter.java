package io.liteferry.pages;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import io.liteferry.durable.Digest;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * Writes a segment: pages in any order, each once, then the commit. The file is new and is not
 * synced. For one thread at a time.
 */
final class SegmentWriter implements Closeable {
  /** Between the last frame and the line of JSON, so that the line can be found from the end. */
  private static final String LINE_END = "\n";

  private final Path path;
  private final FileChannel file;
  private final WalHeader header;
  private final byte[] frame;
  private WalChecksum checksum;
  private long frames;

  /** The page in {@link #frame}, which is not written before it is known whether it is the last. */
  private long held;

  /**
   * Begins a segment.
   *
   * @param number of the state that it leads to
   * @param from the state that it begins at
   */
  SegmentWriter(Path path, int pageSize, long number, Identity from) throws IOException {
    this.path = path;
    header = new WalHeader(false, pageSize, (int) number, from.high());
    checksum = header.checksum();
    frame = new byte[WalFrame.HEAD_BYTES + pageSize];
    file = FileChannel.open(path, CREATE_NEW, READ, WRITE);
    try {
      Blocks.write(file, 0, header.bytes(), WalHeader.BYTES);
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  void add(long page, byte[] content) throws IOException {
    flush(0);
    System.arraycopy(content, 0, frame, WalFrame.HEAD_BYTES, header.pageSize());
    held = page;
  }

  /** How many bytes the pages take that were added. */
  long bytes() {
    return WalFrame.position(frames + (held == 0 ? 1 : 2), header.pageSize());
  }

  boolean isEmpty() {
    return held == 0;
  }

  /**
   * Completes the segment, which has a page at least.
   *
   * @param pageCount of the state it leads to
   */
  void commit(long pageCount, Heading heading) throws IOException {
    flush(pageCount);
    long end = WalFrame.position(frames + 1, header.pageSize());
    end = append(end, LINE_END + heading.begin());
    var sum = Digest.ofBeginning(file, end, path);
    append(end, Heading.SUM + sum.hex() + Heading.END);
  }

  private long append(long position, String text) throws IOException {
    var bytes = text.getBytes(UTF_8);
    Blocks.write(file, position, bytes, bytes.length);
    return position + bytes.length;
  }

  private void flush(long commit) throws IOException {
    if (held == 0) {
      return;
    }
    checksum = WalFrame.complete(frame, held, commit, header, checksum);
    frames++;
    Blocks.write(file, WalFrame.position(frames, header.pageSize()), frame, frame.length);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
