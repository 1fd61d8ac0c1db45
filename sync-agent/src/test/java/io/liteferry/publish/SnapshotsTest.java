package io.liteferry.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.scan.Entry;
import io.liteferry.sqlite.DatabaseCheck;
import io.liteferry.sqlite.SideFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** P2: what is read in a pass, and what is left beside it. */
final class SnapshotsTest {
  private static final Path APP = Path.of("app.db");

  @TempDir Path directory;
  private final AtomicInteger taken = new AtomicInteger();
  private final Set<Thread> told = java.util.concurrent.ConcurrentHashMap.newKeySet();
  private Site site;
  private Path app;

  @BeforeEach
  void open() throws IOException {
    site = new Site(directory);
    app = site.local.resolve("app.db");
    site.timings(
        (step, nanos) -> {
          told.add(Thread.currentThread());
          if (step == Timings.Step.SNAPSHOT) {
            taken.incrementAndGet();
          }
        });
  }

  @AfterEach
  void close() throws IOException {
    site.close();
  }

  private Set<String> names() throws IOException {
    var names = new TreeSet<String>();
    try (var content = Files.newDirectoryStream(site.local)) {
      content.forEach(path -> names.add(path.getFileName().toString()));
    }
    return names;
  }

  private void create(int databases, String mode) {
    for (int i = 0; i < databases; i++) {
      TestDatabase.create(site.local.resolve("db" + i), "journal_mode = " + mode)
          .insert("of " + i)
          .close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"WAL", "DELETE"})
  void pass_manyDatabases_publishesEachAndTellsTheTimesOnItsOwnThread(String mode)
      throws Exception {
    create(150, mode);
    var report = site.pass();
    assertTrue(report.isComplete(), report.problems().toString());
    assertEquals(150, report.databases());
    assertEquals(150, taken.get());
    assertEquals(Set.of(Thread.currentThread()), told);
    site.assertVolumeEqualsLocal();
    try (var images = Files.newDirectoryStream(site.state.resolve("staging"))) {
      assertFalse(images.iterator().hasNext(), "an image is left in state");
    }
  }

  /** The agent reads; SQLite would make both side files and leave them. */
  @Test
  void pass_walDatabaseThatNobodyHasOpen_leavesNothingBesideIt() throws Exception {
    create(5, "WAL");
    site.pass();
    site.settle();
    assertEquals(Set.of("db0", "db1", "db2", "db3", "db4"), names());
  }

  @Test
  void pass_walDatabaseInADirectoryThatCannotBeWritten_isPublished() throws Exception {
    Files.createDirectory(site.local.resolve("readonly"));
    TestDatabase.create(site.local.resolve("readonly/app.db"), "journal_mode = WAL").close();
    Files.setAttribute(site.local.resolve("readonly"), "unix:mode", 0555);
    var report = site.pass();
    Files.setAttribute(site.local.resolve("readonly"), "unix:mode", 0755);
    assertTrue(report.isComplete(), report.problems().toString());
    assertTrue(Files.exists(site.volume.resolve("readonly/app.db")));
    assertEquals(
        1,
        site.local.resolve("readonly").toFile().list().length,
        "root can write there all the same");
  }

  /** The way in which it is read must not show: else each close would be a change. */
  @Test
  void pass_walDatabaseClosedSince_isStillTheSame() throws Exception {
    try (var live = TestDatabase.create(app, "journal_mode = WAL")) {
      live.insertMany(100);
      assertEquals(1, site.pass().databases());
    }
    assertEquals(0, site.pass().databases());
    try (var live = TestDatabase.open(app)) {
      assertEquals("101", live.value("SELECT count(*) FROM t"));
      assertEquals(0, site.pass().databases());
    }
  }

  /** A stamp says nothing while it is young, so the copy of a database just closed must wait. */
  @Test
  void pass_databaseOpenedAndWrittenWhileItIsReadAtRest_isReadAgain() throws Exception {
    TestDatabase.create(app, "journal_mode = WAL").insertMany(100).close();
    site.clock.letAnHourPass();
    var look = DatabaseLook.at(site.local, APP, site.clock).orElseThrow();
    assertTrue(look.isAtRest());
    assertTrue(look.isStillAtRest(site.local));
    try (var live = TestDatabase.open(app)) {
      live.insert("one more");
      assertFalse(look.isStillAtRest(site.local), "a WAL has appeared");
    }
    assertFalse(look.isStillAtRest(site.local), "the WAL was folded in and is gone again");
  }

  @Test
  void look_databaseWithoutAWalInRollbackMode_isNotAtRest() throws Exception {
    TestDatabase.create(app).close();
    site.clock.letAnHourPass();
    assertFalse(DatabaseLook.at(site.local, APP, site.clock).orElseThrow().isAtRest());
  }

  /** One large write sets the times when it begins, and copies for longer. */
  @Test
  void look_largeDatabaseThatMayStillBeWrittenTo_isNotAtRest() throws Exception {
    try (var live = TestDatabase.create(app, "journal_mode = WAL")) {
      live.run("CREATE TABLE large(x)", "INSERT INTO large VALUES (zeroblob(9000000))");
    }
    var stamp = Entry.look(site.local, APP).orElseThrow().stamp();
    var written = Instant.EPOCH.plusNanos(Math.max(stamp.mtime(), stamp.ctime()));
    assertFalse(lookAt(written.plusMillis(40)).isAtRest());
    assertEquals(Duration.ofMillis(60), lookAt(written.plusMillis(40)).untilWritten());
    assertTrue(lookAt(written.plusSeconds(1)).isAtRest());
    assertTrue(lookAt(written.minusSeconds(3600)).isAtRest(), "a clock that was set back");
  }

