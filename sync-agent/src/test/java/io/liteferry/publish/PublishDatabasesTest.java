package io.liteferry.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.durable.Digest;
import io.liteferry.fixture.Names;
import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.fixture.TreeImage;
import io.liteferry.sqlite.DatabaseCheck;
import io.liteferry.sqlite.SideFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole passes over databases, most of them open in an application. */
final class PublishDatabasesTest {
  @TempDir Path directory;
  private Site site;
  private Path app;

  @BeforeEach
  void open() throws IOException {
    site = new Site(directory);
    app = site.local.resolve("app.db");
  }

  @AfterEach
  void close() throws IOException {
    site.close();
  }

  private String published() {
    return TestDatabase.content(site.volume.resolve("app.db"));
  }

  private Object inode() throws IOException {
    return Files.getAttribute(site.volume.resolve("app.db"), "unix:ino");
  }

  @ParameterizedTest
  @ValueSource(strings = {"WAL", "DELETE", "TRUNCATE", "PERSIST", "MEMORY"})
  void pass_commits_arePublishedOneByOneAndNoSideFileEverAppears(String mode) throws Exception {
    try (var live = TestDatabase.create(app, "journal_mode = " + mode)) {
      for (int i = 0; i < 5; i++) {
        live.insert("row " + i);
        var report = site.pass();
        assertEquals(1, report.databases());
        assertTrue(report.isComplete(), report.problems().toString());
        assertEquals(live.content(), published());
        assertEquals(
            List.of("app.db"), List.copyOf(TreeImage.of(site.volume).keySet()), "side files");
      }
    }
    assertInstanceOf(
        DatabaseCheck.Outcome.Sound.class,
        new DatabaseCheck(DatabaseCheck.Level.FULL, Duration.ofMinutes(1))
            .check(site.volume.resolve("app.db")));
  }

  @Test
  void pass_publishedDatabase_hasModeAndTimeOfTheSource() throws Exception {
    TestDatabase.create(app).close();
    Files.setAttribute(app, "unix:mode", 0640);
    Files.setLastModifiedTime(app, FileTime.fromMillis(1_234_567_890_123L));
    site.pass();
    for (var attribute : List.of("unix:mode", "unix:uid", "unix:gid", "lastModifiedTime")) {
      assertEquals(
          Files.getAttribute(app, attribute),
          Files.getAttribute(site.volume.resolve("app.db"), attribute),
          attribute);
    }
  }

  /** Backup programs on the server go by size and time, and in WAL mode both may stand still. */
  @Test
  void pass_commitInTheWalAlone_movesTheTimeOnTheVolume() throws Exception {
    try (var live = TestDatabase.create(app, "journal_mode = WAL")) {
      Files.setLastModifiedTime(app, FileTime.fromMillis(0));
      site.pass();
      live.insert("second");
      site.pass();
      assertTrue(
          Files.getLastModifiedTime(site.volume.resolve("app.db")).toMillis() > 1_000_000,
          "the time of the database alone");
    }
  }

  @Test
  void pass_checkpointTouchOrChownAlone_publishesNothing() throws Exception {
    try (var live = TestDatabase.create(app, "journal_mode = WAL", "wal_autocheckpoint = 0")) {
      live.insert("second");
      site.pass();
      var before = inode();

      live.run("PRAGMA wal_checkpoint(TRUNCATE)");
      assertFalse(site.pass().changedVolume(), "checkpoint");
      Files.setLastModifiedTime(app, FileTime.fromMillis(1_234_567_890_123L));
      assertFalse(site.pass().changedVolume(), "touch");
      Files.setAttribute(app, "unix:gid", 12);
      assertFalse(site.pass().changedVolume(), "chown");
      Files.setAttribute(app, "unix:mode", 0600);
      assertFalse(site.pass().changedVolume(), "chmod");
      assertEquals(before, inode());

      live.insert("third");
      assertEquals(1, site.pass().databases());
    }
  }

