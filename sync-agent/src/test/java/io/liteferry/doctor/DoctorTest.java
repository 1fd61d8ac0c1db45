package io.liteferry.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.doctor.Finding.Verdict;
import io.liteferry.durable.UniqueName;
import io.liteferry.durable.User;
import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestClock;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.fixture.TreeImage;
import io.liteferry.lease.Lease;
import io.liteferry.lease.LeaseClock;
import io.liteferry.lease.LeaseSettings;
import io.liteferry.publish.FormSettings;
import io.liteferry.restore.RestoreSite;
import io.liteferry.scan.PathFilter;
import io.liteferry.state.StateDirectory;
import io.liteferry.volume.KeepSettings;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a doctor says of a site in one state or another, and that it leaves it as it was. */
final class DoctorTest {
  private static final TimeLimit LIMIT = new TimeLimit(Duration.ofMinutes(1));

  @TempDir Path directory;
  private Site site;
  private Path app;
  private FormSettings form = FormSettings.WHOLE;
  private KeepSettings keep = KeepSettings.DEFAULT;

  @BeforeEach
  void open() throws IOException {
    site = new Site(directory);
    app = site.local.resolve("app.db");
  }

  @AfterEach
  void close() throws IOException {
    site.close();
  }

  private Report examine() throws Exception {
    return examine(LIMIT, Clock.systemUTC());
  }

  private Report examine(TimeLimit limit, Clock clock) {
    return examine(limit, clock, new Limits(Optional.empty(), Optional.empty()));
  }

  private Report examine(TimeLimit limit, Clock clock, Limits limits) {
    var state = StateDirectory.look(site.state);
    var examined = new RestoreSite(site.local, site.asVolume(), state, PathFilter.ALL, clock);
    var forms = new Doctor.Forms(form, keep);
    return new Doctor(examined, 8, limits, forms, limit).examine();
  }

  private static void assertSays(Report report, Verdict verdict, String subject, String part) {
    assertTrue(
        report.findings().stream()
            .anyMatch(
                f ->
                    f.verdict() == verdict
                        && f.subject().equals(subject)
                        && (f.text() + " " + f.remedy()).contains(part)),
        () -> "%s %s %s:%n%s".formatted(verdict, subject, part, report));
  }

  private void publish() throws Exception {
    site.write("f", "text");
    TestDatabase.create(app, "journal_mode = WAL").insertMany(1_000).close();
    site.settle();
    site.stop();
  }

  @Test
  void examine_newSite_isGoodAndStaysEmpty() throws Exception {
    var report = examine();
    assertTrue(report.isGood(), report::toString);
    assertSays(report, Verdict.OK, "start", "local and the volume are empty");
    assertSays(report, Verdict.OK, "lease", "nobody");
    assertSays(report, Verdict.OK, "volume", "hard links");
    assertSays(report, Verdict.OK, "state", "a second");
    assertSays(report, Verdict.OK, "memory", "needed for 0 names");
    assertFalse(Files.exists(site.state));
    try (var all = Files.walk(directory)) {
      assertEquals(3, all.count(), "the directory, local and the volume");
    }
  }

  @Test
  void examine_formAuto_saysWhichFormEachDatabaseTakesAndWhy() throws Exception {
    site.segments(Duration.ofMinutes(10));
    for (var name : List.of("large.db", "attributes.db", "small.db")) {
      TestDatabase.create(site.local.resolve(name)).insertMany(1_000).close();
    }
    site.pass();
    site.stop();
    TestDatabase.create(site.local.resolve("new.db")).insertMany(1_000).close();
    form = new FormSettings(true, Duration.ofMinutes(10), 4096, 50);
    Files.setPosixFilePermissions(
        site.local.resolve("attributes.db"), PosixFilePermissions.fromString("rw-------"));
    TestDatabase.create(site.local.resolve("tiny.db"), "page_size = 512").close();
    var report = examine();
    assertSays(report, Verdict.OK, "databases", "large.db: published by segments; its own file");
    assertSays(report, Verdict.OK, "databases", "may be behind by 600 s");
    assertSays(report, Verdict.OK, "databases", "new.db: published whole at first, as");
    assertSays(
        report, Verdict.OK, "databases", "attributes.db: published whole: its mode or owner");
    assertSays(report, Verdict.OK, "databases", "as they have less than 1 MiB: tiny.db");
    keep = KeepSettings.NONE;
    assertSays(examine(), Verdict.OK, "databases", "all are published whole: --keep none");
    form = FormSettings.WHOLE;
    assertSays(examine(), Verdict.OK, "databases", "all are published whole: --publish is whole");
  }