  @Test
  void look_smallDatabaseWithAConclusiveStamp_isAtRestAtOnce() throws Exception {
    TestDatabase.create(app, "journal_mode = WAL").close();
    var stamp = Entry.look(site.local, APP).orElseThrow().stamp();
    var written = Instant.EPOCH.plusNanos(Math.max(stamp.mtime(), stamp.ctime()));
    assertTrue(lookAt(written.plusMillis(25)).isAtRest());
  }

  private DatabaseLook lookAt(Instant now) throws IOException {
    return DatabaseLook.at(site.local, APP, Clock.fixed(now, ZoneOffset.UTC)).orElseThrow();
  }

  @Test
  void pass_databaseGoneWhoseCheckDidNotEnd_isForgotten() throws Exception {
    site.check(new DatabaseCheck(DatabaseCheck.Level.QUICK, Duration.ofMillis(100)));
    TestDatabase.createCheckThatNeverEnds(app);
    site.requireReady();
    var context = site.context();
    try (var publisher = Publisher.open(context)) {
      publisher.pass(Publisher.Purpose.ROUTINE);
      assertEquals(Set.of(APP), context.checkAgain.keySet());
      Files.delete(app);
      publisher.pass(Publisher.Purpose.ROUTINE);
      assertEquals(Set.of(), context.checkAgain.keySet());
    }
  }

  @Test
  void pass_databaseGoneThatWasPartlyChecked_isNewsWhenItComesBack() throws Exception {
    site.check(DatabaseCheck.Level.FULL);
    try (var live = TestDatabase.create(app)) {
      live.withFunction("application").run("CREATE INDEX i ON t(application(word))");
    }
    site.requireReady();
    var context = site.context();
    try (var publisher = Publisher.open(context)) {
      publisher.pass(Publisher.Purpose.ROUTINE);
      context.notices.once("partly app.db", () -> fail("it was not said"));
      publisher.pass(Publisher.Purpose.ROUTINE);
      context.notices.once("partly app.db", () -> fail("it was forgotten while it is there"));
      Files.delete(app);
      publisher.pass(Publisher.Purpose.ROUTINE);
      assertFalse(context.notices.over("partly app.db"), "said for as long as the agent runs");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-journal", "-wal", "-shm"})
  void pass_fifoInThePlaceOfASideFile_isNamedAndHoldsUpNothingElse(String suffix) throws Exception {
    TestDatabase.create(app, "journal_mode = WAL").close();
    create(1, "DELETE");
    var fifo = site.local.resolve("app.db" + suffix).toString();
    assertEquals(0, new ProcessBuilder("mkfifo", fifo).start().waitFor());
    var report = site.pass();
    assertEquals(Problem.Kind.UNREADABLE, report.problems().get(APP).kind());
    assertTrue(report.reasons().get(APP).contains("move it away"), report.reasons().toString());
    assertTrue(Files.exists(site.volume.resolve("db0")));
    Files.delete(Path.of(fifo));
    assertTrue(site.pass().isComplete());
  }

  @Test
  void pass_corruptDatabaseThatDoesNotChange_isReadOnce() throws Exception {
    TestDatabase.create(app).insertMany(2_000).close();
    TestDatabase.tear(app, 7);
    site.clock.letAnHourPass(); // the stamps are old, and conclusive
    var first = site.pass().problems().get(APP);
    assertEquals(Problem.Kind.CHECK_FAILED, first.kind());
    for (int i = 0; i < 3; i++) {
      assertEquals(first, site.pass().problems().get(APP));
    }
    assertEquals(1, taken.get());
    TestDatabase.tear(app, 8);
    site.pass();
    assertEquals(2, taken.get());
  }

  @Test
  void pass_whatSqliteSaysIsNoDatabase_isReadOnceAndNamesTheRemedy() throws Exception {
    TestDatabase.create(app).insertMany(100).close();
    var content = Files.readAllBytes(app);
    java.util.Arrays.fill(content, 16, 100, (byte) 0xa5);
    Files.write(app, content);
    site.clock.letAnHourPass();
    for (int i = 0; i < 3; i++) {
      var problem = site.pass().problems().get(APP);
      assertEquals(Problem.Kind.UNREADABLE, problem.kind());
      assertTrue(problem.why().contains("--exclude"), problem.why());
    }
    assertEquals(1, taken.get());
  }

  @Test
  void pass_someDatabasesLocked_publishesTheOthersAndNamesThose() throws Exception {
    create(6, "DELETE");
    var held = new ArrayList<TestDatabase>();
    for (int i = 0; i < 5; i++) {
      held.add(TestDatabase.open(site.local.resolve("db" + i)).run("BEGIN EXCLUSIVE"));
    }
    for (int i = 0; i < 2; i++) {
      var report = site.pass();
      assertEquals(5, report.problems().size());
      assertEquals(Problem.Kind.LOCKED, report.problems().get(Path.of("db4")).kind());
      assertTrue(Files.exists(site.volume.resolve("db5")));
    }
    for (var one : held) {
      one.run("COMMIT").close();
    }
    assertTrue(site.pass().isComplete());
    assertEquals(
        List.of(), SideFile.allOf(app).stream().filter(side -> Files.exists(side)).toList());
  }
}