  @Test
  void pass_databaseOfAnyName_isPublished() throws Exception {
    var open = new ArrayList<TestDatabase>();
    for (var name : Names.below(site.local)) {
      open.add(TestDatabase.create(name, "journal_mode = WAL"));
    }
    var report = site.pass();
    assertTrue(report.isComplete(), report.problems().toString());
    open.forEach(TestDatabase::close);
    site.assertVolumeEqualsLocalByContent();
    site.stop();
    assertEquals(0, site.pass().databases(), "a name did not survive the index or the manifest");
  }

  @Test
  void pass_oneOfTwoDatabasesChanged_manifestNamesTheGenerationOfEach() throws Exception {
    TestDatabase.create(site.local.resolve("other.db")).close();
    try (var live = TestDatabase.create(app)) {
      site.pass();
      live.insert("changed");
      site.pass();
    }
    var databases = site.asVolume().manifest().orElseThrow().databases();
    assertEquals(Optional.of(2L), databases.get(Path.of("app.db")).generation());
    assertEquals(Optional.of(1L), databases.get(Path.of("other.db")).generation());
  }

  @Test
  void pass_databaseBusy_isReportedAndPublishedWhenFree() throws Exception {
    try (var live = TestDatabase.create(app)) {
      site.pass();
      var good = published();
      live.insert("committed").run("BEGIN EXCLUSIVE").insert("held");
      site.write("beside", "published all the same");
      var report = site.pass();
      assertTrue(report.reasons().get(Path.of("app.db")).contains("locked"));
      assertEquals(good, published());
      assertEquals("published all the same", site.published("beside"));
      live.run("COMMIT");
      assertTrue(site.pass().isComplete());
      assertEquals(live.content(), published());
    }
  }

  @Test
  void pass_corruptDatabase_keepsTheGoodCopyAndRetries() throws Exception {
    try (var live = TestDatabase.create(app)) {
      live.insertMany(2_000);
    }
    site.pass();
    var good = published();
    var sound = Files.readAllBytes(app);
    TestDatabase.tear(app, 7);
    for (int i = 0; i < 2; i++) {
      var report = site.pass();
      assertTrue(report.reasons().get(Path.of("app.db")).contains("corrupt"));
      assertFalse(report.changedVolume());
      assertEquals(good, published());
    }
    Files.write(app, sound);
    TestDatabase.open(app).insert("mended").close();
    assertTrue(site.pass().isComplete());
    assertEquals(TestDatabase.content(app), published());
  }

  @Test
  void pass_corruptDatabaseThatWasNeverPublished_isNotPublished() throws Exception {
    TestDatabase.create(app).insertMany(2_000).close();
    TestDatabase.tear(app, 7);
    var report = site.pass();
    assertFalse(report.isComplete());
    assertTrue(Files.notExists(site.volume.resolve("app.db")));
  }

  @Test
  void pass_missingCollation_isPublished() throws Exception {
    try (var live = TestDatabase.create(app).withCollation("APPLICATION")) {
      live.run(
          "CREATE TABLE n(x COLLATE APPLICATION)",
          "CREATE INDEX i ON n(x)",
          "INSERT INTO n VALUES ('x')");
    }
    var report = site.pass();
    assertEquals(1, report.databases());
    assertTrue(report.isComplete(), report.problems().toString());
  }

  @Test
  void pass_hotJournalInLocal_isRolledBackAndPublished() throws Exception {
    var committed = TestDatabase.createHotJournal(app, directory.resolve("scratch"));
    assertTrue(site.pass().isComplete());
    assertEquals(committed, published());
  }

  @Test
  void pass_sideFilesOfAnyKind_neverTravel() throws Exception {
    TestDatabase.createWithWal(app, directory.resolve("scratch"));
    Files.createFile(site.local.resolve("app.db-shm"));
    TestDatabase.createWithWal(directory.resolve("orphan"), directory.resolve("scratch2"));
    Files.move(directory.resolve("orphan-wal"), site.local.resolve("deleted.db-wal"));
    Files.createFile(site.local.resolve("app.db-journal"));
    site.write("app.db-mj0123AB9CD", "/data/app.db-journal\0");
    site.pass();
    assertEquals(List.of("app.db"), List.copyOf(TreeImage.of(site.volume).keySet()));
  }

