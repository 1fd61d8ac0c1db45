package io.liteferry.publish;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * How much room a file system has, in bytes.
 *
 * @param free what the agent's user may take
 * @param size of the file system, or of the quota where the file system says so
 */
public record Space(long free, long size) {
  /** Hangs with the file system. Empty when it does not say, or is away: others tell of that. */
  public static Optional<Space> of(Path directory) {
    try {
      var store = Files.getFileStore(directory);
      var space = new Space(store.getUsableSpace(), store.getTotalSpace());
      return Optional.of(space).filter(s -> s.size() > 0);
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
