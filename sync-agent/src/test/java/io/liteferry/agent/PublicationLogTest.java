package io.liteferry.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.liteferry.fixture.LogLines;
import io.liteferry.publish.PassReport;
import io.liteferry.publish.Problem;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.logging.Level;
import org.junit.jupiter.api.Test;

final class PublicationLogTest {
  private static final Duration TOOK = Duration.ofMillis(812);
  private static final Optional<Long> LAG = Optional.of(1_062_000_000L);

  private static Optional<PassReport> report(int files, Map<Path, Problem> problems) {
    return Optional.of(
        new PassReport(
            7, files, 0, 0, 99, false, new TreeMap<>(problems), Set.of(), 0, Optional.empty()));
  }

  @Test
  void trace_passThatPublished_saysHowLongItTookAndTheLag() {
    try (var lines = new LogLines(PublicationLog.class, Level.FINE)) {
      PublicationLog.trace(report(2, Map.of()), TOOK, LAG);
      assertEquals(
          List.of(
              "FINE pass of 812 ms, published: generation 7: 2 files, 0 databases, 0 deletions, 99"
                  + " bytes; 1062 ms after the first change"),
          lines.take());
      assertEquals(
          Map.ofEntries(
              Map.entry("event", "pass"),
              Map.entry("result", "published"),
              Map.entry("duration_ms", 812L),
              Map.entry("lag_ms", 1062L),
              Map.entry("problems", 0L),
              Map.entry("held", 0L),
              Map.entry("generation", 7L),
              Map.entry("files", 2L),
              Map.entry("databases", 0L),
              Map.entry("deletions", 0L),
              Map.entry("bytes", 99L)),
          lines.events().getFirst());
    }
  }

  @Test
  void trace_anyOtherPass_hasItsLineToo() {
    try (var lines = new LogLines(PublicationLog.class, Level.FINE)) {
      PublicationLog.trace(report(0, Map.of()), TOOK, LAG);
      PublicationLog.trace(
          report(0, Map.of(Path.of("f"), new Problem(Problem.Kind.CHANGING, "why"))), TOOK, LAG);
      PublicationLog.trace(Optional.empty(), TOOK, LAG);
      assertEquals(
          List.of(
              "FINE pass of 812 ms, unchanged",
              "FINE pass of 812 ms, incomplete",
              "FINE pass of 812 ms, failed"),
          lines.take());
    }
  }

  @Test
  void trace_levelInfo_saysNothing() {
    try (var lines = new LogLines(PublicationLog.class, Level.INFO)) {
      PublicationLog.trace(report(1, Map.of()), TOOK, LAG);
      assertEquals(List.of(), lines.take());
    }
  }
}
