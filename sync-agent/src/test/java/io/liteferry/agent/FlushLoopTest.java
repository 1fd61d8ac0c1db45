package io.liteferry.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.Ticks;
import io.liteferry.publish.PassReport;
import io.liteferry.publish.Problem;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

/** How often the flush looks, and when it gives up, by a time that passes where it sleeps. */
final class FlushLoopTest {
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final long STARTED = new Ticks().nanos();

  private final Ticks ticks = new Ticks();
  private int passes;
  private boolean changing;
  private boolean ended;

  private static Optional<PassReport> report(int files, Map<Path, Problem> problems) {
    return Optional.of(report(files, problems, Optional.empty()));
  }

  private static PassReport report(
      int files, Map<Path, Problem> problems, Optional<Long> reconsiderAt) {
    return new PassReport(
        7, files, 0, 0, 0, false, new TreeMap<>(problems), Set.of(), 0, reconsiderAt);
  }

  private static Map<Path, Problem> refused(String name) {
    return Map.of(Path.of(name), new Problem(Problem.Kind.REFUSED, "refused"));
  }

  /** Runs it over passes, numbered from 1, that take no time. */
  private Duration flush(IntFunction<Optional<PassReport>> reports) throws Exception {
    ended = new FlushLoop(() -> reports.apply(++passes), () -> changing, PATIENCE, ticks).run();
    return Duration.ofNanos(ticks.nanos() - STARTED);
  }

  @Test
  void run_nothingDiffers_isOnePass() throws Exception {
    assertEquals(Duration.ZERO, flush(n -> report(0, Map.of())));
    assertEquals(1, passes);
  }

  @Test
  void run_passesPublish_goesOnUntilOneHasNothingToDo() throws Exception {
    assertEquals(Duration.ZERO, flush(n -> report(n < 4 ? 1 : 0, Map.of())));
    assertEquals(4, passes);
  }

  /** The application was not stopped first. */
  @Test
  void run_everyPassPublishesWhatIsNew_givesUpAfterItsTime() throws Exception {
    changing = true;
    flush(
        n -> {
          ticks.sleep(Duration.ofSeconds(1).toNanos());
          return report(1, Map.of());
        });
    assertEquals(PATIENCE.toSeconds() + 1, passes);
    assertFalse(ended);
  }

  /** A large database and a slow disk, and nobody writes. */
  @Test
  void run_passesThatTakeLong_areWaitedFor() throws Exception {
    flush(
        n -> {
          ticks.sleep(2 * PATIENCE.toNanos());
          return report(n < 4 ? 1 : 0, Map.of());
        });
    assertEquals(4, passes);
    assertTrue(ended);
  }

  @Test
  void run_changeThatNoPassHasSeen_isLookedForOnce() throws Exception {
    changing = true;
    assertEquals(Duration.ZERO, flush(n -> report(0, Map.of())));
    assertEquals(2, passes);
  }

  @Test
  void run_everyPassFails_givesUpWhenPatienceRunsOut() throws Exception {
    assertEquals(PATIENCE, flush(n -> Optional.empty()));
  }

  @Test
  void run_passesFailNowAndThen_countsFromTheLastThatPublished() throws Exception {
    var took = flush(n -> n <= 100 || n > 101 ? Optional.empty() : report(1, Map.of()));
    assertEquals(PATIENCE.plusSeconds(50), took);
  }

  @Test
  void run_sameFilesFailOnAVolumeThatWorks_givesUpSoon() throws Exception {
    var took = flush(n -> report(0, refused("f")));
    assertTrue(took.compareTo(Agenda.STUBBORN) > 0, took::toString);
    assertTrue(took.compareTo(Agenda.STUBBORN.plusSeconds(1)) < 0, took::toString);
  }

  @Test
  void run_otherFilesFailEachTime_givesUpWhenPatienceRunsOut() throws Exception {
    assertEquals(PATIENCE, flush(n -> report(0, refused("f" + n))));
  }

  @Test
  void run_deletionsAreDueSoon_areWaitedForAFewTimes() throws Exception {
    var took = flush(n -> Optional.of(report(0, Map.of(), Optional.of(ticks.nanos()))));
    assertEquals(Duration.ofSeconds(4), took);
    assertEquals(5, passes);
  }

  @Test
  void run_deletionsAreDueLater_areNotWaitedFor() throws Exception {
    var due = ticks.nanos() + Duration.ofMinutes(1).toNanos();
    assertEquals(Duration.ZERO, flush(n -> Optional.of(report(0, Map.of(), Optional.of(due)))));
  }
}
