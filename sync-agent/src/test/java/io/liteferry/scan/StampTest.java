package io.liteferry.scan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class StampTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long T = 1_000 * SECOND + 1;

  @Test
  void isConclusiveAt_youngerThanATick_isNot() {
    var stamp = new Stamp(1, 1, T, T);
    assertFalse(stamp.isConclusiveAt(T));
    assertFalse(stamp.isConclusiveAt(T + Stamp.TICK_NANOS - 1));
    assertTrue(stamp.isConclusiveAt(T + Stamp.TICK_NANOS));
  }

  @Test
  void isConclusiveAt_onlyTheCtimeIsYoung_isNot() {
    assertFalse(new Stamp(1, 1, T - SECOND, T).isConclusiveAt(T + 1));
    assertFalse(new Stamp(1, 1, T, T - SECOND).isConclusiveAt(T + 1));
  }

  /** A file system that keeps whole seconds may stamp two changes alike for two seconds. */
  @Test
  void isConclusiveAt_timeWithoutAFraction_waitsForTwoSeconds() {
    var stamp = new Stamp(1, 1, 1_000 * SECOND, T - 10 * SECOND);
    assertFalse(stamp.isConclusiveAt(1_002 * SECOND));
    assertTrue(stamp.isConclusiveAt(1_000 * SECOND + Stamp.COARSE_TICK_NANOS));
  }

  @Test
  void isConclusiveAt_farInTheFuture_isAsGoodAsOld() {
    assertTrue(new Stamp(1, 1, T + SECOND, T + SECOND).isConclusiveAt(T));
  }

  @Test
  void sameContentAs_onlyTheCtimeDiffers_isTheSame() {
    var stamp = new Stamp(1, 2, 3, 4);
    assertTrue(stamp.sameContentAs(new Stamp(1, 2, 3, 5)));
    assertFalse(stamp.sameContentAs(new Stamp(0, 2, 3, 4)));
    assertFalse(stamp.sameContentAs(new Stamp(1, 0, 3, 4)));
    assertFalse(stamp.sameContentAs(new Stamp(1, 2, 0, 4)));
    assertEquals(stamp, new Stamp(1, 2, 3, 4));
  }

  @Test
  void isOlderThan_stampedBeforeAtAndAfterThatTime_tellsThemApart() {
    long scan = 1_700_000_000_500_000_001L;
    long now = scan + 5_000_000_000L;
    assertTrue(stamped(scan - Stamp.TICK_NANOS).isOlderThan(scan, now));
    assertFalse(stamped(scan - Stamp.TICK_NANOS + 1).isOlderThan(scan, now));
    assertFalse(stamped(scan + 1).isOlderThan(scan, now));
    assertFalse(stamped(scan + 2 * Stamp.TICK_NANOS).isOlderThan(scan, now));
    assertFalse(stamped(now).isOlderThan(scan, now));
  }

  @Test
  void isOlderThan_clockSetBackSince_takesItForOld() {
    long scan = 1_700_000_000_500_000_001L;
    assertTrue(stamped(scan + 3_600_000_000_000L).isOlderThan(scan, scan + 1_000_000L));
  }

  private static Stamp stamped(long ctime) {
    return new Stamp(1, 1, 0, ctime);
  }
}
