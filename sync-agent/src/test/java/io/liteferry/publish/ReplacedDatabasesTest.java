package io.liteferry.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class ReplacedDatabasesTest {
  private static final Path DB = Path.of("app.db");
  private final ReplacedDatabases replaced = new ReplacedDatabases(Duration.ofNanos(1_000));

  @Test
  void waiting_untilTheGraceIsOver_sinceItWasSeenFirst() {
    assertEquals(Map.of(DB, 1_005L), replaced.waiting(Set.of(DB), 5));
    assertEquals(Map.of(DB, 1_005L), replaced.waiting(Set.of(DB), 1_004));
    assertEquals(Map.of(), replaced.waiting(Set.of(DB), 1_005));
  }

  @Test
  void waiting_databaseAgainInBetween_beginsAnew() {
    replaced.waiting(Set.of(DB), 5);
    replaced.waiting(Set.of(), 6);
    assertEquals(Map.of(DB, 1_007L), replaced.waiting(Set.of(DB), 7));
  }

  @Test
  void waiting_noGrace_holdsNothing() {
    assertEquals(Map.of(), new ReplacedDatabases(Duration.ZERO).waiting(Set.of(DB), 5));
  }
}
