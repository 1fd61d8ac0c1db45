package io.liteferry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.KeptTrees;
import io.liteferry.fixture.TreeImage;
import io.liteferry.lease.Lease;
import io.liteferry.lease.LeaseClock;
import io.liteferry.lease.LeaseSettings;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The commands that change a history, with a lease of their own. */
final class HistoryOrderCommandTest extends InProcess {
  private SortedMap<Long, SortedMap<String, String>> before;

  @BeforeEach
  void publish() throws IOException {
    Files.createDirectory(local.resolve("secrets"));
    for (int i = 1; i <= 4; i++) {
      Files.writeString(local.resolve("file"), "version " + i);
      Files.writeString(local.resolve("secrets/token"), "secret " + i);
      assertEquals(0, run("sync", local, volume), this::said);
    }
    before = trees();
  }

  private SortedMap<Long, SortedMap<String, String>> trees() throws IOException {
    return new KeptTrees(new Volume(volume)).all();
  }

  private void assertPoints(Long... points) throws IOException {
    before.keySet().retainAll(Set.of(points));
    assertEquals(before, trees());
  }

  private void assertRefused(int code, String message, Object... arguments) throws IOException {
    var image = TreeImage.trace(volume);
    assertEquals(code, run(arguments), this::said);
    assertTrue(said().contains(message), this::said);
    assertEquals("", printed());
    assertEquals(image, TreeImage.trace(volume));
  }

  @Test
  void pin_thenUnpin_showsInTheHistory() throws Exception {
    assertEquals(0, run("history", "pin", volume, "2", "--note", "before it"), this::said);
    assertTrue(printed().startsWith("point 2 (today "), printed());
    assertTrue(printed().endsWith(") is pinned: it stays until it is unpinned\n"), printed());
    assertEquals(0, run("history", volume));
    assertTrue(printed().contains("pinned: before it"), printed());
    assertRefused(3, "liteferry: pinned: 2 (", "history", "drop", volume, "2", "--yes");
    assertRefused(3, "pinned: 2 (", "history", "drop", volume, "--all");
    assertEquals(0, run("history", "unpin", volume, "2"), this::said);
    assertTrue(printed().contains(") is no longer pinned"), printed());
    assertRefused2("no user has pinned point 2", "history", "unpin", volume, "2");
    assertPoints(1L, 2L, 3L, 4L);
    assertEquals(0, run("detach", volume, "--discard-history"), () -> "still flushed: " + said());
  }

  /** The lease is taken for it. */
  private void assertRefused2(String message, Object... arguments) {
    assertEquals(3, run(arguments), this::said);
    assertTrue(said().contains(message), this::said);
  }

  @Test
  void drop_aPoint_isDoneOnlyWithYes() throws Exception {
    var image = TreeImage.trace(volume);
    assertEquals(3, run("history", "drop", volume, "2"), this::said);
    assertTrue(
        printed().matches("would drop 2 \\(.*\\)\nwould free \\d+ bytes\nadd --yes to do it\n"),
        printed());
    assertEquals(image, TreeImage.trace(volume));
    var freed = printed().replaceAll("(?s).*free (\\d+ bytes).*", "$1");
    assertEquals(0, run("history", "drop", volume, "2", "--yes"), this::said);
    assertEquals("dropped 1 point, freed %s\n".formatted(freed), printed());
    assertPoints(1L, 3L, 4L);
    assertRefused(3, "point 2 was thinned. Nearest: 1 (", "history", "drop", volume, "2", "--yes");
    assertTrue(said().endsWith("\nUse 1 or 3.\n"), said());
    assertRefused(3, "point 4 is what is on VOLUME now", "history", "drop", volume, "4", "--yes");
  }

  @Test
  void drop_beforeAndAll_leaveTheRest() throws Exception {
    assertEquals(0, run("history", "drop", volume, "--before", "3", "--yes"), this::said);
    assertPoints(3L, 4L);
    assertEquals(3, run("history", "drop", volume, "--before", "1h ago"), this::said);
    assertTrue(printed().contains("would drop no point\nwould free 0 bytes"), printed());
    assertEquals(0, run("history", "drop", volume, "--all", "--yes"), this::said);
    assertPoints(4L);
  }

  @Test
  void drop_pathThatAPinnedPointHas_saysSoBefore() throws Exception {
    for (var point : List.of("2", "4")) {
      assertEquals(0, run("history", "pin", volume, point), this::said);
    }
    assertEquals(3, run("history", "drop", volume, "--path", "secrets"), this::said);
    assertTrue(printed().contains("\npinned, and loses it too: 2 (today "), printed());
    assertFalse(printed().contains("4 (today "), printed());
  }

