package io.liteferry.publish;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.KeptTrees;
import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.fixture.TreeImage;
import io.liteferry.restore.RefusedException;
import io.liteferry.restore.UnsoundDatabaseException;
import io.liteferry.scan.PathFilter;
import io.liteferry.scan.Tree;
import io.liteferry.sqlite.DatabaseCheck;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that bear the names of SQLite's side files, and databases that SQLite cannot read. */
final class PublishSideFilesTest {
  private static final String SUPER_JOURNAL = "app.db-mj0123AB9CD";

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

  private List<String> onVolume() throws IOException {
    return List.copyOf(TreeImage.of(site.volume).keySet());
  }

  private void assertComplete(PassReport report) {
    assertEquals(Map.of(), report.problems());
  }

  /** Makes everything noise from here on, as encryption does. */
  private static void encrypt(Path file, int plain) throws IOException {
    var bytes = Files.readAllBytes(file);
    var noise = new byte[bytes.length - plain];
    new Random(20260101).nextBytes(noise);
    System.arraycopy(noise, 0, bytes, plain, noise.length);
    Files.write(file, bytes);
  }

  private void createEncryptedWithWal(int plain) throws IOException {
    TestDatabase.createWithWal(app, Files.createTempFile(directory, "scratch", ".db"));
    encrypt(app, plain);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-journal", "-wal", "-shm", "-mj0123AB9CD"})
  void pass_textBesideAnEmptyFile_bothTravel(String suffix) throws Exception {
    Files.createFile(site.local.resolve("trip"));
    site.write("trip" + suffix, "day 1 of the journey");
    assertComplete(site.pass());
    site.assertVolumeEqualsLocal();
    Files.delete(site.local.resolve("trip" + suffix));
    site.pass();
    assertEquals(List.of("trip"), onVolume(), "a deletion as any other");
  }

  @ParameterizedTest
  @ValueSource(strings = {"log-journal", "log-wal", "log-shm"})
  void pass_emptyFileOrZerosWithoutADatabase_travel(String name) throws Exception {
    var file = Files.createFile(site.local.resolve(name));
    assertComplete(site.pass());
    assertEquals(List.of(name), onVolume());
    Files.write(file, new byte[5000]);
    assertComplete(site.pass());
    site.assertVolumeEqualsLocal();
  }

  @Test
  void pass_nameLikeASuperJournals_travelsUnlessItNamesJournals() throws Exception {
    TestDatabase.create(app).close();
    var file = site.write(SUPER_JOURNAL, "a picture, say");
    assertComplete(site.pass());
    assertEquals(List.of("app.db", SUPER_JOURNAL), onVolume());
    site.stop();
    Files.delete(file);
    assertComplete(site.pass());
    assertEquals(List.of("app.db"), onVolume());
  }

  @Test
  void pass_sideFilesOfADatabaseThatIsGone_stayBehind() throws Exception {
    TestDatabase.createWithWal(app, directory.resolve("scratch"));
    Files.delete(app);
    assertComplete(site.pass());
    assertEquals(List.of(), onVolume());
  }

  @Test
  void pass_shmThatACrashLeft_isNoProblem() throws Exception {
    TestDatabase.createWithWal(app, directory.resolve("scratch"));
    Files.write(site.local.resolve("app.db-shm"), new byte[] {0x18, (byte) 0xe2, 0x2d});
    assertComplete(site.pass());
    assertEquals(List.of("app.db"), onVolume());
  }

  @Test
  void pass_textWithASideFilesNameIsExcluded_isNoProblem() throws Exception {
    TestDatabase.create(site.local.resolve("trip")).close();
    site.write("trip-journal", "day 1");
    assertEquals(List.of(Path.of("trip-journal")), List.copyOf(inventory("x").misnamed()));
    assertEquals(List.of(), List.copyOf(inventory("trip-journal").misnamed()));
  }

  private Inventory inventory(String exclude) throws IOException {
    var filter = new PathFilter(List.of(), List.of(new PathFilter.Glob(exclude)));
    return Inventory.of(site.local, filter, Tree.BeforeListing.NOTHING);
  }

  @Test
  void pass_sideFilesOfAnExcludedDatabase_neverTravel() throws Exception {
    site.filter(List.of(), List.of("app.db"));
    try (var live = TestDatabase.create(app, "journal_mode = PERSIST")) {
      live.insert("x");
      Files.createFile(site.local.resolve("app.db-wal"));
      assertComplete(site.pass());
      assertEquals(List.of(), onVolume());
    }
  }

  /** SQLite would delete the text before it reads: so neither is touched, here and there. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void pass_textBecomesTheJournalOfANewDatabase_bothStayAsTheyWere(boolean restart)
      throws Exception {
    var trip = site.write("trip", "a file");
    var text = site.write("trip-journal", "day 1 of the journey");
    assertComplete(site.pass());
    var before = TreeImage.of(site.volume);
    if (restart) {
      site.stop();
    }
    var made = directory.resolve("made");
    TestDatabase.create(made).insert("in the database").close();
    Files.move(made, trip, StandardCopyOption.REPLACE_EXISTING);
    assertEquals(
        List.of(Path.of("trip"), Path.of("trip-journal")),
        List.copyOf(site.pass().problems().keySet()));
    assertEquals(before, TreeImage.of(site.volume));
    assertEquals("day 1 of the journey", Files.readString(text));

    Files.move(text, site.local.resolve("journey"));
    assertComplete(site.pass());
    assertEquals(List.of("journey", "trip"), onVolume());
    assertTrue(TestDatabase.content(site.volume.resolve("trip")).contains("in the database"));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void pass_textBecomesTheWalOfANewDatabase_isKeptAndNamed(boolean restart) throws Exception {
    var trip = site.write("trip", "a file");
    site.write("trip-wal", "day 1 of the journey");
    assertComplete(site.pass());
    var before = KeptTrees.current(site.asVolume());
    if (restart) {
      site.stop();
    }
    var made = directory.resolve("made");
    TestDatabase.create(made).insert("in the database").close();
    Files.move(made, trip, StandardCopyOption.REPLACE_EXISTING);
    var report = site.pass();
    assertEquals(List.of(Path.of("trip-wal")), List.copyOf(report.problems().keySet()));
    assertEquals(List.of("trip"), onVolume());
    var trees = new KeptTrees(site.asVolume());
    assertEquals(before, trees.all().get(report.generation() - 1));
    assertEquals(
        List.of("trip-wal has the name of a side file of what is now a database"),
        trees.timeline().accidents().get(report.generation() - 1));
    assertEquals("day 1 of the journey", Files.readString(site.local.resolve("trip-wal")));

    site.loseNode();
    site.restore();
    assertTrue(TestDatabase.content(trip).contains("in the database"));
    assertFalse(site.pass().changedVolume());
  }

  @Test
  void pass_textThatIsASideFileNoMore_travelsAgain() throws Exception {
    var trip = site.local.resolve("trip");
    TestDatabase.create(trip).close();
    site.write("trip-journal", "day 1");
    assertFalse(site.pass().isComplete());
    Files.delete(trip);
    assertComplete(site.pass());
    assertEquals(List.of("trip-journal"), onVolume());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 16, 32, 100})
  void pass_encryptedDatabase_travelsWithItsWalAndComesBack(int plain) throws Exception {
    createEncryptedWithWal(plain);
    Files.write(
        site.local.resolve("app.db-shm"), new byte[] {0x18, (byte) 0xe2, 0x2d, 0, 0, 0, 0, 0});
    assertComplete(site.pass());
    assertEquals(List.of("app.db", "app.db-wal"), onVolume());
    assertEquals(Map.of(), site.asVolume().manifest().orElseThrow().databases());
    site.settle();
    site.stop();
    assertFalse(site.pass().changedVolume(), "after a restart");
    var check = new DatabaseCheck(DatabaseCheck.Level.QUICK, Duration.ofMinutes(1));
    assertTrue(Verification.of(site.asVolume(), check).isSound());
    var published = TreeImage.of(site.volume);
    site.loseNode();
    site.restore();
    assertEquals(published, TreeImage.of(site.local));
    assertFalse(site.pass().changedVolume(), "after a restore");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-wal", "-journal"})
  void pass_sideFileOfAnEncryptedDatabaseIsGone_goesWithoutDelay(String suffix) throws Exception {
    site.deleteGuard(Duration.ofHours(1));
    createEncryptedWithWal(32);
    var side = site.local.resolve("app.db" + suffix);
    if (suffix.equals("-journal")) {
      Files.delete(site.local.resolve("app.db-wal"));
      TestDatabase.createHotJournal(directory.resolve("hot"), directory.resolve("scratch"));
      Files.move(directory.resolve("hot-journal"), side);
    }
    assertComplete(site.pass());
    assertEquals(List.of("app.db", "app.db" + suffix), onVolume());
    Files.delete(side);
    var report = site.pass();
    assertEquals(0, report.held());
    assertEquals(List.of("app.db"), onVolume());
  }

  @Test
  void pass_encryptedDatabaseBecomesAPlainOne_isPublishedWithoutTheOldWal() throws Exception {
    createEncryptedWithWal(32);
    assertComplete(site.pass());
    var plain = directory.resolve("plain");
    TestDatabase.create(plain).insert("plain").close();
    Files.delete(site.local.resolve("app.db-wal"));
    Files.move(plain, app, StandardCopyOption.REPLACE_EXISTING);
    assertComplete(site.pass());
    assertEquals(List.of("app.db"), onVolume());
    assertTrue(TestDatabase.content(site.volume.resolve("app.db")).contains("plain"));
  }

  @ParameterizedTest
  @ValueSource(ints = {16, 32, 100})
  void pass_publishedDatabaseBecomesNoise_keepsTheGoodCopy(int plain) throws Exception {
    TestDatabase.create(app).insert("good").close();
    assertComplete(site.pass());
    var good = TreeImage.of(site.volume);
    encrypt(app, plain);
    for (int i = 0; i < 2; i++) {
      site.clock.letAnHourPass();
      assertEquals(List.of(Path.of("app.db")), List.copyOf(site.pass().problems().keySet()));
      assertEquals(good, TreeImage.of(site.volume));
      site.stop(); // and once more with what was kept of it
    }
  }

  @Test
  void restore_databaseOfTheManifestIsNoiseOnTheVolume_isRefused() throws Exception {
    TestDatabase.create(app).insert("good").close();
    site.pass();
    site.loseNode();
    encrypt(site.volume.resolve("app.db"), 100);
    assertThrows(UnsoundDatabaseException.class, site::restore);
  }

  @Test
  void restore_excludedTextWithASideFilesName_staysInLocal() throws Exception {
    site.write("trip", "a file");
    site.pass();
    site.loseNode();
    site.filter(List.of(), List.of("*-journal"));
    site.write("trip-journal", "day 1");
    site.restore();
    assertEquals("day 1", Files.readString(site.local.resolve("trip-journal")));
    assertEquals("a file", Files.readString(site.local.resolve("trip")));
  }

  /** Nothing says that it is SQLite's: local is not empty. */
  @Test
  void restore_onlyZerosWithAJournalsNameInLocal_isRefused() throws Exception {
    site.write("f", "text");
    site.pass();
    site.loseNode();
    var zeros = Files.write(site.local.resolve("log-journal"), new byte[5000]);
    assertThrows(RefusedException.class, site::restore);
    assertArrayEquals(new byte[5000], Files.readAllBytes(zeros));
  }

  /** A journal that SQLite has done with says nothing more than an empty one. */
  @Test
  void restore_onlyTheJournalOfADatabaseThatIsGoneInLocal_copiesTheVolume() throws Exception {
    TestDatabase.create(app).insert("word").close();
    site.pass();
    site.loseNode();
    Files.write(site.local.resolve("app.db-journal"), new byte[5000]);
    site.restore();
    assertTrue(TestDatabase.content(app).contains("word"));
  }
}
