package io.liteferry.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class NodeWorkTest {
  private long now = Long.MAX_VALUE - 1; // the clock may wrap
  private final NodeWork work = new NodeWork(() -> now);

  private void after(Duration time) {
    now += time.toNanos();
  }

  private static Optional<Duration> seconds(long seconds) {
    return Optional.of(Duration.ofSeconds(seconds));
  }

  @Test
  void still_noPassAtWorkOnTheNode_isEmpty() {
    assertEquals(Optional.empty(), work.still());
    work.begin();
    after(Duration.ofSeconds(1));
    assertEquals(seconds(1), work.still());
    work.end();
    assertEquals(Optional.empty(), work.still());
  }

  @Test
  void still_sign_beginsAnew() {
    work.begin();
    long before = work.signs();
    after(Duration.ofSeconds(40));
    work.sign();
    assertNotEquals(before, work.signs());
    after(Duration.ofSeconds(2));
    assertEquals(seconds(2), work.still());
  }

  @Test
  void still_largeDatabase_isGivenTheTimeThatItsBytesTake() {
    work.begin();
    try (var _ = work.bytes(6_000_000_000L)) {
      after(Duration.ofMinutes(10));
      assertEquals(seconds(0), work.still());
      after(Duration.ofMinutes(1));
      assertEquals(seconds(60), work.still());
    }
    assertEquals(seconds(0), work.still(), "its end is a sign");
  }

  @Test
  void still_checkThatHasEnded_givesNoTimeToWhatFollows() {
    work.begin();
    work.atMost(Duration.ofMinutes(10)).close();
    after(Duration.ofMinutes(5));
    assertEquals(seconds(300), work.still());
  }

  @Test
  void still_oneOfTwoHangs_isSeenWhenTheOtherHasEnded() {
    work.begin();
    try (var _ = work.bytes(0)) {
      try (var _ = work.atMost(Duration.ofMinutes(10))) {
        after(Duration.ofMinutes(9));
        assertEquals(seconds(0), work.still());
      }
      after(Duration.ofMinutes(6));
      assertEquals(seconds(360), work.still());
    }
  }

  @Test
  void still_volumeHangs_isNotTheNodesFault() {
    work.begin();
    try (var _ = work.bytesOfVolume(100_000_000)) {
      after(Duration.ofSeconds(10));
      assertEquals(seconds(0), work.still());
      after(Duration.ofHours(1));
      assertEquals(Optional.empty(), work.still());
    }
  }
}
