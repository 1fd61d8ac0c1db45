package io.liteferry.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.HashSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class BackoffTest {
  @Test
  void afterFailure_manyFailures_growsToAMinuteAndNoFurther() {
    long seed = new Random().nextLong();
    var backoff = new Backoff(new Random(seed));
    var most = Duration.ofSeconds(1);
    for (int i = 0; i < 100; i++) {
      var wait = backoff.afterFailure();
      assertTrue(wait.compareTo(most) <= 0, "seed " + seed + ", failure " + i + ": " + wait);
      assertTrue(wait.compareTo(most.dividedBy(2)) >= 0, "seed " + seed + ": " + wait);
      most = most.multipliedBy(2);
      most = most.compareTo(Duration.ofMinutes(1)) < 0 ? most : Duration.ofMinutes(1);
    }
  }

  @Test
  void afterFailure_afterASuccess_beginsAnew() {
    var backoff = new Backoff(new Random(1));
    for (int i = 0; i < 10; i++) {
      backoff.afterFailure();
    }
    backoff.succeeded();
    assertTrue(backoff.afterFailure().compareTo(Duration.ofSeconds(1)) <= 0);
  }

  /** Many agents that lost one server must not all come back at the same moment. */
  @Test
  void afterFailure_manyAgents_waitDifferently() {
    var waits = new HashSet<Duration>();
    for (int i = 0; i < 100; i++) {
      waits.add(new Backoff(new Random(i)).afterFailure());
    }
    assertEquals(100, waits.size());
  }
}