  @Test
  void pass_filesThatAreOnlyNamedLikeSideFiles_travel() throws Exception {
    site.write("notes-wal", "The Berlin one: a text, not SQLite's");
    site.write("scan", "a file");
    site.write("scan-journal", "of a traveller, and no side file at all");
    site.pass();
    assertEquals(
        List.of("notes-wal", "scan", "scan-journal"),
        List.copyOf(TreeImage.of(site.volume).keySet()));
  }

  @Test
  void pass_emptyFileThatBecomesADatabase_isPublishedAsEither() throws Exception {
    Files.createFile(app);
    site.pass();
    assertEquals(0, Files.size(site.volume.resolve("app.db")));
    TestDatabase.create(app).close();
    assertEquals(1, site.pass().databases());
    assertEquals(TestDatabase.content(app), published());
  }

  /** A restore in the application itself, or VACUUM INTO and a rename. */
  @Test
  void pass_databaseReplacedByRename_isPublished() throws Exception {
    try (var live = TestDatabase.create(app, "journal_mode = WAL")) {
      live.insert("old");
      site.pass();
    }
    var fresh = directory.resolve("fresh.db");
    TestDatabase.create(fresh, "journal_mode = WAL").insert("fresh").close();
    Files.move(fresh, app, StandardCopyOption.ATOMIC_MOVE);
    site.pass();
    assertEquals(TestDatabase.content(app), published());
  }

  @Test
  void pass_directoryWithDatabaseMoved_movesOnTheVolume() throws Exception {
    site.write("a/upload", "x");
    TestDatabase.create(site.local.resolve("a/app.db")).close();
    site.pass();
    Files.move(site.local.resolve("a"), site.local.resolve("b"));
    site.pass();
    site.assertVolumeEqualsLocalByContent();
    assertTrue(Files.exists(site.volume.resolve("b/app.db")));
  }

  /** Contract: a published database never names a file that is not yet published. */
  @Test
  void pass_newFileAndTheRowThatNamesIt_fileComesFirst() throws Exception {
    try (var live = TestDatabase.create(app, "journal_mode = WAL")) {
      site.pass();
      var observed = new ArrayList<String>();
      var names =
          (Runnable)
              () -> {
                boolean row = published().contains("upload");
                boolean file = Files.exists(site.volume.resolve("uploads/upload"));
                observed.add((file ? "file" : "-") + (row ? "+row" : ""));
              };
      site.write("uploads/upload", "content");
      live.insert("upload");
      site.clock.onLook(names);
      site.pass();
      site.clock.onLook(() -> {});
      names.run();
      assertEquals("file+row", observed.getLast());
      assertTrue(observed.contains("file"), "no look between the file and the row: " + observed);
      assertFalse(observed.contains("-+row"), observed.toString());
    }
  }

  /** And the other way round: what a database still names is deleted only after it. */
  @Test
  void pass_fileDeletedWithTheRowThatNamedIt_rowGoesFirst() throws Exception {
    try (var live = TestDatabase.create(app, "journal_mode = WAL")) {
      live.insert("upload");
      site.write("uploads/upload", "content");
      site.pass();
      Files.delete(site.local.resolve("uploads/upload"));
      live.run("DELETE FROM t WHERE word = 'upload'");
      var observed = new ArrayList<Boolean>();
      site.clock.onLook(
          () ->
              observed.add(
                  Files.exists(site.volume.resolve("uploads/upload"))
                      || !published().contains("upload")));
      site.pass();
      assertFalse(observed.contains(false), observed.toString());
      assertTrue(Files.notExists(site.volume.resolve("uploads/upload")));
    }
  }

