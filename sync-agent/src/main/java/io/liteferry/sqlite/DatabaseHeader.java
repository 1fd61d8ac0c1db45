package io.liteferry.sqlite;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardOpenOption.READ;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/**
 * The first 100 bytes of a database, as <a href="https://sqlite.org/fileformat2.html">SQLite's file
 * format</a> lays them out.
 *
 * @param pageSize in bytes, 512 to 65536
 * @param wal whether the database is in WAL mode
 * @param pages how many pages the database has
 * @param freePages how many of them are not in use
 * @param changes SQLite's change counter, an unsigned number of 32 bits: it grows with each
 *     transaction in rollback mode, and in WAL mode with checkpoints of the first page
 */
public record DatabaseHeader(int pageSize, boolean wal, long pages, long freePages, long changes) {
  public static final int BYTES = 100;
  private static final byte[] MAGIC = "SQLite format 3\0".getBytes(US_ASCII);
  private static final int PAGE_SIZE_AT = 16;
  private static final int WRITE_VERSION_AT = 18;
  private static final int CHANGES_AT = 24;
  private static final int PAGES_AT = 28;
  private static final int FREE_PAGES_AT = 36;
  private static final byte WRITE_VERSION_WAL = 2;

  /**
   * Reads the header; empty when the file is not a database. Never follows a symbolic link.
   *
   * <p>Opens the file: see the package's rule about descriptors.
   */
  public static Optional<DatabaseHeader> read(Path file) throws IOException {
    return parse(head(file, BYTES));
  }

  /** Whether the file begins as a database does, whole or damaged. */
  public static boolean isClaimed(Path file) throws IOException {
    return Arrays.equals(head(file, MAGIC.length), MAGIC);
  }

  /**
   * Whether the file begins with zeros, as when its first transaction was spilled and not ended.
   */
  public static boolean isUnwritten(Path file) throws IOException {
    return Arrays.equals(head(file, MAGIC.length), new byte[MAGIC.length]);
  }

  /** The header that the first bytes of a file are; empty when they are none. */
  public static Optional<DatabaseHeader> parse(byte[] head) {
    if (head.length < BYTES || !Arrays.equals(head, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
      return Optional.empty();
    }
    var buffer = ByteBuffer.wrap(head);
    int stored = Short.toUnsignedInt(buffer.getShort(PAGE_SIZE_AT));
    return Optional.of(
        new DatabaseHeader(
            stored == 1 ? 65536 : stored,
            buffer.get(WRITE_VERSION_AT) == WRITE_VERSION_WAL,
            Integer.toUnsignedLong(buffer.getInt(PAGES_AT)),
            Integer.toUnsignedLong(buffer.getInt(FREE_PAGES_AT)),
            Integer.toUnsignedLong(buffer.getInt(CHANGES_AT))));
  }

  /**
   * How much of the database is in use: what is deleted counts no longer, though the file keeps its
   * size. Right for a snapshot; in a database at work what is in the WAL is missing.
   */
  public long bytesInUse() {
    return Math.max(0, pages - freePages) * pageSize;
  }

  /** The first bytes of a file, fewer when it is shorter. */
  public static byte[] head(Path file, int bytes) throws IOException {
    var buffer = ByteBuffer.allocate(bytes);
    try (var in = FileChannel.open(file, READ, NOFOLLOW_LINKS)) {
      while (buffer.hasRemaining() && in.read(buffer) >= 0) {}
    }
    return Arrays.copyOf(buffer.array(), buffer.position());
  }
}
