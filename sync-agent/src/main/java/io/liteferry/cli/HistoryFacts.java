package io.liteferry.cli;

import io.liteferry.history.KeptPoint;
import io.liteferry.history.PathVersion;
import io.liteferry.history.Reason;
import io.liteferry.history.Retention;
import io.liteferry.history.RetentionPlan;
import io.liteferry.history.RetentionPolicy;
import io.liteferry.history.Usage;
import io.liteferry.past.History;
import io.liteferry.past.PinNotes;
import java.io.IOException;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.List;
import java.util.Set;

/**
 * What is shown of a volume's history.
 *
 * @param policy by which points stay
 * @param plan which of them
 * @param pins what users and accidents say
 * @param budget in bytes
 */
record HistoryFacts(
    History history,
    Usage usage,
    RetentionPolicy policy,
    RetentionPlan plan,
    PinNotes pins,
    long budget) {

  /** By the defaults of retention: with which options an agent runs, no reader knows. */
  static HistoryFacts of(History history, ZoneId zone) throws IOException {
    var policy = RetentionPolicy.DEFAULT;
    var usage = history.usage();
    var retention = new Retention(policy, zone);
    var points = history.timeline().points();
    var pins = history.pins();
    long had = retention.bytesCounted(points, pins.pins(), usage::bytesOf, point -> true);
    var allowance =
        policy.budget().allowance(history.bytesNow(), history.room(), usage.bytes(), had);
    var plan = retention.plan(points, pins.pins(), usage::bytesOf, allowance);
    return new HistoryFacts(history, usage, policy, plan, pins, allowance.bytes());
  }

  /** The versions of one path, from the oldest to the newest. */
  record OfPath(Path path, List<PathVersion> versions) {}

  /** Why a point stays; nothing when it goes at the next thinning. */
  Set<Reason> reasons(long point) {
    return plan.staying().getOrDefault(point, Set.of());
  }

  /** All points, from the oldest to the newest. */
  List<KeptPoint> points() {
    return history.timeline().points();
  }

  /** How many points were dropped between those that are left. */
  int thinned() {
    return history.timeline().points().stream().mapToInt(point -> point.thinned()).sum();
  }
}
