package io.liteferry.test.kubernetes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The files of the project as they are in the checkout that is built. */
final class Checkout {
  static final Path ROOT = root();

  private Checkout() {}

  private static Path root() {
    var directory = Path.of("").toAbsolutePath();
    while (Files.notExists(directory.resolve("mvnw"))) {
      directory = directory.getParent();
    }
    return directory;
  }

  static Path file(String path) {
    return ROOT.resolve(path);
  }

  static String read(String path) {
    return read(file(path));
  }

  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void write(Path file, String content) {
    try {
      Files.createDirectories(file.getParent());
      Files.writeString(file, content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
