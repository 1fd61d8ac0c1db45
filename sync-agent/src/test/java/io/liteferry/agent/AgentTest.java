package io.liteferry.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.publish.PassSettings;
import io.liteferry.scan.PathFilter;
import io.liteferry.sqlite.DatabaseCheck;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a run ends. An agent that is stopped before it begins does nothing but flush. */
final class AgentTest {
  @TempDir Path directory;
  private Site site;

  @BeforeEach
  void open() throws IOException {
    site = new Site(directory);
  }

  @AfterEach
  void close() throws IOException {
    site.close();
  }

  private Agent.End flush(Duration flushTimeout) throws Exception {
    var passes =
        new PassSettings(
            new DatabaseCheck(DatabaseCheck.Level.QUICK, Duration.ofMinutes(1)),
            PathFilter.ALL,
            0,
            Duration.ZERO,
            4,
            Duration.ZERO);
    var settings =
        new AgentSettings(
            Duration.ofMillis(50), Duration.ofMillis(200), Duration.ofMinutes(1), flushTimeout);
    var agent =
        new Agent(
            site.local,
            site.asVolume(),
            site.heldState(),
            site.lease(),
            passes,
            settings,
            Clock.systemUTC(),
            new Random(1));
    agent.stop();
    return agent.run();
  }

  @Test
  void run_stopped_publishesEverythingBeforeItReturns() throws Exception {
    site.write("f", "x");
    try (var live = TestDatabase.create(site.local.resolve("app.db"), "journal_mode = WAL")) {
      site.requireReady();
      live.insert("last commit");
      assertInstanceOf(Agent.End.Flushed.class, flush(Duration.ofSeconds(10)));
      assertEquals(live.content(), TestDatabase.content(site.volume.resolve("app.db")));
    }
    assertEquals("x", site.published("f"));
  }

  @Test
  void run_databaseCorruptAtTheStop_namesIt() throws Exception {
    TestDatabase.create(site.local.resolve("app.db")).insertMany(1_000).close();
    TestDatabase.tear(site.local.resolve("app.db"), 5);
    site.write("f", "x");
    site.requireReady();
    var end = assertInstanceOf(Agent.End.Incomplete.class, flush(Duration.ofMillis(1)));
    assertEquals(java.util.Set.of(Path.of("app.db")), end.missing().keySet());
    assertEquals("x", site.published("f"));
  }

  @Test
  void run_volumeAwayAtTheStop_namesWhatIsNotOnIt() throws Exception {
    site.write("f", "x");
    site.settle();
    site.stop();
    site.write("g", "only local");
    Files.move(site.volume, directory.resolve("away"));
    var end = assertInstanceOf(Agent.End.Incomplete.class, flush(Duration.ofMillis(1)));
    assertEquals(java.util.Set.of(Path.of("g")), end.missing().keySet());
    assertTrue(end.missing().get(Path.of("g")).contains(site.volume.toString()));
  }
}
