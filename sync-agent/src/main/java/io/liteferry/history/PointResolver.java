package io.liteferry.history;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Finds the point that a user means, the same for all commands. What is not kept is never replaced
 * by something near it unless that was asked for: records know what they span, so an answer that
 * would be hours older than it seems is a refusal, which names the nearest points.
 */
public final class PointResolver {
  private final Timeline timeline;
  private final List<KeptPoint> points;
  private final Moments moments;
  private final String option;

  /**
   * For a command that names points by an option, {@code --at} in most.
   *
   * @param moments has the current time, by which a time lies in the future
   */
  public PointResolver(Timeline timeline, Moments moments) {
    this(timeline, moments, "--at ");
  }

  /**
   * As {@link #PointResolver(Timeline, Moments)}.
   *
   * @param option what comes before a point on the command line; empty when a point stands alone,
   *     and the nearest cannot be asked for
   */
  public PointResolver(Timeline timeline, Moments moments, String option) {
    this.timeline = timeline;
    this.points = timeline.points();
    this.moments = moments;
    this.option = option;
  }

  /**
   * Finds it.
   *
   * @param nearest whether the nearest point will do
   * @throws PointRefusedException when it is not kept
   */
  public KeptPoint resolve(PointSpec spec, boolean nearest) throws PointRefusedException {
    if (points.isEmpty()) {
      throw new PointRefusedException("no point is readable" + unreadable());
    }
    return switch (spec) {
      case PointSpec.Generation g -> generation(g.number(), nearest);
      case PointSpec.LastChecked _ -> lastChecked();
      case PointSpec.AtTime t -> atTime(t.time(), nearest);
    };
  }

  private KeptPoint generation(long number, boolean nearest) throws PointRefusedException {
    var before = last(point -> point.generation() <= number);
    var after = points.stream().filter(point -> point.generation() >= number).findFirst();
    if (after.isEmpty()) {
      var newest = points.getLast();
      throw new PointRefusedException(
          "there is no point %d: the newest is %d (%s). Use %s%d."
              .formatted(
                  number, newest.generation(), moments.of(newest), option, newest.generation()));
    }
    if (before.isEmpty()) {
      return beforeTheFirst(nearest);
    }
    if (nearest || before.equals(after)) {
      return before.get();
    }
    throw new PointRefusedException(
        "%s. Nearest: %s and %s.\n%s"
            .formatted(
                (after.get().thinned() > 0
                        ? "point %d was thinned"
                        : "%d is not a point: its pass was not completed")
                    .formatted(number),
                named(before.get(), ""),
                named(after.get(), ""),
                choice(before.get(), after.get())));
  }

  private KeptPoint lastChecked() throws PointRefusedException {
    return last(point -> point.point().isFullyChecked())
        .orElseThrow(
            () ->
                new PointRefusedException(
                    "no point that is kept passed the full check. liteferry history shows what"
                        + " each passed: name one."));
  }

  private KeptPoint atTime(Instant time, boolean nearest) throws PointRefusedException {
    if (time.isAfter(moments.now())) {
      throw new PointRefusedException(
          "%s lies in the future: it is %s. Name an earlier time."
              .formatted(
                  time.atZone(moments.zone()).toOffsetDateTime(), moments.of(moments.now())));
    }
    var before = last(point -> !point.time().isAfter(time));
    if (before.isEmpty()) {
      return beforeTheFirst(nearest);
    }
    var found = before.get();
    var after = points.stream().filter(p -> p.time().isAfter(time)).findFirst();
    if (after.isEmpty() || isStillThere(found, after.get(), time)) {
      return found;
    }
    var passed = Duration.between(found.time(), time);
    var missing = Duration.between(time, after.get().time());
    if (nearest) {
      return passed.compareTo(missing) <= 0 ? found : after.get();
    }
    int thinned = after.get().thinned();
    throw new PointRefusedException(
        "no point is kept from then. Nearest: %s and %s; %d in between %s thinned.\n%s"
            .formatted(
                named(found, ", " + Moments.length(passed) + " before"),
                named(after.get(), ", " + Moments.length(missing) + " after"),
                thinned,
                thinned == 1 ? "was" : "were",
                choice(found, after.get())));
  }

  /** Whether nothing had replaced the point yet, be it that later ones were thinned. */
  private static boolean isStillThere(KeptPoint found, KeptPoint next, Instant time) {
    if (next.thinned() == 0) {
      return true;
    }
    var replaced = next.record().map(RecordHeader::replaced).orElse(found.time());
    return time.isBefore(replaced) && !replaced.isAfter(next.time());
  }

  private KeptPoint beforeTheFirst(boolean nearest) throws PointRefusedException {
    var first = points.getFirst();
    if (nearest) {
      return first;
    }
    throw new PointRefusedException(
        "there is no point before %s (g%d)%s. Use %s%d, or a later time."
            .formatted(
                moments.of(first), first.generation(), unreadable(), option, first.generation()));
  }

  private String unreadable() {
    long record = timeline.newestUnreadable();
    return record == 0
        ? ""
        : ", as the record of %d cannot be read: liteferry verify --history says why"
            .formatted(record);
  }

  private Optional<KeptPoint> last(Predicate<KeptPoint> condition) {
    return points.reversed().stream().filter(condition).findFirst();
  }

  private String named(KeptPoint point, String distance) {
    return "%d (%s%s)".formatted(point.generation(), moments.of(point), distance);
  }

  private String choice(KeptPoint before, KeptPoint after) {
    return (option.isEmpty()
            ? "Use %1$s%2$d or %1$s%3$d."
            : "Use %1$s%2$d, %1$s%3$d, or --nearest.")
        .formatted(option, before.generation(), after.generation());
  }
}
