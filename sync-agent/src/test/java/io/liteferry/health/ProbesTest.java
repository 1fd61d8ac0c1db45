package io.liteferry.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ProbesTest {
  private static final Duration MOST = Duration.ofMinutes(5);

  private final Probes probes = new Probes(MOST);

  @Test
  void probes_beforeTheAgentRuns_itIsAliveOnly() {
    assertEquals(503, probes.startup(Optional.empty()).code());
    assertEquals(503, probes.ready(Optional.empty()).code());
    assertEquals(200, probes.live(Optional.empty()).code());
  }

  @Test
  void probes_agentThatIsWell_sayYes() {
    var status = Optional.of(Statuses.well());
    assertEquals(200, probes.startup(status).code());
    assertEquals(200, probes.ready(status).code());
    assertEquals(200, probes.live(status).code());
  }

  @Test
  void ready_lag_isAllowedUpToTheMost() {
    assertEquals(200, probes.ready(Optional.of(Statuses.lagging(MOST))).code());
    var late = probes.ready(Optional.of(Statuses.lagging(MOST.plusSeconds(7))));
    assertEquals(503, late.code());
    assertTrue(late.text().contains("307 s, more than 300 s"), late.text());
  }

  @Test
  void live_lag_doesNotMatter() {
    assertEquals(200, probes.live(Optional.of(Statuses.lagging(MOST.multipliedBy(99)))).code());
  }

  @Test
  void live_loopIsStuck_saysNo() {
    assertEquals(503, probes.live(Optional.of(Statuses.stuck())).code());
  }

  @Test
  void ready_takenOver_saysNo() {
    assertEquals(503, probes.ready(Optional.of(Statuses.fenced())).code());
  }
}
