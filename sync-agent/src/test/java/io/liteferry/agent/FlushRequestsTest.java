package io.liteferry.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.publish.PassReport;
import io.liteferry.publish.Problem;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class FlushRequestsTest {
  private static final SortedMap<Path, String> REFUSED =
      new TreeMap<>(Map.of(Path.of("f"), "refused"));
  private static final SortedMap<Path, String> BUSY = new TreeMap<>(Map.of(Path.of("g"), "busy"));

  private final FlushRequests requests = new FlushRequests(Duration.ofNanos(100));

  private static PassReport report(int files, SortedMap<Path, String> problems, int held) {
    var found = new TreeMap<Path, Problem>();
    problems.forEach((path, why) -> found.put(path, new Problem(Problem.Kind.REFUSED, why)));
    return new PassReport(7, files, 0, 0, 0, false, found, Set.of(), held, Optional.empty());
  }

  private static PassReport complete() {
    return report(1, new TreeMap<>(), 0);
  }

  private static PassReport incomplete(SortedMap<Path, String> problems) {
    return report(0, problems, 0);
  }

  @Test
  void passEnded_beganBeforeTheRequest_answersNothing() {
    var result = requests.add(50);
    requests.passEnded(40, complete(), 60);
    assertFalse(result.isDone());
    assertTrue(requests.isAnyOpen());
    requests.passEnded(60, complete(), 70);
    requests.passEnded(70, complete(), 80);
    assertEquals(new FlushResult.Published(7, 0), result.join());
    assertFalse(requests.isAnyOpen());
  }

  @Test
  void passEnded_deletionsHeldBack_countsThem() {
    var result = requests.add(50);
    requests.passEnded(50, complete(), 60);
    requests.passEnded(60, report(0, new TreeMap<>(), 3), 70);
    assertEquals(new FlushResult.Published(7, 3), result.join());
  }

  /** What is renamed while the pass lists local may have been seen under neither name. */
  @Test
  void passEnded_nothingUndone_waitsForOneMore() {
    var result = requests.add(50);
    requests.passEnded(50, complete(), 60);
    requests.passEnded(60, incomplete(BUSY), 70);
    assertFalse(result.isDone());
    requests.passEnded(70, complete(), 80);
    assertTrue(result.isDone());
  }

  /** A reason may name a file of staging, which is another one each time. */
  @Test
  void passEnded_sameProblemInOtherWords_isTheSame() {
    var result = requests.add(0);
    for (int now = 10; now <= 210; now += 100) {
      var words = new TreeMap<>(Map.of(Path.of("f"), "staging/" + now + " -> f: refused"));
      requests.passEnded(now, incomplete(words), now + 1);
    }
    assertTrue(result.isDone());
  }

  @Test
  void passEnded_sameProblemsForLong_namesThem() {
    var result = requests.add(0);
    requests.passEnded(10, incomplete(REFUSED), 20);
    requests.passEnded(100, incomplete(REFUSED), 120);
    assertFalse(result.isDone());
    requests.passEnded(120, incomplete(REFUSED), 121);
    assertEquals(new FlushResult.Incomplete(REFUSED), result.join());
  }

  @Test
  void passEnded_otherProblemsEachTime_goesOn() {
    var result = requests.add(0);
    for (int now = 0; now < 1_000; now += 90) {
      requests.passEnded(now, incomplete(now % 180 == 0 ? REFUSED : BUSY), now + 1);
    }
    assertFalse(result.isDone());
  }

  @Test
  void passEnded_volumeTakesOtherFiles_goesOn() {
    var result = requests.add(0);
    for (int now = 0; now < 1_000; now += 90) {
      requests.passEnded(now, report(1, REFUSED, 0), now + 1);
    }
    assertFalse(result.isDone());
  }

  @Test
  void passFailed_betweenTheSameProblems_beginsTheirTimeAnew() {
    var result = requests.add(0);
    requests.passEnded(10, incomplete(REFUSED), 20);
    requests.passFailed();
    requests.passEnded(200, incomplete(REFUSED), 210);
    assertFalse(result.isDone());
  }

  @Test
  void isAnyOpen_cancelled_isNot() {
    var result = requests.add(0);
    result.cancel(false);
    assertFalse(requests.isAnyOpen());
  }

  @Test
  void end_beforeAndAfter_tellsWhy() {
    var before = requests.add(0);
    requests.end("stopped");
    var after = requests.add(1);
    assertEquals(new FlushResult.Ended("stopped"), before.join());
    assertEquals(new FlushResult.Ended("stopped"), after.join());
  }
}
