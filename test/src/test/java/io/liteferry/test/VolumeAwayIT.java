package io.liteferry.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A volume that goes away and comes back, as a server that is restarted. */
class VolumeAwayIT {
  private static final String FAILED = "a pass failed";
  private static final String BACK = "the volume works again";

  @RegisterExtension final Workplace workplace = new Workplace();

  private Path local;
  private Path volume;
  private Path away;

  @BeforeEach
  void makeBothSides() throws IOException {
    local = workplace.directory("local");
    volume = workplace.directory("volume");
    away = workplace.root().resolve("away");
  }

  @Test
  void run_volumeTakenAwayAndBack_recoversWithoutRestart() throws Exception {
    Files.writeString(local.resolve("first.txt"), "1");
    try (var agent = Liteferry.start("run", local, volume, "--log-level", "debug")) {
      agent.awaitLog(Liteferry.READY);
      Files.move(volume, away);
      Files.writeString(local.resolve("second.txt"), "2");
      agent.awaitLog(FAILED);
      // three more tries: with a backoff that grows, and not a word to those who read errors
      agent.awaitLog("DEBUG the next pass, after one that failed", 4, Duration.ofSeconds(60));
      assertEquals(1, agent.countLog("ERROR"), () -> agent.log().toString());
      assertFalse(Files.exists(volume), "a missing volume must not be made");

      Files.move(away, volume);
      agent.awaitLog(BACK);
      assertEquals("2", Files.readString(volume.resolve("second.txt")));
      Files.writeString(local.resolve("third.txt"), "3");
      Await.until("the next file", () -> Files.exists(volume.resolve("third.txt")));
      agent.terminate();
      assertEquals(0, agent.awaitEnd().exitCode());
    }
    assertEquals(
        TreeListing.of(local, TreeListing.Detail.CONTENT),
        TreeListing.of(volume, TreeListing.Detail.CONTENT));
  }

  @Test
  void run_volumeUnmountedToAnEmptyDirectory_publishesNothingIntoIt() throws Exception {
    Files.writeString(local.resolve("first.txt"), "1");
    try (var agent = Liteferry.start("run", local, volume)) {
      agent.awaitLog(Liteferry.READY);
      Files.move(volume, away);
      Files.createDirectory(volume);
      Files.writeString(local.resolve("second.txt"), "2");
      agent.awaitLog(FAILED);
      assertEquals("{}", TreeListing.of(volume, TreeListing.Detail.CONTENT).toString());
      assertFalse(Files.exists(volume.resolve(".liteferry")));
      Files.delete(volume);
      Files.move(away, volume);
      agent.awaitLog(BACK);
      agent.terminate();
      assertEquals(0, agent.awaitEnd().exitCode());
    }
    assertEquals("2", Files.readString(volume.resolve("second.txt")));
  }

  @Test
  void run_localUnmountedToAnEmptyDirectory_deletesNothingOnTheVolume() throws Exception {
    for (int i = 0; i < 10; i++) {
      Files.writeString(local.resolve("file" + i), "content");
    }
    try (var agent = Liteferry.start("run", local, volume)) {
      agent.awaitLog(Liteferry.READY);
      Files.move(local, away);
      Files.createDirectory(local);
      Files.writeString(local.resolve("new"), "n");
      agent.terminate();
      agent.awaitEnd();
    }
    for (int i = 0; i < 10; i++) {
      assertEquals("content", Files.readString(volume.resolve("file" + i)));
    }
  }
}