  @Test
  void examine_publishedSite_changesNothingAtAll() throws Exception {
    publish();
    var local = TreeImage.trace(site.local);
    var volume = TreeImage.trace(site.volume);
    var state = TreeImage.trace(site.state);
    var report = examine();
    assertTrue(report.isGood(), report::toString);
    assertSays(report, Verdict.OK, "start", "run would keep local");
    assertSays(report, Verdict.OK, "lease", "with everything on the volume");
    assertSays(report, Verdict.OK, "databases", "app.db");
    assertEquals(local, TreeImage.trace(site.local));
    assertEquals(exceptRoot(volume), exceptRoot(TreeImage.trace(site.volume)));
    assertEquals(exceptRoot(state), exceptRoot(TreeImage.trace(site.state)));
  }

  /** What is tried in a directory changes its time. */
  private static Map<String, String> exceptRoot(Map<String, String> image) {
    var others = new TreeMap<>(image);
    others.remove("");
    return others;
  }

  @Test
  void examine_localIsEmpty_saysWhatWouldBeCopied() throws Exception {
    publish();
    site.loseNode();
    var report = examine();
    assertSays(
        report, Verdict.OK, "start", "run would copy the volume to local: 1 database, 1 file");
    assertSays(report, Verdict.OK, "space", "local has");
  }

  @Test
  void examine_limitsThatTheDataExceeds_areProblems() throws Exception {
    publish();
    site.loseNode();
    long bytes = Files.size(site.volume.resolve("app.db"));
    var small =
        examine(LIMIT, Clock.systemUTC(), new Limits(Optional.of(bytes), Optional.of(bytes - 1)));
    assertFalse(small.isGood());
    assertSays(small, Verdict.PROBLEM, "space", "needed for all of the data raise its limit");
    assertSays(small, Verdict.PROBLEM, "space", "needed for a copy of every database raise");
    var enough =
        examine(
            LIMIT, Clock.systemUTC(), new Limits(Optional.of(4 * bytes), Optional.of(bytes + 1)));
    assertTrue(enough.isGood(), enough::toString);
    assertSays(enough, Verdict.OK, "space", "local may take");
    assertSays(enough, Verdict.NOTE, "space", "state may take");
  }

  @Test
  void examine_bothHaveDataAndStateIsLost_isAProblem() throws Exception {
    publish();
    Site.deleteContent(site.state);
    var report = examine();
    assertFalse(report.isGood());
    assertSays(report, Verdict.PROBLEM, "start", "both local and the volume have data");
    assertSays(report, Verdict.PROBLEM, "start", "move LOCAL's content away");
  }

  @Test
  void examine_stateIsDamaged_saysWhatFollows() throws Exception {
    publish();
    Files.writeString(site.state.resolve("state.json"), "{");
    assertSays(examine(), Verdict.WARNING, "start", "state.json is damaged");
  }

  @Test
  void examine_rollbackJournal_tellsTheHold() throws Exception {
    TestDatabase.create(app).insertMany(1_000).close();
    assertTrue(
        examine().findings().stream()
            .anyMatch(f -> f.text().contains("rollback journal: a snapshot holds writers up for")));
  }

