package io.liteferry.cli;

import static java.nio.file.attribute.PosixFilePermission.OWNER_EXECUTE;
import static java.nio.file.attribute.PosixFilePermission.OWNER_READ;
import static java.nio.file.attribute.PosixFilePermission.OWNER_WRITE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.fixture.TreeImage;
import io.liteferry.lease.Lease;
import io.liteferry.lease.LeaseClock;
import io.liteferry.lease.LeasePurpose;
import io.liteferry.lease.LeaseSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The command from its arguments to its exit code, on a volume that was published to. */
final class DetachCommandTest extends InProcess {
  private Path own;

  @BeforeEach
  void publish() throws IOException {
    own = volume.resolve(".liteferry");
    Files.writeString(local.resolve("config.yaml"), "port: 80\n");
    TestDatabase.create(local.resolve("app.db"), "journal_mode = WAL").insertMany(2_000).close();
    assertEquals(0, run("sync", local, volume), this::said);
  }

  private void assertPlain() throws IOException {
    assertFalse(Files.exists(own));
    assertEquals(image(local), image(volume));
  }

  /** To read a WAL database makes side files beside it. */
  private static Map<String, String> image(Path root) throws IOException {
    var image = Site.imageWithDatabasesByContent(root);
    image.keySet().removeIf(name -> name.matches(".*-(wal|shm)"));
    return image;
  }

  private void assertRefused(int code, String... parts) throws IOException {
    for (var part : parts) {
      assertTrue(said().contains(part), said() + printed());
    }
    assertTrue(Files.exists(own.resolve("volume.json")), "it is whole");
    assertTrue(Files.exists(own.resolve("manifest.json")), "it is whole");
    assertTrue(code != 0);
  }

  @Test
  void detach_agentStoppedInOrder_leavesPlainFiles() throws Exception {
    assertEquals(0, run("detach", volume), this::said);
    assertPlain();
    assertTrue(printed().contains("detached: 1 database and 1 file, "), printed());
    assertEquals(0, run("detach", volume), this::said);
    assertTrue(printed().contains("nothing of Liteferry is on " + volume), printed());
  }

  @Test
  void detach_emptyMountPoint_exitsWith4() throws Exception {
    var empty = Files.createDirectory(directory.resolve("empty"));
    assertEquals(4, run("detach", empty));
    assertTrue(said().contains("is it mounted?"), said());
  }

  @Test
  void detach_dryRun_saysWhatAndChangesNothing() throws Exception {
    var before = TreeImage.trace(volume);
    assertEquals(0, run("detach", volume, "--dry-run"), this::said);
    assertEquals(before, TreeImage.trace(volume));
    assertTrue(printed().contains("ok  app.db"), printed());
    assertTrue(printed().contains("would wait   for nobody"), printed());
    assertTrue(printed().contains("would remove " + own), printed());
    assertTrue(printed().contains("would leave  1 database and 1 file, "), printed());
  }

  @Test
  void detach_lastAgentWasKilled_isRefusedUnlessForced() throws Exception {
    var killed = new LeaseSettings("node-1", Duration.ofSeconds(1), Duration.ZERO);
    Lease.acquire(own, killed, LeaseClock.SYSTEM).close();
    assertEquals(3, run("detach", volume));
    assertRefused(3, "node-1", "did not stop cleanly", "--without-flush");
    assertEquals(0, run("detach", volume, "--without-flush"), this::said);
    assertPlain();
  }

  @Test
  void detach_lastAgentStoppedIncomplete_isRefused() throws Exception {
    TestDatabase.create(local.resolve("bad.db")).insertMany(1_000).close();
    TestDatabase.tear(local.resolve("bad.db"), 5);
    assertEquals(6, run("sync", local, volume));
    assertEquals(3, run("detach", volume));
    assertRefused(3, "stopped before everything was on it", "--without-flush");
    assertEquals(3, run("detach", volume, "--dry-run"));
    assertRefused(3, "stopped before everything was on it");
    Files.delete(local.resolve("bad.db"));
    assertEquals(0, run("sync", local, volume), this::said);
    assertEquals(0, run("detach", volume), this::said);
    assertPlain();
  }

  @Test
  void detach_agentIsAlive_exitsWith9() throws Exception {
    var holder = new LeaseSettings("node-1", Duration.ofHours(1), Duration.ZERO);
    var held = Lease.acquire(own, holder, LeaseClock.SYSTEM);
    assertEquals(9, run("detach", volume, "--lease-wait", "0s"));
    assertRefused(9, "node-1", "--lease-wait");
    assertEquals(0, run("detach", volume, "--dry-run"));
    assertTrue(printed().contains("would wait   for node-1"), printed());
    held.release(true);
    assertEquals(0, run("detach", volume), this::said);
    assertPlain();
  }

