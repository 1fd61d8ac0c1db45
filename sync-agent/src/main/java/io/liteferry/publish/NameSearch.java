package io.liteferry.publish;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/**
 * Looks in the image of a database for the names of files. Applications write down which files they
 * have by name, with or without what is before and after it, as text: a file whose name is nowhere
 * in the image is not one that a row of it names.
 *
 * <p>One pass over the image, however many names there are: a filter by the hash of four bytes
 * leaves few places to compare.
 */
final class NameSearch {
  private static final int SHORTEST = 4;
  private static final int FILTER_BITS = 16;
  private static final int BUFFER_BYTES = 1 << 18;
  private static final int ENCODING_AT = 56;
  private static final int HEADER_BYTES = 100;
  private static final byte ENCODING_UTF8 = 1;
  private static final int LONGEST = 255;

  private final List<byte[]> names = new ArrayList<>();
  private final boolean[] filter = new boolean[1 << FILTER_BITS];
  private boolean isAnyTooShort;

  /** For the last names of these paths, without what follows their last dot. */
  NameSearch(Collection<Path> paths) {
    for (var path : paths) {
      var name = path.getFileName().toString();
      int dot = name.lastIndexOf('.');
      var bytes = (dot >= SHORTEST ? name.substring(0, dot) : name).getBytes(UTF_8);
      if (bytes.length < SHORTEST) {
        isAnyTooShort = true;
      } else {
        names.add(bytes);
        filter[hash(bytes, 0)] = true;
      }
    }
  }

  private static int hash(byte[] bytes, int at) {
    int four =
        (bytes[at] & 0xff)
            | (bytes[at + 1] & 0xff) << 8
            | (bytes[at + 2] & 0xff) << 16
            | (bytes[at + 3] & 0xff) << 24;
    return (four * 0x9E3779B1) >>> (Integer.SIZE - FILTER_BITS);
  }

  /**
   * Whether the image may name any of them; also when that cannot be told, as of names that are too
   * short to look for, and of a database whose text is not UTF-8.
   */
  boolean mayBeIn(Path image) throws IOException {
    return isAnyTooShort || isIn(image, true);
  }

  /** Whether one of them is in the image for sure: as text in UTF-8, and no short one. */
  boolean isIn(Path image) throws IOException {
    return isIn(image, false);
  }

  private boolean isIn(Path image, boolean inOtherText) throws IOException {
    if (names.isEmpty()) {
      return false;
    }
    var buffer = ByteBuffer.allocate(BUFFER_BYTES);
    try (var in = FileChannel.open(image, StandardOpenOption.READ)) {
      boolean isFirst = true;
      int kept = 0;
      while (true) {
        buffer.position(kept);
        int read = in.read(buffer);
        if (read < 0) {
          return isFoundIn(buffer.array(), kept);
        }
        int end = kept + read;
        if (isFirst && (end < HEADER_BYTES || buffer.get(ENCODING_AT + 3) != ENCODING_UTF8)) {
          return inOtherText;
        }
        isFirst = false;
        if (isFoundIn(buffer.array(), end)) {
          return true;
        }
        kept = Math.min(LONGEST, end); // a name may go on in what is read next
        System.arraycopy(buffer.array(), end - kept, buffer.array(), 0, kept);
        buffer.clear();
      }
    }
  }

  private boolean isFoundIn(byte[] bytes, int end) {
    for (int at = 0; at + SHORTEST <= end; at++) {
      if (filter[hash(bytes, at)] && isNameAt(bytes, at, end)) {
        return true;
      }
    }
    return false;
  }

  private boolean isNameAt(byte[] bytes, int at, int end) {
    for (var name : names) {
      if (at + name.length <= end
          && Arrays.equals(bytes, at, at + name.length, name, 0, name.length)) {
        return true;
      }
    }
    return false;
  }
}
