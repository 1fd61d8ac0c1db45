package io.liteferry.pages;

import java.io.IOException;
import java.nio.channels.FileChannel;

/**
 * Reads the pages of a database's file, many at a time once they are asked for in order. What is
 * behind the file's end is zero. It remembers what it has read: for one state of a file.
 */
final class Window {
  private static final int BYTES = 1 << 20;

  private final FileChannel file;
  private final int pageSize;
  private byte[] content = {};

  /** The first page in {@link #content}, and the first one behind it. */
  private long first;

  private long end;

  Window(FileChannel file, int pageSize) {
    this.file = file;
    this.pageSize = pageSize;
  }

  void read(long page, byte[] into) throws IOException {
    if (page < first || page >= end) {
      if (page != end) { // not in order: this page alone
        Blocks.readPadded(file, (page - 1) * pageSize, into, pageSize);
        first = page + 1;
        end = first;
        return;
      }
      if (content.length == 0) {
        content = new byte[BYTES];
      }
      Blocks.readPadded(file, (page - 1) * pageSize, content, BYTES);
      first = page;
      end = page + BYTES / pageSize;
    }
    System.arraycopy(content, (int) (page - first) * pageSize, into, 0, pageSize);
  }
}
