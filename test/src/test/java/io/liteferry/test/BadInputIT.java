package io.liteferry.test;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Bad input gets its exit code and one line that says what is wrong, where, and what to do; nothing
 * on the disk is another afterwards.
 */
class BadInputIT {
  private static final int USAGE = 2;
  private static final int REFUSED = 3;
  private static final int VOLUME_UNAVAILABLE = 4;
  private static final int IN_USE = 5;
  private static final int NODE = 8;

  private static final List<String> WORKING = List.of("restore", "run", "watch", "sync");
  private static final List<String> READING = List.of("verify", "status", "detach");

  private static final List<String> DAMAGED =
      List.of("", "{\"format\":", "\0\0\0\0", "[]", "{\"format\": 1}");

  @RegisterExtension final Workplace workplace = new Workplace();

  private Path local;
  private Path volume;
  private Path state;

  /** A pair at rest: restored once, published to, in order. */
  @BeforeEach
  void makePair() throws Exception {
    local = workplace.directory("local");
    volume = workplace.directory("volume");
    state = workplace.root().resolve("local.liteferry");
    Files.writeString(local.resolve("config.yaml"), "port: 8080\n");
    Bank.create(local.resolve("app.db"), Bank.JournalMode.DELETE, 100_000, 1);
    assertEquals(0, Liteferry.run("restore", local, volume).exitCode());
    assertEquals(0, Liteferry.run("sync", local, volume).exitCode());
  }

  @TestFactory
  List<DynamicTest> directories_notUsable_areRefusedWithoutHarm() throws Exception {
    var inLocal = Files.createDirectories(local.resolve("inside"));
    var inVolume = Files.createDirectories(volume.resolve("inside"));
    var file = Files.writeString(workplace.root().resolve("a-file"), "x");
    var link = Files.createSymbolicLink(workplace.root().resolve("link"), local);
    var missing = workplace.root().resolve("missing");
    var tests = new ArrayList<DynamicTest>();
    for (var command : WORKING) {
      tests.addAll(
          List.of(
              bad("LOCAL and VOLUME the same", REFUSED, "same", command, local, local),
              bad("the same by a link", REFUSED, "same", command, link, local),
              bad("VOLUME inside LOCAL", REFUSED, "inside", command, local, inLocal),
              bad("LOCAL inside VOLUME", REFUSED, "inside", command, inVolume, volume),
              bad("swapped", REFUSED, "swapped", command, volume, local),
              bad(
                  "STATE inside LOCAL",
                  REFUSED,
                  "STATE",
                  command,
                  local,
                  volume,
                  "--state",
                  local.resolve("s")),
              bad(
                  "STATE inside VOLUME",
                  REFUSED,
                  "STATE",
                  command,
                  local,
                  volume,
                  "--state",
                  volume.resolve("s")),
              bad("STATE is LOCAL", REFUSED, "STATE", command, local, volume, "--state", link),
              bad("STATE is a file", NODE, "a-file", command, local, volume, "--state", file),
              bad("LOCAL missing", NODE, "missing", command, missing, volume),
              bad("VOLUME missing", VOLUME_UNAVAILABLE, "missing", command, local, missing),
              bad("LOCAL a file", NODE, "a-file", command, file, volume),
              bad("VOLUME a file", VOLUME_UNAVAILABLE, "a-file", command, local, file),
              bad("LOCAL empty", USAGE, "LOCAL", command, "", volume),
              bad("VOLUME not given", USAGE, "VOLUME", command, local)));
    }
    for (var command : READING) {
      tests.addAll(
          List.of(
              bad("VOLUME missing", VOLUME_UNAVAILABLE, "missing", command, missing),
              bad("VOLUME a file", VOLUME_UNAVAILABLE, "a-file", command, file),
              bad("two too many", USAGE, "local", command, volume, volume, local)));
    }
    tests.add(bad("not a volume", VOLUME_UNAVAILABLE, "is not a volume of", "status", inLocal));
    return tests;
  }

  @TestFactory
  List<DynamicTest> commandLine_notUnderstood_isRefusedByName() throws Exception {
    var configuration =
        Files.writeString(workplace.root().resolve("liteferry.conf"), "settel = 1s\n");
    return List.of(
        bad("no such command", USAGE, "sink", "sink", local, volume),
        bad("unknown option", USAGE, "--settle", "run", local, volume, "--settel", "1s"),
        bad("duration without unit", USAGE, "250", "run", local, volume, "--settle", "250"),
        bad("negative duration", USAGE, "-1s", "run", local, volume, "--max-delay=-1s"),
        bad(
            "max delay too short",
            USAGE,
            "--max-delay",
            "run",
            local,
            volume,
            "--max-delay",
            "1ms"),
        bad("bad glob", USAGE, "[", "sync", local, volume, "--exclude", "a[b"),
        bad("bad check", USAGE, "thorough", "sync", local, volume, "--check", "thorough"),
        bad("no transfers", USAGE, "0", "sync", local, volume, "--transfers", "0"),
        bad(
            "unknown name in file",
            USAGE,
            "settle",
            "run",
            local,
            volume,
            "--config",
            configuration),
        bad(
            "no such file",
            USAGE,
            "nowhere",
            "run",
            local,
            volume,
            "--config",
            workplace.root().resolve("nowhere")));
  }

