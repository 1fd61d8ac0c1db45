package io.liteferry.sqlite;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardOpenOption.READ;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Tells an encrypted database that kept a plain header, as SQLCipher makes them, from a damaged
 * one.
 *
 * <p>Encrypted are a header, then noise to the end: the first page is no b-tree, hardly any other
 * page begins as SQLite's do, and the bytes of every sample are as even as random ones. Damage
 * leaves zeros, text, or pages that are still whole. One whose pages are all compressed content is
 * known by the links between them.
 */
public final class Encrypted {
  /** Read at once; of smaller pages, several. */
  private static final int BLOCK = 4096;

  /** Fewer bytes say nothing of how even they are. */
  private static final int LEAST = 1024;

  private static final int SAMPLES = 64;

  /** Of so many samples one may look like a page by chance. */
  private static final int CHANCE = 8;

  /** Chi-square of 256 values has mean 255 and deviation 22.6: within six of them. */
  private static final double LEAST_EVEN = 119;

  private static final double MOST_EVEN = 391;

  private static final int LEAF = 8;
  private static final int INTERIOR = 12;
  private static final int MOST_FRAGMENTS = 60;

  private Encrypted() {}

  /**
   * Whether this is an encrypted database with a plain header. Never follows a symbolic link.
   *
   * <p>Opens the file: see the package's rule about descriptors.
   */
  public static boolean isOne(Path file) throws IOException {
    try (var in = FileChannel.open(file, READ, NOFOLLOW_LINKS)) {
      var first = read(in, 0);
      var header = DatabaseHeader.parse(first);
      if (header.isEmpty()) {
        return false;
      }
      int page = sizeOrUsual(header.get().pageSize());
      return !isTree(first, DatabaseHeader.BYTES, page)
          && isNoise(first, DatabaseHeader.BYTES)
          && isNoiseThroughout(in, Math.max(page, BLOCK), page);
    }
  }

  private static boolean isNoiseThroughout(FileChannel in, int stride, int page)
      throws IOException {
    long strides = (in.size() + stride - 1) / stride;
    long samples = Math.min(SAMPLES, strides - 1);
    long likePages = 0;
    for (long i = 1; i <= samples; i++) {
      var block = read(in, (strides - 1) * i / samples * stride);
      if (block.length >= LEAST && !isNoise(block, 0)) {
        return false;
      }
      if (isTree(block, 0, page) || isChained(block, in.size() / page)) {
        likePages++;
      }
    }
    return likePages * CHANCE <= samples;
  }

  /** What stands there may be encrypted, too. */
  private static int sizeOrUsual(int pageSize) {
    return pageSize >= 512 && Integer.bitCount(pageSize) == 1 ? pageSize : BLOCK;
  }

  /** Whether a b-tree page's header may be there. */
  private static boolean isTree(byte[] block, int at, int page) {
    if (block.length < at + INTERIOR) {
      return false;
    }
    var header = ByteBuffer.wrap(block, at, INTERIOR).slice();
    int bytes =
        switch (header.get(0)) {
          case 2, 5 -> INTERIOR;
          case 10, 13 -> LEAF;
          default -> 0;
        };
    int free = Short.toUnsignedInt(header.getShort(1));
    int cells = Short.toUnsignedInt(header.getShort(3));
    int content = Short.toUnsignedInt(header.getShort(5));
    return bytes > 0
        && (content == 0 || content >= at + bytes + 2 * cells)
        && content <= Math.max(page, BLOCK)
        && (free == 0 || free >= content)
        && Byte.toUnsignedInt(header.get(7)) <= MOST_FRAGMENTS;
  }

  /** Whether it begins with the number of a page, as those of large values do. */
  private static boolean isChained(byte[] block, long pages) {
    return block.length < Integer.BYTES
        || Integer.toUnsignedLong(ByteBuffer.wrap(block).getInt(0)) <= pages;
  }

  private static boolean isNoise(byte[] block, int from) {
    int length = block.length - from;
    if (length < LEAST) {
      return false;
    }
    var counts = new int[256];
    for (int i = from; i < block.length; i++) {
      counts[Byte.toUnsignedInt(block[i])]++;
    }
    double expected = length / 256.0;
    double chiSquare = 0;
    for (int count : counts) {
      chiSquare += (count - expected) * (count - expected) / expected;
    }
    return chiSquare >= LEAST_EVEN && chiSquare <= MOST_EVEN;
  }

  private static byte[] read(FileChannel in, long from) throws IOException {
    var buffer = ByteBuffer.allocate(BLOCK);
    while (buffer.hasRemaining() && in.read(buffer, from + buffer.position()) >= 0) {}
    return Arrays.copyOf(buffer.array(), buffer.position());
  }
}
