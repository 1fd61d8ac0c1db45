package io.liteferry.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.LogLines;
import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.lease.LeaseClock;
import io.liteferry.publish.FormSettings;
import io.liteferry.publish.PassReport;
import io.liteferry.publish.PassSettings;
import io.liteferry.publish.PlainFold;
import io.liteferry.scan.PathFilter;
import io.liteferry.sqlite.DatabaseCheck;
import io.liteferry.volume.KeepSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import java.util.logging.Level;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a run ends. An agent that is stopped before it begins does nothing but flush. */
final class AgentTest {
  @TempDir Path directory;
  private final Recorder observer = new Recorder();
  private Site site;
  private DatabaseCheck check = new DatabaseCheck(DatabaseCheck.Level.QUICK, Duration.ofMinutes(1));
  private FormSettings form = FormSettings.WHOLE;

  /** Keeps what it is told. */
  private static final class Recorder implements AgentObserver {
    private final List<Optional<PassReport>> passes = new ArrayList<>();
    private final Set<Step> steps = EnumSet.noneOf(Step.class);
    private Supplier<AgentStatus> status;
    private Agent.End end;

    @Override
    public void began(Supplier<AgentStatus> source) {
      status = source;
    }

    @Override
    public void passEnded(
        Optional<PassReport> report, Duration took, Optional<Duration> lag, boolean asked) {
      assertTrue(asked, "the flush is no rescan");
      passes.add(report);
    }

    @Override
    public void took(Step step, long nanos) {
      steps.add(step);
    }

