package io.liteferry.pages;

import io.liteferry.durable.Digest;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Names a state of a database by its content: the first half of the SHA-256 of the page size, the
 * number of pages, and the sum of the pages' hashes. Two images of one state, by whatever way, have
 * the same.
 */
public record Identity(long high, long low) {
  private static final Pattern FORM = Pattern.compile("[0-9a-f]{32}");
  private static final HexFormat HEX = HexFormat.of();
  private static final int DIGITS = 16;

  static Identity of(Shape shape, HashSum sum) {
    var content = ByteBuffer.allocate(Integer.BYTES + 3 * Long.BYTES);
    content.putInt(shape.pageSize()).putLong(shape.pageCount());
    content.putLong(sum.high()).putLong(sum.low());
    try {
      var digest = ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(content.array()));
      return new Identity(digest.getLong(), digest.getLong());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  /** In the form in which other content is named: of two halves, the second is zero. */
  public Digest digest() {
    return new Digest(high, low, 0, 0);
  }

  /** The identity that {@link #digest} made this of; empty when it is the digest of a file. */
  public static Optional<Identity> in(Digest digest) {
    return digest.third() == 0 && digest.last() == 0
        ? Optional.of(new Identity(digest.first(), digest.second()))
        : Optional.empty();
  }

  /** As 32 lower-case hexadecimal digits. */
  public String hex() {
    return HEX.toHexDigits(high) + HEX.toHexDigits(low);
  }

  /** The identity that 32 lower-case hexadecimal digits name; empty when it is no such text. */
  public static Optional<Identity> parse(String hex) {
    return FORM.matcher(hex).matches()
        ? Optional.of(
            new Identity(
                HexFormat.fromHexDigitsToLong(hex, 0, DIGITS),
                HexFormat.fromHexDigitsToLong(hex, DIGITS, 2 * DIGITS)))
        : Optional.empty();
  }

  @Override
  public String toString() {
    return hex();
  }
}
