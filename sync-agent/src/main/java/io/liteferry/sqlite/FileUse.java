package io.liteferry.sqlite;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * That this process reads a database, by whichever of its names. Who opens descriptors of it beside
 * a connection must be the only one: to close them takes away the locks of all others. For any
 * thread.
 */
final class FileUse implements AutoCloseable {
  /** How many read a file, by what tells it from all others; negative: one, alone. */
  private static final Map<Object, Integer> READERS = new HashMap<>();

  private final Object key;
  private final int change;

  private FileUse(Object key, int change) {
    this.key = key;
    this.change = change;
  }

  /**
   * Beside others that use it in this way; empty when somebody uses it alone, by another name. One
   * that has one name is nobody else's.
   */
  static Optional<FileUse> shared(Path file) throws IOException {
    boolean hasOneName = Files.getAttribute(file, "unix:nlink").equals(1);
    return begin(hasOneName ? new Object() : key(file), 1);
  }

  /** Empty when somebody else uses it. */
  static Optional<FileUse> alone(Path file) throws IOException {
    return begin(key(file), -1);
  }

  private static Object key(Path file) throws IOException {
    return Objects.requireNonNull(
        Files.readAttributes(file, BasicFileAttributes.class).fileKey(), "no inode");
  }

  private static Optional<FileUse> begin(Object key, int change) {
    synchronized (READERS) {
      int readers = READERS.getOrDefault(key, 0);
      if (readers < 0 || (readers > 0 && change < 0)) {
        return Optional.empty();
      }
      READERS.put(key, readers + change);
    }
    return Optional.of(new FileUse(key, change));
  }

  /** Whether a file that is open is the one that this is of. */
  boolean isOf(BasicFileAttributes open) {
    return key.equals(open.fileKey());
  }

  @Override
  public void close() {
    synchronized (READERS) {
      int left = Objects.requireNonNull(READERS.get(key)) - change;
      if (left == 0) {
        READERS.remove(key);
      } else {
        READERS.put(key, left);
      }
    }
  }
}
