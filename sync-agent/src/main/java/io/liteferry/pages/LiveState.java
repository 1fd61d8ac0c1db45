package io.liteferry.pages;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Optional;

/**
 * A committed state of a database that is in use: frames of its log over its file. Where it ends
 * says its first page, as for SQLite: the file may be longer, and the log may say so, too.
 */
final class LiveState implements PageSource {
  private static final int CHANGES_AT = 24;
  private static final int PAGES_AT = 28;
  private static final int CHANGES_OF_SIZE_AT = 92;

  private final Shape shape;
  private final Window file;
  private final Optional<FileChannel> wal;
  private final FrameIndex frames;

  private LiveState(Shape shape, Window file, Optional<FileChannel> wal, FrameIndex frames) {
    this.shape = shape;
    this.file = file;
    this.wal = wal;
    this.frames = frames;
  }

  /**
   * Makes a state of which the size is known.
   *
   * @param wal where the frames are
   * @param frames those that count
   */
  static LiveState of(Shape shape, FileChannel file, Optional<FileChannel> wal, FrameIndex frames) {
    return new LiveState(shape, new Window(file, shape.pageSize()), wal, frames);
  }

  /**
   * This state, as large as its first page says. That must be one of the pages that this has.
   *
   * @throws WholeException when that page is none
   */
  LiveState ended() throws IOException {
    var first = new byte[shape.pageSize()];
    read(1, first);
    var header = ByteBuffer.wrap(first);
    long pages = Integer.toUnsignedLong(header.getInt(PAGES_AT));
    if (pages == 0 || header.getInt(CHANGES_AT) != header.getInt(CHANGES_OF_SIZE_AT)) {
      return this; // an old version wrote it
    }
    if (pages > shape.pageCount()) {
      throw new WholeException("it is shorter than its first page says");
    }
    return new LiveState(new Shape(shape.pageSize(), pages), file, wal, frames);
  }

  @Override
  public Shape shape() {
    return shape;
  }

  @Override
  public void read(long page, byte[] into) throws IOException {
    long slot = frames.slot(page);
    if (slot == 0) {
      file.read(page, into);
      return;
    }
    long at = WalFrame.position(slot, shape.pageSize()) + WalFrame.HEAD_BYTES;
    Blocks.readPadded(wal.orElseThrow(), at, into, shape.pageSize());
  }
}
