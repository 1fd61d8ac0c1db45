package io.liteferry.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A stop in the first second of a start, when the command is not yet what it is to become. */
class EarlyStopIT {
  @RegisterExtension final Workplace workplace = new Workplace();

  private Path local;
  private Path volume;
  private Path loaded;

  @BeforeEach
  void makeBothSides() throws IOException {
    local = workplace.directory("local");
    volume = workplace.directory("volume");
    loaded = workplace.root().resolve("loaded");
  }

  /** A killed agent has left this behind. */
  private void leaveUnpublished(String words) throws Exception {
    if (Files.notExists(local.resolve("f"))) {
      Files.writeString(local.resolve("f"), "x");
      assertEquals(0, Liteferry.run("sync", local, volume).exitCode());
    }
    Files.writeString(local.resolve("f"), words);
  }

  /**
   * Starts it and waits until the runtime has loaded a class of ours. Without the start-up cache,
   * of which classes are there before anything runs.
   */
  private Liteferry startUntil(String loadedClass, Object... arguments) throws Exception {
    Files.deleteIfExists(loaded);
    var options = "-XX:AOTMode=off -Xlog:class+load:file=" + loaded;
    var agent = Liteferry.start(Map.of("JDK_JAVA_OPTIONS", options), List.of(), arguments);
    Await.until(
        loadedClass + " is loaded",
        () -> Files.exists(loaded) && Files.readString(loaded).contains("." + loadedClass + " "));
    return agent;
  }

  /** The runtime has a word to say, too. */
  private static List<String> linesOfOurs(Liteferry.Result ended) {
    return ended.err().stream()
        .filter(line -> !line.startsWith("NOTE: Picked up") && !line.startsWith("Runtime.exit("))
        .toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"LiteferryCommand", "LogSetup", "Session", "StateDirectory", "Restorer"})
  void run_stoppedAsSoonAsItRuns_flushesWhatLocalHas(String loadedClass) throws Exception {
    leaveUnpublished(loadedClass);
    try (var agent = startUntil(loadedClass, "run", local, volume)) {
      agent.terminate();
      var ended = agent.awaitEnd();
      assertEquals(0, ended.exitCode(), ended::toString);
      assertTrue(ended.err().getLast().contains("everything is on the volume"), ended::toString);
    }
    assertEquals(loadedClass, Files.readString(volume.resolve("f")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"run", "restore"})
  void command_stoppedWithNothingToFlush_saysSoAndExitsWith143(String command) throws Exception {
    for (int i = 0; i < 3_000; i++) {
      Files.writeString(volume.resolve("f" + i), "x");
    }
    try (var agent = startUntil("LiteferryCommand", command, local, volume)) {
      agent.terminate();
      var ended = agent.awaitEnd();
      assertEquals(128 + 15, ended.exitCode(), ended::toString);
      assertTrue(ended.err().getLast().contains("SIGTERM: stopped at once"), ended::toString);
    }
  }

  /** A command with nothing to stop ends as the runtime ends it, and says nothing. */
  @Test
  void status_stopped_endsSilently() throws Exception {
    leaveUnpublished("x");
    try (var agent = startUntil("LiteferryCommand", "verify", volume)) {
      agent.terminate();
      var ended = agent.awaitEnd();
      assertTrue(ended.exitCode() == 128 + 15 || ended.exitCode() == 0, ended::toString);
      assertEquals(List.of(), linesOfOurs(ended), ended::toString);
    }
  }

  /** The runtime itself needs a moment, in which nothing of ours has begun: then 143, silently. */
  @Test
  void run_stoppedAfterAnyDelay_flushesOrHasNotBegun() throws Exception {
    for (int delay = 0; delay <= 1_000; delay += 100) {
      var words = "delay " + delay;
      leaveUnpublished(words);
      try (var agent = Liteferry.start("run", local, volume)) {
        TimeUnit.MILLISECONDS.sleep(delay);
        agent.terminate();
        var ended = agent.awaitEnd();
        if (ended.exitCode() == 128 + 15) {
          assertEquals(List.of(), linesOfOurs(ended), words);
        } else {
          assertEquals(0, ended.exitCode(), ended::toString);
          assertEquals(words, Files.readString(volume.resolve("f")));
        }
      }
    }
  }
}