    @Override
    public void ended(Agent.End how) {
      end = how;
    }
  }

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
            check, PathFilter.ALL, Duration.ZERO, 4, Duration.ZERO, KeepSettings.DEFAULT, form);
    var settings =
        new AgentSettings(
            Duration.ofMillis(50),
            Duration.ofMillis(200),
            Duration.ofMinutes(1),
            Duration.ZERO,
            flushTimeout);
    var agent =
        new Agent(
            site.asSite(),
            site.lease(),
            passes,
            settings,
            new Surroundings(Clock.systemUTC(), LeaseClock.SYSTEM, new Random(1), observer));
    agent.stop();
    var end = agent.run();
    assertEquals(end, observer.end);
    return end;
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
    assertEquals(EnumSet.allOf(AgentObserver.Step.class), observer.steps);
    assertTrue(observer.passes.getFirst().orElseThrow().changedVolume());
    var status = observer.status.get();
    assertTrue(status.isTurning());
    assertTrue(status.volumeUp());
    assertTrue(status.leaseHeld());
    assertEquals(Optional.empty(), status.lag());
    assertEquals(0, status.unpublishedBytes());
    assertTrue(status.lastSuccess().isPresent());
    assertEquals(Set.of(Path.of("app.db")), status.published().orElseThrow().databases().keySet());
  }

  @Test
  void run_databaseCorruptAtTheStop_namesIt() throws Exception {
    TestDatabase.create(site.local.resolve("app.db")).insertMany(1_000).close();
    TestDatabase.tear(site.local.resolve("app.db"), 5);
    site.write("f", "x");
    site.requireReady();
    var end = assertInstanceOf(Agent.End.Incomplete.class, flush(Duration.ofMillis(1)));
    assertEquals(Set.of(Path.of("app.db")), end.missing().keySet());
    assertEquals("x", site.published("f"));
    var status = observer.status.get();
    assertEquals(Set.of(Path.of("app.db")), status.problems().keySet());
    assertEquals(Optional.empty(), status.failure());
    assertEquals(Files.size(site.local.resolve("app.db")), status.unpublishedBytes());
    assertTrue(status.lag().isPresent());
    assertTrue(status.volumeUp());
    assertFalse(status.backoff().isZero());
  }

  @Test
  void run_volumeAwayAtTheStop_namesWhatIsNotOnIt() throws Exception {
    site.write("f", "x");
    site.settle();
    site.stop();
    site.write("g", "only local");
    Files.move(site.volume, directory.resolve("away"));
    var end = assertInstanceOf(Agent.End.Incomplete.class, flush(Duration.ofMillis(1)));
    assertEquals(Set.of(Path.of("g")), end.missing().keySet());
    assertTrue(end.missing().get(Path.of("g")).contains(site.volume.toString()));
    assertEquals(Optional.empty(), observer.passes.getFirst());
    var status = observer.status.get();
    assertTrue(status.isTurning());
    assertFalse(status.volumeUp());
    assertTrue(status.lag().isPresent());
    assertEquals(Optional.empty(), status.lastSuccess());
    assertTrue(status.failure().orElseThrow().contains(site.volume.toString()));
    assertEquals(AgentStatus.Phase.STOPPING, status.phase());
  }

  @Test
  void run_stoppedWithSegmentsAhead_bringsThePlainFileUpToDate() throws Exception {
    form = new FormSettings(true, Duration.ofDays(1), 0, 100);
    site.form(form);
    try (var live = TestDatabase.create(site.local.resolve("app.db"), "journal_mode = WAL")) {
      live.insertMany(100);
      site.pass();
      live.insert("by a segment");
      site.pass();
      site.stop();
      var volume = site.volume.resolve("app.db");
      assertNotEquals(live.content(), TestDatabase.content(volume));
      try (var log = new LogLines(Agent.class, Level.INFO)) {
        assertInstanceOf(Agent.End.Flushed.class, flush(Duration.ofSeconds(10)));
        var said = log.take().toString();
        assertTrue(said.contains("everything is on the volume; its files of app.db"), said);
        assertFalse(said.contains("behind"), said);
      }
      assertEquals(live.content(), TestDatabase.content(volume));
    }
  }

  @Test
  void run_segmentsLeadToWhatFailsItsCheck_namesIt() throws Exception {
    var database = site.local.resolve("app.db");
    form = new FormSettings(true, Duration.ofDays(1), 0, 100);
    site.form(form);
    TestDatabase.create(database).insertMany(1_000).run("CREATE INDEX i ON t(word)").close();
    site.pass();
    site.stop();
    TestDatabase.emptyPage(
        database,
        TestDatabase.valueIn(database, "SELECT rootpage FROM sqlite_schema WHERE name = 'i'"));
    var end = assertInstanceOf(Agent.End.Incomplete.class, flush(Duration.ofSeconds(10)));
    assertEquals(1, observer.passes.getFirst().orElseThrow().databases(), "by a segment");
    assertEquals(Set.of(Path.of("app.db")), end.missing().keySet());
    assertTrue(end.missing().get(Path.of("app.db")).contains("corrupt"));
  }

  /** Its fold is not tried again so soon after a check that did not end. */
  @Test
  void run_foldIsLeftOutAtTheStop_saysSo() throws Exception {
    var database = site.local.resolve("app.db");
    TestDatabase.createCheckThatNeverEnds(database);
    form = new FormSettings(true, Duration.ZERO, 0, 100);
    site.form(form).check(DatabaseCheck.Level.NONE).pass();
    try (var app = TestDatabase.open(database)) {
      app.run("CREATE TABLE later (x)");
      site.pass();
      site.stop();
      app.run("CREATE TABLE last (x)");
    }
    check = new DatabaseCheck(DatabaseCheck.Level.QUICK, Duration.ofMillis(50));
    try (var log = new LogLines(PlainFold.class, Level.INFO)) {
      assertInstanceOf(Agent.End.Flushed.class, flush(Duration.ofSeconds(20)));
      var said = log.take();
      assertTrue(said.getLast().startsWith("WARNING"), said::toString);
      assertTrue(said.getLast().contains("app.db stay behind"), said::toString);
      assertTrue(said.getLast().contains("liteferry fold"), said::toString);
    }
    assertFalse(
        Arrays.equals(
            Files.readAllBytes(database), Files.readAllBytes(site.volume.resolve("app.db"))));
  }

  @Test
  void run_onlyAPlainFileStaysBehind_isFlushed() throws Exception {
    var database = site.local.resolve("app.db");
    TestDatabase.createCheckThatNeverEnds(database);
    form = new FormSettings(true, Duration.ofDays(1), 0, 100);
    site.form(form).check(DatabaseCheck.Level.NONE).pass();
    site.stop();
    try (var app = TestDatabase.open(database)) {
      app.run("CREATE TABLE later (x)");
    }
    check = new DatabaseCheck(DatabaseCheck.Level.QUICK, Duration.ofMillis(50));
    assertInstanceOf(Agent.End.Flushed.class, flush(Duration.ofSeconds(20)));
    assertEquals(1, observer.passes.getFirst().orElseThrow().databases());
    assertFalse(observer.passes.getLast().orElseThrow().problems().isEmpty());
    assertFalse(
        Arrays.equals(
            Files.readAllBytes(database), Files.readAllBytes(site.volume.resolve("app.db"))));
  }
}