  @Test
  void examine_hotJournalInLocal_isLeftAlone() throws Exception {
    TestDatabase.createHotJournal(app, directory.resolve("scratch"));
    var before = TreeImage.of(site.local);
    examine();
    assertEquals(before, TreeImage.of(site.local));
  }

  @Test
  void examine_sideFilesOnTheVolume_areWarnedOf() throws Exception {
    TestDatabase.createWithWal(site.volume.resolve("app.db"), directory.resolve("scratch"));
    var before = TreeImage.of(site.volume);
    assertSays(examine(), Verdict.WARNING, "volume", "app.db has side files");
    assertEquals(before, TreeImage.of(site.volume));
  }

  @Test
  void examine_linksThatLeadOutOfLocal_areNamedDatabasesAsProblems() throws Exception {
    var outside = Files.createDirectory(directory.resolve("outside"));
    TestDatabase.create(outside.resolve("x.db")).close();
    Files.writeString(outside.resolve("f"), "text");
    Files.createSymbolicLink(site.local.resolve("app.db"), outside.resolve("x.db"));
    Files.createSymbolicLink(site.local.resolve("data"), outside);
    Files.createSymbolicLink(site.local.resolve("file"), outside.resolve("f"));
    Files.createSymbolicLink(site.local.resolve("dangling"), outside.resolve("none"));
    var report = examine();
    assertSays(report, Verdict.PROBLEM, "local", "app.db: a symbolic link to");
    assertSays(report, Verdict.PROBLEM, "local", "data: a symbolic link to");
    assertSays(report, Verdict.WARNING, "local", "file: symbolic links out of local");
    assertFalse(report.toString().contains("dangling"), report.toString());
  }

