package io.liteferry.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * An application that wants the agent to read or write elsewhere, to say what is not so, or to stop
 * publishing.
 */
class HostileLocalIT {
  private static final String SECRET = "of somebody else";
  private static final Duration SWAPPING =
      Duration.ofSeconds(Integer.getInteger("liteferry.test.hostile", 8));

  /** Of the log, as text: time, level, message. */
  private static final Pattern LOG_LINE =
      Pattern.compile("\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z (ERROR|WARN |INFO |DEBUG) .*");

  @RegisterExtension final Workplace workplace = new Workplace();

  private Path local;
  private Path volume;
  private Path outside;

  @BeforeEach
  void makeAllSides() throws IOException, java.sql.SQLException {
    local = workplace.directory("local");
    volume = workplace.directory("volume");
    outside = workplace.directory("outside");
    Files.writeString(outside.resolve("file"), SECRET);
    Sql.run(
        outside.resolve("app.db"), "CREATE TABLE t (x)", "INSERT INTO t VALUES ('" + SECRET + "')");
  }

  private Liteferry.Result sync(Object... more) throws Exception {
    var arguments = new ArrayList<Object>(List.of("sync", local, volume));
    arguments.addAll(List.of(more));
    return Liteferry.run(arguments.toArray());
  }

  /** No file of these trees has it, and no link was made into one. */
  private void assertNoSecretIn(Path... trees) throws IOException {
    var needle = SECRET.getBytes(StandardCharsets.UTF_8);
    for (var tree : trees) {
      try (var paths = Files.walk(tree)) {
        for (var path :
            paths.filter(p -> Files.isRegularFile(p) && !Files.isSymbolicLink(p)).toList()) {
          assertFalse(contains(Files.readAllBytes(path), needle), path + " has what is outside");
        }
      }
    }
  }

  private static boolean contains(byte[] all, byte[] part) {
    for (int i = 0; i <= all.length - part.length; i++) {
      if (java.util.Arrays.equals(all, i, i + part.length, part, 0, part.length)) {
        return true;
      }
    }
    return false;
  }

  @Test
  void sync_linksThatLeadOut_travelAsLinks() throws Exception {
    var before = TreeListing.everything(outside);
    Files.createSymbolicLink(local.resolve("absolute"), outside.resolve("file"));
    Files.createSymbolicLink(local.resolve("relative"), Path.of("../outside/file"));
    Files.createSymbolicLink(local.resolve("directory"), outside);
    Files.createSymbolicLink(local.resolve("app.db"), outside.resolve("app.db"));
    Files.createSymbolicLink(local.resolve("app.db-wal"), outside.resolve("file"));
    Files.createSymbolicLink(local.resolve("loop"), Path.of("loop"));
    Files.createSymbolicLink(local.resolve("root"), Path.of("/"));
    var synced = sync();
    assertEquals(0, synced.exitCode(), synced::toString);
    assertTrue(
        synced.err().stream()
            .anyMatch(line -> line.contains("app.db is a symbolic link out of LOCAL")),
        synced::toString);
    assertTrue(
        synced.err().stream()
            .anyMatch(line -> line.contains("NOT on the volume, as symbolic links lead out")),
        synced::toString);
    assertNoSecretIn(volume);
    assertEquals(
        Files.readSymbolicLink(local.resolve("directory")),
        Files.readSymbolicLink(volume.resolve("directory")));

    var elsewhere = workplace.directory("elsewhere");
    var restored = Liteferry.run("restore", elsewhere, volume);
    assertEquals(0, restored.exitCode(), restored::toString);
    assertEquals(
        TreeListing.of(volume, TreeListing.Detail.CONTENT),
        TreeListing.of(elsewhere, TreeListing.Detail.CONTENT));
    assertEquals(before, TreeListing.everything(outside));
  }

