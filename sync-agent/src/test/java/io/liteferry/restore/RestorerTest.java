package io.liteferry.restore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.durable.UnknownFormatException;
import io.liteferry.fixture.Names;
import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.fixture.TreeImage;
import io.liteferry.lease.Lease;
import io.liteferry.lease.LeaseClock;
import io.liteferry.lease.LeaseHeldException;
import io.liteferry.lease.LeaseSettings;
import io.liteferry.lease.VolumeException;
import io.liteferry.sqlite.DatabaseCheck;
import io.liteferry.sqlite.SideFile;
import io.liteferry.state.AgentState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.commons.io.file.PathUtils;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Restores on real directories. */
final class RestorerTest {
  @TempDir Path directory;
  private Site site;
  private Path app;

  @BeforeEach
  void open() throws IOException {
    site = new Site(directory);
    site.clock.letAnHourPass();
    app = site.local.resolve("app.db");
  }

  @AfterEach
  void close() throws IOException {
    site.close();
  }

  /** An application's tree, published. */
  private void publishSomething() throws Exception {
    site.write("f", "text");
    site.write("g", "text");
    TestDatabase.create(app, "journal_mode = WAL").insertMany(1_000).close();
    site.settle();
    site.stop();
  }

  private void assertRefusedAndNothingChanged() throws Exception {
    var local = TreeImage.trace(site.local);
    var volume = TreeImage.trace(site.volume);
    var state = Files.exists(site.state) ? TreeImage.of(site.state) : Map.of();
    assertThrows(RefusedException.class, site::restore);
    site.stop();
    assertThrows(RefusedException.class, site::requireReady);
    site.stop();
    assertEquals(local, TreeImage.trace(site.local));
    assertEquals(volume, TreeImage.trace(site.volume));
    if (!state.isEmpty()) {
      assertEquals(state, TreeImage.of(site.state));
    }
  }

  @Test
  void restore_nodeLost_bringsBackEveryKindOfFile() throws Exception {
    publishSomething();
    for (var name : Names.below(Files.createDirectory(site.local.resolve("names")))) {
      Files.writeString(name, name.toString());
    }
    for (int mode : new int[] {0, 0400, 0644, 0755, 04755}) {
      Files.setAttribute(site.write("d/m" + mode, "x"), "unix:mode", mode);
    }
    Files.createDirectories(site.local.resolve("empty/inner"));
    Files.setAttribute(site.local.resolve("empty/inner"), "unix:mode", 0700);
    Files.createSymbolicLink(site.local.resolve("l"), Path.of("/nowhere"));
    Files.setLastModifiedTime(
        site.write("old", "x"), FileTime.from(Instant.parse("1999-12-31T23:59:59.123456789Z")));
    Files.setAttribute(site.local.resolve("old"), "unix:gid", 12);
    site.pass();
    var before = Site.imageWithDatabasesByContent(site.local);
    before.keySet().removeAll(List.of("app.db-wal", "app.db-shm"));
    site.loseNode();

    site.restore();

    assertEquals(before, Site.imageWithDatabasesByContent(site.local));
    assertEquals(TreeImage.of(site.volume), TreeImage.of(site.local));
    assertFalse(site.pass().changedVolume(), "the first pass after a restore has nothing to do");
  }

  @Test
  void restore_bothEmpty_isAFirstStart() throws Exception {
    site.restore();
    assertTrue(site.asVolume().id().isPresent());
    assertEquals(Map.of(), TreeImage.of(site.local));
    TestDatabase.create(app).close();
    assertEquals(1, site.pass().databases());
  }

  @Test
  void restore_volumeBlank_adoptsLocal() throws Exception {
    site.write("f", "x");
    site.restore();
    assertEquals("x", Files.readString(site.local.resolve("f")));
    site.pass();
    site.assertVolumeEqualsLocal();
  }

  /** What a fresh ext4 or NFS export may hold is no data. */
  @Test
  void restore_volumeWithLostAndFound_countsAsEmpty() throws Exception {
    Files.createDirectory(site.volume.resolve("lost+found"));
    Files.createFile(site.volume.resolve(".nfs0001"));
    site.write("f", "x");
    site.restore();
    assertEquals("x", Files.readString(site.local.resolve("f")));
  }

  @Test
  void restore_plainVolumeThatWasNeverOurs_isTaken() throws Exception {
    Files.writeString(site.volume.resolve("f"), "x");
    TestDatabase.create(site.volume.resolve("app.db")).close();
    site.restore();
    assertEquals("x", Files.readString(site.local.resolve("f")));
    assertFalse(site.pass().files() > 0, "the restored files were published again");
  }

