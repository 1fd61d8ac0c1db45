package io.liteferry.restore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.durable.Digest;
import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.fixture.TreeImage;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Starts after the node went down without a word, and what an application had not synced was lost.
 */
final class AfterRebootTest {
  @TempDir Path directory;
  private Site site;
  private Path app;
  private Path older;

  @BeforeEach
  void open() throws IOException {
    site = new Site(directory);
    site.clock.letAnHourPass();
    app = site.local.resolve("app.db");
    older = directory.resolve("older.db");
  }

  @AfterEach
  void close() throws IOException {
    site.close();
  }

  /** Publishes a first and a last version; {@code older} is local's file as of the first. */
  private void publishTwoVersions(String mode) throws Exception {
    site.write("f", "text");
    TestDatabase.create(app, "journal_mode = " + mode).insertMany(100).close();
    site.settle();
    Files.copy(app, older);
    TestDatabase.open(app).run("CREATE TABLE later(x)").insert("published last").close();
    site.settle();
    site.kill();
  }

  /** As a crash does: the file is the same, and its times are what they were. */
  private void setBack(Path database, Path to) throws IOException {
    Files.write(database, Files.readAllBytes(to));
    Files.setLastModifiedTime(database, Files.getLastModifiedTime(to));
  }

  private void assertRecovered(String lost) throws Exception {
    site.restore();
    var content = TestDatabase.content(app);
    assertTrue(content.contains("published last"), content);
    assertFalse(site.pass().changedVolume(), "an older version was published");
    assertEquals(content, TestDatabase.content(site.volume.resolve("app.db")));
    assertEquals(lost, TestDatabase.content(site.state.resolve("set-aside/1/app.db")));
  }

  private void assertRefusedAndBothAreKept() throws Exception {
    var local = TreeImage.trace(site.local);
    var volume = TreeImage.trace(site.volume);
    var refused = assertThrows(RefusedException.class, site::restore);
    assertTrue(refused.getMessage().contains("app.db"), refused::getMessage);
    assertThrows(RefusedException.class, site::requireReady);
    site.stop();
    assertEquals(local, TreeImage.trace(site.local));
    assertEquals(volume, TreeImage.trace(site.volume));
  }

