package io.liteferry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.fixture.TreeImage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Commands in this process, from their arguments to their exit code and what they print. */
final class MainTest extends InProcess {
  private void assertOneLine(String... parts) {
    assertEquals(1, said().lines().count(), said());
    assertTrue(said().startsWith("liteferry: "), said());
    for (var part : parts) {
      assertTrue(said().contains(part), said());
    }
  }

  private void assertUsageError(String... parts) throws IOException {
    assertOneLine(parts);
    assertEquals(Map.of(), TreeImage.of(volume));
    try (var names = Files.list(volume)) {
      assertEquals(0, names.count());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--settel=1s            | --settel   | --settle",
        "--settle=1             | 1          | --settle",
        "--settle=-1s           | -1s        | duration",
        "--settle=1s2s          | 1s2s       | duration",
        "--settle=99999999999s  | duration   | 250ms",
        "--lease-wait=876001h   | 876001h    | 876000h",
        "--settle=              | --settle   | duration",
        "--check=some           | some       | quick",
        "--log-format=xml       | xml        | json",
        "--log-level=loud       | loud       | debug",
        "--transfers=0          | transfers  | 64",
        "--transfers=65         | transfers  | 64",
        "--exclude=[a           | [a         | glob",
        "--exclude=             | glob       | name",
        "--settle=1s --settle=2s| --settle   | once",
        "--rescan=10ms          | --rescan   | 1s",
        "--listen=http          | http       | HOST:PORT",
        "--listen=:9180         | :9180      | 0.0.0.0:PORT",
        "--listen=65536         | 65536      | PORT",
        "--listen=no.invalid:1  | no.invalid | another address",
        "--ready-max-lag=0s     | 0s         | longer",
        "--linger=soon          | soon       | duration",
        "--heartbeat-url=ftp://h| HTTP       | https://",
        "--heartbeat-url=http://h/%zz | not a URL | position",
        "--heartbeat-url=http://u:p@h/ | password | not supported",
        "--heartbeat-interval=0s| --heartbeat-interval | 1s",
        "--max-delay=100ms      | --max-delay| --settle",
        "extra                  | extra      | --help",
      })
  void execute_wrongOption_saysWhatAndWhatToDo(String options, String what, String remedy)
      throws IOException {
    var arguments = new ArrayList<Object>(List.of("watch", local, volume));
    arguments.addAll(List.of(options.strip().split(" ", -1)));
    assertEquals(2, run(arguments.toArray()), said());
    assertUsageError(what.strip(), remedy.strip());
  }

  @Test
  void given_ofAnInterpreter_isWhatComesAfterTheFile() {
    var arguments = List.of("/opt/liteferry/bin/liteferry", "status", "/v");
    assertEquals(List.of("status", "/v"), Main.given(arguments, true));
    assertEquals(arguments, Main.given(arguments, false));
  }