  @Test
  void detach_anotherDetachIsAtWork_dryRunSaysForWhom() throws Exception {
    var other = new LeaseSettings("detach/other", Duration.ofHours(1), Duration.ZERO);
    var held = Lease.acquire(own, other, LeaseClock.SYSTEM, LeasePurpose.DETACH);
    assertEquals(0, run("detach", volume, "--dry-run"), this::said);
    assertTrue(printed().contains("would wait   for detach/other"), printed());
    assertEquals(9, run("detach", volume, "--lease-wait", "0s"));
    held.release();
  }

  @Test
  void detach_claimsAreGone_isRefusedAlsoByADryRun() throws Exception {
    Site.deleteContent(own.resolve("epochs"));
    for (var more : List.of("--dry-run", "--lease-wait=0s")) {
      assertEquals(3, run("detach", volume, more));
      assertRefused(3, "epochs has no claim", "--without-flush");
    }
    assertEquals(0, run("detach", volume, "--without-flush"), this::said);
    assertPlain();
  }

  @Test
  void detach_withoutFlushFindsACorruptDatabase_isNoReasonToRefuseTheNext() throws Exception {
    TestDatabase.tear(volume.resolve("app.db"), 5);
    assertEquals(7, run("detach", volume, "--without-flush"));
    Files.copy(
        local.resolve("app.db"), volume.resolve("app.db"), StandardCopyOption.REPLACE_EXISTING);
    assertEquals(0, run("detach", volume), this::said);
    assertPlain();
  }

  @Test
  void detach_manifestCannotBeRead_isAnErrorOfTheVolume() throws Exception {
    Files.delete(own.resolve("manifest.json"));
    Files.createSymbolicLink(own.resolve("manifest.json"), Path.of("/proc/self/mem"));
    assertEquals(4, run("detach", volume));
    assertTrue(said().contains("volume " + volume + ": Input/output error"), said());
  }

  @Test
  void detach_givenLocalOrState_namesTheMistake() throws Exception {
    assertEquals(3, run("detach", local));
    assertTrue(said().contains(local + " is the LOCAL of an agent"), said());
    assertEquals(3, run("detach", directory.resolve("local.liteferry")));
    assertTrue(said().contains("local.liteferry is the STATE of an agent"), said());
  }

  @Test
  void detach_plainVolumeWithAFileCalledId_isNoState() throws Exception {
    assertEquals(0, run("detach", volume), this::said);
    Files.writeString(volume.resolve("id"), "of the application\n");
    assertEquals(0, run("detach", volume), this::said);
    assertTrue(printed().contains("nothing of Liteferry is on " + volume), printed());
  }

  @Test
  void detach_corruptDatabase_exitsWith7AndTheVolumeStays() throws Exception {
    TestDatabase.tear(volume.resolve("app.db"), 5);
    assertEquals(7, run("detach", volume));
    assertTrue(printed().contains("corrupt  app.db"), printed());
    assertRefused(7);
    assertEquals(7, run("detach", volume, "--dry-run"));
  }

  @Test
  void detach_databaseIsMissing_exitsWith7AndTheVolumeStays() throws Exception {
    Files.delete(volume.resolve("app.db"));
    assertEquals(7, run("detach", volume));
    assertTrue(printed().contains("missing  app.db"), printed());
    assertRefused(7);
    Files.copy(local.resolve("app.db"), volume.resolve("app.db"));
    assertEquals(0, run("detach", volume), this::said);
  }

  @Test
  void detach_applicationRunsOnTheVolume_isRefused() throws Exception {
    try (var application = TestDatabase.open(volume.resolve("app.db"))) {
      application.insert("written on the volume");
      assertEquals(3, run("detach", volume));
      assertRefused(3, "app.db-wal", "runs or ran on the volume itself");
    }
  }

  /** As sqlite3 leaves it that was told to read alone. */
  @Test
  void detach_somebodyHasReadADatabase_isNoHindrance() throws Exception {
    Files.createFile(volume.resolve("app.db-wal"));
    Files.write(volume.resolve("app.db-shm"), new byte[32768]);
    assertEquals(0, run("verify", volume), this::said);
    assertTrue(printed().contains("ok  app.db"), printed());
    assertEquals(0, run("detach", volume), this::said);
    assertPlain();
  }