  @Test
  void examine_encryptedMisnamedAndSpecialFiles_areNamed() throws Exception {
    Files.write(site.local.resolve("secret.db"), new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9});
    TestDatabase.createWithWal(app, directory.resolve("scratch"));
    Files.copy(site.local.resolve("app.db-wal"), site.local.resolve("secret.db-wal"));
    TestDatabase.create(site.local.resolve("trip")).close();
    site.write("trip-journal", "dear diary");
    assertEquals(0, new ProcessBuilder("mkfifo", site.local + "/pipe").start().waitFor());
    var report = examine();
    assertSays(report, Verdict.WARNING, "databases", "secret.db: like a database");
    assertSays(report, Verdict.WARNING, "databases", "trip-journal");
    assertSays(report, Verdict.NOTE, "local", "pipe");
  }

  @Test
  void examine_leaseIsHeld_saysByWhomAndHowLong() throws Exception {
    publish();
    var settings = new LeaseSettings("node-2", Duration.ofHours(1), Duration.ZERO);
    var held = Lease.acquire(site.asVolume().own(), settings, LeaseClock.SYSTEM);
    assertSays(examine(), Verdict.NOTE, "lease", "held by node-2, epoch ");
    assertSays(examine(), Verdict.NOTE, "lease", "it is alive");
    held.release(false);
    assertSays(examine(), Verdict.NOTE, "lease", "does not say that everything is on the volume");
    var brief = new LeaseSettings("node-3", Duration.ofMillis(1), Duration.ZERO);
    Lease.acquire(site.asVolume().own(), brief, LeaseClock.SYSTEM).close();
    assertSays(examine(), Verdict.NOTE, "lease", "not released by node-3");
  }

  @Test
  void examine_ownAgentAtWork_isTold() throws Exception {
    publish();
    site.pass();
    assertSays(examine(), Verdict.NOTE, "agent", "one is at work with this state");
    assertFalse(site.pass().changedVolume(), "and is not disturbed");
  }

  @Test
  void examine_detachWasCutOff_isAProblem() throws Exception {
    publish();
    var own = site.asVolume().own();
    Site.deleteContent(own.resolve("staging"));
    Files.delete(own.resolve("staging"));
    Files.createFile(own.resolve("staging"));
    assertSays(examine(), Verdict.PROBLEM, "volume", "complete it: liteferry detach");
  }

  @Test
  void examine_oldDebrisOfADoctor_isRemoved() throws Exception {
    var old = Files.createDirectory(site.volume.resolve(Volume.PROBE + UniqueName.make()));
    var notOurs =
        List.of(
            Files.createDirectory(site.volume.resolve(Volume.PROBE + "notes")),
            Files.createFile(site.volume.resolve(Volume.PROBE + UniqueName.make())));
    for (var path : List.of(old, notOurs.get(0), notOurs.get(1))) {
      Files.setLastModifiedTime(path, java.nio.file.attribute.FileTime.fromMillis(0));
    }
    var young = Files.createDirectory(site.volume.resolve(Volume.PROBE + UniqueName.make()));
    assertSays(examine(), Verdict.OK, "start", "local and the volume are empty");
    assertFalse(Files.exists(old));
    assertTrue(Files.exists(young), "another one may be at work");
    notOurs.forEach(path -> assertTrue(Files.exists(path), path::toString));
  }

  @Test
  void examine_unreadableFile_isAProblemUnlessRoot() throws Exception {
    Files.setAttribute(site.write("secret", "x"), "unix:mode", 0);
    var report = examine();
    if (User.id() == 0) {
      assertSays(report, Verdict.NOTE, "user", "this is root");
    } else {
      assertSays(report, Verdict.PROBLEM, "local", "secret");
    }
  }

  /** It looks at local, is given up, and comes back while the volume is looked at. */
  @Test
  void examine_answerComesTooLate_isNotHeardAnyMore() throws Exception {
    publish();
    var late = new Late();
    var clock = new TestClock();
    clock.onLook(late);
    var report = examine(new TimeLimit(Duration.ofSeconds(3)), clock);
    assertTrue(late.cameBack, report::toString);
    assertSays(report, Verdict.PROBLEM, "local", "no answer within 3 s");
    assertEquals(
        1,
        report.findings().stream()
            .filter(f -> f.subject().equals("local") && !f.text().contains(" from "))
            .count(),
        report::toString);
  }

  /** Who asks for the time first waits until somebody else has asked. */
  private static final class Late implements Runnable {
    private final CountDownLatch asked = new CountDownLatch(1);
    private @Nullable Thread first;
    private volatile boolean cameBack;

    @Override
    public void run() {
      Thread other;
      synchronized (this) {
        other = first;
        first = other == null ? Thread.currentThread() : other;
      }
      try {
        if (other == null) {
          asked.await();
        } else if (other != Thread.currentThread()) {
          asked.countDown();
          other.join();
          cameBack = true;
        }
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @Test
  void ask_noAnswer_isGivenUp() throws Exception {
    var never = new CountDownLatch(1);
    var error =
        assertThrows(
            TimeLimit.Exceeded.class,
            () ->
                new TimeLimit(Duration.ofMillis(10))
                    .ask(
                        () -> {
                          never.await();
                          return true;
                        }));
    assertTrue(error.getMessage().contains("no answer"));
    never.countDown();
  }

  @Test
  void report_longLines_areFoldedUnderTheirText() {
    var report =
        new Report(
            List.of(
                new Finding(Verdict.OK, "local", "ext4 from /dev/vda at /", ""),
                new Finding(Verdict.PROBLEM, "volume", "word ".repeat(40).strip(), "do this")));
    var lines = report.toString().lines().toList();
    assertEquals("ok       local     ext4 from /dev/vda at /", lines.get(0));
    assertTrue(lines.get(1).startsWith("problem  volume    word word"), lines::toString);
    assertTrue(lines.get(2).startsWith("                   word"), lines::toString);
    assertTrue(lines.get(lines.size() - 2).equals("                -> do this"), lines::toString);
    assertEquals(
        "1 problem, 0 warnings, 0 notes: correct the problems before you start an agent",
        lines.getLast());
    assertTrue(lines.stream().allMatch(line -> line.length() <= 100));
  }
}