  /** The snapshot is older than the file, so the file of a row in it cannot be missing. */
  @Test
  void pass_fileAndRowThatComeDuringThePass_areNeverTornApart() throws Exception {
    try (var live = TestDatabase.create(app, "journal_mode = WAL")) {
      site.pass();
      var n = new java.util.concurrent.atomic.AtomicInteger();
      site.beforeListing(
          (path, entry) -> {
            var name = "upload" + n.incrementAndGet();
            site.write(name, name);
            live.insert(name);
          });
      for (int i = 0; i < 5; i++) {
        site.pass();
        for (var word :
            TestDatabase.valueIn(
                    site.volume.resolve("app.db"),
                    "SELECT group_concat(word, ' ') FROM t WHERE word LIKE 'upload%'")
                .split(" ", -1)) {
          assertTrue(
              word.equals("null") || Files.exists(site.volume.resolve(word)),
              "the database names " + word);
        }
      }
    }
  }

  /** Else the agent would write where the link leads, with its own rights. */
  @Test
  void pass_directoryThatBecomesALinkAfterTheSnapshot_publishesNothingThroughIt() throws Exception {
    var outside = Files.createDirectory(site.local.resolveSibling("outside"));
    Files.createDirectory(site.local.resolve("d"));
    TestDatabase.create(site.local.resolve("d/app.db")).close();
    var listings = new java.util.concurrent.atomic.AtomicInteger();
    site.beforeListing(
        (path, entry) -> {
          if (listings.incrementAndGet() == 3) { // LOCAL and d, and LOCAL again
            Files.move(site.local.resolve("d"), site.local.resolveSibling("moved"));
            Files.createSymbolicLink(site.local.resolve("d"), outside);
          }
        });
    site.pass();
    assertEquals(outside, Files.readSymbolicLink(site.volume.resolve("d")));
    assertEquals(Map.of(), TreeImage.of(outside));
  }

  @Test
  void pass_walExcludedByAGlob_stillSeesEveryCommit() throws Exception {
    site.filter(List.of(), List.of("*-wal", "*-shm", "*-journal"));
    try (var live = TestDatabase.create(app, "journal_mode = WAL", "wal_autocheckpoint = 0")) {
      site.settle();
      live.insert("in the WAL alone");
      assertEquals(1, site.pass().databases());
      assertEquals(live.content(), published());
    }
  }

  @Test
  void pass_includeThatNamesTheDatabaseAlone_stillSeesEveryCommit() throws Exception {
    site.filter(List.of("app.db"), List.of());
    try (var live = TestDatabase.create(app, "journal_mode = WAL", "wal_autocheckpoint = 0")) {
      site.settle();
      live.insert("in the WAL alone");
      assertEquals(1, site.pass().databases());
    }
  }

  @Test
  void pass_walOverwrittenFromItsStart_isSeen() throws Exception {
    try (var live = TestDatabase.create(app, "journal_mode = WAL")) {
      live.insertMany(100);
      site.settle();
      for (int i = 0; i < 5; i++) {
        // so that the commit is not in the same tick of the clock as the one before
        Files.setLastModifiedTime(SideFile.WAL.of(app), FileTime.fromMillis(i));
        assertFalse(site.pass().changedVolume());
        live.run("PRAGMA wal_checkpoint(RESTART)", "UPDATE t SET word = 'x" + i + "' WHERE id = 1");
        assertEquals(1, site.pass().databases());
        assertEquals(live.content(), published());
      }
    }
  }

  /** The volume was used directly: its side files go with the next publication. */
  @Test
  void pass_sideFilesOnTheVolume_areSupersededByTheNewDatabase() throws Exception {
    try (var live = TestDatabase.create(app)) {
      site.pass();
      site.stop();
      TestDatabase.createWithWal(directory.resolve("x"), directory.resolve("scratch"));
      Files.move(directory.resolve("x-wal"), SideFile.WAL.of(site.volume.resolve("app.db")));
      live.insert("newer");
      assertEquals(1, site.pass().databases());
      assertEquals(live.content(), published());
      assertEquals(List.of("app.db"), List.copyOf(TreeImage.of(site.volume).keySet()));
      assertTrue(Files.notExists(site.volume.resolve(".liteferry/intent.json")));
      assertTrue(Files.notExists(site.volume.resolve(".liteferry/aside")));
    }
  }

