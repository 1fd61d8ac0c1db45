package io.liteferry.past;

import io.liteferry.history.KeptPoint;
import io.liteferry.history.Pins;
import io.liteferry.history.Retention;
import io.liteferry.history.Timeline;
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
 * @param pins as retention wants them
 * @param users by point, what its user noted; may be empty
 * @param accidents by the point before it, what the accident looked like; may be empty
 */
public record PinNotes(Pins pins, Map<Long, String> users, Map<Long, String> accidents) {
  static PinNotes of(GenerationFiles files, Timeline timeline) throws IOException {
    var users = new TreeMap<Long, String>();
    for (var point : timeline.points()) {
      long generation = point.generation();
      files.pin(generation).ifPresent(text -> users.put(generation, text));
    }
    var accidents = new TreeMap<Long, String>();
    timeline.accidents().forEach((point, why) -> accidents.put(point, String.join("; ", why)));
    return new PinNotes(Pins.of(users.keySet(), timeline), users, accidents);
  }

  /** What is said of a point: by its user, else of the accident after it. */
  public Optional<String> note(long point) {
    return Optional.of(users.getOrDefault(point, ""))
        .filter(text -> !text.isEmpty())
        .or(() -> Optional.of(accidents.getOrDefault(point, "")))
        .filter(text -> !text.isEmpty());
  }

  /** Until when the point before an accident stays: what happened is as old as the next point. */
  public static Instant end(List<KeptPoint> points, KeptPoint before) {
    var after = points.get(Math.min(points.indexOf(before) + 1, points.size() - 1));
    return after.time().plus(Retention.ACCIDENT_STAYS);
  }
}
