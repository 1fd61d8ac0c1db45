package io.liteferry.pages;

import io.liteferry.sqlite.ReadTransaction;
import io.liteferry.sqlite.SideFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import java.util.Optional;

/**
 * What the wal-index ({@code -shm}) says of the log: where history ends is here, and not in the
 * file of the log, which may have commits behind it that SQLite will never show.
 *
 * @param changes a number of 32 bits that grows by one with each commit
 * @param bigEndian how the log's checksums read its content
 * @param pageSize in bytes
 * @param frames how many frames of the log count
 * @param pageCount of the database
 * @param checksum of the last frame that counts
 * @param salts of the log; 0 when none was written since the index was made
 * @param backfill how far checkpoints of this log have come, and how far the last one meant to
 */
record WalIndex(
    int changes,
    boolean bigEndian,
    int pageSize,
    long frames,
    long pageCount,
    WalChecksum checksum,
    long salts,
    Backfill backfill) {
  /** In frames. */
  record Backfill(int done, int attempted) {}

  private static final int HEAD_BYTES = 48;
  private static final int CHECKED_BYTES = 40;
  private static final int ATTEMPTED_AT = 128;
  private static final int VERSION = 3007000;
  private static final int LARGE_PAGE = 1;

  /**
   * Reads the index; empty when it is just being changed.
   *
   * @throws WholeException when another version of the format is in use
   */
  static Optional<WalIndex> read(FileChannel shm) throws IOException {
    var bytes = new byte[ATTEMPTED_AT + Integer.BYTES];
    int found = Blocks.read(shm, 0, bytes, bytes.length);
    boolean whole =
        found == bytes.length
            && Arrays.equals(bytes, 0, HEAD_BYTES, bytes, HEAD_BYTES, 2 * HEAD_BYTES);
    var head = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    int version = head.getInt();
    if (!whole || head.get(12) == 0 || !isChecked(bytes)) {
      return Optional.empty();
    }
    if (version != VERSION) {
      throw new WholeException("its wal-index has another format");
    }
    var backfill = new Backfill(head.getInt(2 * HEAD_BYTES), head.getInt(ATTEMPTED_AT));
    int pageSize = Short.toUnsignedInt(head.getShort(14));
    return Optional.of(
        new WalIndex(
            head.getInt(8),
            head.get(13) != 0,
            (pageSize & LARGE_PAGE) == 0 ? pageSize : Shape.MOST_PAGE,
            Integer.toUnsignedLong(head.getInt(16)),
            Integer.toUnsignedLong(head.getInt(20)),
            new WalChecksum(head.getInt(24), head.getInt(28)),
            head.order(ByteOrder.BIG_ENDIAN).getLong(32),
            backfill));
  }

  /** The same, of a database that is being read; empty without a log, too. */
  static Optional<WalIndex> read(ReadTransaction transaction) throws IOException {
    var shm = transaction.open(SideFile.SHM);
    return shm.isPresent() ? read(shm.get()) : Optional.empty();
  }

  /** SQLite sums it up as it does frames, in the machine's order. */
  private static boolean isChecked(byte[] bytes) {
    boolean bigEndian = ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN;
    var stored = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    return WalChecksum.START
        .plus(bigEndian, bytes, 0, CHECKED_BYTES)
        .equals(
            new WalChecksum(
                stored.getInt(CHECKED_BYTES), stored.getInt(CHECKED_BYTES + Integer.BYTES)));
  }
}
