package io.liteferry.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What only root can arrange on a node: full disks, few inotify watches, another user. */
@Tag("faults")
class NodeLimitsIT {
  private static final String REMEDY = "this test must run as root: ";
  private static final List<String> FAKETIME =
      List.of(
          "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
          "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1");
  private static final int OTHER_USER = 54321;

  @RegisterExtension final Workplace workplace = new Workplace();

  private Path local;
  private Path volume;

  @BeforeEach
  void makeBothSides() throws IOException {
    local = workplace.directory("local");
    volume = workplace.directory("volume");
  }

  private static void command(String... line) throws Exception {
    int code = new ProcessBuilder(line).inheritIO().start().waitFor();
    if (code != 0) {
      throw new AssertionError(REMEDY + String.join(" ", line) + " ended with " + code);
    }
  }

  /** A small disk in memory, for the time of the test. */
  private Path smallDisk(String name, int megabytes) throws Exception {
    var disk = workplace.directory(name);
    command("mount", "-t", "tmpfs", "-o", "size=" + megabytes + "m", "tmpfs", disk.toString());
    workplace.closing(() -> command("umount", "-l", disk.toString()));
    return disk;
  }

  /** One sync of local's file system says nothing of another one. */
  @Test
  void restore_otherFileSystemInLocal_syncsEachFileThereThroughItsWriter() throws Exception {
    smallDisk("local", 4);
    var mounted = smallDisk("local/d", 4);
    Files.createDirectory(volume.resolve("d"));
    for (var name : List.of("f", "d/f")) {
      Files.writeString(volume.resolve(name), "text");
    }
    var report = workplace.root().resolve("report");
    var rule = CallPoints.Rule.always("count", CallPoints.Rule.ANY, List.of(local));
    try (var restore = CallPoints.start(report, rule, "restore", local, volume)) {
      var ended = restore.awaitEnd();
      assertEquals(0, ended.exitCode(), ended::toString);
    }
    assertEquals(Set.of(local, mounted, mounted.resolve("f")), pathsOf("fsync", report).keySet());
    var opened = pathsOf("openat", report);
    assertEquals(opened.get(local.resolve("f")), opened.get(mounted.resolve("f")), "opened anew");
  }

  /** With which paths a call was made, and how often. */
  private static Map<Path, Long> pathsOf(String name, Path report) throws IOException {
    return CallPoints.calls(report).stream()
        .filter(call -> call.name().equals(name))
        .map(call -> Path.of(call.what().substring(name.length() + 1)))
        .collect(Collectors.groupingBy(path -> path, Collectors.counting()));
  }

  private static void stop(Liteferry agent) throws InterruptedException {
    agent.terminate();
    var ended = agent.awaitEnd();
    assertEquals(0, ended.exitCode(), ended::toString);
  }

  private static String rows(Path file) throws Exception {
    return Files.exists(file) ? Sql.valueIn(file, "SELECT count(*) FROM t") : "none";
  }