  @Test
  void restore_restartOnTheSameNode_keepsLocal() throws Exception {
    publishSomething();
    TestDatabase.open(app).insert("after the last pass").close();
    site.write("f", "changed");
    var before = TreeImage.of(site.local);
    site.restore();
    assertEquals(before, TreeImage.of(site.local));
    site.pass();
    site.assertVolumeEqualsLocalByContent();
  }

  @Test
  void restore_killedBetweenTheRenamesAndTheState_keepsLocal() throws Exception {
    publishSomething();
    var before = site.heldState().read().orElseThrow();
    TestDatabase.open(app).insert("published, not noted").close();
    site.pass();
    var after = site.heldState().read().orElseThrow();
    site.heldState().write(before.begin(after.publication().orElseThrow()));
    site.stop();
    TestDatabase.open(app).insert("only local").close();
    var local = TreeImage.of(site.local);
    site.restore();
    assertEquals(local, TreeImage.of(site.local));
  }

  @Test
  void restore_interruptedBefore_startsOver() throws Exception {
    publishSomething();
    var id = site.asVolume().id().orElseThrow();
    site.loseNode();
    site.heldState().write(AgentState.restoring(id));
    site.stop();
    site.write("f", "half");
    site.write("debris", "x");
    assertThrows(RefusedException.class, site::requireReady);
    site.restore();
    assertEquals(TreeImage.of(site.volume), TreeImage.of(site.local));
  }

  @Test
  void restore_interruptedBeforeWithDirectories_startsOver() throws Exception {
    site.write("d/e/f", "x");
    publishSomething();
    var id = site.asVolume().id().orElseThrow();
    site.loseNode();
    site.heldState().write(AgentState.restoring(id));
    site.write("d/e/half", "x");
    Files.createDirectories(site.local.resolve("debris/inner"));
    site.restore();
    assertEquals(TreeImage.of(site.volume), TreeImage.of(site.local));
  }

  @Test
  void restore_interruptedBefore_leavesWhatIsExcluded() throws Exception {
    publishSomething();
    var id = site.asVolume().id().orElseThrow();
    site.loseNode();
    site.filter(List.of(), List.of("cache/"));
    site.heldState().write(AgentState.restoring(id));
    site.write("cache/f", "ours alone");
    site.write("debris/f", "half");
    site.restore();
    assertEquals("ours alone", Files.readString(site.local.resolve("cache/f")));
    assertTrue(Files.notExists(site.local.resolve("debris")));
    assertTrue(Files.exists(app));
  }

  /** The first try may have deleted the database that it stood beside. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void restore_interruptedBefore_leavesAMisnamedFile(boolean databaseIsThere) throws Exception {
    publishSomething();
    site.heldState().write(AgentState.restoring(site.asVolume().id().orElseThrow()));
    site.write("app.db-journal", "mine, and nowhere else");
    if (!databaseIsThere) {
      Files.delete(app);
    }
    site.restore();
    assertEquals("mine, and nowhere else", Files.readString(SideFile.JOURNAL.of(app)));
    assertTrue(TestDatabase.content(app).contains("first"));
  }

  /** It travels like any other file where it stands beside no database, and so it is brought. */
  @Test
  void restore_interruptedBefore_replacesAFileThatIsNamedLikeASideFile() throws Exception {
    site.write("notes-wal", "text");
    publishSomething();
    site.heldState().write(AgentState.restoring(site.asVolume().id().orElseThrow()));
    site.write("notes-wal", "half");
    site.restore();
    assertEquals(TreeImage.of(site.volume), TreeImage.of(site.local));
  }

  @Test
  void restore_interruptedAndVolumeNowEmpty_isRefused() throws Exception {
    publishSomething();
    var id = site.asVolume().id().orElseThrow();
    site.loseNode();
    site.heldState().write(AgentState.restoring(id));
    site.stop();
    Files.delete(site.volume.resolve("f"));
    Files.delete(site.volume.resolve("g"));
    Files.delete(site.volume.resolve("app.db"));
    Files.delete(site.asVolume().root().resolve(".liteferry/manifest.json"));
    assertRefusedAndNothingChanged();
  }

  @Test
  void restore_bothHaveDataAndNoState_isRefused() throws Exception {
    publishSomething();
    Site.deleteContent(site.state);
    assertRefusedAndNothingChanged();
  }

