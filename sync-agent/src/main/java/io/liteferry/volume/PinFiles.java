package io.liteferry.volume;

import io.liteferry.durable.Durable;
import io.liteferry.history.Pins;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/**
 * Files in the directories of generations, beside the records: their points are to stay. They are
 * looked for when a point is about to go.
 */
final class PinFiles {
  /** A user wants it to stay. */
  static final String PIN = "pin";

  /** It was before what looked like an accident. */
  static final String ACCIDENT = "accident";

  private final Volume volume;
  private final Set<Long> users = new HashSet<>();
  private final Set<Long> accidents = new HashSet<>();

  PinFiles(Volume volume) {
    this.volume = volume;
  }

  /** Those that were found so far. */
  Pins found() {
    return new Pins(users, accidents);
  }

  /** Looks whether a point is pinned in a way that was not known. */
  boolean look(Path directory, long point) throws IOException {
    boolean isUsers =
        !users.contains(point) && volume.call(() -> Durable.exists(directory.resolve(PIN)));
    boolean isAccident =
        !accidents.contains(point)
            && volume.call(() -> Durable.exists(directory.resolve(ACCIDENT)));
    return (isUsers && users.add(point)) || (isAccident && accidents.add(point));
  }

  /** Looks whether a point is pinned at all. */
  boolean lookForAny(Path directory, long point) throws IOException {
    return look(directory, point) || users.contains(point) || accidents.contains(point);
  }
}
