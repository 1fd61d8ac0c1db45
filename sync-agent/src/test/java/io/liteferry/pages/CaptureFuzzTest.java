package io.liteferry.pages;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Base and segments are what the backup API says, after any history of the database. */
final class CaptureFuzzTest {
  private static final int STEPS = 100;

  @TempDir Path directory;

  /** {@code -Dliteferry.test.pages=3600}: an hour of it. */
  @Test
  void capture_afterAnyHistory_isWhatTheBackupApiSays() throws IOException {
    var end =
        System.nanoTime() + Duration.ofSeconds(Long.getLong("liteferry.test.pages", 5)).toNanos();
    long seed = Long.getLong("liteferry.test.seed", System.nanoTime());
    var counts = new TreeMap<String, Integer>();
    do {
      System.out.println("seed " + seed);
      new RandomHistory(seed, directory, null)
          .run(STEPS)
          .forEach((what, count) -> counts.merge(what, count, Integer::sum));
      seed++;
    } while (System.nanoTime() < end);
    System.out.println(report(counts));
    assertTrue(counts.keySet().stream().anyMatch(what -> what.startsWith("changed")));
  }

  private static String report(Map<String, Integer> counts) {
    var text = new StringBuilder();
    counts.forEach((what, count) -> text.append(count).append(" x ").append(what).append('\n'));
    return text.toString();
  }
}
