package io.liteferry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.ParameterException;

final class ConfigurationTest {
  @TempDir Path directory;

  /** The command {@code watch} as it would run. */
  private static WatchCommand watch(Map<String, String> environment, String... options) {
    var arguments = new ArrayList<>(List.of("watch", "LOCAL", "VOLUME"));
    arguments.addAll(List.of(options));
    return command(WatchCommand.class, environment, arguments.toArray(String[]::new));
  }

  private String file(String text) throws IOException {
    return Files.writeString(directory.resolve("c.properties"), text).toString();
  }

  private static String message(Map<String, String> environment, String... options) {
    return assertThrows(ParameterException.class, () -> watch(environment, options)).getMessage();
  }

  @Test
  void read_nothingGiven_isTheDefault() {
    assertEquals(Duration.ofMillis(250), watch(Map.of()).watch.settle);
    assertEquals(TreeOptions.Check.quick, watch(Map.of()).tree.check);
  }

  @Test
  void read_optionVariableAndFile_winInThisOrder() throws IOException {
    var file = file("settle = 3s\nmax-delay = 30s\nrescan=300s");
    var environment =
        Map.of("LITEFERRY_CONFIG", file, "LITEFERRY_SETTLE", "2s", "LITEFERRY_MAX_DELAY", "20s");
    var command = watch(environment, "--settle=1s");
    assertEquals(Duration.ofSeconds(1), command.watch.settle);
    assertEquals(Duration.ofSeconds(20), command.watch.maxDelay);
    assertEquals(Duration.ofMinutes(5), command.watch.rescan);
  }

  @Test
  void read_configOption_winsOverItsVariable() throws IOException {
    var file = file("settle = 3s");
    var environment = Map.of("LITEFERRY_CONFIG", "/missing");
    assertEquals(Duration.ofSeconds(3), watch(environment, "--config", file).watch.settle);
    assertEquals(Duration.ofSeconds(3), watch(environment, "--config=" + file).watch.settle);
  }

  @Test
  void read_listsInAVariable_areSplitAtCommasOutsideBraces() {
    var command = watch(Map.of("LITEFERRY_EXCLUDE", "*.{tmp,bak},cache/"));
    assertEquals(
        List.of("*.{tmp,bak}", "cache/"),
        command.tree.excludes.stream().map(Object::toString).toList());
  }

  @Test
  void read_listsOnTheCommandLine_takeTheVariablesPlace() {
    var command = watch(Map.of("LITEFERRY_EXCLUDE", "a"), "--exclude=b,{c,d}", "--exclude", "e");
    assertEquals(
        List.of("b", "{c,d}", "e"), command.tree.excludes.stream().map(Object::toString).toList());
  }

  private static <T> T command(Class<T> type, Map<String, String> environment, String... given) {
    var commandLine = Main.commandLine();
    var configuration = Configuration.read(commandLine, List.of(given), environment);
    commandLine.getSubcommands().values().forEach(c -> c.setDefaultValueProvider(configuration));
    var parsed = commandLine.parseArgs(given);
    while (parsed.hasSubcommand()) {
      parsed = parsed.subcommand();
    }
    return type.cast(parsed.commandSpec().userObject());
  }

  @Test
  void read_directories_areThoseOfTheCommandLineOrElseOfTheVariables() throws IOException {
    var both = Map.of("LITEFERRY_LOCAL", "/l", "LITEFERRY_VOLUME", "/v");
    assertEquals(Path.of("/l"), command(RunCommand.class, both, "run").tree.local);
    assertEquals(Path.of("/v"), command(RunCommand.class, both, "run").tree.volume);
    assertEquals(Path.of("/b"), command(RunCommand.class, both, "run", "/a", "/b").tree.volume);
    assertEquals(Path.of("/l"), command(FlushCommand.class, both, "flush").local);
    assertEquals(Path.of("/a"), command(VerifyCommand.class, both, "verify", "/a").volume);
    assertEquals(Path.of("/v"), command(HistoryCommand.class, both, "history").volume);
    assertEquals(
        Path.of("/a"), command(HistoryPinCommand.class, both, "history", "pin", "/a", "3").volume);
    var file = file("local = /l\nvolume=/w");
    assertEquals(
        Path.of("/w"), command(RunCommand.class, Map.of(), "run", "--config=" + file).tree.volume);
  }