  private void assertKeptAndPublished() throws Exception {
    var content = TestDatabase.content(app);
    site.restore();
    assertEquals(content, TestDatabase.content(app));
    site.settle();
    assertEquals(content, TestDatabase.content(site.volume.resolve("app.db")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"WAL", "DELETE"})
  void restore_localIsAnEarlierPublicationAfterAReboot_takesTheVolumes(String mode)
      throws Exception {
    publishTwoVersions(mode);
    setBack(app, older);
    site.reboot();
    assertThrows(RefusedException.class, site::requireReady);
    assertRecovered(TestDatabase.content(older));
  }

  @Test
  void plan_localIsAnEarlierPublicationAfterAReboot_saysSoAndChangesNothing() throws Exception {
    publishTwoVersions("DELETE");
    setBack(app, older);
    site.reboot();
    var local = TreeImage.trace(site.local);
    var volume = TreeImage.trace(site.volume);
    var state = TreeImage.of(site.state);
    var plan = site.plan();
    assertTrue(plan.decision() instanceof Decision.Recover, plan::toString);
    assertEquals(plan.copied().size(), plan.removed().size(), plan::toString);
    site.stop();
    assertEquals(local, TreeImage.trace(site.local));
    assertEquals(volume, TreeImage.trace(site.volume));
    assertEquals(state, TreeImage.of(site.state));
    assertRecovered(TestDatabase.content(older));
  }

  /** The clock was set back by the crash, or forward: the content alone decides. */
  @ParameterizedTest
  @ValueSource(longs = {-100_000, 100_000})
  void restore_localIsAnEarlierPublicationWithAnyTime_takesTheVolumes(long seconds)
      throws Exception {
    publishTwoVersions("DELETE");
    setBack(app, older);
    var time = Files.getLastModifiedTime(app).toInstant().plusSeconds(seconds);
    Files.setLastModifiedTime(app, FileTime.from(time));
    site.reboot();
    assertRecovered(TestDatabase.content(older));
  }

  @Test
  void restore_counterIsOlderThanThePublished_takesTheVolumes() throws Exception {
    site.write("f", "text");
    TestDatabase.create(app, "journal_mode = DELETE").insertMany(100).close();
    Files.copy(app, older); // was never published
    TestDatabase.open(app).insert("published last").close();
    site.settle();
    setBack(app, older);
    Files.setLastModifiedTime(app, FileTime.from(site.clock.instant()));
    site.reboot();
    assertRecovered(TestDatabase.content(older));
  }

  /**
   * The fault that loses rows with synchronous = OFF: published from the WAL, checkpointed, and
   * lost before the checkpoint was on disk.
   */
  @Test
  void restore_checkpointIsLost_takesTheVolumes() throws Exception {
    site.write("f", "text");
    var published = TestDatabase.createWithWal(app, directory.resolve("scratch.db"));
    site.settle();
    site.kill();
    Files.delete(TestDatabase.sideFile(app, "-wal"));
    assertFalse(TestDatabase.content(app).contains("in the WAL"));
    site.reboot();
    site.restore();
    assertEquals(published, TestDatabase.content(app));
    assertFalse(site.pass().changedVolume());
  }

  /** All that the WAL had was in the database already, so that nothing is lost with it. */
  @Test
  void restore_walIsGoneAfterItsCheckpoint_isKept() throws Exception {
    site.write("f", "text");
    try (var live = TestDatabase.create(app, "journal_mode = WAL", "wal_autocheckpoint = 0")) {
      live.insert("published last").run("PRAGMA wal_checkpoint(FULL)");
      site.settle();
      site.kill();
    }
    assertTrue(Files.notExists(TestDatabase.sideFile(app, "-wal")));
    site.reboot();
    assertKeptAndPublished();
  }

  @Test
  void restore_localIsTornAfterAReboot_takesTheVolumes() throws Exception {
    publishTwoVersions("DELETE");
    TestDatabase.tear(app, 2);
    Files.copy(app, older, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    site.reboot();
    site.restore();
    assertTrue(TestDatabase.content(app).contains("published last"));
    assertEquals(-1, Files.mismatch(older, site.state.resolve("set-aside/1/app.db")));
    assertFalse(site.pass().changedVolume());
  }

  @Test
  void restore_localIsEmptyAfterAReboot_takesTheVolumes() throws Exception {
    publishTwoVersions("DELETE");
    Files.write(app, new byte[0]);
    site.reboot();
    site.restore();
    assertTrue(TestDatabase.content(app).contains("published last"));
  }

  /** Its check may have failed for weeks while the application committed. */
  @Test
  void restore_localIsDamagedAndNewerThanThePublished_isRefused() throws Exception {
    publishTwoVersions("DELETE");
    TestDatabase.open(app).insert("weeks of work").close();
    TestDatabase.tear(app, 2);
    site.reboot();
    assertRefusedAndBothAreKept();
  }

  /** In WAL mode commits need not move the change counter: it does not say that there are none. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void restore_localIsDamagedInWalMode_isRefused(boolean commits) throws Exception {
    publishTwoVersions("WAL");
    if (commits) {
      TestDatabase.open(app).run("UPDATE t SET word = 'work' WHERE id = 90").close();
    }
    TestDatabase.tear(app, 2);
    site.reboot();
    assertRefusedAndBothAreKept();
  }

  /** SQLite would drop such a WAL, but a person can read commits out of it. */
  @ParameterizedTest
  @ValueSource(ints = {0, 8192})
  void restore_localHasNothingButItsWal_isRefused(int zeros) throws Exception {
    publishTwoVersions("WAL");
    Files.write(app, new byte[zeros]);
    TestDatabase.createWithWal(directory.resolve("other.db"), directory.resolve("scratch.db"));
    Files.copy(
        TestDatabase.sideFile(directory.resolve("other.db"), "-wal"),
        TestDatabase.sideFile(app, "-wal"));
    site.reboot();
    assertRefusedAndBothAreKept();
  }

  @Test
  void restore_localIsOlderAndAMisnamedFileIsThereAlone_isRefused() throws Exception {
    publishTwoVersions("DELETE");
    setBack(app, older);
    site.write("app.db-shm", "mine, and nowhere else");
    site.reboot();
    assertRefusedAndBothAreKept();
  }

  @Test
  void restore_localIsOlderAndALinkIsUnpublished_isRefused() throws Exception {
    publishTwoVersions("DELETE");
    setBack(app, older);
    Files.createSymbolicLink(site.local.resolve("l"), Path.of("f"));
    site.reboot();
    assertRefusedAndBothAreKept();
  }

  @Test
  void restore_localIsOlderAndALinksDeletionIsUnpublished_isRefused() throws Exception {
    Files.createSymbolicLink(site.local.resolve("l"), Path.of("f"));
    publishTwoVersions("DELETE");
    setBack(app, older);
    Files.delete(site.local.resolve("l"));
    site.reboot();
    assertRefusedAndBothAreKept();
  }

  @Test
  void restore_localIsOlderAndHasPublishedLinks_takesTheVolumes() throws Exception {
    Files.createSymbolicLink(site.local.resolve("l"), Path.of("f"));
    publishTwoVersions("DELETE");
    setBack(app, older);
    site.reboot();
    assertRecovered(TestDatabase.content(older));
  }

  /** In a loop of restarts each would take as much of state again. */
  @Test
  void restore_localIsOlderAndHasNoRoomForTheVolume_keepsNoCopies() throws Exception {
    publishTwoVersions("DELETE");
    setBack(app, older);
    try (var huge = new RandomAccessFile(site.volume.resolve("huge").toFile(), "rw")) {
      huge.setLength(8L << 40);
    }
    site.reboot();
    assertThrows(IOException.class, site::restore);
    assertTrue(Files.notExists(site.state.resolve("set-aside")));
  }

  /** A good local is not given up for a bad volume. */
  @Test
  void restore_localAndTheVolumeAreTorn_changesNothing() throws Exception {
    publishTwoVersions("DELETE");
    setBack(app, older);
    var published = site.volume.resolve("app.db");
    var time = Files.getLastModifiedTime(published);
    TestDatabase.tear(published, 2);
    Files.setLastModifiedTime(published, time);
    site.reboot();
    var before = TreeImage.trace(site.local);
    assertThrows(UnsoundDatabaseException.class, site::restore);
    assertEquals(before, TreeImage.trace(site.local));
  }

  @Test
  void restore_localIsOlderAndSomethingElseIsUnpublished_isRefused() throws Exception {
    publishTwoVersions("DELETE");
    setBack(app, older);
    site.write("f", "unpublished");
    site.reboot();
    assertRefusedAndBothAreKept();
  }

  @Test
  void restore_localIsOlderAndADeletionIsUnpublished_isRefused() throws Exception {
    publishTwoVersions("DELETE");
    setBack(app, older);
    Files.delete(site.local.resolve("f"));
    site.reboot();
    assertRefusedAndBothAreKept();
  }

  /** The index is kept now and then; what was published since is on the volume all the same. */
  @Test
  void restore_localIsOlderAndTheIndexToo_takesTheVolumes() throws Exception {
    publishTwoVersions("DELETE");
    site.write("since", "published, not in the index");
    site.pass();
    setBack(app, older);
    site.reboot();
    assertRecovered(TestDatabase.content(older));
  }

  /**
   * Somebody put an old copy there; only the application's own file is one that a crash sets back.
   */
  @Test
  void restore_anotherFileWithOlderContent_isRefused() throws Exception {
    publishTwoVersions("DELETE");
    Files.delete(app);
    Files.copy(older, app);
    site.reboot();
    assertRefusedAndBothAreKept();
  }

  /** The clock was set back and the application committed, or these are lost commits: who knows. */
  @Test
  void restore_onlyTheTimesSayThatLocalIsOlder_isRefused() throws Exception {
    publishTwoVersions("WAL");
    TestDatabase.open(app).run("UPDATE t SET word = 'x' WHERE id = 3").close();
    var before = Files.getLastModifiedTime(site.volume.resolve("app.db")).toInstant();
    Files.setLastModifiedTime(app, FileTime.from(before.minus(Duration.ofHours(1))));
    site.reboot();
    assertRefusedAndBothAreKept();
  }

  @ParameterizedTest
  @ValueSource(strings = {"WAL", "DELETE"})
  void restore_localIsNewerAfterAReboot_isKept(String mode) throws Exception {
    publishTwoVersions(mode);
    TestDatabase.open(app).insert("unpublished").close();
    site.reboot();
    assertKeptAndPublished();
  }

  @Test
  void restore_commitsInTheWalAfterAReboot_areKept() throws Exception {
    site.write("f", "text");
    TestDatabase.createWithWal(app, directory.resolve("scratch.db"));
    site.settle();
    site.kill();
    site.reboot();
    var before = TreeImage.trace(site.local);
    site.restore();
    assertEquals(before, TreeImage.trace(site.local));
    assertTrue(Files.notExists(site.state.resolve("set-aside")));
  }

  /** SQLite writes its version into each image: an agent with another one must not be misled. */
  @Test
  void restore_publishedByAnotherVersionOfSqlite_isKept() throws Exception {
    site.write("f", "text");
    TestDatabase.createWithWal(app, directory.resolve("scratch.db"));
    site.settle();
    site.kill();
    var published = site.volume.resolve("app.db");
    var time = Files.getLastModifiedTime(published);
    var before = Digest.of(published).hex();
    try (var file = new RandomAccessFile(published.toFile(), "rw")) {
      file.seek(96);
      file.writeInt(3_030_000);
    }
    Files.setLastModifiedTime(published, time);
    var after = Digest.of(published).hex();
    replace(site.volume.resolve(".liteferry/manifest.json"), before, after);
    replace(site.state.resolve("index"), before, after);
    site.reboot();
    var local = TreeImage.trace(site.local);
    site.restore();
    assertEquals(local, TreeImage.trace(site.local));
  }

  private static void replace(Path file, String text, String by) throws IOException {
    Files.writeString(file, Files.readString(file).replace(text, by));
  }

  @Test
  void restore_hotJournalAfterAReboot_isKept() throws Exception {
    var committed = TestDatabase.createHotJournal(app, directory.resolve("scratch.db"));
    var journal = TestDatabase.sideFile(app, "-journal");
    var hot = Files.readAllBytes(app);
    var rollsBack = Files.readAllBytes(journal);
    site.settle();
    site.kill();
    Files.write(app, hot);
    Files.write(journal, rollsBack);
    site.reboot();
    var before = TreeImage.trace(site.local);
    site.restore();
    assertEquals(before, TreeImage.trace(site.local));
    site.settle();
    assertEquals(committed, TestDatabase.content(site.volume.resolve("app.db")));
  }

  @Test
  void restore_databaseBecameADirectoryOrIsGoneAfterAReboot_isKept() throws Exception {
    TestDatabase.create(site.local.resolve("gone.db")).close();
    publishTwoVersions("DELETE");
    Files.delete(site.local.resolve("gone.db"));
    Files.delete(app);
    Files.createDirectory(app);
    site.reboot();
    site.restore();
    assertTrue(Files.isDirectory(app));
  }

  /** Within one boot nothing can be lost, and so nothing is read. */
  @Test
  void restore_sameBoot_doesNotLook() throws Exception {
    publishTwoVersions("DELETE");
    setBack(app, older);
    assertKeptAndPublished();
  }

  @Test
  void restore_secondStartAfterAReboot_doesNotLookAgain() throws Exception {
    publishTwoVersions("DELETE");
    site.reboot();
    site.restore();
    site.kill();
    setBack(app, older);
    assertKeptAndPublished();
  }

  /** State of a version that noted no boot, and a node that has none: looked at each time. */
  @Test
  void restore_bootIsNotKnown_looks() throws Exception {
    publishTwoVersions("DELETE");
    setBack(app, older);
    site.boot(Optional.empty());
    assertRecovered(TestDatabase.content(older));
    site.kill();
    TestDatabase.open(app).insert("published last of all").close();
    site.settle();
    site.kill();
    setBack(app, older);
    site.boot(Optional.of("boot"));
    assertRefusedAndBothAreKept(); // no earlier publication is known, and the times speak
  }
}
