package io.liteferry.past;

import io.liteferry.history.KeptPoint;
import io.liteferry.history.Pins;
import io.liteferry.history.Retention;
import io.liteferry.volume.GenerationFiles;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Which points are pinned, and what their pins say.
 *
 * @param users by point, what its user noted; may be empty
 * @param accidents by the point before it, what the accident looked like; may be empty
 */
public record PinNotes(Map<Long, String> users, Map<Long, String> accidents) {
  static PinNotes of(GenerationFiles files, List<KeptPoint> points) throws IOException {
    var users = new TreeMap<Long, String>();
    var accidents = new TreeMap<Long, String>();
    for (var point : points) {
      long generation = point.generation();
      files.pin(generation).ifPresent(text -> users.put(generation, text));
      files.accident(generation).ifPresent(text -> accidents.put(generation, text));
    }
    return new PinNotes(users, accidents);
  }

  /** As retention wants them. */
  public Pins pins() {
    return new Pins(users.keySet(), accidents.keySet());
  }

  /** What is said of a point: by its user, else of the accident after it. */
  public Optional<String> note(long point) {
    return Optional.of(users.getOrDefault(point, ""))
        .filter(text -> !text.isEmpty())
        .or(() -> Optional.of(accidents.getOrDefault(point, "")))
        .filter(text -> !text.isEmpty());
  }

  /** Until when the pin before an accident holds: when the newest point is as old. */
  public static Instant end(KeptPoint accident) {
    return accident.time().plus(Retention.ACCIDENT_STAYS);
  }
}
