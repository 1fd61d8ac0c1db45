package io.liteferry.durable;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;

/**
 * A relative path as ASCII text and back, without loss: every byte of a name that is not plain is
 * percent-encoded (RFC 3986), so that names which are not valid UTF-8 survive in JSON.
 *
 * <p>{@link Path#toString} would replace such bytes; {@link Path#toUri} keeps them.
 */
public final class PortableName {
  private static final Path ROOT = Path.of("/");
  private static final Path NONE = Path.of("");

  private PortableName() {}

  /** {@code path} must be relative, of the default file system. */
  public static String of(Path path) {
    if (path.isAbsolute()) {
      throw new IllegalArgumentException("not relative: " + path);
    }
    // Of a part: a path keeps its text from then on, and there are 200,000 of them.
    var text = path.subpath(0, path.getNameCount()).toString();
    if (isPlain(text)) { // most are, and toUri() asks the disk
      return text;
    }
    var raw = ROOT.resolve(path).toUri().getRawPath();
    // toUri() looks whether the path is a directory, and then adds a slash
    return raw.substring(1, raw.endsWith("/") ? raw.length() - 1 : raw.length());
  }

  /** Whether it is the same as a path and as a path's name. */
  private static boolean isPlain(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean plain =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || c == '-'
              || c == '.'
              || c == '_'
              || (c == '/' && i > 0);
      if (!plain) {
        return false;
      }
    }
    return !text.isEmpty();
  }

  /**
   * The path that {@link #of} named.
   *
   * @throws IllegalArgumentException when the text is no such name, or leads out of its root
   */
  public static Path parse(String name) {
    var path =
        isPlain(name) ? Path.of(name) : ROOT.relativize(Path.of(URI.create("file:///" + name)));
    if (List.of(name.split("/", -1)).contains("..")
        || name.isEmpty()
        || !path.equals(path.normalize())
        || path.equals(NONE)) {
      throw new IllegalArgumentException("not the name of a file: " + name);
    }
    return path;
  }
}
