package io.liteferry.health;

import io.liteferry.agent.AgentStatus;
import io.liteferry.durable.Digest;
import io.liteferry.history.CheckLevel;
import io.liteferry.history.KeptPoint;
import io.liteferry.history.Point;
import io.liteferry.history.Reason;
import io.liteferry.pages.Identity;
import io.liteferry.publish.Space;
import io.liteferry.volume.HistoryStatus;
import io.liteferry.volume.Manifest;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** States of an agent that never ran. */
final class Statuses {
  private static final HistoryStatus HISTORY =
      new HistoryStatus(
          12,
          Optional.of(Instant.ofEpochSecond(500)),
          Optional.of(Instant.ofEpochSecond(700)),
          2_048,
          512,
          8_192,
          2,
          1,
          List.of());

  private Statuses() {}

  static AgentStatus well() {
    return with(true, Optional.empty(), false, 1);
  }

  static AgentStatus lagging(Duration lag) {
    return with(true, Optional.of(lag), false, 1);
  }

  static AgentStatus stuck() {
    return with(false, Optional.empty(), false, 1);
  }

  static AgentStatus fenced() {
    return with(true, Optional.empty(), true, 1);
  }

  /** Of a volume without a manifest, after a pass that found nothing to publish. */
  static AgentStatus empty() {
    return with(true, Optional.empty(), false, 0);
  }

  static AgentStatus withDatabases(int number) {
    return with(true, Optional.of(Duration.ofSeconds(7)), false, number);
  }

  private static AgentStatus with(
      boolean turning, Optional<Duration> lag, boolean fenced, int databases) {
    var names = IntStream.range(0, databases).mapToObj("app %03d.db"::formatted).toList();
    return with(
        turning,
        lag,
        fenced,
        Instant.ofEpochSecond(1_000),
        new Space(1_000, 4_000),
        databases == 0
            ? Optional.empty()
            : Optional.of(manifest(names, Instant.ofEpochSecond(900), 8192)),
        databases == 0 ? Optional.empty() : Optional.of(HISTORY));
  }

  /** With databases of these names, and points that were made one minute after the other. */
  static AgentStatus with(Optional<Duration> lag, List<String> databases, List<Instant> points) {
    var kept = new ArrayList<HistoryStatus.Kept>();
    for (var time : points) {
      int generation = 18 - points.size() + kept.size();
      var point =
          new Point(
              generation,
              1,
              time,
              Optional.empty(),
              "p",
              CheckLevel.FULL,
              Optional.empty(),
              List.of());
      boolean isRecent = Duration.between(time, points.getLast()).toHours() < 1;
      var because = isRecent ? Reason.RECENT : generation == 7 ? Reason.ACCIDENT : Reason.DAILY;
      kept.add(
          new HistoryStatus.Kept(
              new KeptPoint(point, time, true, Optional.empty()), Set.of(because)));
    }
    var history =
        new HistoryStatus(
            kept.size(),
            points.stream().findFirst(),
            Optional.empty(),
            41_000_000,
            0,
            2_000_000_000,
            0,
            0,
            kept);
    var manifest = manifest(databases, points.getLast(), 1_300_000);
    var space = new Space(812_000_000_000L, 2_000_000_000_000L);
    return with(
        true, lag, false, points.getLast(), space, Optional.of(manifest), Optional.of(history));
  }

  private static AgentStatus with(
      boolean turning,
      Optional<Duration> lag,
      boolean fenced,
      Instant success,
      Space space,
      Optional<Manifest> manifest,
      Optional<HistoryStatus> history) {
    return new AgentStatus(
        AgentStatus.Phase.WATCHING,
        turning,
        lag,
        Optional.of(success),
        new TreeMap<>(Map.of(Path.of("f"), "refused", Path.of("g"), "refused")),
        Optional.empty(),
        Optional.empty(),
        true,
        !fenced,
        fenced,
        3,
        Duration.ofMillis(1_500),
        true,
        4,
        lag.isEmpty() ? 0 : 65_536,
        Path.of(""),
        Path.of(""),
        Optional.of(space),
        manifest,
        history,
        5,
        manifest.isEmpty()
            ? new TreeMap<>()
            : new TreeMap<>(Map.of(Path.of("app 000.db"), Instant.ofEpochSecond(890))),
        2);
  }

  private static final Manifest.Ahead BEHIND =
      new Manifest.Ahead(3, new Identity(1, 2), 8192, 0, Instant.ofEpochSecond(880), 2, 9000);

  private static Manifest manifest(List<String> names, Instant published, long bytes) {
    var databases = new TreeMap<Path, Manifest.Database>();
    for (var name : names) {
      databases.put(
          Path.of(name),
          new Manifest.Database(
              bytes * (1 + 7L * databases.size()),
              4096,
              true,
              new Digest("0".repeat(64)),
              Optional.empty(),
              published,
              databases.isEmpty() ? Optional.of(16L) : Optional.empty(),
              Optional.of(new Manifest.State("id", 1, CheckLevel.QUICK, Optional.empty())),
              databases.isEmpty() ? Optional.of(BEHIND) : Optional.empty()));
    }
    return new Manifest(
        "volume",
        17,
        "publication",
        true,
        Instant.ofEpochSecond(950),
        databases,
        4,
        List.of(),
        List.of());
  }
}
