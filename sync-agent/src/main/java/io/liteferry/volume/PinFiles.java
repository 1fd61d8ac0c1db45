package io.liteferry.volume;

import io.liteferry.durable.Durable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/**
 * Files in the directories of generations, beside the records: users want their points to stay.
 * They are looked for when a point is about to go.
 */
final class PinFiles {
  static final String PIN = "pin";

  private final Volume volume;
  private final Set<Long> found = new HashSet<>();

  PinFiles(Volume volume) {
    this.volume = volume;
  }

  /** Those that were found so far. */
  Set<Long> found() {
    return Set.copyOf(found);
  }

  /** Looks whether a point is pinned, unless that is known. */
  boolean look(Path directory, long point) throws IOException {
    return found.contains(point)
        || (volume.call(() -> Durable.exists(directory.resolve(PIN))) && found.add(point));
  }

  /** A user's pin was removed. */
  void forget(long point) {
    found.remove(point);
  }
}
