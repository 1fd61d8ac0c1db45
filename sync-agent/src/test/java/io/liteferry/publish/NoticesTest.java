package io.liteferry.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.LogLines;
import io.liteferry.fixture.Site;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.logging.Level;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

final class NoticesTest {
  private static final Logger log = LoggerFactory.getLogger(NoticesTest.class);

  @TempDir Path directory;
  private final Set<String> kept = new HashSet<>();

  private void keep(Notices notices) throws IOException {
    notices.keep(
        said -> {
          kept.clear();
          kept.addAll(said);
        });
  }

  @Test
  void lasting_saidByTheLastRun_isInfoAndBeginsWithStill() throws IOException {
    try (var lines = new LogLines(NoticesTest.class, Level.INFO)) {
      var first = new Notices(kept);
      first.lasting(log, "a", "a socket");
      first.lasting(log, "a", "a socket");
      keep(first);
      var second = new Notices(kept);
      second.lasting(log, "a", "a socket");
      second.lasting(log, "b", "another one");
      assertEquals(
          List.of("WARNING a socket", "INFO still: a socket", "WARNING another one"), lines.take());
    }
  }

  @Test
  void lasting_saidOfSomethingElse_isAWarning() throws IOException {
    try (var lines = new LogLines(NoticesTest.class, Level.INFO)) {
      var first = new Notices(kept);
      first.lasting(log, "not ours", "2 files: a, b");
      keep(first);
      new Notices(kept).lasting(log, "not ours", "3 files: a, b, c");
      assertEquals(List.of("WARNING 2 files: a, b", "WARNING 3 files: a, b, c"), lines.take());
    }
  }

  @Test
  void lasting_wasOverMeanwhile_isAWarningAgain() throws IOException {
    try (var lines = new LogLines(NoticesTest.class, Level.INFO)) {
      var first = new Notices(kept);
      first.lasting(log, "special a", "a socket");
      keep(first);
      var second = new Notices(kept);
      second.lasting(log, "special a", "a socket");
      second.retain("special ", Set.of());
      keep(second);
      assertEquals(Set.of(), kept);
      new Notices(kept).lasting(log, "special a", "a socket");
      assertEquals(
          List.of("WARNING a socket", "INFO still: a socket", "WARNING a socket"), lines.take());
    }
  }

  @Test
  void keep_nothingNew_writesNothing() throws IOException {
    var notices = new Notices(Set.of());
    notices.keep(said -> kept.add("written"));
    notices.once("trouble", () -> {});
    notices.keep(said -> kept.add("written"));
    assertEquals(Set.of(), kept);
  }

  @Test
  void pass_afterARestart_warnsOnlyOnceOfFilesThatAreNotOurs() throws Exception {
    try (var site = new Site(directory);
        var lines = new LogLines(Deletions.class, Level.INFO)) {
      site.write("ours.txt", "o");
      site.pass();
      site.stop();
      Files.writeString(site.volume.resolve("foreign.txt"), "f");
      var foreign = "the volume keeps 1 file that did not come from LOCAL: foreign.txt";
      lines.take();

      site.pass();
      site.pass();
      site.stop();
      assertEquals(List.of("WARNING " + foreign), lines.take());
      site.pass();
      site.stop();
      assertEquals(List.of("INFO still: " + foreign), lines.take());
      assertTrue(Files.exists(site.state.resolve("said")));

      Files.delete(site.volume.resolve("foreign.txt"));
      site.pass();
      site.stop();
      assertEquals(List.of(), lines.take());
    }
  }
}
