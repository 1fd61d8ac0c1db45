package io.liteferry.pages;

import io.liteferry.pages.WalIndex.Backfill;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Objects;

/**
 * Where in a log a state of a database ended. Good only for a capture that begins at that state.
 *
 * @param state which one it is
 * @param file the database's, as it was
 * @param log whose frames are meant
 * @param frames how many of them there were
 * @param checksum at the last of these
 * @param pageCount as the wal-index had it
 * @param changes what the wal-index counted
 * @param backfill how far checkpoints were
 */
record Position(
    Identity state,
    FileStamp file,
    WalHeader log,
    long frames,
    WalChecksum checksum,
    long pageCount,
    int changes,
    Backfill backfill) {

  /** Which file it is, and when it was written. */
  record FileStamp(Object key, long size, FileTime mtime) {
    static FileStamp of(BasicFileAttributes file) {
      return new FileStamp(
          Objects.requireNonNull(file.fileKey()), file.size(), file.lastModifiedTime());
    }
  }

  static Position of(Identity state, FileStamp file, WalIndex index) {
    return new Position(
        state,
        file,
        new WalHeader(index.bigEndian(), index.pageSize(), 0, index.salts()),
        index.frames(),
        index.checksum(),
        index.pageCount(),
        index.changes(),
        index.backfill());
  }

  /** Whether the last frame is still in the file, and with it, all before it. */
  boolean isIn(FileChannel wal) throws IOException {
    var head = new byte[WalFrame.HEAD_BYTES];
    long at = WalFrame.position(frames, log.pageSize());
    return frames > 0
        && Blocks.read(wal, at, head, head.length) == head.length
        && ByteBuffer.wrap(head).getLong(WalFrame.SALTS_AT) == log.salts()
        && checksum.equals(WalChecksum.in(head, WalFrame.CHECKSUM_AT));
  }

  /** Whether the file was written since, and no checkpoint explains it. */
  boolean isFileChangedByOthers(FileStamp now, WalIndex index) {
    return !now.equals(file) && index.backfill().equals(backfill);
  }

  /** Whether a log is the one after this one: SQLite counts the first salt up. */
  boolean isBefore(WalIndex index) {
    return firstSalt(index.salts()) == firstSalt(log.salts()) + 1;
  }

  private static int firstSalt(long salts) {
    return (int) (salts >>> Integer.SIZE);
  }
}
