package io.liteferry.pages;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Optional;

/**
 * The 32 bytes at the beginning of a WAL.
 *
 * @param bigEndian how checksums read the content as numbers
 * @param pageSize in bytes
 * @param sequence of checkpoints
 * @param salts what every frame of this log bears
 */
record WalHeader(boolean bigEndian, int pageSize, int sequence, long salts) {
  static final int BYTES = 32;
  private static final int MARK = 0x377f0682;
  private static final int VERSION = 3007000;
  private static final int CHECKED_BYTES = 24;

  /** The header, if SQLite would take it for one. */
  static Optional<WalHeader> read(FileChannel wal) throws IOException {
    var bytes = ByteBuffer.allocate(BYTES);
    if (Blocks.read(wal, 0, bytes.array(), BYTES) < BYTES) {
      return Optional.empty();
    }
    int mark = bytes.getInt();
    int version = bytes.getInt();
    int pageSize = bytes.getInt();
    if ((mark & ~1) != MARK || version != VERSION || !Shape.isPageSize(pageSize)) {
      return Optional.empty();
    }
    var header = new WalHeader((mark & 1) != 0, pageSize, bytes.getInt(), bytes.getLong());
    return header.checksum().equals(WalChecksum.in(bytes.array(), CHECKED_BYTES))
        ? Optional.of(header)
        : Optional.empty();
  }

  /** From which the first frame's goes on. */
  WalChecksum checksum() {
    return WalChecksum.START.plus(bigEndian, content(), 0, CHECKED_BYTES);
  }

  byte[] bytes() {
    var content = content();
    var checksum = checksum();
    ByteBuffer.wrap(content)
        .putInt(CHECKED_BYTES, checksum.first())
        .putInt(CHECKED_BYTES + Integer.BYTES, checksum.second());
    return content;
  }

  private byte[] content() {
    return ByteBuffer.allocate(BYTES)
        .putInt(bigEndian ? MARK | 1 : MARK)
        .putInt(VERSION)
        .putInt(pageSize)
        .putInt(sequence)
        .putLong(salts)
        .array();
  }
}
