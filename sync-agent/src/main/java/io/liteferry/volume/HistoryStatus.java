package io.liteferry.volume;

import com.google.gson.JsonObject;
import io.liteferry.history.KeptPoint;
import io.liteferry.history.Reason;
import io.liteferry.history.RetentionPlan;
import io.liteferry.history.Usage;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What the one who thins a volume's history has last found there.
 *
 * @param points that stay, the current one among them
 * @param oldest when the oldest of them was made
 * @param newestChecked when the newest was made of which all databases passed the full check; empty
 *     when there is none
 * @param bytes of all that they need beside the current tree
 * @param waiting bytes that no point needs, and that are still there for a while
 * @param budget in bytes
 * @param rung how far down the ladder retention had to go; 0 for the policy as configured
 * @param accidentPins how many points stay as they are before an accident
 * @param kept the points that stay, from the oldest to the newest
 */
public record HistoryStatus(
    int points,
    Optional<Instant> oldest,
    Optional<Instant> newestChecked,
    long bytes,
    long waiting,
    long budget,
    int rung,
    int accidentPins,
    List<Kept> kept) {

  /** A point that stays, and why. */
  public record Kept(KeptPoint point, Set<Reason> because) {}

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
        0,
        budget,
        plan.rung(),
        (int) plan.staying().values().stream().filter(r -> r.contains(Reason.ACCIDENT)).count(),
        staying.stream()
            .map(p -> new Kept(p, plan.staying().getOrDefault(p.generation(), Set.of())))
            .toList());
  }

  /** The same, with so many bytes to go. */
  HistoryStatus waiting(long waitingBytes) {
    return new HistoryStatus(
        points, oldest, newestChecked, bytes, waitingBytes, budget, rung, accidentPins, kept);
  }

  /** What {@code status} says of it, without the points. */
  public JsonObject toJson() {
    var json = new JsonObject();
    json.addProperty("points", points);
    oldest.ifPresent(t -> json.addProperty("oldest", t.toString()));
    json.addProperty("bytes", bytes);
    json.addProperty("waitingBytes", waiting);
    json.addProperty("budgetBytes", budget);
    json.addProperty("rung", rung);
    json.addProperty("accidentPins", accidentPins);
    return json;
  }
}