  @ParameterizedTest
  @CsvSource({
    "LITEFERRY_SETTEL, 1s, LITEFERRY_SETTLE",
    "LITEFERRY_SETTLE, soon, soon",
    "LITEFERRY_CHECK, thorough, thorough",
    "LITEFERRY_EXCLUDE, a[b, a[b",
  })
  void variable_unknownOrBad_isRefusedByName(String name, String value, String named)
      throws Exception {
    expectRefusal(USAGE, named, Map.of(name, value), List.of(), "run", local, volume);
  }

  /** Root may do everything, so it gives up the right to before it starts the command. */
  @ParameterizedTest
  @CsvSource({
    "local, ---------, 8",
    "local, r-xr-xr-x, 8",
    "volume, ---------, 4",
    "volume, r-xr-xr-x, 4",
  })
  void directory_notPermitted_isRefused(String name, String permissions, int code)
      throws Exception {
    var directory = workplace.root().resolve(name);
    var before = TreeListing.everything(workplace.root());
    var allowed = Files.getPosixFilePermissions(directory);
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString(permissions));
    try {
      expectOneLine(code, directory.toString(), Map.of(), unprivileged(), "sync", local, volume);
    } finally {
      Files.setPosixFilePermissions(directory, allowed);
    }
    assertEquals(before, TreeListing.everything(workplace.root()));
  }

  /** What cannot be listed may have what is included, so neither side counts as empty. */
  @Test
  void includedInADirectoryThatCannotBeRead_isNeverTakenForAbsent() throws Exception {
    var ours = workplace.directory("ours");
    var durable = workplace.directory("durable");
    var here = Files.createDirectory(ours.resolve("data"));
    Files.writeString(here.resolve("a.txt"), "published");
    assertEquals(0, runOnTexts("sync", ours, durable));
    Files.writeString(here.resolve("a.txt"), "not published yet");
    closed(here, () -> assertEquals(8, runOnTexts("restore", ours, durable)));
    assertEquals(0, runOnTexts("restore", ours, durable));
    assertEquals("not published yet", Files.readString(here.resolve("a.txt")));

    var fresh = workplace.directory("fresh");
    var there = durable.resolve("data");
    closed(there, () -> assertEquals(4, runOnTexts("restore", fresh, durable)));
    assertEquals("published", Files.readString(there.resolve("a.txt")));
  }

  private interface Attempt {
    void make() throws Exception;
  }

  private static void closed(Path directory, Attempt attempt) throws Exception {
    Files.setPosixFilePermissions(directory, Set.of());
    try {
      attempt.make();
    } finally {
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }

  private static int runOnTexts(String command, Path at, Path durable) throws Exception {
    try (var started =
        Liteferry.start(Map.of(), unprivileged(), command, at, durable, "--include", "*.txt")) {
      return started.awaitEnd().exitCode();
    }
  }

  @Test
  void secondAgent_sameLocal_isRefusedWhateverItsState() throws Exception {
    var otherVolume = workplace.directory("other-volume");
    // no heartbeat may come between two looks at the volume, however busy the machine is
    try (var agent = Liteferry.start("run", local, volume, "--lease-duration", "1h")) {
      agent.awaitLog(Liteferry.READY);
      for (var command : WORKING) {
        expectRefusal(IN_USE, "another", Map.of(), List.of(), command, local, volume);
        expectOneLine(
            IN_USE,
            local.toString(),
            Map.of(),
            List.of(),
            command,
            local,
            otherVolume,
            "--state",
            workplace.root().resolve("other-state"));
      }
      assertEquals(Map.of(), TreeListing.of(otherVolume, TreeListing.Detail.CONTENT));
      agent.terminate();
      assertEquals(0, agent.awaitEnd().exitCode());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"volume.json", "manifest.json", "state.json"})
  void format_fromTheFuture_isRefused(String name) throws Exception {
    var file =
        name.equals("state.json")
            ? state.resolve(name)
            : volume.resolve(".liteferry").resolve(name);
    var text = Files.readString(file);
    var future = text.replaceFirst("\"format\": *\\d+", "\"format\": 999");
    assertTrue(!future.equals(text), text);
    Files.writeString(file, future);
    for (var command : WORKING) {
      expectRefusal(REFUSED, file.toString(), Map.of(), List.of(), command, local, volume);
    }
  }

  /** Without the state nothing says how the two belong together, unless they are the same. */
  @Test
  void state_damagedAndLocalDiffers_isRefused() throws Exception {
    Files.writeString(local.resolve("newer than the volume"), "x");
    var file = state.resolve("state.json");
    for (var content : DAMAGED) {
      Files.write(file, content.getBytes(UTF_8));
      for (var command : WORKING) {
        expectRefusal(REFUSED, file.toString(), Map.of(), List.of(), command, local, volume);
      }
    }
  }

  /** The manifest also knows the volume's id, and what was published is there to be read. */
  @ParameterizedTest
  @ValueSource(strings = {"volume.json", "manifest.json"})
  void oneFileOnTheVolume_damaged_isMadeAnewFromWhatIsThere(String name) throws Exception {
    for (var content : DAMAGED) {
      Files.write(volume.resolve(".liteferry").resolve(name), content.getBytes(UTF_8));
      var synced = Liteferry.run("sync", local, volume);
      assertEquals(0, synced.exitCode(), synced::toString);
      var verified = Liteferry.run("verify", volume);
      assertEquals(0, verified.exitCode(), verified::toString);
      assertTrue(verified.out().contains("ok  app.db"), verified::toString);
      assertEquals(List.of(), Bank.auditImmutable(volume.resolve("app.db")).problems());
      assertEquals("port: 8080\n", Files.readString(volume.resolve("config.yaml")));
    }
  }

  @Test
  void bothFilesOnTheVolume_damaged_isRefused() throws Exception {
    for (var content : DAMAGED) {
      for (var name : List.of("volume.json", "manifest.json")) {
        Files.write(volume.resolve(".liteferry").resolve(name), content.getBytes(UTF_8));
      }
      for (var command : WORKING) {
        expectRefusal(REFUSED, volume.toString(), Map.of(), List.of(), command, local, volume);
      }
    }
  }

  @TestFactory
  List<DynamicTest> pair_notUnderstood_isRefusedWithoutHarm() throws Exception {
    var otherVolume = workplace.directory("other-volume");
    Files.writeString(otherVolume.resolve("data"), "theirs");
    var otherLocal = workplace.directory("other-local");
    Files.writeString(otherLocal.resolve("data"), "ours");
    var blank = workplace.directory("blank");
    var tests = new ArrayList<DynamicTest>();
    for (var command : WORKING) {
      tests.addAll(
          List.of(
              bad("another volume", REFUSED, "volume", command, local, otherVolume),
              bad("an unmounted volume", REFUSED, "volume", command, local, blank),
              bad("both have data, no state", REFUSED, "state", command, otherLocal, volume)));
    }
    for (var command : List.of("watch", "sync")) {
      tests.add(bad("never restored", REFUSED, "restore", command, blank, otherVolume));
    }
    return tests;
  }

  private DynamicTest bad(String name, int code, String named, Object... arguments) {
    return dynamicTest(
        arguments[0] + ": " + name,
        () -> expectRefusal(code, named, Map.of(), List.of(), arguments));
  }

  private void expectRefusal(
      int code,
      String named,
      Map<String, String> environment,
      List<String> prefix,
      Object... arguments)
      throws IOException, InterruptedException {
    var before = listing();
    expectOneLine(code, named, environment, prefix, arguments);
    assertEquals(before, listing(), "something was changed");
  }

  /**
   * Without the workplace itself: a new state directory is there for its locks while a command
   * decides, and gone with the refusal, which moves the time of the directory above.
   */
  private NavigableMap<String, String> listing() throws IOException {
    var listing = TreeListing.everythingBut(workplace.root(), state);
    assertTrue(listing.remove("").startsWith("directory"));
    return listing;
  }

  private static void expectOneLine(
      int code,
      String named,
      Map<String, String> environment,
      List<String> prefix,
      Object... arguments)
      throws IOException, InterruptedException {
    try (var started = Liteferry.start(environment, prefix, arguments)) {
      var ended = started.awaitEnd();
      assertEquals(code, ended.exitCode(), ended::toString);
      assertEquals(1, ended.err().size(), ended::toString);
      assertTrue(ended.err().getFirst().startsWith("liteferry: "), ended::toString);
      assertTrue(ended.err().getFirst().contains(named), () -> named + " is not in " + ended);
      assertEquals("", ended.out());
    }
  }

  private static List<String> unprivileged() throws IOException {
    boolean root = Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    return root
        ? List.of("setpriv", "--bounding-set", "-dac_override,-dac_read_search")
        : List.of();
  }
}
