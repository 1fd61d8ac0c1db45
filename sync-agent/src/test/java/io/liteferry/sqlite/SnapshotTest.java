package io.liteferry.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.durable.Digest;
import io.liteferry.fixture.Names;
import io.liteferry.fixture.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SnapshotTest {
  private static final Duration AT_ONCE = Duration.ZERO;
  private static final List<String> JOURNAL_MODES =
      List.of("WAL", "DELETE", "TRUNCATE", "PERSIST", "MEMORY", "OFF");
  private static final List<String> VACUUM = List.of("NONE", "FULL", "INCREMENTAL");
  private static final List<String> ENCODINGS = List.of("UTF-8", "UTF-16le", "UTF-16be");

  @TempDir Path directory;

  private Path database() {
    return directory.resolve("app.db");
  }

  private Path image() {
    return directory.resolve("image");
  }

  /** Every journal mode with every page size; encodings and auto-vacuum modes take turns. */
  static Stream<Arguments> variants() {
    return JOURNAL_MODES.stream()
        .flatMap(
            mode ->
                IntStream.rangeClosed(9, 16)
                    .mapToObj(
                        bits -> {
                          int turn = JOURNAL_MODES.indexOf(mode) + bits;
                          return Arguments.of(
                              mode, 1 << bits, VACUUM.get(turn % 3), ENCODINGS.get(turn / 3 % 3));
                        }));
  }

  @ParameterizedTest
  @MethodSource("variants")
  void take_databaseInUse_imageEqualsSourceInContentAndHeader(
      String mode, int pageSize, String vacuum, String encoding) throws IOException {
    try (var live =
        TestDatabase.create(
            database(),
            "page_size = " + pageSize,
            "auto_vacuum = " + vacuum,
            "encoding = '" + encoding + "'",
            "journal_mode = " + mode,
            "user_version = 4711",
            "application_id = 1234567")) {
      live.insertMany(300).run("DELETE FROM t WHERE id % 3 = 0", "CREATE INDEX i ON t(word)");

      assertInstanceOf(Snapshot.Outcome.Taken.class, Snapshot.take(database(), image(), AT_ONCE));

      assertEquals(live.content(), TestDatabase.content(image()));
      for (var pragma :
          List.of("page_size", "auto_vacuum", "encoding", "user_version", "application_id")) {
        assertEquals(
            live.value("PRAGMA " + pragma),
            TestDatabase.valueIn(image(), "PRAGMA " + pragma),
            pragma);
      }
      var header = DatabaseHeader.read(image()).orElseThrow();
      assertEquals(pageSize, header.pageSize());
      assertEquals(mode.equals("WAL"), header.wal());
      assertEquals(Files.size(image()), header.pages() * pageSize);
      assertEquals(
          Long.parseLong(TestDatabase.valueIn(image(), "PRAGMA freelist_count")),
          header.freePages());
      assertInstanceOf(
          DatabaseCheck.Outcome.Sound.class,
          new DatabaseCheck(DatabaseCheck.Level.FULL, Duration.ofMinutes(1)).check(image()));
    }
  }

  @Test
  void take_anyName_imageEqualsSource() throws IOException {
    var base = Files.createDirectory(directory.resolve("names"));
    for (var name : Names.below(base)) {
      try (var live = TestDatabase.create(name, "journal_mode = WAL")) {
        Files.deleteIfExists(image());
        assertInstanceOf(
            Snapshot.Outcome.Taken.class, Snapshot.take(name, image(), AT_ONCE), name.toString());
        assertEquals(live.content(), TestDatabase.content(image()), name.toString());
      }
    }
  }

  /** The state directory may lie beside a local directory of any name, and bear that name. */
  @Test
  void take_anyNameOfTheImage_makesTheImageThere() throws IOException {
    try (var live = TestDatabase.create(database())) {
      for (var name : Names.below(Files.createDirectory(directory.resolve("images")))) {
        assertInstanceOf(
            Snapshot.Outcome.Taken.class,
            Snapshot.take(database(), name, AT_ONCE),
            name.toString());
        assertTrue(Files.exists(name), "no image at " + name);
        assertEquals(live.content(), TestDatabase.content(name));
      }
    }
  }

  @Test
  void take_uncommittedTransaction_imageHasTheLastCommit() {
    for (var mode : List.of("WAL", "DELETE")) {
      var file = directory.resolve(mode);
      try (var live = TestDatabase.create(file, "journal_mode = " + mode)) {
        var committed = live.content();
        live.run("BEGIN").insert("not committed");
        var image = directory.resolve(mode + ".image");
        assertInstanceOf(Snapshot.Outcome.Taken.class, Snapshot.take(file, image, AT_ONCE));
        assertEquals(committed, TestDatabase.content(image));
      }
    }
  }

  @Test
  void take_walDatabaseWithoutItsWriter_imageHasWhatIsInTheWal() {
    var committed = TestDatabase.createWithWal(database(), directory.resolve("scratch"));
    assertInstanceOf(Snapshot.Outcome.Taken.class, Snapshot.take(database(), image(), AT_ONCE));
    assertEquals(committed, TestDatabase.content(image()));
  }

  @Test
  void take_hotJournal_rollsBackAndImageHasTheLastCommit() throws IOException {
    var committed = TestDatabase.createHotJournal(database(), directory.resolve("scratch"));
    assertNotEquals(committed, contentOrError(database()), "the journal is not hot");

    assertInstanceOf(Snapshot.Outcome.Taken.class, Snapshot.take(database(), image(), AT_ONCE));

    assertEquals(committed, TestDatabase.content(image()));
    assertEquals(committed, TestDatabase.content(database()));
  }

  /** A half-done transaction may look like anything, a damaged database included. */
  private static String contentOrError(Path file) {
    try {
      return TestDatabase.content(file);
    } catch (IllegalStateException e) {
      return e.toString();
    }
  }

  /** A journal that was left behind and has nothing to roll back must not be touched by us. */
  @Test
  void take_persistentJournal_leavesItAlone() throws IOException {
    try (var live = TestDatabase.create(database(), "journal_mode = PERSIST")) {
      live.insert("second");
      var journal = SideFile.JOURNAL.of(database());
      var before = Digest.of(journal);
      assertInstanceOf(Snapshot.Outcome.Taken.class, Snapshot.take(database(), image(), AT_ONCE));
      assertEquals(before, Digest.of(journal));
      assertEquals(live.content(), TestDatabase.content(image()));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"WAL", "DELETE", "PERSIST"})
  void take_otherConnectionHoldsEveryLock_saysBusyAndNothingElse(String mode) {
    try (var live = TestDatabase.create(database(), "journal_mode = " + mode)) {
      live.run("PRAGMA locking_mode = EXCLUSIVE", "BEGIN EXCLUSIVE").insert("held");
      var outcome = Snapshot.take(database(), image(), Duration.ofMillis(1));
      assertInstanceOf(Snapshot.Outcome.Busy.class, outcome);
      live.run("COMMIT");
    }
  }

  @Test
  void take_writerWaitsForNoLock_walWriterIsNeverLockedOut() {
    try (var live = TestDatabase.create(database(), "journal_mode = WAL")) {
      live.insertMany(5_000);
      var stop = new java.util.concurrent.atomic.AtomicBoolean();
      var commits = new java.util.concurrent.atomic.AtomicInteger();
      var failed = new java.util.concurrent.atomic.AtomicReference<Throwable>();
      var began = new java.util.concurrent.CountDownLatch(1);
      var writer =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      while (!stop.get()) {
                        live.insert("under load");
                        commits.incrementAndGet();
                        began.countDown();
                      }
                    } catch (IllegalStateException e) {
                      failed.set(e);
                      began.countDown();
                    }
                  });
      assertTrue(began.await(10, java.util.concurrent.TimeUnit.SECONDS));
      for (int i = 0; i < 10; i++) {
        var image = directory.resolve("image" + i);
        assertInstanceOf(Snapshot.Outcome.Taken.class, Snapshot.take(database(), image, AT_ONCE));
        assertInstanceOf(
            DatabaseCheck.Outcome.Sound.class,
            new DatabaseCheck(DatabaseCheck.Level.FULL, Duration.ofMinutes(1)).check(image));
      }
      stop.set(true);
      writer.join();
      assertEquals(null, failed.get(), "the writer met an error");
      assertTrue(commits.get() > 0);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"WAL", "DELETE"})
  void take_nothingCommittedSince_imageIsByteForByteTheSame(String mode) throws IOException {
    try (var live = TestDatabase.create(database(), "journal_mode = " + mode)) {
      live.insertMany(100);
      var first = digestOfSnapshot("first");
      assertEquals(first, digestOfSnapshot("second"));
      if (mode.equals("WAL")) {
        live.run("PRAGMA wal_checkpoint(TRUNCATE)");
        assertEquals(first, digestOfSnapshot("checkpointed"));
      }
      Files.setLastModifiedTime(database(), FileTime.fromMillis(0));
      assertEquals(first, digestOfSnapshot("touched"));
      live.insert("one more");
      assertNotEquals(first, digestOfSnapshot("changed"));
    }
    var closed = digestOfSnapshot("closed");
    try (var again = TestDatabase.open(database())) {
      assertEquals("102", again.value("SELECT count(*) FROM t"));
      assertEquals(closed, digestOfSnapshot("reopened"));
    }
  }

  private Digest digestOfSnapshot(String name) throws IOException {
    var image = directory.resolve(name + ".image");
    assertInstanceOf(Snapshot.Outcome.Taken.class, Snapshot.take(database(), image, AT_ONCE));
    return Digest.of(image);
  }

  @Test
  void take_snapshot_changesNothingOfTheDatabase() throws IOException {
    try (var live = TestDatabase.create(database(), "journal_mode = WAL")) {
      live.insertMany(100);
      var wal = SideFile.WAL.of(database());
      var before = List.of(Digest.of(database()), Digest.of(wal));
      Snapshot.take(database(), image(), AT_ONCE);
      assertEquals(before, List.of(Digest.of(database()), Digest.of(wal)));
    }
  }

  @Test
  void take_noDatabaseThere_saysGoneAndMakesNone() throws IOException {
    assertInstanceOf(Snapshot.Outcome.Gone.class, Snapshot.take(database(), image(), AT_ONCE));
    assertFalse(Files.exists(database()));

    Files.writeString(database(), "no database, but longer than a hundred bytes. ".repeat(20));
    assertInstanceOf(
        Snapshot.Outcome.NoDatabase.class, Snapshot.take(database(), image(), AT_ONCE));
  }

  /** A program that copies a database over another one cuts it to nothing first. */
  @Test
  void take_emptyFile_imageIsNoDatabaseEither() throws IOException {
    Files.createFile(database());
    Snapshot.take(database(), image(), AT_ONCE);
    assertTrue(!Files.exists(image()) || DatabaseHeader.read(image()).isEmpty());
    assertEquals(0, Files.size(database()));
  }

  @Test
  void take_databaseCutShort_neverGivesAnImageThatPassesTheCheck() throws IOException {
    TestDatabase.create(database()).insertMany(1_000).close();
    var whole = Files.readAllBytes(database());
    for (int length : List.of(100, 512, 4095, 4096, 4097, 9000, whole.length - 4096)) {
      Files.write(database(), java.util.Arrays.copyOf(whole, length));
      Files.deleteIfExists(image());
      var outcome = Snapshot.take(database(), image(), AT_ONCE);
      if (outcome instanceof Snapshot.Outcome.Taken && DatabaseHeader.read(image()).isPresent()) {
        assertInstanceOf(
            DatabaseCheck.Outcome.Corrupt.class,
            new DatabaseCheck(DatabaseCheck.Level.QUICK, Duration.ofMinutes(1)).check(image()),
            "cut to " + length);
      }
    }
  }

  @Test
  void take_directoryAtThePath_fails() throws IOException {
    Files.createDirectory(database());
    assertInstanceOf(Snapshot.Outcome.Failed.class, Snapshot.take(database(), image(), AT_ONCE));
  }

  /** A device that takes nothing for want of room. */
  @Test
  void take_diskOfTheImageIsFull_saysSo() throws IOException {
    TestDatabase.create(database()).close();
    Files.createSymbolicLink(image(), Path.of("/dev/full"));
    var outcome = Snapshot.take(database(), image(), AT_ONCE);
    assertEquals(new Snapshot.Outcome.NotWritten("database or disk is full"), outcome);
  }

  @Test
  void take_noRoomForTheImage_failsAndDoesNotSayGone() {
    TestDatabase.create(database()).close();
    var nowhere = directory.resolve("missing").resolve("image");
    assertInstanceOf(Snapshot.Outcome.Failed.class, Snapshot.take(database(), nowhere, AT_ONCE));
  }

  /** A small database must not seem to have changed when it grows over the limit, or back. */
  @ParameterizedTest
  @MethodSource("variants")
  void write_smallDatabase_isWhatTheBackupMakes(
      String mode, int pageSize, String vacuum, String encoding) throws Exception {
    try (var live =
        TestDatabase.create(
            database(),
            "page_size = " + pageSize,
            "auto_vacuum = " + vacuum,
            "encoding = '" + encoding + "'",
            "journal_mode = " + mode)) {
      live.insertMany(300).run("DELETE FROM t WHERE id % 3 = 0", "CREATE INDEX i ON t(word)");
      var backup = directory.resolve("backup");
      try (var source = Connections.readOnly(database(), AT_ONCE);
          var statement = source.createStatement()) {
        statement.execute("BEGIN");
        statement.executeQuery("PRAGMA schema_version").close();
        assertTrue(SmallImage.write(source, pageSize, image()));
        var uri = "file://" + backup.toUri().getRawPath();
        assertEquals(0, source.getDatabase().backup("main", uri, null, 0, 0, -1));
      }
      assertEquals(-1, Files.mismatch(backup, image()));
    }
  }

  /** SQLite gives zeros for what it cannot read. */
  @Test
  void write_pageOfZeros_isLeftToTheBackup() throws Exception {
    TestDatabase.create(database()).insertMany(100).close();
    var content = Files.readAllBytes(database());
    java.util.Arrays.fill(content, 4096, 8192, (byte) 0);
    Files.write(database(), content);
    try (var source = Connections.readOnly(database(), AT_ONCE)) {
      assertFalse(SmallImage.write(source, 4096, image()));
    }
    assertFalse(Files.exists(image()));
  }

  /** SQLite would wait for ever at a FIFO, or write through a link. */
  @ParameterizedTest
  @ValueSource(strings = {"-journal", "-wal", "-shm"})
  void take_somethingElseUnderTheNameOfASideFile_isNotOpened(String suffix) throws Exception {
    for (var mode : List.of("WAL", "DELETE")) {
      Files.deleteIfExists(database());
      TestDatabase.create(database(), "journal_mode = " + mode).close();
      var side = directory.resolve("app.db" + suffix);
      assertEquals(0, new ProcessBuilder("mkfifo", side.toString()).start().waitFor());
      assertMovesAway(side);
      Files.createDirectory(side);
      assertMovesAway(side);
      Files.createSymbolicLink(side, directory.resolve("elsewhere"));
      assertMovesAway(side);
      assertFalse(Files.exists(directory.resolve("elsewhere")));
    }
  }

  private void assertMovesAway(Path side) throws IOException {
    var outcome = Snapshot.take(database(), image(), AT_ONCE);
    var failed = assertInstanceOf(Snapshot.Outcome.Failed.class, outcome);
    assertTrue(failed.message().contains(side.getFileName().toString()), failed.message());
    assertTrue(failed.message().contains("move it away"), failed.message());
    assertFalse(failed.damaged());
    Files.delete(side);
  }
}
