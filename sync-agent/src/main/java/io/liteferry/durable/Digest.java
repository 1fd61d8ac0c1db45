package io.liteferry.durable;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardOpenOption.READ;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The SHA-256 of a file's content. As numbers it takes less than half of the memory that its text
 * would, and there is one for each file.
 */
public record Digest(long first, long second, long third, long last) {
  private static final Pattern FORM = Pattern.compile("[0-9a-f]{64}");
  private static final HexFormat HEX = HexFormat.of();
  private static final int DIGITS = 16;

  /** One buffer for each reading thread; 256 KiB is past the point where larger ones gain. */
  private static final int BUFFER_BYTES = 256 * 1024;

  /** Kept by each thread: buffers of thousands of small files would fill the old generation. */
  private static final ThreadLocal<ByteBuffer> BUFFER =
      ThreadLocal.withInitial(() -> ByteBuffer.allocate(BUFFER_BYTES));

  /**
   * The digest that a text names.
   *
   * @param hex 64 lower-case hexadecimal digits
   */
  public Digest(String hex) {
    this(part(hex, 0), part(hex, 1), part(hex, 2), part(hex, 3));
  }

  private static long part(String hex, int number) {
    if (number == 0 && !FORM.matcher(hex).matches()) {
      throw new IllegalArgumentException("not a SHA-256: " + hex);
    }
    return HexFormat.fromHexDigitsToLong(hex, number * DIGITS, (number + 1) * DIGITS);
  }

  /** As 64 lower-case hexadecimal digits. */
  public String hex() {
    return HEX.toHexDigits(first)
        + HEX.toHexDigits(second)
        + HEX.toHexDigits(third)
        + HEX.toHexDigits(last);
  }

  /**
   * Reads the whole file, never through a symbolic link.
   *
   * <p>Must not be called for a database that this process has open through SQLite: closing any
   * descriptor of it drops the process's locks.
   */
  public static Digest of(Path file) throws IOException {
    try (var in = FileChannel.open(file, READ, NOFOLLOW_LINKS)) {
      return of(in, file);
    }
  }

  /**
   * Reads an open file from its beginning.
   *
   * @param file its name, for errors
   */
  public static Digest of(FileChannel in, Path file) throws IOException {
    var sha256 = newSha256();
    var buffer = buffer();
    in.position(0);
    while (read(in, file, buffer) >= 0) {
      sha256.update(buffer.flip());
      buffer.clear();
    }
    return of(sha256);
  }

  /**
   * Reads the beginning of an open file.
   *
   * @param bytes how much of it; less when the file is shorter
   * @param file its name, for errors
   */
  public static Digest ofBeginning(FileChannel in, long bytes, Path file) throws IOException {
    var sha256 = newSha256();
    var buffer = buffer();
    in.position(0);
    long left = bytes;
    while (left > 0 && read(in, file, limit(buffer, left)) >= 0) {
      left -= buffer.flip().remaining();
      sha256.update(buffer);
      buffer.clear();
    }
    return of(sha256);
  }

  /** So that no more is read than is wanted. */
  static ByteBuffer limit(ByteBuffer empty, long bytes) {
    return empty.limit((int) Math.min(empty.capacity(), bytes));
  }

  /** That of the file with other first bytes; what it has of them is not looked at. */
  public static Digest ofWithHead(byte[] head, Path file) throws IOException {
    try (var in = FileChannel.open(file, READ, NOFOLLOW_LINKS)) {
      var sha256 = newSha256();
      sha256.update(head);
      var buffer = buffer();
      in.position(head.length);
      while (read(in, file, buffer) >= 0) {
        sha256.update(buffer.flip());
        buffer.clear();
      }
      return of(sha256);
    }
  }

  /** Reads, with the path in the error. */
  static int read(FileChannel in, Path file, ByteBuffer buffer) throws IOException {
    try {
      return in.read(buffer);
    } catch (IOException e) {
      throw Errno.named(file, e);
    }
  }

  /** This thread's buffer, empty. */
  static ByteBuffer buffer() {
    return BUFFER.get().clear();
  }

  /** Of texts, one after the other, as UTF-8. */
  public static Digest ofTexts(Stream<String> texts) {
    var sha256 = newSha256();
    texts.forEachOrdered(text -> sha256.update(text.getBytes(UTF_8)));
    return of(sha256);
  }

  static Digest of(MessageDigest sha256) {
    return new Digest(HEX.formatHex(sha256.digest()));
  }

  static MessageDigest newSha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  @Override
  public String toString() {
    return hex();
  }
}
