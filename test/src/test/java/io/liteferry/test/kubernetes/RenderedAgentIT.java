package io.liteferry.test.kubernetes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * That the agent takes the arguments and variables which the charts give to it, every option set.
 */
@Tag("helm")
final class RenderedAgentIT {
  /** A new volume has no points. */
  private static final String NO_ROLLBACK = "liteferry: {restore: {at: \"\"}}";

  private static final Path LITEFERRY =
      Path.of(System.getProperty("liteferry.dist"), "bin/liteferry");

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @ParameterizedTest
  @CsvSource({"1.36.0, liteferry", "1.28.0, liteferry-restore liteferry"})
  void agent_asRendered_runs(String kubernetes, String names, @TempDir Path node) throws Exception {
    var directories =
        Map.of(
            "/liteferry/local", node.resolve("local"),
            "/liteferry/volume", node.resolve("volume"),
            "/liteferry/state", node.resolve("state"));
    for (var directory : directories.values()) {
      Files.createDirectories(directory);
    }
    Files.writeString(node.resolve("volume/recipe.txt"), "soup");
    var values = Checkout.read("helm-chart/mealie/ci/liteferry-everything-values.yaml");
    var pod =
        Manifest.only(Chart.MEALIE.render(kubernetes, values, NO_ROLLBACK), "Deployment").podSpec();
    for (var name : names.split(" ", -1)) {
      var container = container(pod, name);
      var log = node.resolve(name + ".log");
      var process = start(container, directories, log);
      try {
        if (!"restore".equals(((List<?>) container.get("args")).getFirst())) {
          awaitReady(process, log);
          process.destroy();
        }
        assertTrue(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS), () -> read(log));
        assertEquals(0, process.exitValue(), () -> read(log));
      } finally {
        process.destroyForcibly();
      }
    }
    assertEquals("soup", Files.readString(node.resolve("local/recipe.txt")));
  }

  private static Map<String, Object> container(Object pod, String name) {
    var all = new ArrayList<>(Manifest.list(pod, "initContainers"));
    all.addAll(Manifest.list(pod, "containers"));
    return all.stream()
        .filter(container -> name.equals(container.get("name")))
        .findFirst()
        .orElseThrow();
  }

  private static Process start(
      Map<String, Object> container, Map<String, Path> directories, Path log) throws IOException {
    var command = new ArrayList<String>(List.of(LITEFERRY.toString()));
    for (var argument : (List<?>) container.get("args")) {
      command.add(String.valueOf(argument));
    }
    var builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    ImageDefaults.VARIABLES.forEach(
        (name, value) ->
            builder
                .environment()
                .put(
                    name,
                    directories.containsKey(value) ? directories.get(value).toString() : value));
    for (var variable : Manifest.list(container, "env")) {
      var name = String.valueOf(variable.get("name"));
      var value = String.valueOf(variable.get("value"));
      builder
          .environment()
          .put(
              name,
              switch (name) {
                case "LITEFERRY_HEARTBEAT_URL" -> "http://127.0.0.1:9/"; // from the secret
                case "LITEFERRY_LISTEN" -> value.replace(":9999", ":0"); // may be in use here
                default -> value;
              });
    }
    return builder.start();
  }

  private static void awaitReady(Process process, Path log) throws InterruptedException {
    var end = System.nanoTime() + PATIENCE.toNanos();
    while (!read(log).contains("ready: the first pass is done")) {
      assertTrue(process.isAlive() && System.nanoTime() < end, () -> read(log));
      Thread.sleep(50);
    }
  }

  private static String read(Path log) {
    return Checkout.read(log);
  }
}
