package io.liteferry.sqlite;

import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Lengthens and shortens names by ASCII text without touching bytes that are not UTF-8. */
final class PathBytes {
  private static final Path ROOT = Path.of("/");

  private PathBytes() {}

  static Path append(Path path, String ascii) {
    return isFaithful(path)
        ? path.getFileSystem().getPath(path + ascii)
        : rebuild(path, raw(path) + ascii);
  }

  static Path chop(Path path, String ascii) {
    if (isFaithful(path)) {
      var text = path.toString();
      return path.getFileSystem().getPath(text.substring(0, text.length() - ascii.length()));
    }
    var raw = raw(path);
    return rebuild(path, raw.substring(0, raw.length() - ascii.length()));
  }

  /** Whether the text of the path stands for the same bytes. */
  private static boolean isFaithful(Path path) {
    try {
      return path.getFileSystem().getPath(path.toString()).equals(path);
    } catch (InvalidPathException e) {
      return false; // the locale has no such characters
    }
  }

  private static String raw(Path path) {
    var raw = ROOT.resolve(path).toUri().getRawPath();
    return raw.endsWith("/") ? raw.substring(0, raw.length() - 1) : raw;
  }

  private static Path rebuild(Path original, String raw) {
    var absolute = Path.of(URI.create("file://" + raw));
    return original.isAbsolute() ? absolute : ROOT.relativize(absolute);
  }
}
