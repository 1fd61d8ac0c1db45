package io.liteferry.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ScheduleTest {
  private static final long SETTLE = 250;
  private static final long MAX_DELAY = 2_000;
  private static final long RESCAN = 60_000;

  private static Schedule schedule(long now) {
    return new Schedule(
        Duration.ofNanos(SETTLE), Duration.ofNanos(MAX_DELAY), Duration.ofNanos(RESCAN), now);
  }

  /** After its first pass, which took no time. */
  private static Schedule idle(long now) {
    var schedule = schedule(now);
    schedule.started(now);
    schedule.ended(now, false);
    return schedule;
  }

  @Test
  void due_atTheStart_isAtOnce() {
    assertTrue(schedule(100).due() <= 100);
  }

  @Test
  void due_noChange_isTheRescan() {
    assertEquals(100 + RESCAN, idle(100).due());
  }

  @Test
  void isRescan_nothingAskedForThePass_isTrue() {
    assertTrue(schedule(0).isRescan());
    var schedule = idle(0);
    assertTrue(schedule.isRescan());
    schedule.changed(1_000);
    assertFalse(schedule.isRescan());
    schedule.started(2_000);
    schedule.waitUntil(9_000);
    assertFalse(schedule.isRescan());
  }

  @Test
  void due_oneChange_isSettleLater() {
    var schedule = idle(0);
    schedule.changed(1_000);
    assertEquals(1_000 + SETTLE, schedule.due());
  }

  /** When the next pass is due, as the first change comes at this time and no rest follows. */
  private static long dueWhileBusy(Schedule schedule, long from) {
    schedule.changed(from);
    for (long now = from; schedule.due() - now > 0; now += SETTLE / 10) {
      schedule.changed(now);
    }
    return schedule.due();
  }

  @Test
  void due_changesThatNeverCease_isSettleAfterTheFirst() {
    assertEquals(1_000 + SETTLE, dueWhileBusy(idle(0), 1_000));
  }

  @Test
  void due_changesThatNeverCeaseAfterALongPass_isFourTimesThatAfterItsStart() {
    var schedule = idle(900);
    schedule.cost(300, 0);
    assertEquals(900 + 4 * 300, dueWhileBusy(schedule, 1_000));
  }

  @Test
  void due_changesThatNeverCeaseAfterAPassThatWrote_isASecondForEachMegabyteAfterItsStart() {
    var schedule =
        new Schedule(Duration.ofMillis(250), Duration.ofSeconds(2), Duration.ofHours(1), 0);
    schedule.started(0);
    schedule.ended(0, false);
    schedule.cost(0, 700_000);
    schedule.changed(1);
    schedule.changed(600_000_000);
    assertEquals(700_000_000, schedule.due());
  }

  @Test
  void due_changesThatNeverCeaseAfterAPassTooDear_isMaxDelayAfterItsStart() {
    var schedule = idle(900);
    schedule.cost(MAX_DELAY, 0);
    assertEquals(900 + MAX_DELAY, dueWhileBusy(schedule, 1_000));
  }

  @Test
  void due_changesThatNeverCeaseAfterOneDearPassAmongCheapOnes_isSettleAfterTheFirst() {
    var schedule = idle(0);
    schedule.started(MAX_DELAY);
    schedule.ended(MAX_DELAY + 400, false);
    schedule.cost(400, 0);
    long from = MAX_DELAY + 500;
    assertEquals(from + SETTLE, dueWhileBusy(schedule, from));
  }

  @Test
  void due_quietAfterAPassTooDear_isSettleAfterTheLastChange() {
    var schedule = idle(900);
    schedule.cost(MAX_DELAY, 0);
    schedule.changed(1_000);
    schedule.changed(1_100);
    assertEquals(1_100 + SETTLE, schedule.due());
  }

  /** As with a writer that never rests, and passes that always take as long. */
  @ParameterizedTest
  @CsvSource({"10, 500", "60, 500", "100, 500", "400, 1600", "600, 2030", "5000, 6250"})
  void due_passesThatTakeAsLong_comeAfterFourTimesThatButNotBeforeSettleOrAfterMaxDelay(
      long took, long period) {
    var schedule = idle(0);
    long started = 0;
    long now = 0;
    long last = 0;
    for (int i = 0; i < 10_000; i++) {
      now += 10;
      schedule.changed(now);
      if (schedule.due() - now <= 0) {
        last = now - started;
        started = now;
        schedule.started(now);
        for (long end = now + took; now < end; now += 10) {
          schedule.changed(now);
        }
        schedule.ended(started + took, false);
        schedule.cost(took, 0);
      }
    }
    long distance = last;
    assertTrue(Math.abs(distance - period) <= 30, () -> "they come each " + distance);
  }

  @Test
  void due_changeDuringAPass_isForTheNextOne() {
    var schedule = idle(0);
    schedule.changed(1_000);
    schedule.started(1_250);
    schedule.changed(1_300);
    schedule.ended(1_400, false);
    assertEquals(1_300 + SETTLE, schedule.due());
  }

  @Test
  void due_afterALongPass_restsAQuarterOfIt() {
    var schedule = idle(0);
    schedule.started(1_000);
    schedule.changed(1_100);
    schedule.ended(9_000, false);
    assertEquals(9_000 + 8_000 / 4, schedule.due());
  }

  /** As a first pass over many files: a commit right after it is not to wait for half a minute. */
  @Test
  void due_afterAVeryLongPass_restsMaxDelayAtMost() {
    var schedule = idle(0);
    schedule.started(1_000);
    schedule.changed(1_100);
    schedule.ended(121_000, false);
    assertEquals(121_000 + MAX_DELAY, schedule.due());
  }

  @Test
  void due_waitUntil_holdsChangesBackAndIsThenDue() {
    var schedule = idle(0);
    schedule.waitUntil(10_000);
    schedule.changed(100);
    assertEquals(10_000, schedule.due());
    schedule.started(10_000);
    schedule.ended(10_000, false);
    assertEquals(10_000 + RESCAN, schedule.due());
  }

  @Test
  void due_idlePassThatTakesLong_putsTheRescanOffInProportion() {
    var schedule = idle(0);
    schedule.started(1_000);
    schedule.ended(1_400, true);
    assertEquals(1_000 + 400 * 500, schedule.due());
  }

  @Test
  void due_idlePassThatTakesForEver_putsTheRescanOffByTenPeriodsAtMost() {
    var schedule = idle(0);
    schedule.started(0);
    schedule.ended(1_000_000, true);
    assertEquals(1_000_000 + 1_000_000 / 4, schedule.due()); // the rest after the pass is longer
    schedule.started(2_000_000);
    schedule.ended(2_010_000, true);
    assertEquals(2_000_000 + 10 * RESCAN, schedule.due());
  }

  @Test
  void due_poll_isMaxDelayLaterOrInProportionToAScan() {
    var schedule = idle(0);
    schedule.poll(100);
    assertEquals(100 + MAX_DELAY, schedule.due());
    schedule.started(1_000);
    schedule.ended(1_400, true);
    schedule.poll(1_400);
    assertEquals(1_400 + 400 * 25, schedule.due());
  }

  @Test
  void due_again_isTheEarliestAskedFor() {
    var schedule = idle(0);
    schedule.again(5_000);
    schedule.again(3_000);
    schedule.again(4_000);
    assertEquals(3_000, schedule.due());
    schedule.started(3_000);
    schedule.ended(3_000, false);
    assertEquals(3_000 + RESCAN, schedule.due());
  }

  @Test
  void due_maxDelayShorterThanSettle_wins() {
    var schedule =
        new Schedule(Duration.ofNanos(500), Duration.ofNanos(100), Duration.ofNanos(RESCAN), 0);
    schedule.started(0);
    schedule.ended(0, false);
    schedule.changed(1_000);
    assertEquals(1_100, schedule.due());
  }

  @Test
  void due_clockThatWrapsAround_isNoSpecialCase() {
    long start = Long.MAX_VALUE - 100;
    var schedule = idle(start);
    schedule.changed(start + 50);
    assertEquals(start + 50 + SETTLE, schedule.due());
  }

  /**
   * The bound of the documentation: a change waits for max delay at most, from the end of the rest
   * after a pass that was under way when it came.
   */
  @RepeatedTest(20)
  void due_randomChangesAndPasses_noChangeWaitsLongerThanTheBound() {
    long seed = new Random().nextLong();
    var random = new Random(seed);
    long now = random.nextLong();
    var schedule = schedule(now);
    long waitingSince = Long.MIN_VALUE;
    boolean waiting = false;
    long restEnds = now;
    for (int i = 0; i < 2_000; i++) {
      long step = random.nextInt(random.nextInt(10) == 0 ? 5_000 : 400);
      long due = schedule.due();
      if (due - now <= step) {
        now = due - now > 0 ? due : now;
        if (waiting) {
          long from = restEnds - waitingSince > MAX_DELAY ? restEnds : waitingSince + MAX_DELAY;
          assertTrue(now - from <= 0, "seed " + seed + ": a change waited too long");
        }
        schedule.started(now);
        waiting = false;
        long took = random.nextInt(1_000);
        long changeAt = random.nextInt(1_000);
        if (changeAt < took) {
          schedule.changed(now + changeAt);
          waiting = true;
          waitingSince = now + changeAt;
        }
        now += took;
        schedule.ended(now, false);
        schedule.cost(random.nextInt(1_000), random.nextInt(3));
        restEnds = now + took / 4;
      } else {
        now += step;
        schedule.changed(now);
        if (!waiting) {
          waiting = true;
          waitingSince = now;
        }
      }
    }
  }
}
