package io.liteferry.past;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.Site;
import io.liteferry.sqlite.DatabaseCheck;
import io.liteferry.volume.HistoryOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RehearsalTest {
  @TempDir Path directory;

  @Test
  void newest_isThinnedMeanwhile_isTheNewestThen() throws Exception {
    try (var site = new Site(directory)) {
      for (int i = 1; i <= 2; i++) {
        site.write("file", "version " + i);
        site.pass();
      }
      var before = History.read(site.asVolume());
      for (int i = 3; i <= 4; i++) {
        site.write("file", "version " + i);
        site.pass();
      }
      assertTrue(site.order(new HistoryOrder.DropPoints(new TreeSet<>(Set.of(2L)))).isPresent());
      var check = new DatabaseCheck(DatabaseCheck.Level.QUICK, Duration.ofMinutes(1));
      var scratch = Files.createDirectory(directory.resolve("scratch"));
      var rehearsal = new Rehearsal(scratch, check, 1, new Random(1));
      assertEquals(4, rehearsal.newest(before).point().generation());
    }
  }
}