  @Test
  void restore_volumeUnmounted_isRefused() throws Exception {
    publishSomething();
    Files.move(site.volume, directory.resolve("away"));
    Files.createDirectory(site.volume);
    assertRefusedAndNothingChanged();
  }

  @Test
  void restore_anotherVolume_isRefused() throws Exception {
    publishSomething();
    Files.move(site.volume, directory.resolve("away"));
    try (var other = new Site(Files.createDirectory(directory.resolve("other")))) {
      other.write("theirs", "x");
      other.clock.letAnHourPass();
      other.pass();
      other.stop();
      Files.move(other.volume, site.volume);
    }
    assertRefusedAndNothingChanged();
  }

  /** Another node took over the volume and published. */
  private void publishFromAnotherNode() throws Exception {
    try (var other = new Site(Files.createDirectory(directory.resolve("other")))) {
      Files.delete(other.volume);
      Files.move(site.volume, other.volume);
      other.clock.letAnHourPass();
      other.restore();
      TestDatabase.open(other.local.resolve("app.db")).insert("theirs").close();
      other.pass();
      other.stop();
      Files.move(other.volume, site.volume);
    }
  }

  @Test
  void restore_somebodyElsePublishedAndLocalUnchanged_restoresAgain() throws Exception {
    publishSomething();
    publishFromAnotherNode();
    assertThrows(RefusedException.class, site::requireReady);
    site.restore();
    assertEquals(TreeImage.of(site.volume), TreeImage.of(site.local));
    assertTrue(TestDatabase.content(app).contains("theirs"));
  }

  @Test
  void restore_somebodyElsePublishedATreeAndLocalUnchanged_restoresAgain() throws Exception {
    site.write("d/e/f", "x");
    publishSomething();
    publishFromAnotherNode();
    site.restore();
    assertEquals(TreeImage.of(site.volume), TreeImage.of(site.local));
  }

  @Test
  void restore_somebodyElsePublishedAndLocalChanged_isRefusedAndBothAreKept() throws Exception {
    publishSomething();
    publishFromAnotherNode();
    TestDatabase.open(app).insert("ours").close();
    assertRefusedAndNothingChanged();
    assertTrue(TestDatabase.content(app).contains("ours"));
    assertTrue(TestDatabase.content(site.volume.resolve("app.db")).contains("theirs"));
  }

  /** It does not travel, and so it is in no index; local has the only copy. */
  @ParameterizedTest
  @ValueSource(strings = {"app.db-shm", "app.db-journal"})
  void restore_somebodyElsePublishedAndLocalHasAMisnamedFile_isRefused(String name)
      throws Exception {
    publishSomething();
    publishFromAnotherNode();
    site.write(name, "mine, and nowhere else");
    assertRefusedAndNothingChanged();
  }

  @Test
  void restore_somebodyElsePublishedAndALinkIsUnpublished_isRefused() throws Exception {
    publishSomething();
    publishFromAnotherNode();
    Files.createSymbolicLink(site.local.resolve("l"), Path.of("f"));
    assertRefusedAndNothingChanged();
  }

  @Test
  void restore_somebodyElsePublishedAndALinkLeadsElsewhere_isRefused() throws Exception {
    Files.createSymbolicLink(site.local.resolve("l"), Path.of("f"));
    publishSomething();
    publishFromAnotherNode();
    Files.delete(site.local.resolve("l"));
    Files.createSymbolicLink(site.local.resolve("l"), Path.of("g"));
    assertRefusedAndNothingChanged();
  }

  @Test
  void restore_somebodyElsePublishedAndLocalsLinksAreOnTheVolume_restoresAgain() throws Exception {
    Files.createSymbolicLink(site.local.resolve("l"), Path.of("f"));
    publishSomething();
    publishFromAnotherNode();
    site.restore();
    assertEquals(TreeImage.of(site.volume), TreeImage.of(site.local));
  }

  /** A good local is not given up for a bad volume. */
  @Test
  void restore_somebodyElsePublishedAndItIsCorrupt_keepsLocal() throws Exception {
    publishSomething();
    publishFromAnotherNode();
    TestDatabase.tear(site.volume.resolve("app.db"), 5);
    var before = TreeImage.trace(site.local);
    assertThrows(UnsoundDatabaseException.class, site::restore);
    assertEquals(before, TreeImage.trace(site.local));
    assertEquals(AgentState.Phase.READY, site.heldState().read().orElseThrow().phase());
  }

