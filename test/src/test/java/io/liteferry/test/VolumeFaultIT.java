package io.liteferry.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SortedMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A volume that fails, hangs and answers wrongly. Whatever it does: what is published stays sound,
 * the application works on, and the agent recovers by itself.
 */
@Tag("faults")
class VolumeFaultIT {
  private static final String FAILED = "a pass failed";
  private static final String BACK = "the volume works again";

  /** How many attempts fail before the volume works again; each one comes later than the last. */
  private static final int ATTEMPTS = Integer.getInteger("liteferry.test.attempts", 3);

  private static final String WRITING =
      "'operations': ['create', 'write', 'mkdir', 'rename', 'link', 'fsync', 'chmod', 'utimens']";

  @RegisterExtension final Workplace workplace = new Workplace();

  private Path local;
  private Path database;
  private FaultyVolume volume;

  @BeforeEach
  void makeBothSides() throws Exception {
    local = workplace.directory("local");
    database = local.resolve("app.db");
    volume = workplace.closing(FaultyVolume.mount(workplace));
    Sql.run(
        database,
        "PRAGMA journal_mode = WAL",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, data BLOB)",
        "INSERT INTO t (data) VALUES (randomblob(200000))");
    Files.writeString(local.resolve("file.txt"), "1");
  }

  private Liteferry run(Object... more) throws Exception {
    var arguments = new Object[3 + more.length];
    arguments[0] = "run";
    arguments[1] = local;
    arguments[2] = volume.path();
    System.arraycopy(more, 0, arguments, 3, more.length);
    var agent = workplace.closing(Liteferry.start(arguments));
    agent.awaitLog(Liteferry.READY);
    return agent;
  }

  private void commit() throws Exception {
    Sql.run(database, "INSERT INTO t (data) VALUES (randomblob(5000))");
  }

  private SortedMap<String, String> published() throws Exception {
    return TreeListing.of(volume.behind(), TreeListing.Detail.CONTENT);
  }

  private void awaitRows(int count) throws Exception {
    Await.until(
        count + " rows on the volume",
        () -> rows(volume.behind().resolve("app.db")).equals(Integer.toString(count)));
  }

  private static String rows(Path file) throws Exception {
    return Files.exists(file) ? Sql.valueIn(file, "SELECT count(*) FROM t") : "none";
  }

  private void assertAllIsPublished(int rows, String text) throws Exception {
    var copy = volume.behind().resolve("app.db");
    assertEquals("ok", Sql.valueIn(copy, "PRAGMA integrity_check"));
    assertEquals(Integer.toString(rows), rows(copy));
    assertEquals(text, Files.readString(volume.behind().resolve("file.txt")));
    var verified = Liteferry.run("verify", volume.behind());
    assertEquals(0, verified.exitCode(), verified::toString);
  }

  private static void stop(Liteferry agent) throws InterruptedException {
    agent.terminate();
    var ended = agent.awaitEnd();
    assertEquals(0, ended.exitCode(), ended::toString);
  }

  @ParameterizedTest
  @CsvSource({
    "EROFS, true",
    "EIO, true",
    "EACCES, true",
    "ESTALE, false",
    "EIO, false",
    "ENOTCONN, false",
    "EHOSTDOWN, false"
  })
  void run_errorForAWhile_saysItOnceKeepsWhatIsPublishedAndRecovers(String errno, boolean writing)
      throws Exception {
    var agent = run("--log-level", "debug");
    var before = published();
    volume.rules("{" + (writing ? WRITING + ", " : "") + "'errno': '" + errno + "'}");
    commit();
    Files.writeString(local.resolve("file.txt"), "2");
    agent.awaitLog(FAILED);
    commit(); // the application works on
    agent.awaitLog("DEBUG the next pass, after one that failed", ATTEMPTS, Liteferry.PATIENCE);
    assertEquals(before, published());
    assertTrue(agent.isAlive());

    volume.rules();
    agent.awaitLog(BACK);
    assertEquals(1, agent.countLog(" ERROR "), () -> String.join("\n", agent.log()));
    Files.writeString(local.resolve("file.txt"), "3");
    stop(agent);
    assertAllIsPublished(3, "3");
    assertEquals(0, stagingLeft(), "staging is left behind");
  }

  /** It is the problem of each file, and no pass fails of it. */
  @ParameterizedTest
  @ValueSource(strings = {"ENOSPC", "EDQUOT"})
  void run_noRoomForAWhile_saysItOnceKeepsWhatIsPublishedAndRecovers(String errno)
      throws Exception {
    var agent = run("--log-level", "debug");
    var before = published();
    volume.rules("{" + WRITING + ", 'errno': '" + errno + "'}");
    commit();
    Files.writeString(local.resolve("file.txt"), "2");
    agent.awaitLog("has no room");
    long passes = agent.countLog("DEBUG pass ");
    commit(); // the application works on
    agent.awaitLog("DEBUG pass ", (int) passes + ATTEMPTS, Liteferry.PATIENCE);
    assertEquals(before, published());
    assertTrue(agent.isAlive());

    volume.rules();
    agent.awaitLog("has room again");
    assertEquals(1, agent.countLog(" ERROR "), () -> String.join("\n", agent.log()));
    Files.writeString(local.resolve("file.txt"), "3");
    stop(agent);
    assertAllIsPublished(3, "3");
    assertEquals(0, stagingLeft(), "staging is left behind");
  }

  /** Directories; what stands in the place of staging directories of before are files. */
  private long stagingLeft() throws Exception {
    try (var all = Files.list(volume.behind().resolve(".liteferry/staging"))) {
      return all.filter(Files::isDirectory).count();
    }
  }

  @Test
  void doctor_volumeHangs_isAProblemAfterTheTimeLimit() throws Exception {
    volume.rules("{'hang': true}");
    var hung =
        workplace.closing(Liteferry.start("doctor", local, volume.path(), "--time-limit", "2s"));
    hung.awaitOutput("no answer within 2 s");
    hung.awaitOutput("correct the problems");
    volume.rules(); // a request to FUSE keeps its process; one to NFS does not
    var result = hung.awaitEnd();
    assertEquals(3, result.exitCode(), result::toString);
    volume.rules("{'operations': ['link'], 'errno': 'EPERM'}");
    result = Liteferry.run("doctor", local, volume.path());
    assertEquals(3, result.exitCode(), result::toString);
    assertTrue(result.out().contains("has no hard links"), result::toString);
    volume.rules("{'operations': ['create', 'mkdir'], 'errno': 'EACCES'}");
    result = Liteferry.run("doctor", local, volume.path());
    assertEquals(3, result.exitCode(), result::toString);
    assertTrue(result.out().contains("cannot write there: permission denied"), result::toString);
    volume.rules();
    try (var left = Files.list(volume.behind())) {
      assertEquals(0, left.count(), "what was tried is gone");
    }
  }

  /** As exFAT and vfat. */
  @Test
  void run_volumeHasNoHardLinks_isRefusedAndNamesWhatIsMissing() throws Exception {
    volume.rules("{'operations': ['link'], 'errno': 'EPERM'}");
    var refused = Liteferry.run("run", local, volume.path());
    assertEquals(3, refused.exitCode(), refused::toString);
    var why = refused.err().getLast();
    assertTrue(why.contains("has no hard links, which the lease needs"), refused::toString);
    volume.rules();
  }

  /** On NFS: the reply was lost, and the repetition finds the work done. */
  @ParameterizedTest
  @ValueSource(strings = {"ENOENT", "EIO", "ESTALE"})
  void run_renamesAreDoneAndAnsweredWithAnError_publishesEverything(String errno) throws Exception {
    var agent = run();
    volume.rules(
        "{'operations': ['rename'], 'errno': '" + errno + "', 'after': true, 'times': 12}");
    for (int i = 2; i <= 6; i++) {
      commit();
      Files.writeString(local.resolve("file.txt"), Integer.toString(i));
      awaitRows(i);
    }
    Files.delete(local.resolve("file.txt"));
    Await.until("the deletion", () -> !Files.exists(volume.behind().resolve("file.txt")));
    assertEquals(12, volume.applied());
    Files.writeString(local.resolve("file.txt"), "again");
    stop(agent);
    assertAllIsPublished(6, "again");
  }

  /** An error of fsync may be told only once, and then what was written may be lost. */
  @Test
  void run_oneSyncFails_publishesAnotherCopy() throws Exception {
    var agent = run();
    volume.rules("{'operations': ['fsync'], 'path': 'staging', 'errno': 'EIO', 'times': 1}");
    commit();
    agent.awaitLog(FAILED);
    awaitRows(2);
    assertEquals(1, volume.applied());
    stop(agent);
    assertAllIsPublished(2, "1");
  }

  /** An error of a moment must not leave a file to the wrong owner for good. */
  @Test
  void run_ownerCannotBeSetForAMoment_isSetByALaterPass() throws Exception {
    var agent = run();
    volume.rules("{'operations': ['chown'], 'errno': 'EIO', 'times': 1}");
    var mine = Files.writeString(local.resolve("mine.txt"), "m");
    Files.setAttribute(mine, "unix:uid", 1234);
    agent.awaitLog(BACK);
    stop(agent);
    assertEquals(1234, Files.getAttribute(volume.behind().resolve("mine.txt"), "unix:uid"));
  }

  @Test
  void run_deletedDirectoryIsNotListed_deletesItLater() throws Exception {
    Files.createDirectory(local.resolve("sub"));
    var agent = run("--delete-guard", "0s");
    Await.until("sub", () -> Files.exists(volume.behind().resolve("sub")));
    volume.rules("{'operations': ['readdir', 'opendir'], 'path': '/sub', 'errno': 'EIO'}");
    Files.delete(local.resolve("sub"));
    var line = agent.awaitLog(FAILED);
    assertTrue(line.contains("sub"), line);
    volume.rules();
    agent.awaitLog(BACK);
    stop(agent);
    assertFalse(Files.exists(volume.behind().resolve("sub")));
  }

  @Test
  void run_oneNameIsRefused_publishesTheOthersAndNamesIt() throws Exception {
    var agent = run();
    volume.rules("{'operations': ['rename'], 'path': 'refused', 'errno': 'EINVAL'}");
    Files.writeString(local.resolve("refused.txt"), "no such name here");
    Files.writeString(local.resolve("file.txt"), "2");
    commit();
    agent.awaitLog("refused.txt is not published yet");
    awaitRows(2);
    agent.terminate();
    var ended = agent.awaitEnd();
    assertEquals(6, ended.exitCode(), ended::toString);
    assertTrue(ended.err().getLast().contains("refused.txt"), ended::toString);
    volume.rules();
    assertAllIsPublished(2, "2");
  }

  @Test
  void run_spaceIsTooSmallForADatabase_writesNothing() throws Exception {
    var agent = run();
    volume.rules(
        "{'operations': ['statfs'], 'free': 65536}",
        "{'operations': ['write'], 'path': 'staging', 'delay': 0.001}");
    commit();
    var line = agent.awaitLog("has no room");
    assertTrue(line.contains("are free"), line);
    long written = volume.applied();
    agent.awaitLog("has no room");
    assertTrue(written < 20, written + " writes: the copy was begun all the same");
    volume.rules();
    agent.awaitLog("has room again");
    stop(agent);
    assertAllIsPublished(2, "1");
  }

  @Test
  void run_spaceIsTooSmallForAFile_writesNothing() throws Exception {
    var agent = run();
    volume.rules(
        "{'operations': ['statfs'], 'free': 1000000}",
        "{'operations': ['write'], 'path': 'staging', 'delay': 0.001}");
    Files.write(local.resolve("large"), new byte[5_000_000]);
    var line = agent.awaitLog("has no room");
    assertTrue(line.contains("large needs 5000000 bytes, 999424 are free"), line);
    assertTrue(volume.applied() < 20, "the copy was begun all the same");
    volume.rules();
    agent.awaitLog("has room again");
    stop(agent);
    assertEquals(5_000_000, Files.size(volume.behind().resolve("large")));
  }

  @Test
  void run_volumeHangsForLongerThanTheLease_goesOnByItself() throws Exception {
    var agent = run("--lease-duration", "1s");
    volume.rules("{'hang': true}");
    commit();
    volume.awaitApplied();
    Thread.sleep(Duration.ofSeconds(4));
    commit(); // the application works on
    Files.writeString(local.resolve("file.txt"), "2");
    assertTrue(agent.isAlive());
    volume.rules();
    awaitRows(3);
    stop(agent);
    assertAllIsPublished(3, "2");
  }

  @Test
  void run_volumeHangsAtTheStop_givesUpInTimeAndNamesWhatIsMissing() throws Exception {
    var agent = run("--flush-timeout", "2s");
    volume.rules("{'hang': true}");
    commit();
    Files.writeString(local.resolve("late.txt"), "nowhere to go");
    volume.awaitApplied();
    long begun = System.nanoTime();
    agent.terminate();
    var line = agent.awaitLog("NOT on the volume");
    var took = Duration.ofNanos(System.nanoTime() - begun);
    assertTrue(line.contains("late.txt") && line.contains("app.db"), line);
    assertTrue(took.compareTo(Duration.ofSeconds(20)) < 0, () -> "it took " + took);
    volume.rules(); // a request to FUSE keeps its process; one to NFS does not
    var ended = agent.awaitEnd();
    assertEquals(6, ended.exitCode(), ended::toString);
  }

  /** The request that a server executes after everybody has forgotten it. */
  @ParameterizedTest
  @ValueSource(strings = {"app.db", "manifest.json", "file.txt", ".beat", "gone.txt"})
  void run_renameIsExecutedAfterAnotherHasTakenOver_changesNothing(String name) throws Exception {
    Files.writeString(local.resolve("gone.txt"), "g");
    Files.writeString(local.resolve("stays.txt"), "s");
    var agent = run("--lease-duration", "2s");
    volume.rules("{'operations': ['rename'], 'path': '" + name + "', 'hang': true}");
    commit();
    Files.writeString(local.resolve("file.txt"), "late");
    Files.delete(local.resolve("gone.txt"));
    volume.awaitApplied();

    var elsewhere = workplace.directory("elsewhere");
    var other =
        workplace.closing(
            Liteferry.start("run", elsewhere, volume.behind(), "--lease-duration", "1m"));
    other.awaitLog(Liteferry.READY);
    Sql.run(elsewhere.resolve("app.db"), "INSERT INTO t (id, data) VALUES (1000, 'other')");
    Files.writeString(elsewhere.resolve("file.txt"), "other");
    stop(other);
    var before = TreeListing.everything(volume.behind());
    var rows = rows(volume.behind().resolve("app.db"));

    volume.rules();
    var ended = agent.awaitEnd();
    assertEquals(10, ended.exitCode(), ended::toString);
    assertEquals(before, TreeListing.everything(volume.behind()));
    assertAllIsPublished(Integer.parseInt(rows), "other");
    assertEquals("2", rows(database), "local is kept");
  }

  @ParameterizedTest
  @CsvSource({"app.db, 100000", "file.txt, 0"})
  void restore_readEndsTooEarly_failsAndTheNextOneCompletes(String name, int bytes)
      throws Exception {
    stop(run());
    var elsewhere = workplace.directory("elsewhere");
    volume.rules("{'operations': ['read'], 'path': '/" + name + "', 'short': " + bytes + "}");
    var restored = Liteferry.run("restore", elsewhere, volume.path());
    assertEquals(4, restored.exitCode(), restored::toString);
    assertTrue(restored.err().getLast().contains(name), restored::toString);
    var watched = Liteferry.run("watch", elsewhere, volume.path());
    assertEquals(3, watched.exitCode(), watched::toString);

    volume.rules();
    var again = Liteferry.run("restore", elsewhere, volume.path());
    assertEquals(0, again.exitCode(), again::toString);
    assertEquals(published(), TreeListing.of(elsewhere, TreeListing.Detail.CONTENT));
  }

  @ParameterizedTest
  @ValueSource(strings = {"EIO", "EACCES", "ESTALE"})
  void restore_readFails_exitsWith4AndLeavesTheVolume(String errno) throws Exception {
    stop(run());
    var before = published();
    var elsewhere = workplace.directory("elsewhere");
    volume.rules("{'operations': ['open', 'read'], 'path': '/app.db', 'errno': '" + errno + "'}");
    var restored = Liteferry.run("restore", elsewhere, volume.path());
    assertEquals(4, restored.exitCode(), restored::toString);
    assertEquals(before, published());
    volume.rules();
    var again = Liteferry.run("restore", elsewhere, volume.path());
    assertEquals(0, again.exitCode(), again::toString);
    assertEquals(before, TreeListing.of(elsewhere, TreeListing.Detail.CONTENT));
  }

  @Test
  void run_volumeDoesNotListADirectory_deletesAndRepeatsNothing() throws Exception {
    Files.createDirectory(local.resolve("sub"));
    Files.writeString(local.resolve("sub/one.txt"), "1");
    stop(run());
    var before = TreeListing.everything(volume.behind().resolve("sub"));
    volume.rules("{'operations': ['opendir', 'readdir'], 'path': '/sub', 'errno': 'EIO'}");
    var agent = workplace.closing(Liteferry.start("run", local, volume.path()));
    agent.awaitLog(FAILED);
    assertEquals(before, TreeListing.everything(volume.behind().resolve("sub")));
    volume.rules();
    agent.awaitLog(BACK);
    assertEquals(before, TreeListing.everything(volume.behind().resolve("sub")));
    stop(agent);
    assertNotEquals(0, volume.applied());
    assertFalse(agent.isAlive());
  }
}
