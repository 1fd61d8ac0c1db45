package io.liteferry.pages;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * Follows the frames of a log as SQLite's recovery does: a frame counts when it bears the log's
 * salts, names a page, and its checksum goes on from the one before; and then only if a commit is
 * at it or behind it. What a transaction that was rolled back, or that is still at work, has in the
 * file bears no commit, or checksums that do not go on.
 */
final class WalWalk {
  private static final int READ_BYTES = 1 << 20;

  /**
   * What was found.
   *
   * @param frames up to the last commit, from where the walk began
   * @param checksum at the last commit
   * @param pageCount of the database after it; 0 when there is no commit
   * @param smallest number of pages that the database had after any of the commits
   * @param commits how many there are; one that repeats the frame before it, as padding does, does
   *     not count
   * @param repeated how many do not count
   */
  record Walked(
      long frames,
      WalChecksum checksum,
      long pageCount,
      long smallest,
      int commits,
      int repeated) {}

  private final FileChannel wal;
  private final WalHeader log;
  private final PageHasher hasher = new PageHasher();

  /**
   * Makes a walk.
   *
   * @param log whose frames are meant; the file may begin with the header of a later one
   */
  WalWalk(FileChannel wal, WalHeader log) {
    this.wal = wal;
    this.log = log;
  }

  /**
   * Follows the log.
   *
   * @param after how many frames are before those that are looked at
   * @param start the checksum there
   * @param most how many frames are looked at
   * @param index gets the frames up to the last commit
   */
  Walked from(long after, WalChecksum start, long most, FrameIndex index) throws IOException {
    int frameBytes = WalFrame.HEAD_BYTES + log.pageSize();
    long atOnce = Math.min(Math.min(most, framesFrom(after)), READ_BYTES / frameBytes);
    var bytes = new byte[Math.toIntExact(atOnce * frameBytes)];
    var frames = ByteBuffer.wrap(bytes);
    var walked = new Walked(0, start, 0, Long.MAX_VALUE, 0, 0);
    var checksum = start;
    var before = index.added();
    PageHash committed = null;
    long seen = 0;
    while (seen < most) {
      long wanted = Math.min(bytes.length, (most - seen) * frameBytes);
      long position = WalFrame.position(after + seen + 1, log.pageSize());
      int found = Blocks.read(wal, position, bytes, (int) wanted) / frameBytes;
      for (int i = 0; i < found; i++) {
        int at = i * frameBytes;
        int page = frames.getInt(at + WalFrame.PAGE_AT);
        if (frames.getLong(at + WalFrame.SALTS_AT) != log.salts() || page == 0) {
          return end(walked, index, before);
        }
        checksum = WalFrame.checksum(checksum, log.bigEndian(), bytes, at, log.pageSize());
        if (!checksum.equals(WalChecksum.in(bytes, at + WalFrame.CHECKSUM_AT))) {
          return end(walked, index, before);
        }
        seen++;
        index.add(Integer.toUnsignedLong(page), after + seen);
        long commit = Integer.toUnsignedLong(frames.getInt(at + WalFrame.COMMIT_AT));
        if (commit == 0) {
          committed = null;
          continue;
        }
        var hash = hasher.part(page, bytes, at + WalFrame.HEAD_BYTES, log.pageSize());
        int again = hash.equals(committed) ? 1 : 0;
        committed = hash;
        walked =
            new Walked(
                seen,
                checksum,
                commit,
                Math.min(walked.smallest, commit),
                walked.commits + 1 - again,
                walked.repeated + again);
      }
      if (found == 0 || (long) found * frameBytes < wanted) {
        break;
      }
    }
    return end(walked, index, before);
  }

  private static Walked end(Walked walked, FrameIndex index, int before) {
    index.shortenTo(before + (int) walked.frames);
    return walked;
  }

  private long framesFrom(long after) throws IOException {
    long rest = wal.size() - WalFrame.position(after + 1, log.pageSize());
    return Math.max(1, Math.ceilDiv(rest, WalFrame.HEAD_BYTES + log.pageSize()));
  }
}