  @Test
  void pass_manifest_namesWhatIsPublished() throws Exception {
    TestDatabase.create(app, "page_size = 1024", "journal_mode = WAL").close();
    var report = site.pass();
    var manifest = site.asVolume().manifest().orElseThrow();
    assertEquals(report.generation(), manifest.generation());
    assertTrue(manifest.complete());
    var listed = manifest.databases().get(Path.of("app.db"));
    var file = site.volume.resolve("app.db");
    assertEquals(Files.size(file), listed.bytes());
    assertEquals(1024, listed.pageSize());
    assertTrue(listed.wal());
    assertEquals(Digest.of(file), listed.digest());
    assertEquals(site.asVolume().id().orElseThrow(), manifest.volumeId());
  }

  /** Before a rename the manifest names both contents, so that after a crash either is known. */
  @Test
  void pass_whileDatabasesAreRenamed_manifestNamesOldAndNew() throws Exception {
    try (var live = TestDatabase.create(app)) {
      site.pass();
      live.insert("second");
      var unknown = new ArrayList<Digest>();
      site.clock.onLook(
          () -> {
            try {
              var found = Digest.of(site.volume.resolve("app.db"));
              var manifest = site.asVolume().manifest().orElseThrow();
              if (!manifest.databases().get(Path.of("app.db")).names(found)) {
                unknown.add(found);
              }
            } catch (IOException e) {
              throw new java.io.UncheckedIOException(e);
            }
          });
      site.pass();
      assertEquals(List.of(), unknown);
    }
  }

  @Test
  void pass_generation_growsWithEachPassThatChangesTheVolumeAlone() throws Exception {
    try (var live = TestDatabase.create(app)) {
      assertEquals(1, site.pass().generation());
      assertEquals(1, site.pass().generation());
      live.insert("x");
      assertEquals(2, site.pass().generation());
      site.stop();
      live.insert("y");
      assertEquals(3, site.pass().generation());
    }
  }

  @Test
  void unpublished_databaseAndFileChangedSince_areNamed() throws Exception {
    try (var live = TestDatabase.create(app)) {
      site.write("f", "x");
      site.settle();
      assertEquals(List.of(), List.copyOf(site.context().unpublished()));
      live.insert("y");
      site.write("g", "x");
      assertEquals(
          List.of(Path.of("app.db"), Path.of("g")), List.copyOf(site.context().unpublished()));
    }
  }

  /** Closing any descriptor of a file gives up the locks that SQLite has on it in this process. */
  @ParameterizedTest
  @ValueSource(strings = {"WAL", "DELETE"})
  void unpublished_databaseIsLockedByThisProcess_leavesTheLocks(String mode) throws Exception {
    try (var live = TestDatabase.create(app, "journal_mode = " + mode)) {
      site.settle();
      live.run("BEGIN IMMEDIATE", "INSERT INTO t(word) VALUES ('x')");
      site.write("g-wal", "x");
      var before = locks();
      assertFalse(before.isEmpty());
      assertTrue(site.context().unpublished().contains(Path.of("g-wal")));
      assertEquals(before, locks());
    }
  }

  /** What the kernel says of locks on the database and its side files. */
  private List<String> locks() throws IOException {
    var inodes = new ArrayList<String>();
    for (var file : List.of(app, SideFile.WAL.of(app), SideFile.SHM.of(app))) {
      if (Files.exists(file)) {
        inodes.add(":" + Files.getAttribute(file, "unix:ino") + " ");
      }
    }
    return Files.readAllLines(Path.of("/proc/locks")).stream()
        .filter(line -> inodes.stream().anyMatch(line::contains))
        .map(line -> line.substring(line.indexOf(':')))
        .sorted()
        .toList();
  }