  @Test
  void detach_somethingElseInOurDirectory_isNamedAndRefused() throws Exception {
    Files.writeString(own.resolve("notes.txt"), "mine");
    Files.writeString(own.resolve("epochs/mine"), "mine");
    var deep = Files.createDirectories(own.resolve("staging/mine")).resolve("data");
    Files.writeString(deep, "mine");
    Files.writeString(own.resolve("kept"), "mine");
    var notes = Files.createDirectory(volume.resolve(".liteferry-doctor-notes"));
    // what a NAS makes: after the claims have begun to go it would be in the way for ever
    var indexed = Files.createDirectory(own.resolve("epochs/@eaDir"));
    assertEquals(3, run("detach", volume, "--discard-kept"));
    assertRefused(
        3,
        ".liteferry-doctor-notes, ",
        ".liteferry/notes.txt",
        ".liteferry/epochs/mine",
        ".liteferry/kept",
        ".liteferry/epochs/@eaDir",
        "and 1 more",
        "move it away");
    assertEquals("mine", Files.readString(deep));
    for (var path :
        List.of(
            own.resolve("notes.txt"),
            own.resolve("epochs/mine"),
            deep,
            deep.getParent(),
            own.resolve("kept"),
            indexed,
            notes)) {
      Files.delete(path);
    }
    assertEquals(0, run("detach", volume), this::said);
  }

  /** As earlier versions did. */
  private void keepACopy() throws IOException {
    var kept = Files.createDirectories(own.resolve("kept/000000001-1f3c9a77"));
    Files.copy(local.resolve("app.db"), kept.resolve("app.db"), StandardCopyOption.COPY_ATTRIBUTES);
  }

  @Test
  void detach_keptCopies_areForAPersonToDecide() throws Exception {
    keepACopy();
    assertEquals(3, run("detach", volume));
    assertRefused(3, ".liteferry/kept/", "app.db", "--kept-to", "--discard-kept");
    assertEquals(2, run("detach", volume, "--kept-to", "a", "--discard-kept"));
    assertEquals(3, run("detach", volume, "--kept-to", directory.resolve("elsewhere")));
    assertRefused(3, "give a directory on the volume");
    assertEquals(3, run("detach", volume, "--kept-to", "missing/kept"));
    assertEquals(3, run("detach", volume, "--kept-to", ".liteferry/elsewhere"));
    assertEquals(3, run("detach", volume, "--kept-to", "config.yaml"));
    assertRefused(3, "give another directory");
    assertEquals(0, run("detach", volume, "--discard-kept", "--discard-history"), this::said);
    assertPlain();
  }

  @Test
  void detach_keptToHasAnotherOfThatName_isNamedAndRefused() throws Exception {
    keepACopy();
    Path kept;
    try (var content = Files.list(own.resolve("kept"))) {
      kept = content.findFirst().orElseThrow();
    }
    var place = Files.createDirectories(volume.resolve("copies").resolve(kept.getFileName()));
    var other = place.resolve("app.db");
    assertEquals(3, run("detach", volume, "--kept-to", "copies", "--dry-run"));
    assertEquals(3, run("detach", volume, "--kept-to", "copies"));
    assertRefused(3, other + " is in the way, and differs from " + kept);
    Files.write(other, Arrays.copyOf(Files.readAllBytes(kept.resolve("app.db")), 8192));
    assertEquals(3, run("detach", volume, "--kept-to", "copies"));
    assertRefused(3, other + " is in the way");
    assertTrue(Files.exists(kept.resolve("app.db")));
    Files.copy(kept.resolve("app.db"), other, StandardCopyOption.REPLACE_EXISTING);
    assertEquals(0, run("detach", volume, "--kept-to", "copies", "--discard-history"), this::said);
    assertEquals("2001", TestDatabase.valueIn(other, "SELECT count(*) FROM t"));
    assertFalse(Files.exists(own));
  }

  @Test
  void detach_keptToThroughALinkOffTheVolume_isRefused() throws Exception {
    keepACopy();
    var deep = Files.createDirectories(directory.resolve("elsewhere/deep"));
    Files.createSymbolicLink(volume.resolve("lnk"), deep.getParent());
    Files.createSymbolicLink(volume.resolve("back"), own);
    assertEquals(3, run("detach", volume, "--kept-to", "lnk/deep/kept"));
    assertRefused(3, "lnk/deep/kept cannot hold the kept copies", deep.toString());
    assertFalse(Files.exists(deep.resolve("kept")));
    assertEquals(3, run("detach", volume, "--kept-to", "back/epochs/kept"));
    assertRefused(3, "cannot hold the kept copies");
  }