  /** The application ran on the volume for a day, and its commits are in the WAL alone. */
  @Test
  void restore_applicationWorkedOnTheVolumeSince_takesItsCommits() throws Exception {
    publishSomething();
    var published = site.volume.resolve("app.db");
    Files.delete(published);
    var committed = TestDatabase.createWithWal(published, directory.resolve("scratch"));
    site.restore();
    assertEquals(committed, TestDatabase.content(app));
  }

  @Test
  void restore_databaseReplacedOnTheVolumeByHand_isTaken() throws Exception {
    publishSomething();
    var published = site.volume.resolve("app.db");
    Files.delete(published);
    TestDatabase.create(published).insert("from a backup").close();
    site.restore();
    assertTrue(TestDatabase.content(app).contains("from a backup"));
    site.pass();
    assertTrue(TestDatabase.content(published).contains("from a backup"));
  }

  @Test
  void restore_databaseReplacedByALinkOnTheVolume_namesIt() throws Exception {
    publishSomething();
    Files.delete(site.volume.resolve("app.db"));
    Files.createSymbolicLink(site.volume.resolve("app.db"), Path.of("/nowhere"));
    var error = assertThrows(VolumeException.class, site::restore);
    assertTrue(error.getMessage().contains("app.db is no longer a file"), error::getMessage);
    assertTrue(Files.isRegularFile(app));
  }

  @Test
  void restore_databaseTouchedOnTheVolumeAlone_keepsLocal() throws Exception {
    publishSomething();
    Files.setLastModifiedTime(site.volume.resolve("app.db"), FileTime.fromMillis(0));
    TestDatabase.open(app).insert("only local").close();
    site.restore();
    assertTrue(TestDatabase.content(app).contains("only local"));
  }

  /** The application ran on the volume itself, and died there. */
  @ParameterizedTest
  @ValueSource(strings = {"wal", "journal"})
  void restore_sideFilesOnTheVolume_areFoldedIn(String kind) throws Exception {
    var published = site.volume.resolve("app.db");
    var scratch = directory.resolve("scratch");
    var committed =
        kind.equals("wal")
            ? TestDatabase.createWithWal(published, scratch)
            : TestDatabase.createHotJournal(published, scratch);
    Files.createFile(SideFile.SHM.of(published));
    var volume = TreeImage.of(site.volume);

    site.restore();

    assertEquals(committed, TestDatabase.content(app));
    assertTrue(site.progress().startsWith("2 of 2 files, "), site.progress());
    assertEquals(List.of("app.db"), List.copyOf(TreeImage.of(site.local).keySet()));
    assertEquals(volume, TreeImage.of(site.volume), "restore changed the volume");

    assertEquals(1, site.pass().databases(), "the recovered database and no side file");
    assertEquals(committed, TestDatabase.content(published));
    assertEquals(List.of("app.db"), List.copyOf(TreeImage.of(site.volume).keySet()));
  }

