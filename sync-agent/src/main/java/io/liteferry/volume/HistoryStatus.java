package io.liteferry.volume;

import io.liteferry.history.KeptPoint;
import io.liteferry.history.Reason;
import io.liteferry.history.RetentionPlan;
import io.liteferry.history.Usage;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What the one who thins a volume's history has last found there.
 *
 * @param points that stay, the current one among them
 * @param oldest when the oldest of them was made
 * @param newestChecked when the newest was made of which all databases passed the full check; empty
 *     when there is none
 * @param bytes of all that they need beside the current tree
 * @param budget in bytes
 * @param rung how far down the ladder retention had to go; 0 for the policy as configured
 * @param accidentPins how many points stay as they are before an accident
 */
public record HistoryStatus(
    int points,
    Optional<Instant> oldest,
    Optional<Instant> newestChecked,
    long bytes,
    long budget,
    int rung,
    int accidentPins) {

  /** Once all went that does not stay. */
  static HistoryStatus of(List<KeptPoint> points, RetentionPlan plan, Usage usage, long budget) {
    var staying = points.stream().filter(p -> plan.staying().containsKey(p.generation())).toList();
    return new HistoryStatus(
        staying.size(),
        staying.stream().findFirst().map(KeptPoint::time),
        staying.reversed().stream()
            .filter(point -> point.point().isFullyChecked())
            .findFirst()
            .map(KeptPoint::time),
        usage.bytesOf(plan.staying().keySet()),
        budget,
        plan.rung(),
        (int) plan.staying().values().stream().filter(r -> r.contains(Reason.ACCIDENT)).count());
  }
}