  @Test
  void detach_keptToADirectory_movesThemThere() throws Exception {
    keepACopy();
    assertEquals(
        0, run("detach", volume, "--kept-to", "kept copies", "--discard-history"), this::said);
    assertFalse(Files.exists(own));
    try (var kept = Files.list(volume.resolve("kept copies"))) {
      var copy = kept.findFirst().orElseThrow().resolve("app.db");
      assertEquals("2001", TestDatabase.valueIn(copy, "SELECT count(*) FROM t"));
    }
  }

  private void publishAnotherPoint() throws IOException {
    Files.writeString(local.resolve("config.yaml"), "port: 81\n");
    assertEquals(0, run("sync", local, volume), this::said);
  }

  @Test
  void detach_history_isForAPersonToDecide() throws Exception {
    publishAnotherPoint();
    assertEquals(3, run("detach", volume));
    assertRefused(3, "has 1 older point to go back to", "--history-to", "--discard-history");
    assertEquals(3, run("detach", volume, "--dry-run"));
    assertEquals(2, run("detach", volume, "--history-to", "a", "--discard-history"));
    assertEquals(2, run("detach", volume, "--history-to", "a", "--kept-to", "a"));
    assertEquals(3, run("detach", volume, "--history-to", directory.resolve("elsewhere")));
    assertRefused(3, "cannot hold the history", "give a directory on the volume");
    assertEquals(3, run("detach", volume, "--history-to", ".liteferry/generations/old"));
    assertRefused(3, "cannot hold the history");
    assertEquals(3, run("detach", volume, "--history-to", "config.yaml"));
    assertRefused(3, "give another directory for the history");
    Files.writeString(Files.createDirectory(volume.resolve("old")).resolve("mine"), "mine");
    assertEquals(3, run("detach", volume, "--history-to", "old"));
    assertRefused(3, volume.resolve("old") + " is not empty");
    Files.delete(volume.resolve("old/mine"));
    Files.delete(volume.resolve("old"));
    assertEquals(0, run("detach", volume, "--discard-history"), this::said);
    assertPlain();
  }

  /** As a person would look for it: by grep for the path, then the file that it names. */
  @Test
  void detach_historyToADirectory_isFoundThereByHand() throws Exception {
    publishAnotherPoint();
    var old = Files.createDirectory(volume.resolve("old"));
    assertEquals(0, run("detach", volume, "--history-to", "old"), this::said);
    assertFalse(Files.exists(own));
    assertTrue(Files.exists(old.resolve("manifest.json")));
    assertEquals(
        Set.of(OWNER_READ, OWNER_WRITE, OWNER_EXECUTE), Files.getPosixFilePermissions(old));
    var record = Files.readString(old.resolve("generations/000002/record"));
    var found = Pattern.compile("\\[\"config.yaml\",\\[\"file\",\"([^\"]*)\"").matcher(record);
    assertTrue(found.find(), record);
    assertEquals(
        "port: 80\n", Files.readString(old.resolve("generations").resolve(found.group(1))));
  }

  @Test
  void detach_historyWithARecordThatCannotBeRead_isDecidedToo() throws Exception {
    publishAnotherPoint();
    Files.writeString(own.resolve("generations/000002/record"), "torn");
    assertEquals(3, run("detach", volume));
    assertRefused(3, "a record of the volume", "cannot be read", "--history-to");
    assertEquals(0, run("detach", volume, "--history-to", "old"), this::said);
    assertEquals("torn", Files.readString(volume.resolve("old/generations/000002/record")));
  }

  @Test
  void detach_oldStateAfterwards_isRefusedAndAFreshStartAdopts() throws Exception {
    assertEquals(0, run("detach", volume), this::said);
    TestDatabase.open(volume.resolve("app.db")).insert("on the volume").close();
    assertEquals(3, run("sync", local, volume));
    assertTrue(
        said().contains("is not marked as a volume of Liteferry (not mounted, or detached?)"),
        said());
    assertEquals(3, run("restore", local, volume));
    var fresh = Files.createDirectory(directory.resolve("fresh"));
    assertEquals(0, run("restore", fresh, volume), this::said);
    assertTrue(TestDatabase.content(fresh.resolve("app.db")).contains("on the volume"));
  }

  @Test
  void detach_formatOfTheFuture_isRefused() throws Exception {
    Files.writeString(own.resolve("volume.json"), "{\"format\": 99}");
    assertEquals(3, run("detach", volume));
    assertRefused(3, "format 99", "later");
  }
}
