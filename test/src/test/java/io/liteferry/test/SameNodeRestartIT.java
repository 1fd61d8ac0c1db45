package io.liteferry.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.test.Bank.JournalMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A restart on the same node loses nothing: local is there, and newer than the volume. */
class SameNodeRestartIT {
  private static final Path DATABASE = Path.of("app.db");
  private static final long BYTES = 5_000_000;
  private static final int RATE = 200;
  private static final long SEED = 11;

  @RegisterExtension final Workplace workplace = new Workplace();

  private Path local;
  private Path volume;

  @BeforeEach
  void makeBothSides() throws IOException {
    local = workplace.directory("local");
    volume = workplace.directory("volume");
  }

  @ParameterizedTest
  @EnumSource(JournalMode.class)
  void run_containerRestartedWhileApplicationWorks_losesNothing(JournalMode mode) throws Exception {
    Bank.create(volume.resolve(DATABASE), mode, BYTES, SEED);
    try (var first = Liteferry.start("run", local, volume)) {
      first.awaitLog(Liteferry.READY);
      try (var writer = startWriter(mode)) {
        first.awaitLog("published generation");
        first.kill();
        first.awaitEnd();
        writer.workFor(Duration.ofMillis(500)); // commits that no agent sees
        var inode = Files.getAttribute(local.resolve(DATABASE), "unix:ino");
        try (var second = Liteferry.start("run", local, volume)) {
          second.awaitLog("published generation");
          assertEquals(
              inode, Files.getAttribute(local.resolve(DATABASE), "unix:ino"), "local is kept");
          writer.terminate();
          second.terminate();
          var ended = second.awaitEnd();
          assertEquals(0, ended.exitCode(), ended::toString);
        }
        var audit = Bank.auditImmutable(volume.resolve(DATABASE));
        assertEquals(List.of(), audit.problems());
        assertEquals(writer.records().lastId(), audit.lastId());
        for (var upload : audit.uploads()) {
          assertEquals(
              upload.sha256(), Sha256.of(volume.resolve(Bank.UPLOADS).resolve(upload.name())));
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(JournalMode.class)
  void restore_nodeRebooted_keepsNewerLocalAsItIs(JournalMode mode) throws Exception {
    Bank.create(volume.resolve(DATABASE), mode, BYTES, SEED);
    long last;
    // a max delay that is not reached: all commits are in local alone
    try (var agent = Liteferry.start("run", local, volume, "--settle", "1h", "--max-delay", "1h")) {
      agent.awaitLog(Liteferry.READY);
      try (var writer = startWriter(mode)) {
        writer.workFor(Duration.ofMillis(700));
        writer.kill();
        agent.kill();
        agent.awaitEnd();
        last = writer.records().lastId();
      }
    }
    var before = TreeListing.everything(local);
    var restored = Liteferry.run("restore", local, volume);
    assertEquals(0, restored.exitCode(), restored::toString);
    assertEquals(before, TreeListing.everything(local), "the init phase leaves local alone");

    try (var agent = Liteferry.start("watch", local, volume)) {
      agent.awaitLog(Liteferry.READY);
      agent.terminate();
      assertEquals(0, agent.awaitEnd().exitCode());
    }
    var audit = Bank.auditImmutable(volume.resolve(DATABASE));
    assertEquals(List.of(), audit.problems());
    // the kill may have come between a commit and its record
    assertEquals(last, Math.min(last, audit.lastId()));
  }

  /** Another node worked meanwhile; this one comes back with what it had. */
  @Test
  void restore_volumeNewerAndLocalUnchanged_restoresAgain() throws Exception {
    Bank.create(volume.resolve("data").resolve(DATABASE), JournalMode.WAL, BYTES, SEED);
    Files.createDirectories(volume.resolve("empty"));
    Files.writeString(volume.resolve("data/old.txt"), "deleted elsewhere");
    assertEquals(0, Liteferry.run("restore", local, volume).exitCode());

    var elsewhere = workplace.directory("elsewhere");
    assertEquals(0, Liteferry.run("restore", elsewhere, volume).exitCode());
    Files.writeString(elsewhere.resolve("data/new.txt"), "made elsewhere");
    Files.delete(elsewhere.resolve("data/old.txt"));
    assertEquals(0, Liteferry.run("sync", elsewhere, volume).exitCode());

    var restored = Liteferry.run("restore", local, volume);
    assertEquals(0, restored.exitCode(), restored::toString);
    assertEquals(
        TreeListing.of(volume, TreeListing.Detail.CONTENT),
        TreeListing.of(local, TreeListing.Detail.CONTENT));
  }

  private void publishFromElsewhere() throws Exception {
    var elsewhere = workplace.directory("elsewhere");
    assertEquals(0, Liteferry.run("restore", elsewhere, volume).exitCode());
    Files.writeString(elsewhere.resolve("file.txt"), "made elsewhere");
    assertEquals(0, Liteferry.run("sync", elsewhere, volume).exitCode());
  }

  /** A supervisor restarts the agent alone: the application has the files of local open. */
  @Test
  void run_volumeNewerAndLocalIsToBeKept_isRefusedUntilLocalIsEmpty() throws Exception {
    Files.writeString(volume.resolve("file.txt"), "1");
    var kept = List.<Object>of("run", local, volume, "--keep-local", "--lease-duration", "2s");
    try (var agent = Liteferry.start(kept.toArray())) {
      agent.awaitLog(Liteferry.READY);
      agent.kill();
    }
    publishFromElsewhere();

    var localBefore = TreeListing.everything(local);
    var volumeBefore = TreeListing.everything(volume);
    var refused = Liteferry.run(kept.toArray());
    assertEquals(3, refused.exitCode(), refused::toString);
    assertTrue(refused.err().getLast().contains("delete the pod"), refused::toString);
    assertEquals(localBefore, TreeListing.everything(local));
    assertEquals(volumeBefore, TreeListing.everything(volume));

    // a new pod has neither
    Workplace.delete(local);
    Workplace.delete(workplace.root().resolve("local.liteferry"));
    Files.createDirectory(local);
    try (var agent = Liteferry.start(kept.toArray())) {
      agent.awaitLog(Liteferry.READY);
      assertEquals("made elsewhere", Files.readString(local.resolve("file.txt")));
      agent.terminate();
      assertEquals(0, agent.awaitEnd().exitCode());
    }
  }

  /** And with a change of its own: neither may be thrown away. */
  @Test
  void restore_volumeNewerAndLocalChanged_refusesAndKeepsBoth() throws Exception {
    Files.writeString(volume.resolve("file.txt"), "1");
    assertEquals(0, Liteferry.run("restore", local, volume).exitCode());
    publishFromElsewhere();
    Files.writeString(local.resolve("file.txt"), "made here");

    var state = workplace.root().resolve("local.liteferry");
    var before = TreeListing.everythingBut(workplace.root(), state);
    for (var command : List.of("restore", "run", "watch", "sync")) {
      var refused = Liteferry.run(command, local, volume);
      assertEquals(3, refused.exitCode(), refused::toString);
    }
    assertEquals(before, TreeListing.everythingBut(workplace.root(), state));
  }

  @Test
  void run_startedAgainWithNothingChanged_publishesNothing() throws Exception {
    Bank.create(volume.resolve(DATABASE), JournalMode.WAL, BYTES, SEED);
    Files.writeString(volume.resolve("config.yaml"), "a: 1\n");
    for (int i = 0; i < 2; i++) {
      try (var agent = Liteferry.start("run", local, volume)) {
        agent.awaitLog(Liteferry.READY);
        agent.terminate();
        assertEquals(0, agent.awaitEnd().exitCode());
      }
    }
    var before = TreeListing.everything(volume);
    try (var agent = Liteferry.start("run", local, volume)) {
      agent.awaitLog(Liteferry.READY);
      agent.terminate();
      var ended = agent.awaitEnd();
      assertEquals(0, ended.exitCode());
      assertFalse(ended.toString().contains("published generation"), ended::toString);
    }
    var after = TreeListing.everything(volume);
    // its own room on the volume is made and removed by each run; all else is as it was
    before.keySet().removeIf(path -> path.startsWith(".liteferry"));
    after.keySet().removeIf(path -> path.startsWith(".liteferry"));
    assertEquals(before, after);
  }

  private WriterProcess startWriter(JournalMode mode) throws IOException {
    return WriterProcess.start(
        local.resolve(DATABASE), local, workplace.root().resolve("record"), mode, RATE, SEED);
  }
}
