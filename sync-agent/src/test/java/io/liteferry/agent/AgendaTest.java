package io.liteferry.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.agent.Agenda.Next;
import io.liteferry.fixture.Ticks;
import io.liteferry.publish.PassReport;
import io.liteferry.publish.Problem;
import io.liteferry.volume.HistoryOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What comes next, where it is due at once: nothing here is waited for. */
final class AgendaTest {
  private static final Duration SETTLE = Duration.ofMillis(100);
  private static final Duration RESCAN = Duration.ofMinutes(1);
  private static final Duration LINGER = Duration.ofSeconds(3);

  private final Ticks ticks = new Ticks();

  private Agenda agenda(Duration linger) {
    var settings = new AgentSettings(SETTLE, Duration.ofSeconds(1), RESCAN, linger, Duration.ZERO);
    return new Agenda(settings, ticks, new Random(1));
  }

  private static Next next(Agenda agenda) throws Exception {
    return agenda.await(() -> {});
  }

  private static PassReport report(int files, Map<Path, Problem> problems) {
    return new PassReport(
        7, files, 0, 0, 0, false, new TreeMap<>(problems), Set.of(), 0, Optional.empty());
  }

  /** Of a pass that published a megabyte. */
  private static PassReport dear(boolean hasFolded) {
    return new PassReport(
        7, 0, 1, 0, 1_000_000, hasFolded, new TreeMap<>(), Set.of(), 0, Optional.empty());
  }

  /** Whether a pass is due, where one was made just now, and local changes without a rest. */
  private boolean isDueAfterSettle(Agenda agenda) throws Exception {
    agenda.changed();
    ticks.pass(SETTLE.minusMillis(10));
    agenda.changed();
    ticks.pass(Duration.ofMillis(10));
    var looks = new AtomicInteger();
    try {
      return Next.PASS
          == agenda.await(
              () -> {
                if (looks.incrementAndGet() > 1) {
                  throw new IllegalStateException("it waits");
                }
              });
    } catch (IllegalStateException e) {
      return false;
    }
  }

  private static PassReport unchanged() {
    return report(0, Map.of());
  }

  /** One pass that takes no time. */
  private void pass(Agenda agenda, PassReport report) throws Exception {
    assertEquals(Next.PASS, next(agenda));
    agenda.passEnded(report, ticks.nanos(), ticks.nanos(), false);
  }

  @Test
  void await_atTheStart_isAPassAtOnce() throws Exception {
    var agenda = agenda(Duration.ZERO);
    assertEquals(Next.PASS, next(agenda));
    assertTrue(agenda.isRescan());
    assertEquals(Optional.empty(), agenda.wakesBy());
  }

  @Test
  void await_somethingChangedAndLocalIsQuiet_isAPass() throws Exception {
    var agenda = agenda(Duration.ZERO);
    pass(agenda, unchanged());
    agenda.changed();
    ticks.pass(SETTLE);
    assertEquals(Next.PASS, next(agenda));
    assertFalse(agenda.isRescan());
  }

  @Test
  void await_busyAfterADearPass_waits() throws Exception {
    var agenda = agenda(Duration.ZERO);
    pass(agenda, unchanged());
    assertTrue(isDueAfterSettle(agenda));
    agenda.passEnded(dear(false), ticks.nanos(), ticks.nanos(), false);
    assertFalse(isDueAfterSettle(agenda));
  }

  @Test
  void await_busyAfterAFold_isAPass() throws Exception {
    var agenda = agenda(Duration.ZERO);
    pass(agenda, unchanged());
    assertTrue(isDueAfterSettle(agenda));
    agenda.passEnded(dear(true), ticks.nanos(), ticks.nanos(), false);
    assertTrue(isDueAfterSettle(agenda));
  }

  @Test
  void await_stopWithoutLinger_isTheFlushWhateverIsDue() throws Exception {
    var agenda = agenda(Duration.ZERO);
    agenda.stop();
    assertTrue(agenda.isTimeToFlush());
    assertEquals(AgentStatus.Phase.STOPPING, agenda.phase());
    assertEquals(Next.FLUSH, next(agenda));
    assertFalse(agenda.isRescan());
  }

