package io.liteferry.health;

import io.liteferry.agent.AgentStatus;
import io.liteferry.durable.Digest;
import io.liteferry.publish.Space;
import io.liteferry.volume.HistoryStatus;
import io.liteferry.volume.Manifest;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** States of an agent that never ran. */
final class Statuses {
  private static final HistoryStatus HISTORY =
      new HistoryStatus(
          12,
          Optional.of(Instant.ofEpochSecond(500)),
          Optional.of(Instant.ofEpochSecond(700)),
          2_048,
          8_192,
          2,
          1);

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
    return new AgentStatus(
        AgentStatus.Phase.WATCHING,
        turning,
        lag,
        Optional.of(Instant.ofEpochSecond(1_000)),
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
        65_536,
        Path.of(""),
        Path.of(""),
        Optional.of(new Space(1_000, 4_000)),
        databases == 0 ? Optional.empty() : Optional.of(manifest(databases)),
        databases == 0 ? Optional.empty() : Optional.of(HISTORY),
        5);
  }

  private static Manifest manifest(int number) {
    var databases = new TreeMap<Path, Manifest.Database>();
    for (int i = 0; i < number; i++) {
      databases.put(
          Path.of("app %03d.db".formatted(i)),
          new Manifest.Database(
              8192,
              4096,
              true,
              new Digest("0".repeat(64)),
              Optional.empty(),
              Instant.ofEpochSecond(900),
              i == 0 ? Optional.of(16L) : Optional.empty(),
              Optional.empty()));
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
