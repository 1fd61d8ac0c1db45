package io.liteferry.sqlite;

import java.net.URI;
import java.nio.file.Path;

/** Lengthens and shortens names by ASCII text without touching bytes that are not UTF-8. */
final class PathBytes {
  private static final Path ROOT = Path.of("/");

  private PathBytes() {}

  static Path append(Path path, String ascii) {
    var text = path + ascii;
    var plain = path.getFileSystem().getPath(text);
    return isFaithful(path) ? plain : rebuild(path, raw(path) + ascii);
  }

  static Path chop(Path path, String ascii) {
    var text = path.toString();
    var plain = path.getFileSystem().getPath(text.substring(0, text.length() - ascii.length()));
    if (isFaithful(path)) {
      return plain;
    }
    var raw = raw(path);
    return rebuild(path, raw.substring(0, raw.length() - ascii.length()));
  }

  /** Whether the text of the path stands for the same bytes. */
  private static boolean isFaithful(Path path) {
    return path.getFileSystem().getPath(path.toString()).equals(path);
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