  @Test
  void execute_portInUse_changesNothing() throws IOException {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var address = "127.0.0.1:" + taken.getLocalPort();
      assertEquals(2, run("run", local, volume, "--listen", address), said());
      assertUsageError(address, "already in use");
      assertFalse(Files.exists(directory.resolve("local.liteferry")));
    }
  }

  @Test
  void execute_missingArguments_areNamed() throws IOException {
    assertEquals(2, run("watch", local));
    assertUsageError("VOLUME", "liteferry watch --help");
    assertEquals(2, run("verify"));
    assertUsageError("VOLUME");
    assertEquals(2, run());
    assertUsageError("Missing command");
  }

  @Test
  void execute_unknownCommand_suggests() throws IOException {
    assertEquals(2, run("wacth", local, volume));
    assertUsageError("Unknown command: 'wacth'; did you mean watch?");
    assertEquals(2, run("runn"));
    assertUsageError("Unknown command: 'runn'; did you mean run?");
    assertEquals(2, run("zzzzzz"));
    assertUsageError("Unknown command: 'zzzzzz'; there are run, restore, watch, ");
  }

  @Test
  void execute_unknownVariable_suggests() throws IOException {
    assertEquals(2, run(Map.of("LITEFERRY_SETTEL", "1s"), "sync", local, volume));
    assertUsageError("LITEFERRY_SETTEL", "did you mean LITEFERRY_SETTLE?");
  }

  @Test
  void execute_badValueInVariable_namesIt() throws IOException {
    assertEquals(2, run(Map.of("LITEFERRY_SETTLE", "soon"), "watch", local, volume));
    assertUsageError("--settle", "'soon'");
  }

  @Test
  void execute_unknownNameInFile_suggests() throws IOException {
    var file = Files.writeString(directory.resolve("c.properties"), "max-dealy = 1s\n");
    assertEquals(2, run("sync", local, volume, "--config", file));
    assertUsageError(file + ", line 1", "max-dealy", "did you mean max-delay?");
    assertFalse(said().contains("--help"), "the file is to be looked at");
    Files.writeString(file, "# ours\n\nsettle: 1s\nwhatever : 1\n");
    assertEquals(2, run("sync", local, volume, "--config", file));
    assertUsageError(file + ", line 4", "'whatever'", "the names are those of the options");
  }

  @Test
  void execute_optionOfAnotherCommand_saysOfWhich() throws IOException {
    assertEquals(2, run("sync", local, volume, "--settle", "1s"));
    assertUsageError("'--settle' is not an option of sync, but of run and watch", "sync --help");
    assertFalse(said().contains("1s"), said());
    assertEquals(2, run("verify", volume, "--transfers=4"));
    assertUsageError("'--transfers' is not an option of verify, but of run, restore, watch, sync");
    assertEquals(2, run("--settle=1s", "watch", local, volume));
    assertUsageError("'--settle' is an option of run and watch: give it after the command");
  }

  @Test
  void execute_unknownOptionWithAValue_namesTheOptionAlone() throws IOException {
    assertEquals(2, run("watch", local, volume, "--settel", "1s"));
    assertUsageError("Unknown option: '--settel'; did you mean --settle?");
    assertFalse(said().contains("1s"), said());
  }

  @Test
  void execute_tooManyArguments_saysWhichAreTaken() throws IOException {
    assertEquals(2, run("verify", volume, local));
    assertUsageError("Too many arguments: '" + local + "'; 'liteferry verify' takes VOLUME");
  }

  @Test
  void execute_helpAndVersion_goToStandardOutput() {
    for (var command :
        List.of(
            "run", "restore", "watch", "sync", "verify", "status", "flush", "doctor", "detach")) {
      assertEquals(0, run(command, "--help"));
      assertTrue(printed().contains("Exit codes:"), command);
      assertEquals("", said());
    }
    assertEquals(0, run("--version"));
    assertTrue(printed().matches("(?s)liteferry \\S+ \\(commit \\S+\\)\\s*"));
    assertEquals(0, run("help", "sync"));
  }

  @Test
  void execute_syncRestoreVerifyStatus_workTogether() throws Exception {
    TestDatabase.create(local.resolve("app.db"), "journal_mode = WAL").close();
    Files.writeString(local.resolve("f"), "x");
    assertEquals(0, run("sync", local, volume), said());
    assertTrue(said().contains("published generation 1"), said());
    assertEquals(0, run("sync", local, volume), said());
    assertTrue(said().contains("nothing differs"), said());
    assertEquals(0, run("verify", volume, "--json"), said());
    assertTrue(printed().contains("\"sound\": true"));
    assertEquals(0, run("status", volume), said());
    assertTrue(printed().contains("generation  1"));

    var second = Files.createDirectory(directory.resolve("second"));
    assertEquals(0, run("restore", second, volume, "--log-format=json"), said());
    assertEquals(TreeImage.of(volume), TreeImage.of(second));
    assertTrue(said().lines().allMatch(line -> line.startsWith("{\"time\":")), said());
  }

  @Test
  void execute_syncWithoutRestore_isRefused() throws Exception {
    Files.writeString(volume.resolve("f"), "x");
    assertEquals(3, run("sync", local, volume));
    assertOneLine("liteferry restore");
  }

  @Test
  void execute_corruptVolume_isTold() throws Exception {
    TestDatabase.create(volume.resolve("app.db")).insertMany(1_000).close();
    TestDatabase.tear(volume.resolve("app.db"), 5);
    assertEquals(7, run("verify", volume));
    assertTrue(printed().contains("corrupt  app.db"));
    assertEquals(7, run("restore", local, volume, "--log-level=error"));
    assertOneLine("app.db", "corrupt");
  }

  @Test
  void execute_corruptLocal_isIncomplete() {
    TestDatabase.create(local.resolve("app.db")).insertMany(1_000).close();
    TestDatabase.tear(local.resolve("app.db"), 5);
    assertEquals(6, run("sync", local, volume));
    assertTrue(said().contains("NOT on the volume"), said());
  }

  @Test
  void execute_nameWithALineBreak_staysOnOneLine() throws Exception {
    var odd = directory.resolve("a\nliteferry: forged\u001b[31m");
    assertEquals(8, run("sync", odd, volume));
    assertOneLine("\\u000a");
    assertFalse(said().contains("\u001b"));
  }

  @Test
  void execute_flushWhileNoAgentRuns_saysSo() throws Exception {
    assertEquals(8, run("flush", local));
    assertOneLine("local.liteferry does not exist", "--state");
    Files.writeString(local.resolve("f"), "x");
    assertEquals(0, run("sync", local, volume), said());
    assertEquals(8, run("flush", local));
    assertOneLine("no agent answers in", "local.liteferry");
  }

  @Test
  void execute_statusWhileNoAgentRuns_saysSoAndShowsTheVolume() throws Exception {
    Files.writeString(local.resolve("f"), "x");
    assertEquals(0, run("sync", local, volume), said());
    assertEquals(0, run("status", local, volume), said());
    var text = printed();
    assertTrue(text.startsWith("agent       no agent answers in"), text);
    assertTrue(text.contains("generation  1"), text);
    assertTrue(text.contains(", last heard 2"), text);
    assertTrue(text.matches("(?s).*\nhistory     1 point since 2[^,]+Z, 0 bytes of [0-9].*"), text);
    assertEquals(
        0, run("status", "--state", directory.resolve("local.liteferry"), volume, "--json"));
    text = printed();
    assertTrue(text.contains("\"running\": false"), text);
    assertTrue(text.contains("\"generation\": 1"), text);
    assertTrue(text.contains("\"heard\": \"2"), text);
    assertTrue(text.contains("\"accidentPins\": 0"), text);
    assertEquals(0, run("status", volume, "--state=/no/such"), said());
    assertTrue(printed().startsWith("agent       STATE /no/such does not exist"));
    assertEquals(0, run("status", directory.resolve("no"), volume), said());
    assertTrue(printed().startsWith("agent       LOCAL "), this::printed);
    assertEquals(0, run("status", volume, "--json"));
    assertFalse(printed().contains("running"));
  }

  /** As the image has them: a pod that only looks at the volume has neither local nor state. */
  @Test
  void execute_statusByVariables_asksAnAgentWhereThereMayBeOne() throws Exception {
    Files.writeString(local.resolve("f"), "x");
    assertEquals(0, run("sync", local, volume), said());
    var state = directory.resolve("local.liteferry");
    var here =
        Map.of(
            "LITEFERRY_LOCAL", local.toString(),
            "LITEFERRY_VOLUME", volume.toString(),
            "LITEFERRY_STATE", state.toString());
    assertEquals(0, run(here, "status"), said());
    assertTrue(printed().startsWith("agent       no agent answers in"), this::printed);
    var elsewhere = new TreeMap<>(here);
    elsewhere.put("LITEFERRY_LOCAL", "/no/local");
    elsewhere.put("LITEFERRY_STATE", "/no/state");
    for (var more : List.of(List.<Object>of(), List.<Object>of(volume))) {
      assertEquals(0, run(elsewhere, command("status", more)), said());
      assertFalse(printed().contains("agent  "), this::printed);
    }
    assertEquals(0, run(elsewhere, "verify"), said());
  }

  private static Object[] command(String name, List<?> more) {
    return Stream.concat(Stream.of(name), more.stream()).toArray();
  }

  @Test
  void execute_jsonLog_hasKeysOfEvents() throws Exception {
    TestDatabase.create(local.resolve("app é.db")).insertMany(1_000).close();
    TestDatabase.tear(local.resolve("app é.db"), 5);
    assertEquals(6, run("sync", local, volume, "--log-format=json"));
    var events = said().lines().map(l -> JsonParser.parseString(l).getAsJsonObject()).toList();
    var adopted = events.getFirst();
    assertEquals("restore", adopted.get("event").getAsString());
    assertEquals("adopt", adopted.get("decision").getAsString());
    var failed =
        events.stream()
            .filter(e -> e.has("event") && e.get("event").getAsString().equals("check-failed"))
            .findFirst()
            .orElseThrow();
    assertEquals("app%20%C3%A9.db", failed.get("path").getAsString());
    assertEquals("error", failed.get("level").getAsString());
    assertTrue(failed.get("why").getAsString().contains("corrupt"), said());
    for (var event : events) {
      for (var key : List.of("time", "level", "logger", "message")) {
        assertTrue(event.has(key), event.toString());
      }
    }
  }

  @Test
  void execute_statusOrVerifyOfAVolumeThatIsNotOurs_saysSo() throws Exception {
    assertEquals(4, run("status", volume));
    assertOneLine("is not a volume of Liteferry");
    assertEquals(4, run("verify", volume));
    assertOneLine("no manifest and no database", "mounted");
    TestDatabase.create(volume.resolve("app.db")).close();
    assertEquals(0, run("verify", volume), said());
    assertTrue(printed().contains("1 database, 0 not sound"), this::printed);
  }

  @Test
  void execute_formatOfTheFuture_isRefused() throws Exception {
    Files.writeString(local.resolve("f"), "x");
    assertEquals(0, run("sync", local, volume), said());
    Files.writeString(volume.resolve(".liteferry/manifest.json"), "{\"format\": 99}");
    for (var command : List.of("sync", "restore")) {
      assertEquals(3, run(command, local, volume), said());
      assertOneLine("format 99", "later");
    }
    assertEquals(3, run("status", volume));
    assertOneLine("format 99");
    assertEquals(3, run("verify", volume));
    assertOneLine("format 99");
  }
}