  @Test
  void restore_corruptDatabaseOnTheVolume_isRefusedUntilMended() throws Exception {
    publishSomething();
    site.loseNode();
    var published = site.volume.resolve("app.db");
    var good = Files.readAllBytes(published);
    TestDatabase.tear(published, 5);
    var volume = TreeImage.of(site.volume);
    for (int i = 0; i < 2; i++) {
      var error = assertThrows(UnsoundDatabaseException.class, site::restore);
      assertTrue(error.getMessage().contains("app.db"), error.getMessage());
      assertEquals(AgentState.Phase.RESTORING, site.heldState().read().orElseThrow().phase());
      assertThrows(RefusedException.class, site::requireReady);
      assertEquals(volume, TreeImage.of(site.volume));
      site.stop();
    }
    Files.write(published, good);
    site.restore();
    assertEquals(TreeImage.of(site.volume), TreeImage.of(site.local));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "{\"format\": 1}", "\0\0\0"})
  void restore_stateDamagedAndLocalSameAsVolume_isMadeAnew(String text) throws Exception {
    publishSomething();
    // local's database as restore would bring it: the same bytes as the volume's
    site.loseNode();
    site.restore();
    site.stop();
    Files.writeString(site.state.resolve("state.json"), text);
    var before = TreeImage.of(site.local);
    site.restore();
    assertEquals(before, TreeImage.of(site.local));
    assertEquals(AgentState.Phase.READY, site.heldState().read().orElseThrow().phase());
  }

  /** Nobody is to put another copy in the place of one that may be good. */
  @Test
  void restore_checkThatDoesNotEnd_isNoCorruption() throws Exception {
    TestDatabase.createCheckThatNeverEnds(site.volume.resolve("app.db"));
    site.check(new DatabaseCheck(DatabaseCheck.Level.QUICK, Duration.ofMillis(100)));
    var error = assertThrows(UnsoundDatabaseException.class, site::restore);
    assertTrue(error.getMessage().contains("--check-timeout"), error.getMessage());
    assertFalse(error.getMessage().contains("corrupt"), error.getMessage());
  }

  /** What is decided without the lease may be about to change. */
  @Test
  void restore_stateDamagedAndLeaseHeld_leavesStateAsItIs() throws Exception {
    publishSomething();
    site.loseNode();
    site.restore();
    site.stop();
    Files.writeString(site.state.resolve("state.json"), "{");
    var settings = new LeaseSettings("another", Duration.ofMinutes(1), Duration.ZERO);
    try (var _ = Lease.acquire(site.asVolume().own(), settings, LeaseClock.SYSTEM)) {
      assertThrows(LeaseHeldException.class, site::restore);
    }
    assertEquals("{", Files.readString(site.state.resolve("state.json")));
  }

  @Test
  void restore_stateDamagedAndLocalDiffers_isRefused() throws Exception {
    publishSomething();
    Files.writeString(site.state.resolve("state.json"), "{");
    site.write("f", "changed");
    assertRefusedAndNothingChanged();
    assertEquals("{", Files.readString(site.state.resolve("state.json")));
  }

  @Test
  void restore_stateDamagedAndLocalEmpty_copiesTheVolume() throws Exception {
    publishSomething();
    Site.deleteContent(site.local);
    Files.writeString(site.state.resolve("state.json"), "{");
    site.restore();
    assertEquals(TreeImage.of(site.volume), TreeImage.of(site.local));
  }

  @Test
  void restore_stateOfTheFuture_isRefused() throws Exception {
    publishSomething();
    Files.writeString(site.state.resolve("state.json"), "{\"format\": 2}");
    var before = TreeImage.trace(site.volume);
    assertThrows(UnknownFormatException.class, site::restore);
    assertEquals(before, TreeImage.trace(site.volume));
    assertEquals("{\"format\": 2}", Files.readString(site.state.resolve("state.json")));
  }

  @Test
  void restore_markerDamaged_isMadeAnewFromTheManifest() throws Exception {
    publishSomething();
    var id = site.asVolume().id().orElseThrow();
    Files.writeString(site.volume.resolve(".liteferry/volume.json"), "{");
    var before = TreeImage.of(site.local);
    site.restore();
    assertEquals(id, site.asVolume().id().orElseThrow());
    assertEquals(before, TreeImage.of(site.local));
  }

  @Test
  void restore_markerAndManifestDamaged_isRefused() throws Exception {
    publishSomething();
    Files.writeString(site.volume.resolve(".liteferry/volume.json"), "{");
    Files.writeString(site.volume.resolve(".liteferry/manifest.json"), "{");
    assertRefusedAndNothingChanged();
  }

  @Test
  void restore_markerOfTheFuture_isRefused() throws Exception {
    publishSomething();
    site.loseNode();
    Files.writeString(site.volume.resolve(".liteferry/volume.json"), "{\"format\": 4}");
    assertThrows(UnknownFormatException.class, site::restore);
    assertEquals(Map.of(), TreeImage.of(site.local));
  }

  @Test
  void restore_manifestDamaged_restoresWhatIsThere() throws Exception {
    publishSomething();
    site.loseNode();
    Files.writeString(site.volume.resolve(".liteferry/manifest.json"), "{");
    site.restore();
    assertEquals(TreeImage.of(site.volume), TreeImage.of(site.local));
    site.pass();
    assertTrue(site.asVolume().manifest().isPresent());
  }

  @Test
  void restore_manifestDamagedAndLocalHasData_keepsLocal() throws Exception {
    publishSomething();
    Files.writeString(site.volume.resolve(".liteferry/manifest.json"), "{");
    TestDatabase.open(app).insert("only local").close();
    site.restore();
    assertTrue(TestDatabase.content(app).contains("only local"));
  }

  @Test
  void restore_missingCollation_isRestored() throws Exception {
    try (var live =
        TestDatabase.create(site.volume.resolve("app.db")).withCollation("APPLICATION")) {
      live.run("CREATE TABLE n(x COLLATE APPLICATION)", "CREATE INDEX i ON n(x)");
      live.run("INSERT INTO n VALUES ('x'), ('y')");
    }
    site.restore();
    assertEquals(TreeImage.of(site.volume), TreeImage.of(site.local));
  }

  /** Local was wiped but for what does not travel: that must not make the rest a deletion. */
  @ParameterizedTest
  @ValueSource(strings = {"fifo", "empty-wal", "shm", "wal"})
  void restore_onlyALeftOverInLocal_copiesTheVolume(String what) throws Exception {
    publishSomething();
    var published = TreeImage.of(site.volume);
    PathUtils.cleanDirectory(site.local);
    var wal = SideFile.WAL.of(app);
    switch (what) {
      case "fifo" ->
          assertEquals(
              0,
              new ProcessBuilder("mkfifo", site.local.resolve("pipe").toString())
                  .start()
                  .waitFor());
      case "empty-wal" -> Files.createFile(wal);
      case "shm" ->
          Files.write(SideFile.SHM.of(app), new byte[] {0x18, (byte) 0xe2, 0x2d, 0, 0, 0, 0, 0});
      default -> Files.write(wal, new byte[] {0x37, 0x7f, 0x06, (byte) 0x82, 0, 0, 0, 0, 0});
    }
    site.restore();
    assertEquals(published, TreeImage.of(site.volume));
    assertEquals("text", Files.readString(site.local.resolve("f")));
    assertTrue(TestDatabase.content(app).contains("word"), TestDatabase.content(app));
    assertFalse(site.pass().changedVolume());
  }

  @Test
  void restore_excluded_staysOnTheVolumeAlone() throws Exception {
    publishSomething();
    site.loseNode();
    site.filter(List.of(), List.of("g"));
    site.restore();
    assertTrue(Files.notExists(site.local.resolve("g")));
    site.pass();
    assertEquals("text", site.published("g"));
  }

  @Test
  void restore_onlyExcludedOrNothingOnTheVolumeHasChanged_isNotConfused() throws Exception {
    publishSomething();
    site.filter(List.of(), List.of("*.log"));
    Files.writeString(site.volume.resolve("x.log"), "theirs");
    site.write("y.log", "ours");
    var before = TreeImage.of(site.local);
    site.restore();
    assertEquals(before, TreeImage.of(site.local));
  }

  @Test
  void restore_twoAgentsOnOneLocal_secondIsRefused() throws Exception {
    publishSomething();
    site.heldState();
    assertThrows(
        io.liteferry.state.AlreadyRunningException.class,
        () -> io.liteferry.state.StateDirectory.open(site.state, site.local));
    assertThrows(
        io.liteferry.state.AlreadyRunningException.class,
        () -> io.liteferry.state.StateDirectory.open(directory.resolve("state2"), site.local));
  }

  @Test
  void copyOnly_agentAtWork_copiesAndChangesNothingElse() throws Exception {
    site.write("f", "text");
    TestDatabase.create(app, "journal_mode = WAL").insertMany(100).close();
    site.pass();
    var before = TreeImage.trace(site.volume);
    try (var other = new Site(Files.createDirectory(directory.resolve("other")))) {
      other.on(site.volume).copyOnly();
      other.stop();
      assertEquals(
          Site.imageWithDatabasesByContent(site.volume),
          Site.imageWithDatabasesByContent(other.local));
      assertFalse(Files.exists(other.state), "state is left");
    }
    assertEquals(before, TreeImage.trace(site.volume));
    site.write("g", "text");
    site.pass();
    assertEquals("text", site.published("g"), "the agent has lost its lease");
  }

  @Test
  void copyOnly_localWithData_isRefused() throws Exception {
    publishSomething();
    var before = TreeImage.trace(site.local);
    assertThrows(RefusedException.class, site::copyOnly);
    assertEquals(before, TreeImage.trace(site.local));
  }

  /** It is there, and the data are not lost: moving .liteferry away would be bad advice. */
  @Test
  void restore_everythingPublishedIsExcludedNow_isNotTakenForLost() throws Exception {
    TestDatabase.create(site.local.resolve("app.db")).insert("x").close();
    site.pass();
    site.stop();
    site.filter(List.of(), List.of("*.db"));
    site.requireReady();
    site.pass();
    assertTrue(Files.exists(site.volume.resolve("app.db")));
  }
}