  /** Between the agent's look and its opening, as often as can be. */
  @Test
  void run_directorySwappedForALinkAgainAndAgain_neverPublishesWhatIsOutside() throws Exception {
    var directory = local.resolve("d");
    var aside = local.resolve("aside");
    Files.createDirectory(directory);
    Files.writeString(directory.resolve("file"), "inside");
    Sql.run(directory.resolve("app.db"), "CREATE TABLE t (x)", "INSERT INTO t VALUES ('inside')");
    var agent =
        workplace.closing(
            Liteferry.start(
                "run",
                local,
                volume,
                "--settle",
                "0ms",
                "--max-delay",
                "1ms",
                "--delete-guard",
                "0s"));
    agent.awaitLog(Liteferry.READY);
    var goesOn = new AtomicBoolean(true);
    var swaps = new AtomicInteger();
    var swapper =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    for (int i = 0; goesOn.get(); i++) {
                      Files.move(directory, aside);
                      Files.createSymbolicLink(directory, outside);
                      Files.writeString(outside.resolve("file"), SECRET + i);
                      Files.delete(directory);
                      Files.move(aside, directory);
                      Files.writeString(directory.resolve("file"), "inside " + i);
                      swaps.incrementAndGet();
                    }
                  } catch (IOException e) {
                    throw new AssertionError(e);
                  }
                });
    int looks = 0;
    try {
      for (long end = System.nanoTime() + SWAPPING.toNanos(); System.nanoTime() < end; looks++) {
        for (var name : List.of("file", "app.db")) {
          var published = published(name);
          assertFalse(
              contains(published, SECRET.getBytes(StandardCharsets.UTF_8)),
              () -> name + " on the volume is what is outside");
        }
      }
    } finally {
      goesOn.set(false);
      swapper.join();
    }
    System.out.printf("%d swaps, %d looks%n", swaps.get(), looks);
    assertTrue(swaps.get() > 100, "too few swaps to mean anything");
    agent.terminate();
    var ended = agent.awaitEnd();
    assertEquals(0, ended.exitCode(), ended::toString);
    assertNoSecretIn(volume);
    assertEquals(
        Files.readString(directory.resolve("file")), Files.readString(volume.resolve("d/file")));
    assertEquals("inside", Sql.valueIn(volume.resolve("d/app.db"), "SELECT x FROM t"));
    assertEquals(SECRET, Sql.valueIn(outside.resolve("app.db"), "SELECT x FROM t"));
  }

  /** Below d on the volume; nothing while that is a link, as it may be at times. */
  private byte[] published(String name) throws IOException {
    try (var root = Files.newDirectoryStream(volume);
        var directory =
            ((SecureDirectoryStream<Path>) root)
                .newDirectoryStream(Path.of("d"), LinkOption.NOFOLLOW_LINKS);
        var channel =
            directory.newByteChannel(
                Path.of(name), Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
        var in = Channels.newInputStream(channel)) {
      return in.readAllBytes();
    } catch (FileSystemException e) {
      return new byte[0];
    }
  }

  @Test
  void sync_fifosAndSockets_areSkippedAndHoldNothingUp() throws Exception {
    assertEquals(
        0, new ProcessBuilder("mkfifo", local.resolve("fifo").toString()).start().waitFor());
    assertEquals(
        0, new ProcessBuilder("mkfifo", local.resolve("app.db-wal").toString()).start().waitFor());
    Sql.run(local.resolve("other.db"), "CREATE TABLE t (x)");
    Files.writeString(local.resolve("file"), "travels");
    var socket = Path.of("/tmp").resolve("liteferry-it-" + ProcessHandle.current().pid());
    try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket)); // a path to bind to must be short
      Files.move(socket, local.resolve("socket"));
      var synced = sync();
      assertEquals(0, synced.exitCode(), synced::toString);
      assertTrue(
          synced.toString().contains("fifo is a socket, FIFO or device, and not published"),
          synced::toString);
      assertTrue(
          synced.toString().contains("socket is a socket, FIFO or device, and not published"),
          synced::toString);
    }
    assertEquals(
        List.of("file", "other.db"),
        List.copyOf(TreeListing.of(volume, TreeListing.Detail.CONTENT).keySet()));
  }

  /** A name is at most 255 bytes; everything but the slash and zero is allowed in it. */
  @Test
  void run_namesMadeToDeceive_travelAndStayOnOneLineOfTheLog() throws Exception {
    var names =
        List.of(
            "new\nline",
            "2026-01-01T00:00:00.000Z ERROR a pass failed\n2026-01-01T00:00:00.000Z INFO  forged",
            "\u001b[2J\u001b[31mred\u0007",
            "\u009b31m",
            "turned \u202etxt.exe",
            "..name",
            "...",
            "--state=elsewhere",
            "%2e%2e%2fetc%2fpasswd",
            "?mode=rwc&immutable=0#",
            "back\\slash\"quote'",
            " ",
            "x".repeat(255));
    for (var name : names) {
      Files.writeString(local.resolve(name), "content of " + name);
      var sub = Files.createDirectory(local.resolve(name.substring(1) + "d"));
      Sql.run(local.resolve("template.db"), "CREATE TABLE IF NOT EXISTS t (x)");
      Files.copy(
          local.resolve("template.db"), sub.resolve(name.length() > 200 ? "y.db" : name + ".db"));
      var fifo = sub.resolve(name.length() > 200 ? "fifo" : name + " fifo");
      assertEquals(0, new ProcessBuilder("mkfifo", "--", fifo.toString()).start().waitFor());
    }
    var agent = workplace.closing(Liteferry.start("run", local, volume, "--log-level", "debug"));
    agent.awaitLog(Liteferry.READY);
    agent.terminate();
    var ended = agent.awaitEnd();
    assertEquals(0, ended.exitCode(), ended::toString);
    var expected = new TreeMap<>(TreeListing.of(local, TreeListing.Detail.CONTENT));
    expected.values().removeIf("other"::equals);
    assertEquals(expected, TreeListing.of(volume, TreeListing.Detail.CONTENT));
    for (var line : ended.err()) {
      assertTrue(LOG_LINE.matcher(line).matches(), () -> "not a line of the log: " + line);
      assertTrue(line.chars().noneMatch(HostileLocalIT::deceives), () -> "control in " + line);
    }
    assertEquals(names.size(), agent.countLog("is a socket, FIFO or device, and not published"));

    var elsewhere = workplace.directory("elsewhere");
    var restored = Liteferry.run("restore", elsewhere, volume);
    assertEquals(0, restored.exitCode(), restored::toString);
    assertEquals(expected, TreeListing.of(elsewhere, TreeListing.Detail.CONTENT));
  }

  private static boolean deceives(int c) {
    return Character.isISOControl(c) || Character.getType(c) == Character.FORMAT;
  }

  /** Deeper than any path may be long: made in two halves, and put together by a rename. */
  @Test
  void sync_deeperThanAPathCanBe_publishesTheRestAndNamesIt() throws Exception {
    var upper = Files.createDirectories(deep(local.resolve("top"), 15));
    Files.writeString(upper.resolve("file"), "deep, and can be named");
    var lower = Files.createDirectories(deep(local.resolve("half"), 10));
    Files.writeString(lower.resolve("file"), "too deep to be named");
    Files.move(local.resolve("half"), upper.resolve("half"));
    Files.writeString(local.resolve("other"), "beside it");
    var synced = sync();
    assertEquals(6, synced.exitCode(), synced::toString);
    assertTrue(synced.err().getLast().contains("the path is too long"), synced::toString);
    assertEquals("beside it", Files.readString(volume.resolve("other")));
    assertEquals(
        "deep, and can be named",
        Files.readString(volume.resolve(local.relativize(upper)).resolve("file")));
    // for whoever cleans up: no tool of Java's can
    assertEquals(0, new ProcessBuilder("rm", "-rf", local.toString()).start().waitFor());
  }

  private static Path deep(Path top, int levels) {
    var path = top;
    for (int i = 0; i < levels; i++) {
      path = path.resolve("n".repeat(200));
    }
    return path;
  }

  @Test
  void sync_aThousandDirectoriesDeep_publishesAll() throws Exception {
    var path = local;
    for (int i = 0; i < 1000; i++) {
      path = Files.createDirectory(path.resolve("d"));
    }
    Files.writeString(path.resolve("file"), "down there");
    var synced = sync();
    assertEquals(0, synced.exitCode(), synced::toString);
    assertEquals(
        TreeListing.of(local, TreeListing.Detail.CONTENT),
        TreeListing.of(volume, TreeListing.Detail.CONTENT));
  }

  @Test
  void restore_overHardLinksToOutside_leavesWhatIsOutsideAlone() throws Exception {
    Files.createLink(local.resolve("linked"), outside.resolve("file"));
    Files.writeString(local.resolve("file"), "x");
    assertEquals(0, sync().exitCode());
    var before = Files.readString(outside.resolve("file"));
    // somebody else publishes another version, and this node takes it
    var elsewhere = workplace.directory("elsewhere");
    assertEquals(0, Liteferry.run("restore", elsewhere, volume).exitCode());
    Files.writeString(elsewhere.resolve("linked"), "newer, and of another length");
    assertEquals(0, Liteferry.run("sync", elsewhere, volume, "--lease-duration", "1s").exitCode());
    var restored = Liteferry.run("restore", local, volume);
    assertEquals(0, restored.exitCode(), restored::toString);
    assertEquals("newer, and of another length", Files.readString(local.resolve("linked")));
    assertEquals(before, Files.readString(outside.resolve("file")));
  }

  @Test
  void sync_databaseWhoseCheckNeverEnds_isGivenUpAndTheRestPublished() throws Exception {
    var bomb = local.resolve("bomb.db");
    Sql.run(
        bomb,
        "CREATE TABLE bomb (a)",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)"
            + " INSERT INTO bomb SELECT i FROM n",
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_schema SET sql = 'CREATE TABLE bomb(a, b NOT NULL AS"
            + " (hex(zeroblob(1000000 + a)) NOT LIKE ''%1''))' WHERE name = 'bomb'",
        "PRAGMA writable_schema = OFF");
    Sql.run(local.resolve("good.db"), "CREATE TABLE t (x)", "INSERT INTO t VALUES (1)");
    Files.writeString(local.resolve("file"), "travels");
    var synced = sync("--check-timeout", "1s");
    assertEquals(6, synced.exitCode(), synced::toString);
    assertTrue(synced.toString().contains("bomb.db"), synced::toString);
    assertTrue(synced.toString().contains("--check-timeout"), synced::toString);
    assertFalse(Files.exists(volume.resolve("bomb.db")));
    assertEquals("1", Sql.valueIn(volume.resolve("good.db"), "SELECT x FROM t"));
    assertEquals("travels", Files.readString(volume.resolve("file")));
  }
}