  /** cp over a database cuts it to nothing first; what is there then is no database to publish. */
  @Test
  void pass_databaseCutToNothingWhileWeLook_keepsTheGoodCopy() throws Exception {
    TestDatabase.create(app).insertMany(100).close();
    site.pass();
    var good = published();
    TestDatabase.open(app).insert("changed").close();
    // the first look at the clock is the scan's, the second comes just before the snapshot
    var looks = new java.util.concurrent.atomic.AtomicInteger();
    site.clock.onLook(
        () -> {
          try {
            if (looks.incrementAndGet() == 2) {
              Files.write(app, new byte[0]);
            }
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
        });
    site.pass();
    assertTrue(looks.get() >= 2);
    assertEquals(good, published());
  }

  @ParameterizedTest
  @ValueSource(ints = {248, 251, 252, 255})
  void pass_nameTooLongForSideFiles_holdsUpNothingElse(int length) throws Exception {
    var name = "u".repeat(length);
    Files.writeString(site.local.resolve(name), "SQLite format 3\0junk".repeat(10));
    TestDatabase.create(app).insert("x").close();
    site.write("other", "o");
    var report = site.pass();
    assertEquals(java.util.Set.of(Path.of(name)), report.problems().keySet());
    assertEquals(TestDatabase.content(app), published());
    assertEquals("o", site.published("other"));
  }

  @Test
  void pass_databaseWhoseNameAllowsNoSideFiles_comesBackAtRestore() throws Exception {
    Files.createDirectories(site.local);
    TestDatabase.create(app).insert("x").close();
    Files.move(app, site.local.resolve("u".repeat(250)));
    site.write("other", "o");
    site.pass();
    site.loseNode();
    site.restore();
    assertEquals("o", Files.readString(site.local.resolve("other")));
  }

  @Test
  void pass_filesThatSomebodyElsePutOnTheVolume_stay() throws Exception {
    TestDatabase.create(app).insert("x").close();
    site.pass();
    site.stop();
    Files.writeString(site.volume.resolve("theirs"), "x");
    site.pass();
    site.pass();
    assertEquals("x", site.published("theirs"));
  }

  @Test
  void pass_databaseInItsFirstTransaction_isNotPublishedAsAFile() throws Exception {
    // what a killed application leaves whose cache was spilled: zeros, and the journal
    var journal = TestDatabase.createHotJournal(app, directory.resolve("scratch"));
    assertTrue(journal.length() > 0);
    var content = Files.readAllBytes(app);
    java.util.Arrays.fill(content, 0, 512, (byte) 0);
    Files.write(app, content);
    var report = site.pass();
    assertEquals(java.util.Set.of(Path.of("app.db")), report.problems().keySet());
    assertTrue(Files.notExists(site.volume.resolve("app.db")));
  }

  @Test
  void pass_sideFilesOfADatabaseThatIsNotThere_holdNothingUp() throws Exception {
    Files.writeString(site.volume.resolve("app.db-wal"), "left behind");
    Files.writeString(site.volume.resolve("app.db-journal"), "left behind");
    site.restore();
    TestDatabase.create(site.local.resolve("app.db")).insert("of the application").close();
    TestDatabase.create(site.local.resolve("other.db")).close();
    assertEquals(Map.of(), site.pass().problems());
    assertTrue(TestDatabase.content(site.volume.resolve("app.db")).contains("of the application"));
    assertTrue(Files.notExists(site.volume.resolve("app.db-wal")));
    assertTrue(Files.notExists(site.volume.resolve("app.db-journal")));
    assertTrue(Files.exists(site.volume.resolve("other.db")));
  }

  @Test
  void pass_deletionBesideACorruptDatabase_waitsAndAsksForNoPassOfItsOwn() throws Exception {
    TestDatabase.create(app).insertMany(1_000).close();
    site.write("gone", "g");
    site.write("other", "o");
    site.pass();
    TestDatabase.tear(app, 2);
    Files.delete(site.local.resolve("gone"));
    var report = site.pass();
    assertEquals(java.util.Set.of(Path.of("app.db")), report.problems().keySet());
    assertEquals(1, report.held());
    assertEquals(java.util.Optional.empty(), report.reconsiderAt());
  }
}
