package io.liteferry.pages;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Arrays;

/** Reads and writes at positions of an open file, whole. */
final class Blocks {
  private Blocks() {}

  /**
   * Fills a part of an array from a file.
   *
   * @return how many bytes the file has there, at most as many as were asked for
   */
  static int read(FileChannel file, long position, byte[] into, int length) throws IOException {
    var buffer = ByteBuffer.wrap(into, 0, length);
    while (buffer.hasRemaining() && file.read(buffer, position + buffer.position()) >= 0) {}
    return buffer.position();
  }

  /** As {@link #read}; what the file does not have is zero, as it is for SQLite. */
  static void readPadded(FileChannel file, long position, byte[] into, int length)
      throws IOException {
    Arrays.fill(into, read(file, position, into, length), length, (byte) 0);
  }

  static void write(FileChannel file, long position, byte[] content, int length)
      throws IOException {
    var buffer = ByteBuffer.wrap(content, 0, length);
    while (buffer.hasRemaining()) {
      file.write(buffer, position + buffer.position());
    }
  }
}
