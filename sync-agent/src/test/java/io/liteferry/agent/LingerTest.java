package io.liteferry.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class LingerTest {
  private final Linger linger = new Linger(Duration.ofNanos(100));

  @Test
  void isOver_beforeTheStop_neverIs() {
    linger.changed(5);
    assertFalse(linger.hasBegun());
    assertFalse(linger.isOver(Long.MAX_VALUE));
    assertFalse(linger.isLong(Long.MAX_VALUE));
  }

  @Test
  void isOver_noTimeToLinger_isAtTheStop() {
    var none = new Linger(Duration.ZERO);
    none.changed(5);
    none.stop(5);
    assertTrue(none.isOver(5));
  }

  @Test
  void isOver_localWasQuietLongBeforeTheStop_countsFromTheStop() {
    linger.changed(5);
    linger.stop(1_000);
    assertFalse(linger.isOver(1_099));
    assertEquals(1, linger.left(1_099));
    assertTrue(linger.isOver(1_100));
  }

  @Test
  void isOver_changesAfterTheStop_countFromTheLastOne() {
    linger.stop(1_000);
    for (int now = 1_050; now < 5_000; now += 50) {
      linger.changed(now);
      assertFalse(linger.isOver(now + 99));
    }
    assertTrue(linger.isOver(5_050));
  }

  /** A pass that ends late tells of a change that it found when it began. */
  @Test
  void changed_olderThanTheLastSign_doesNotShortenIt() {
    linger.stop(1_000);
    linger.changed(1_200);
    linger.changed(1_100);
    assertFalse(linger.isOver(1_299));
    assertTrue(linger.isOver(1_300));
  }

  @Test
  void stop_again_doesNotLingerLonger() {
    linger.stop(1_000);
    linger.stop(1_090);
    assertTrue(linger.isOver(1_100));
  }

  @Test
  void isLong_twiceTheTimeAfterTheStop_is() {
    linger.stop(1_000);
    linger.changed(1_190);
    assertFalse(linger.isLong(1_200));
    assertTrue(linger.isLong(1_201));
  }

  @Test
  void isOver_clockThatWrapsAround_isAsEver() {
    linger.stop(Long.MAX_VALUE - 10);
    assertFalse(linger.isOver(Long.MIN_VALUE + 88));
    assertTrue(linger.isOver(Long.MIN_VALUE + 89));
  }
}
