package io.liteferry.history;

import io.liteferry.durable.PortableName;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A version of a file that a pass replaced or removed. It lies in the directory of that pass for
 * life, so a record that took over the entries of another one names directories of other passes.
 *
 * @param generation the pass in whose directory it lies
 * @param name there, ASCII, of at most {@value #MOST_BYTES} bytes
 */
public record KeptObject(long generation, String name) implements Stored {
  /** Leaves room for what servers append to names of at most 255 bytes. */
  static final int MOST_BYTES = 200;

  private static final Pattern FORM = Pattern.compile("([0-9]{6,18})/([0-9]{4,}-[^/]*)");
  private static final int ESCAPE = "%XX".length();
  private static final int CONTINUATION_MASK = 0xc0;
  private static final int CONTINUATION = 0x80;

  /**
   * Names a version.
   *
   * @param number of the object within its generation, so that names differ although they are cut
   */
  public static KeptObject of(long generation, int number, Path path) {
    return new KeptObject(
        generation,
        cut(String.format(Locale.ROOT, "%04d-%s", number, PortableName.of(path.getFileName()))));
  }

  /** The name of a generation's directory; more digits than six where there are that many. */
  public static String directory(long generation) {
    return String.format(Locale.ROOT, "%06d", generation);
  }

  /** Its path below the directory of all generations, as records have it. */
  public String place() {
    return directory(generation) + "/" + name;
  }

  /**
   * The object at a place.
   *
   * @throws IllegalArgumentException when that is no place of an object
   */
  static KeptObject at(String place) {
    var parts = FORM.matcher(place);
    if (!parts.matches()) {
      throw new IllegalArgumentException("not the place of a kept version: " + place);
    }
    return new KeptObject(Long.parseLong(parts.group(1)), parts.group(2));
  }

  /** Not within an escape, and not within the escapes of one character in UTF-8. */
  private static String cut(String name) {
    if (name.length() <= MOST_BYTES) {
      return name;
    }
    int end = MOST_BYTES;
    int escape = name.lastIndexOf('%', end - 1);
    if (escape > end - ESCAPE) {
      end = escape;
    }
    while (isEscape(name, end) && isContinuation(name, end) && isEscape(name, end - ESCAPE)) {
      end -= ESCAPE;
    }
    return name.substring(0, end);
  }

  private static boolean isEscape(String name, int at) {
    return at + ESCAPE <= name.length() && name.charAt(at) == '%';
  }

  private static boolean isContinuation(String name, int at) {
    int value = Integer.parseInt(name, at + 1, at + ESCAPE, 16);
    return (value & CONTINUATION_MASK) == CONTINUATION;
  }
}