  private static void makeDatabase(Path file, int bytes) throws Exception {
    Sql.run(
        file,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, data BLOB)",
        "INSERT INTO t (data) VALUES (randomblob(" + bytes + "))");
  }

  @Test
  void run_stateIsFull_keepsWhatIsPublishedAndRecoversWhenThereIsRoom() throws Exception {
    var disk = smallDisk("small", 4);
    var state = disk.resolve("state");
    makeDatabase(local.resolve("app.db"), 1_000_000);
    try (var agent = Liteferry.start("run", local, volume, "--state", state)) {
      agent.awaitLog(Liteferry.READY);
      var good = Sha256.of(volume.resolve("app.db"));
      var filler = Files.write(disk.resolve("filler"), new byte[2_500_000]);
      Sql.run(local.resolve("app.db"), "INSERT INTO t (data) VALUES (randomblob(2000000))");
      Files.writeString(local.resolve("file.txt"), "no database");
      var line = agent.awaitLog("app.db is not published yet");
      assertTrue(line.contains("STATE " + state + " is full"), line);
      Await.until("the file", () -> Files.exists(volume.resolve("file.txt")));
      assertEquals(good, Sha256.of(volume.resolve("app.db")));
      assertTrue(agent.isAlive());

      Files.delete(filler);
      Await.until("the second row", () -> rows(volume.resolve("app.db")).equals("2"));
      stop(agent);
    }
  }

  @Test
  void run_stateIsFullToTheLastByte_recoversWhenThereIsRoom() throws Exception {
    var disk = smallDisk("small", 4);
    var state = disk.resolve("state");
    makeDatabase(local.resolve("app.db"), 100_000);
    try (var agent = Liteferry.start("run", local, volume, "--state", state)) {
      agent.awaitLog(Liteferry.READY);
      var filler = disk.resolve("filler");
      fill(filler);
      Sql.run(local.resolve("app.db"), "INSERT INTO t (data) VALUES (randomblob(2000))");
      Files.writeString(local.resolve("file.txt"), "no database");
      var line = agent.awaitLog("a pass failed");
      assertTrue(line.contains("STATE " + state + " is full"), line);
      assertTrue(agent.isAlive());
      assertEquals("1", rows(volume.resolve("app.db")));
      Files.delete(filler);
      Await.until("the second row", () -> rows(volume.resolve("app.db")).equals("2"));
      Await.until("the file", () -> Files.exists(volume.resolve("file.txt")));
      stop(agent);
    }
  }

  /** One block more from try to try, so that each write into state is once the first to fail. */
  @Test
  void sync_stateIsFullAtAnyWrite_saysThatItIsStateAndPublishesWhenThereIsRoom() throws Exception {
    var disk = smallDisk("small", 1);
    var state = disk.resolve("state");
    var filler = disk.resolve("filler");
    makeDatabase(local.resolve("app.db"), 9_000);
    var refused = new java.util.TreeSet<Integer>();
    int code = -1;
    for (int blocks = 0; code != 0; blocks++) {
      assertTrue(blocks < 60, () -> "it never had room; refused with " + refused);
      fill(filler);
      command("truncate", "--size=-" + 4096 * blocks, filler.toString());
      var ended = Liteferry.run("sync", local, volume, "--state", state);
      code = ended.exitCode();
      if (code != 0) {
        refused.add(code);
        assertTrue(code == 8 || code == 6, ended::toString);
        assertTrue(ended.err().getLast().contains("STATE " + state + " is full"), ended::toString);
      }
    }
    assertEquals(Set.of(6, 8), refused, "state itself, and a snapshot");
    assertEquals("1", rows(volume.resolve("app.db")));
  }

  private static void fill(Path filler) throws IOException {
    try (var out = Files.newOutputStream(filler)) {
      for (int size = 1 << 20; size > 0; size /= 2) {
        try {
          while (true) {
            out.write(new byte[size]);
          }
        } catch (IOException e) {
          // full for this size
        }
      }
    }
  }

  @Test
  void restore_localIsTooSmall_refusesBeforeItBegins() throws Exception {
    makeDatabase(volume.resolve("app.db"), 6_000_000);
    var disk = smallDisk("small", 4);
    var small = Files.createDirectory(disk.resolve("local"));
    var state = workplace.root().resolve("state");
    var before = TreeListing.of(volume, TreeListing.Detail.CONTENT);
    var refused = Liteferry.run("restore", small, volume, "--state", state);
    assertEquals(8, refused.exitCode(), refused::toString);
    assertTrue(refused.err().getLast().contains("make room"), refused::toString);
    assertEquals("{}", TreeListing.of(small, TreeListing.Detail.CONTENT).toString());
    assertEquals(before, TreeListing.of(volume, TreeListing.Detail.CONTENT));
  }

  /** Many small files need more blocks than their bytes, which the look before did not see. */
  @Test
  void restore_localIsFullOnTheWay_failsAndTheNextOneCompletes() throws Exception {
    for (int i = 0; i < 800; i++) {
      Files.writeString(volume.resolve("file" + i), "small");
    }
    var disk = smallDisk("small", 2);
    var small = Files.createDirectory(disk.resolve("local"));
    var state = workplace.root().resolve("state");
    var before = TreeListing.of(volume, TreeListing.Detail.CONTENT);
    var failed = Liteferry.run("restore", small, volume, "--state", state);
    assertEquals(8, failed.exitCode(), failed::toString);
    assertTrue(failed.err().getLast().contains("No space left"), failed::toString);
    var watched = Liteferry.run("watch", small, volume, "--state", state);
    assertEquals(3, watched.exitCode(), watched::toString);
    assertEquals(before, TreeListing.of(volume, TreeListing.Detail.CONTENT));

    command("mount", "-o", "remount,size=16m", disk.toString());
    var restored = Liteferry.run("restore", small, volume, "--state", state);
    assertEquals(0, restored.exitCode(), restored::toString);
    assertEquals(
        TreeListing.of(volume, TreeListing.Detail.CONTENT),
        TreeListing.of(small, TreeListing.Detail.CONTENT));
  }

  /** The limit is set in a user namespace of the agent's own: the machine's stays as it is. */
  @Test
  void run_inotifyWatchesRunOut_saysItOnceAndFindsChangesByScanning() throws Exception {
    for (int i = 0; i < 20; i++) {
      Files.createDirectory(local.resolve("d" + i));
    }
    try (var agent = startWithLimit("max_inotify_watches", 5)) {
      agent.awaitLog(Liteferry.READY);
      agent.awaitLog("no more inotify watches");
      findsChanges(agent);
      assertEquals(1, agent.countLog("no more inotify watches"));
    }
  }

  @Test
  void run_noInotifyInstanceIsLeft_saysItOnceAndFindsChangesByScanning() throws Exception {
    Files.createDirectory(local.resolve("d7"));
    try (var agent = startWithLimit("max_inotify_instances", 0)) {
      agent.awaitLog(Liteferry.READY);
      agent.awaitLog("the agent cannot use inotify");
      findsChanges(agent);
      assertEquals(1, agent.countLog("inotify"));
    }
  }

  private Liteferry startWithLimit(String name, int most) throws IOException {
    var script = "echo %d > /proc/sys/user/%s && exec \"$@\"".formatted(most, name);
    return Liteferry.start(
        Map.of(),
        List.of("unshare", "--user", "--map-root-user", "sh", "-c", script, "sh"),
        "run",
        local,
        volume);
  }

  private void findsChanges(Liteferry agent) throws Exception {
    for (int i = 0; i < 3; i++) {
      var text = "version " + i;
      Files.writeString(local.resolve("d7/file.txt"), text);
      var copy = volume.resolve("d7/file.txt");
      Await.until(text, () -> Files.exists(copy) && Files.readString(copy).equals(text));
    }
    stop(agent);
  }

  @Test
  void run_walDatabaseOfAnotherUserInUse_isNotReadAndTheLogSaysWhoMay() throws Exception {
    makeDatabase(local.resolve("app.db"), 1000);
    Files.writeString(local.resolve("file.txt"), "f");
    try (var owner = Sql.open(local.resolve("app.db"))) {
      owner.run("PRAGMA journal_mode = WAL", "INSERT INTO t (data) VALUES ('in the WAL')");
      Files.delete(local.resolve("app.db-shm")); // as after a kill: SQLite would make it anew
      try (var agent = startAsOtherUser()) {
        agent.awaitLog(Liteferry.READY);
        var line = agent.awaitLog("app.db is not published yet");
        assertTrue(line.contains("belongs to user 0") && line.contains("run liteferry as user 0"));
        assertEquals("f", Files.readString(volume.resolve("file.txt")));
        agent.terminate();
        var ended = agent.awaitEnd();
        assertEquals(6, ended.exitCode(), ended::toString);
      }
      assertFalse(Files.exists(volume.resolve("app.db")));
      assertFalse(Files.exists(local.resolve("app.db-shm")), "a file in the way of its owner");
    }
    Sql.run(local.resolve("app.db"), "INSERT INTO t (data) VALUES ('the owner goes on')");
  }

  @Test
  void run_walDatabaseOfAnotherUserThatNobodyHasOpen_isPublishedAndLeftAsItIs() throws Exception {
    makeDatabase(local.resolve("app.db"), 1000);
    Sql.run(local.resolve("app.db"), "PRAGMA journal_mode = WAL");
    try (var agent = startAsOtherUser()) {
      agent.awaitLog(Liteferry.READY);
      assertEquals("1", rows(volume.resolve("app.db")));
      agent.terminate();
      assertEquals(0, agent.awaitEnd().exitCode());
    }
    assertFalse(Files.exists(local.resolve("app.db-wal")));
    assertFalse(Files.exists(local.resolve("app.db-shm")), "a file in the way of its owner");
    Sql.run(local.resolve("app.db"), "INSERT INTO t (data) VALUES ('the owner goes on')");
  }

  @Test
  void run_fileThatItMayNotRead_publishesTheOthersAndNamesIt() throws Exception {
    var secret = Files.writeString(local.resolve("secret.txt"), "s");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
    makeDatabase(local.resolve("app.db"), 1000); // no WAL: can be read by anybody
    try (var agent = startAsOtherUser()) {
      agent.awaitLog(Liteferry.READY);
      agent.awaitLog("secret.txt is not published yet");
      assertEquals("1", rows(volume.resolve("app.db")));
      Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-r--r--"));
      Await.until("the mended file", () -> Files.exists(volume.resolve("secret.txt")));
      stop(agent);
    }
  }

  /** As an NFS server does with a directory of another user. */
  @Test
  void run_directoryThatTheVolumeDoesNotMove_isNamedAndHoldsNothingElseUp() throws Exception {
    Files.createDirectory(local.resolve("x"));
    Files.writeString(local.resolve("file.txt"), "1");
    try (var agent = startAsOtherUser()) {
      agent.awaitLog(Liteferry.READY);
      command("chown", "0", volume.resolve("x").toString());
      command("chmod", "755", volume.resolve("x").toString());
      Files.delete(local.resolve("x"));
      Files.writeString(local.resolve("x"), "a file now");
      Files.writeString(local.resolve("file.txt"), "2");
      makeDatabase(local.resolve("app.db"), 1000);
      agent.awaitLog("x is not published yet");
      Await.until("the database", () -> rows(volume.resolve("app.db")).equals("1"));
      Await.until("the file", () -> Files.readString(volume.resolve("file.txt")).equals("2"));
    }
  }

  /** By {@code fs.protected_hardlinks}, nor may it give them a second name. */
  @Test
  void run_filesOnTheVolumeThatItMayNotRead_areReplacedAndNamedOnce() throws Exception {
    makeDatabase(local.resolve("app.db"), 1000);
    for (var name : List.of("replaced", "deleted", "other")) {
      Files.writeString(local.resolve(name), "1");
    }
    try (var agent = startAsOtherUser()) {
      agent.awaitLog(Liteferry.READY);
      for (var name : List.of("app.db", "replaced", "deleted")) {
        command("chown", "0", volume.resolve(name).toString());
        command("chmod", "600", volume.resolve(name).toString());
      }
      Sql.run(local.resolve("app.db"), "INSERT INTO t (data) VALUES ('another')");
      Files.writeString(local.resolve("replaced"), "2");
      Files.delete(local.resolve("deleted"));
      Files.writeString(local.resolve("other"), "2");
      Await.until("the database", () -> rows(volume.resolve("app.db")).equals("2"));
      Await.until("the deletion", () -> !Files.exists(volume.resolve("deleted")));
      for (var name : List.of("replaced", "other")) {
        assertEquals("2", Files.readString(volume.resolve(name)));
      }
      stop(agent);
      for (var name : List.of("app.db", "replaced", "deleted")) {
        assertEquals(1, agent.countLog(volume.resolve(name) + " was is not kept"));
      }
      assertEquals(0, agent.countLog("ERROR"), () -> agent.log().toString());
    }
  }

  /** A snapshot or a backup of a volume is mounted so, to look at it. */
  @Test
  void restoreCopy_volumeIsReadOnly_copies() throws Exception {
    Files.writeString(volume.resolve("file.txt"), "f");
    command("mount", "--bind", "-o", "ro", volume.toString(), volume.toString());
    workplace.closing(() -> command("umount", "-l", volume.toString()));
    var copied = Liteferry.run("restore", "--copy", local, volume);
    assertEquals(0, copied.exitCode(), copied::toString);
    assertEquals("f", Files.readString(local.resolve("file.txt")));
  }

  /** As an NFS client says of a file that was deleted while somebody has it open. */
  @Test
  void run_debrisThatIsInUse_isWaitedFor() throws Exception {
    Files.writeString(local.resolve("file.txt"), "f");
    var busy = Files.createDirectories(volume.resolve(".liteferry/staging/debris/busy"));
    command("mount", "--bind", workplace.directory("other").toString(), busy.toString());
    try (var agent = Liteferry.start("run", local, volume)) {
      agent.awaitLog("waiting until every file in ");
      TimeUnit.MILLISECONDS.sleep(500);
      assertTrue(agent.isAlive());
      command("umount", busy.toString());
      agent.awaitLog(Liteferry.READY);
      stop(agent);
    }
    assertEquals("f", Files.readString(volume.resolve("file.txt")));
  }

  /** To read it would never end. */
  @Test
  void run_deviceInLocal_isSkipped() throws Exception {
    command("mknod", local.resolve("app.db").toString(), "c", "1", "5");
    Files.writeString(local.resolve("file.txt"), "f");
    try (var agent = Liteferry.start("run", local, volume)) {
      agent.awaitLog("app.db is a socket, FIFO or device, and not published");
      agent.awaitLog(Liteferry.READY);
      stop(agent);
    }
    assertEquals(List.of("file.txt"), List.copyOf(contentOf(volume)));
  }

  private static Set<String> contentOf(Path tree) throws IOException {
    return TreeListing.of(tree, TreeListing.Detail.CONTENT).keySet();
  }

  /** Only the agent's clock: the kernel goes on to stamp files by its own. */
  @Test
  void run_clockStepsAnHourEitherWay_publishesAllTheSame() throws Exception {
    var library = FAKETIME.stream().map(Path::of).filter(Files::exists).findFirst();
    assertTrue(library.isPresent(), "this test needs Debian's package libfaketime: " + FAKETIME);
    var offset = Files.writeString(workplace.root().resolve("offset"), "+0h");
    var environment =
        Map.of(
            "LD_PRELOAD",
            library.get().toString(),
            "FAKETIME_TIMESTAMP_FILE",
            offset.toString(),
            "FAKETIME_NO_CACHE",
            "1",
            "FAKETIME_DONT_FAKE_MONOTONIC",
            "1");
    makeDatabase(local.resolve("app.db"), 1000);
    try (var agent =
        Liteferry.start(
            environment,
            List.of(),
            "run",
            local,
            volume,
            "--lease-duration",
            "2s",
            "--log-level",
            "debug")) {
      agent.awaitLog(Liteferry.READY);
      int rows = 1;
      for (var step : List.of("+1h", "-1h", "+0h", "-24h", "+24h")) {
        Files.writeString(offset, step);
        Sql.run(local.resolve("app.db"), "INSERT INTO t (data) VALUES ('" + step + "')");
        Files.writeString(local.resolve("file.txt"), step);
        var expected = Integer.toString(++rows);
        Await.until(step + ": row", () -> rows(volume.resolve("app.db")).equals(expected));
        Await.until(
            step + ": file",
            () ->
                Files.exists(volume.resolve("file.txt"))
                    && Files.readString(volume.resolve("file.txt")).equals(step));
      }
      // Debug lines tell of each pass; the lines of publications come once a minute at most.
      var hours = agent.log().stream().map(line -> line.substring(0, 13)).distinct().count();
      assertTrue(hours > 1, () -> "the clock was never changed: " + agent.log());
      assertEquals(0, agent.countLog("ERROR"), () -> agent.log().toString());
      stop(agent);
    }
  }

  private Liteferry startAsOtherUser() throws Exception {
    var state = workplace.directory("state");
    for (var own : List.of(local, volume, state)) {
      command("chown", Integer.toString(OTHER_USER), own.toString());
    }
    return Liteferry.start(
        Map.of(), Liteferry.asUser(OTHER_USER), "run", local, volume, "--state", state);
  }
}