  @Test
  void drop_path_saysWhatStays() throws Exception {
    assertEquals(3, run("history", "drop", volume, "--path", "secrets"), this::said);
    assertEquals(
        """
        would drop what is kept of secrets/token
        would free 24 bytes
        secrets is on VOLUME now, and stays there
        add --yes to do it
        """,
        printed());
    assertEquals(0, run("history", "drop", volume, "--path", "secrets", "--yes"), this::said);
    assertEquals(
        """
        dropped 3 versions of secrets, freed 24 bytes
        secrets is on VOLUME now, and stays there
        """,
        printed());
    assertEquals("lost: dropped by the user", trees().get(2L).get("secrets/token"));
    assertEquals(0, run("history", volume, "secrets/token"), this::said);
    assertTrue(printed().contains("dropped by the user"), printed());
    assertEquals(0, run("verify", volume, "--history"), this::said);
    assertRefused(
        3,
        "secret is at no kept point; near: secrets",
        "history",
        "drop",
        volume,
        "--path",
        "secret");
  }

  @Test
  void orders_leaseIsHeld_exitWith9AndSayWhere() throws Exception {
    var held =
        Lease.acquire(
            volume.resolve(".liteferry"),
            new LeaseSettings("pod-1", Duration.ofSeconds(15), Duration.ZERO),
            LeaseClock.SYSTEM);
    assertEquals(9, run("history", "pin", volume, "2", "--lease-wait", "0s"), this::said);
    assertTrue(said().contains("in use by pod-1, which is alive"), this::said);
    assertTrue(said().contains("run this where that agent runs, with its --state"), this::said);
    held.release(true);
    var nobody = Files.createDirectory(directory.resolve("state"));
    assertEquals(
        0, run(Map.of("LITEFERRY_STATE", nobody.toString()), "history", "pin", volume, "2"));
  }

  @Test
  void drop_passWasCutOff_saysToStartTheAgent() throws Exception {
    var manifest = volume.resolve(".liteferry/manifest.json");
    var complete = Files.readString(manifest);
    Files.writeString(manifest, complete.replace("\"complete\": true", "\"complete\": false"));
    assertRefused2("start the agent first", "history", "drop", volume, "2", "--yes");
    assertEquals(0, run("history", "pin", volume, "2"), this::said);
  }

  @Test
  void orders_wrongArguments_exitWith2() throws Exception {
    var help = " (see 'liteferry history pin --help')";
    assertRefused(
        2, "Missing required parameter: 'VOLUME' (see 'liteferry history --help')", "history");
    assertRefused(2, "Missing required parameters: 'VOLUME', 'POINT'" + help, "history", "pin");
    assertRefused(2, "Missing required parameter: 'POINT'" + help, "history", "pin", volume);
    assertRefused(
        2,
        "Too many arguments: '3'; 'liteferry history pin' takes VOLUME POINT",
        "history",
        "pin",
        volume,
        "2",
        "3");
    assertRefused(2, "'soon' is not a point", "history", "pin", volume, "soon");
    assertRefused(
        2,
        "'--yes' is not an option of history pin, but of ",
        "history",
        "pin",
        volume,
        "2",
        "--yes");
    assertRefused(
        2,
        "--note is longer than 1000 bytes",
        "history",
        "pin",
        volume,
        "2",
        "--note",
        "é".repeat(501));
    assertRefused(
        2,
        "'history pin' takes all after its name; a path of that name is given as ./pin",
        "history",
        volume,
        "pin",
        volume,
        "2");
    assertRefused(2, "give one of POINT, --before, --path and --all", "history", "drop", volume);
    assertRefused(2, "give one of POINT", "history", "drop", volume, "2", "--all");
    assertRefused(
        2, "--before takes a time", "history", "drop", volume, "--before", "last-checked");
    assertRefused(
        2, "--lease-duration must be", "history", "unpin", volume, "2", "--lease-duration", "1ms");
    assertRefused(3, "there is no point 9: the newest is 4", "history", "pin", volume, "9");
    assertTrue(said().contains(". Use 4."), said());
    assertRefused(4, "is not a volume of Liteferry", "history", "pin", local, "1");
    assertEquals(2, run(Map.of("LITEFERRY_NOTES", "x"), "history", volume));
    assertTrue(said().contains("did you mean LITEFERRY_NOTE?"), said());
  }

  @Test
  void history_volumeCalledPin_isGivenWithItsDirectory() throws Exception {
    Files.writeString(local.resolve("pin"), "a file");
    assertEquals(0, run("sync", local, volume), this::said);
    assertEquals(0, run("history", volume, "./pin"), this::said);
    assertTrue(printed().startsWith("pin\n"), printed());
  }

  @Test
  void restore_ofAllVersionsOfWhatBecameADirectoryLater_isNotRefused() throws Exception {
    Files.delete(local.resolve("file"));
    Files.createDirectory(local.resolve("file"));
    assertEquals(0, run("sync", local, volume), this::said);
    for (int point : List.of(5, 4)) {
      var to = directory.resolve("to");
      int code =
          run("restore", "--copy", to, volume, "--at", point, "--only", "file", "--all-versions");
      assertEquals(point == 4 ? 0 : 3, code, this::said);
      assertEquals(point == 4, Files.exists(to.resolve("4/file")));
    }
  }
}