  @Test
  void read_directoriesOfStatus_areTwoOrTheVolumeAlone() {
    var both = Map.of("LITEFERRY_LOCAL", "/l", "LITEFERRY_VOLUME", "/v");
    var volume = Map.of("LITEFERRY_VOLUME", "/v,w");
    var local = Map.of("LITEFERRY_LOCAL", "/l");
    assertEquals(
        List.of(Path.of("/l"), Path.of("/v")),
        command(StatusCommand.class, both, "status").directories);
    assertEquals(
        List.of(Path.of("/v,w")), command(StatusCommand.class, volume, "status").directories);
    assertEquals(
        List.of(Path.of("/a")), command(StatusCommand.class, both, "status", "/a").directories);
    assertEquals(
        List.of(Path.of("/a"), Path.of("/b")),
        command(StatusCommand.class, both, "status", "/a", "/b").directories);
    assertThrows(ParameterException.class, () -> command(StatusCommand.class, local, "status"));
  }

  /** A pod beside a Service named liteferry gets these; none of them is a setting. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "LITEFERRY_SERVICE_HOST",
        "LITEFERRY_SERVICE_PORT",
        "LITEFERRY_SERVICE_PORT_HTTP",
        "LITEFERRY_PORT",
        "LITEFERRY_PORT_8080_TCP",
        "LITEFERRY_PORT_8080_TCP_ADDR",
        "LITEFERRY_PORT_8080_TCP_PORT",
        "LITEFERRY_PORT_8080_TCP_PROTO",
        "LITEFERRY_PORT_53_UDP_ADDR",
        "LITEFERRY_MEALIE_SERVICE_HOST",
        "LITEFERRY_MEALIE_PORT_9000_TCP_ADDR"
      })
  void read_serviceLinkOfKubernetes_isIgnored(String variable) {
    watch(Map.of(variable, "tcp://10.0.0.1:8080"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"LITEFERRY_PORTS", "LITEFERRY_SERVICE", "LITEFERRY_", "LITEFERRY_settle"})
  void read_otherUnknownVariable_isRefused(String variable) {
    assertTrue(message(Map.of(variable, "x")).contains(variable));
  }

  @Test
  void read_variableOfAnotherCommand_isNoError() {
    watch(Map.of("LITEFERRY_JSON", "true"));
  }

  @Test
  void read_otherVariables_areNotOurs() {
    watch(Map.of("LITEFERRYX", "x", "PATH", "/bin"));
  }

  @Test
  void read_fileMissing_isTold() {
    var missing = directory.resolve("missing").toString();
    var message = message(Map.of(), "--config=" + missing);
    assertTrue(message.contains(missing) && message.contains("no such file"), message);
  }

  @Test
  void read_fileThatIsADirectoryOrNoText_isTold() throws IOException {
    assertTrue(message(Map.of(), "--config=" + directory).contains("cannot be read"));
    var binary = Files.write(directory.resolve("b"), new byte[] {-1, -2, -3});
    assertTrue(message(Map.of(), "--config=" + binary).contains("cannot be read"));
  }

  @Test
  void read_nameTwiceInFile_isRefused() throws IOException {
    var message = message(Map.of(), "--config=" + file("settle=1s\nsettle=2s\n"));
    assertTrue(message.contains("twice") && message.contains("settle"), message);
  }

  @Test
  void read_configInFile_isRefused() throws IOException {
    assertTrue(message(Map.of(), "--config=" + file("config=x")).contains("config"));
  }

  @Test
  void variable_ofAnOption_isItsNameInCapitals() {
    assertEquals("LITEFERRY_MAX_DELAY", Configuration.variable("--max-delay"));
  }
}
