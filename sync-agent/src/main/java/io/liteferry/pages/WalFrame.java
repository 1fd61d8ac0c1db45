package io.liteferry.pages;

import java.nio.ByteBuffer;

/** How a frame of a WAL is laid out: 24 bytes, then the content of a page. */
final class WalFrame {
  static final int HEAD_BYTES = 24;
  static final int PAGE_AT = 0;
  static final int COMMIT_AT = 4;
  static final int SALTS_AT = 8;
  static final int CHECKSUM_AT = 16;

  /** What of the head the checksum is about. */
  static final int CHECKED_BYTES = 8;

  private WalFrame() {}

  /**
   * Where a frame begins.
   *
   * @param slot its number in the file, from 1
   */
  static long position(long slot, int pageSize) {
    return WalHeader.BYTES + (slot - 1) * (HEAD_BYTES + pageSize);
  }

  /** The checksum of a log after a frame. */
  static WalChecksum checksum(
      WalChecksum before, boolean bigEndian, byte[] frame, int at, int page) {
    return before
        .plus(bigEndian, frame, at, CHECKED_BYTES)
        .plus(bigEndian, frame, at + HEAD_BYTES, page);
  }

  /** Writes the head of a frame whose content is in place behind it; returns its checksum. */
  static WalChecksum complete(
      byte[] frame, long page, long commit, WalHeader log, WalChecksum before) {
    var head = ByteBuffer.wrap(frame);
    head.putInt(PAGE_AT, (int) page).putInt(COMMIT_AT, (int) commit).putLong(SALTS_AT, log.salts());
    var checksum = checksum(before, log.bigEndian(), frame, 0, log.pageSize());
    head.putInt(CHECKSUM_AT, checksum.first());
    head.putInt(CHECKSUM_AT + Integer.BYTES, checksum.second());
    return checksum;
  }
}
