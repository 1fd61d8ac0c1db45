package io.liteferry.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.test.Bank.JournalMode;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a stop promises, and what it says when it cannot keep the promise. */
class StopIT {
  private static final String FLUSHING = "stopping: flushing to the volume";

  @RegisterExtension final Workplace workplace = new Workplace();

  private Path local;
  private Path volume;

  @BeforeEach
  void makeBothSides() throws IOException {
    local = workplace.directory("local");
    volume = workplace.directory("volume");
  }

  @ParameterizedTest
  @ValueSource(strings = {"SIGTERM", "SIGINT"})
  void run_stoppedRightAfterAChange_flushesIt(String signal) throws Exception {
    // whoever runs the tests in the background of a script has SIGINT ignored
    var signalsOn = List.of("env", "--default-signal=INT");
    try (var agent =
        Liteferry.start(
            Map.of(), signalsOn, "run", local, volume, "--settle", "1h", "--max-delay", "1h")) {
      agent.awaitLog(Liteferry.READY);
      Files.writeString(local.resolve("last words"), "written at the very end");
      if (signal.equals("SIGINT")) {
        agent.interrupt();
      } else {
        agent.terminate();
      }
      assertEquals(0, agent.awaitEnd().exitCode());
    }
    assertEquals("written at the very end", Files.readString(volume.resolve("last words")));
  }

  /**
   * In a pod, local is gone with the stop, so an agent that has just been started again must flush
   * what the one before it left, although it has to wait for the lease first.
   */
  @ParameterizedTest
  @ValueSource(strings = {"run", "watch"})
  void stop_beforeTheLeaseIsHad_flushesWhatTheKilledAgentLeft(String command) throws Exception {
    leaveUnpublished("written while no agent ran");
    try (var agent =
        Liteferry.start(command, local, volume, "--owner", "b", "--lease-duration", "2s")) {
      agent.awaitLog("waiting until it stops");
      agent.terminate();
      assertEquals(0, agent.awaitEnd().exitCode());
    }
    assertEquals("written while no agent ran", Files.readString(volume.resolve("last words")));
  }

  @Test
  void run_stoppedWhileAnotherKeepsTheVolume_exitsWith6InTime() throws Exception {
    leaveUnpublished("not for this volume");
    var elsewhere = workplace.directory("elsewhere");
    try (var other = Liteferry.start("run", elsewhere, volume, "--lease-duration", "2s")) {
      other.awaitLog(Liteferry.READY);
      try (var agent =
          Liteferry.start("run", local, volume, "--owner", "b", "--flush-timeout", "1s")) {
        agent.awaitLog("waiting until it stops");
        agent.terminate();
        var ended = agent.awaitEnd();
        assertEquals(6, ended.exitCode(), ended::toString);
        assertTrue(ended.err().getLast().contains("NOT on the volume"), ended::toString);
      }
    }
  }

  private void leaveUnpublished(String words) throws Exception {
    try (var agent =
        Liteferry.start(
            "run",
            local,
            volume,
            "--owner",
            "a",
            "--lease-duration",
            "2s",
            "--settle",
            "1h",
            "--max-delay",
            "1h")) {
      agent.awaitLog(Liteferry.READY);
      agent.kill();
    }
    Files.writeString(local.resolve("last words"), words);
  }

  @Test
  void run_flushCannotComplete_exitsWith6AndNamesWhatIsMissing() throws Exception {
    Files.writeString(local.resolve("before.txt"), "on the volume");
    try (var agent = Liteferry.start("run", local, volume, "--flush-timeout", "1s")) {
      agent.awaitLog(Liteferry.READY);
      Files.move(volume, workplace.root().resolve("away"));
      Files.writeString(local.resolve("late.txt"), "nowhere to go");
      agent.terminate();
      var ended = agent.awaitEnd();
      assertEquals(6, ended.exitCode(), ended::toString);
      var last = ended.err().getLast();
      assertTrue(last.contains("late.txt"), ended::toString);
      assertTrue(!last.contains("before.txt"), ended::toString);
    }
  }

  @Test
  void run_corruptDatabaseAtTheFlush_exitsWith6AndKeepsTheGoodCopy() throws Exception {
    Bank.create(volume.resolve("app.db"), JournalMode.DELETE, 2_000_000, 3);
    try (var agent = Liteferry.start("run", local, volume, "--flush-timeout", "1s")) {
      agent.awaitLog(Liteferry.READY);
      var good = Sha256.of(volume.resolve("app.db"));
      try (var file = new RandomAccessFile(local.resolve("app.db").toFile(), "rw")) {
        file.seek(20 * 4096);
        file.write(new byte[10 * 4096]);
      }
      Files.writeString(local.resolve("healthy.txt"), "goes on");
      agent.awaitLog("app.db is NOT published");
      agent.terminate();
      var ended = agent.awaitEnd();
      assertEquals(6, ended.exitCode(), ended::toString);
      assertTrue(ended.err().getLast().contains("app.db"), ended::toString);
      assertEquals(good, Sha256.of(volume.resolve("app.db")));
      assertEquals("goes on", Files.readString(volume.resolve("healthy.txt")));
    }
  }

  @Test
  void run_secondSignalDuringTheFlush_stopsAtOnce() throws Exception {
    try (var agent = Liteferry.start("run", local, volume, "--flush-timeout", "10m")) {
      agent.awaitLog(Liteferry.READY);
      Files.move(volume, workplace.root().resolve("away"));
      Files.writeString(local.resolve("late.txt"), "nowhere to go");
      agent.terminate();
      agent.awaitLog(FLUSHING);
      agent.terminate();
      var ended = agent.awaitEnd(Duration.ofSeconds(5));
      assertEquals(128 + 15, ended.exitCode(), ended::toString);
    }
    // and does no harm: the next start goes on from there
    Files.move(workplace.root().resolve("away"), volume);
    var synced = Liteferry.run("sync", local, volume);
    assertEquals(0, synced.exitCode(), synced::toString);
    assertEquals("nowhere to go", Files.readString(volume.resolve("late.txt")));
  }

  @Test
  void sync_corruptDatabase_exitsWith6() throws Exception {
    Bank.create(volume.resolve("app.db"), JournalMode.DELETE, 2_000_000, 3);
    assertEquals(0, Liteferry.run("restore", local, volume).exitCode());
    try (var file = new RandomAccessFile(local.resolve("app.db").toFile(), "rw")) {
      file.seek(20 * 4096);
      file.write(new byte[10 * 4096]);
    }
    var synced = Liteferry.run("sync", local, volume);
    assertEquals(6, synced.exitCode(), synced::toString);
    assertTrue(synced.err().getLast().contains("app.db"), synced::toString);
  }
}