  @Test
  void await_stopWithLinger_isPassesUntilLocalIsQuiet() throws Exception {
    var agenda = agenda(LINGER);
    pass(agenda, unchanged());
    agenda.stop();
    assertEquals(AgentStatus.Phase.LINGERING, agenda.phase());
    ticks.pass(LINGER.minus(SETTLE));
    agenda.changed();
    ticks.pass(SETTLE);
    assertFalse(agenda.isTimeToFlush());
    pass(agenda, report(1, Map.of()));
    assertFalse(agenda.isLingeringLong());
    ticks.pass(LINGER);
    assertEquals(Next.FLUSH, next(agenda));
    assertEquals(AgentStatus.Phase.STOPPING, agenda.phase());
  }

  @Test
  void await_lingeringWithoutEnd_isFoundLong() throws Exception {
    var agenda = agenda(LINGER);
    agenda.stop();
    for (int i = 0; i < 7; i++) {
      assertFalse(agenda.isTimeToFlush());
      assertFalse(agenda.isLingeringLong());
      ticks.pass(Duration.ofSeconds(1));
      agenda.changed();
    }
    assertTrue(agenda.isLingeringLong());
  }

  @Test
  void passFailed_again_restsLonger() throws Exception {
    var agenda = agenda(Duration.ZERO);
    assertEquals(Next.PASS, next(agenda));
    agenda.passFailed();
    var first = agenda.resting();
    assertTrue(first.compareTo(Duration.ofSeconds(1)) <= 0, first::toString);
    ticks.pass(first);
    assertEquals(Next.PASS, next(agenda));
    agenda.passFailed();
    assertTrue(agenda.resting().compareTo(Duration.ofSeconds(1)) >= 0);
  }

  @Test
  void passEnded_withProblems_isTriedAgainAfterTheRest() throws Exception {
    var agenda = agenda(Duration.ZERO);
    pass(agenda, report(0, Map.of(Path.of("f"), new Problem(Problem.Kind.REFUSED, "refused"))));
    assertFalse(agenda.resting().isZero());
    ticks.pass(agenda.resting());
    pass(agenda, unchanged());
    assertFalse(agenda.isRescan());
    assertEquals(Duration.ZERO, agenda.resting());
  }

  @Test
  void flush_whilePassesFail_waitsForNoBackoff() throws Exception {
    var agenda = agenda(Duration.ZERO);
    assertEquals(Next.PASS, next(agenda));
    agenda.passFailed();
    var result = agenda.flush();
    assertTrue(agenda.isFlushAsked());
    assertEquals(Next.PASS, next(agenda));
    agenda.passFailed();
    assertEquals(Duration.ofMillis(500), agenda.resting());
    agenda.end("it was stopped");
    assertEquals(new FlushResult.Ended("it was stopped"), result.join());
    assertFalse(agenda.isFlushAsked());
  }

  @Test
  void order_whileNothingIsDue_isNextAndWaitsForAPassWhereItMust() throws Exception {
    var agenda = agenda(Duration.ZERO);
    pass(agenda, unchanged());
    var result = agenda.order("volume", new HistoryOrder.Unpin(1));
    assertEquals(Next.ERRAND, next(agenda));
    assertTrue(agenda.putOff(agenda.errand().orElseThrow()));
    assertEquals(Optional.empty(), agenda.errand());
    assertEquals(Next.PASS, next(agenda));
    agenda.passFailed();
    assertEquals(Next.ERRAND, next(agenda));
    assertFalse(agenda.putOff(agenda.errand().orElseThrow()), "it has waited in vain");
    result.cancel(false);
    assertEquals(Optional.empty(), agenda.errand());
    var late = agenda.order("volume", new HistoryOrder.Unpin(1));
    agenda.end("it was stopped");
    assertEquals(new OrderResult.Ended("it was stopped"), late.join());
    assertTrue(agenda.order("volume", new HistoryOrder.Unpin(1)).isDone());
  }

  @Test
  void await_fenced_throws() {
    var fenced = new IllegalStateException("stands for it");
    var thrown =
        assertThrows(
            IllegalStateException.class,
            () ->
                agenda(Duration.ZERO)
                    .await(
                        () -> {
                          throw fenced;
                        }));
    assertSame(fenced, thrown);
  }
}
