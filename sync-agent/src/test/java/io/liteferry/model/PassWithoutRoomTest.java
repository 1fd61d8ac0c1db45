package io.liteferry.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.TestDatabase;
import io.liteferry.publish.FormSettings;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Passes over a volume that is full, and that deletions make room on. */
final class PassWithoutRoomTest extends OnModelVolume {
  private static final int MOST_PASSES = 8;

  private Pod pod;

  @BeforeEach
  void begin() throws Exception {
    pod = newPod("a");
  }

  @AfterEach
  void end() throws IOException {
    pod.close();
  }

  /** So that the next file is younger. */
  private void awaitTick() throws IOException {
    var tick = directory.resolve("tick");
    var before = Files.getAttribute(Files.write(tick, new byte[1]), "unix:ctime");
    while (Files.getAttribute(Files.write(tick, new byte[1]), "unix:ctime").equals(before)) {
      Thread.onSpinWait();
    }
  }

  private void write(String name, int bytes) throws IOException {
    Files.write(local.resolve(name), new byte[bytes]);
    awaitTick();
  }

  /** As an index does: the list is replaced when what it names is there. */
  private void list(String... names) throws IOException {
    var next = Files.writeString(local.resolve("list.new"), String.join(" ", names));
    Files.move(next, local.resolve("list"), StandardCopyOption.ATOMIC_MOVE);
    awaitTick();
  }

  private void assertTheListIsWhole() throws IOException {
    for (var name : Files.readString(volume.resolve("list")).split(" ", -1)) {
      assertTrue(Files.exists(volume.resolve(name)), "the list names " + name);
    }
  }

  @Test
  void pass_partsAreMergedOnAFullVolume_theListIsWholeAfterEachPass() throws Exception {
    for (int i = 1; i <= 4; i++) {
      write("_" + i, 10_000);
    }
    list("_1", "_2", "_3", "_4");
    pod.requireReady();
    pod.publishAll();
    pod.lease().refillReserve();
    server.fill();
    write("_5", 35_000);
    list("_5");
    for (int i = 1; i <= 4; i++) {
      Files.delete(local.resolve("_" + i));
    }
    boolean complete = false;
    for (int i = 0; i < MOST_PASSES && !complete; i++) {
      var report = pod.pass();
      complete = report.isComplete() && !report.changedVolume();
      assertTheListIsWhole();
    }
    assertTrue(complete);
    assertEquals("_5", Files.readString(volume.resolve("list")));
    assertFalse(Files.exists(volume.resolve("_1")));
  }

  /** A report that says complete is what nobody looks at again. */
  @Test
  void pass_newDirectoryHasNoRoom_isCompleteOnlyWithWhatIsInIt() throws Exception {
    for (int i = 1; i <= 7; i++) {
      write("_" + i, 10_000);
    }
    pod.requireReady();
    pod.publishAll();
    pod.lease().refillReserve();
    server.fillWithNames();
    Files.createDirectory(local.resolve("d"));
    write("d/file", 10);
    for (int i = 1; i <= 6; i++) { // also for the record, beside a whole reserve
      Files.delete(local.resolve("_" + i));
    }
    boolean complete = false;
    for (int i = 0; i < MOST_PASSES && !complete; i++) {
      complete = pod.pass().isComplete();
    }
    assertTrue(complete);
    assertTrue(Files.exists(volume.resolve("d/file")));
  }

  /** There may be no room for the manifest either. */
  private void tryPass() throws InterruptedException {
    try {
      pod.pass();
    } catch (IOException e) {
      assertTrue(String.valueOf(e.getMessage()).contains("No space"), e::toString);
    }
  }

  @Test
  void pass_fileIsRenamedOnAFullVolume_isThereUnderEitherName() throws Exception {
    write("old", 50_000);
    write("other", 10);
    pod.requireReady();
    pod.publishAll();
    pod.lease().refillReserve();
    server.fill();
    write("small", 5_000);
    Files.move(local.resolve("old"), local.resolve("new"));
    for (int i = 0; i < MOST_PASSES; i++) {
      tryPass();
      assertTrue(Files.exists(volume.resolve("old")) || Files.exists(volume.resolve("new")));
    }
    assertTrue(Files.exists(volume.resolve("new")));
  }

  @Test
  void pass_largeFileIsReplacedByASmallOneOnAFullVolume_makesWay() throws Exception {
    write("file", 50_000);
    write("other", 10);
    pod.requireReady();
    pod.publishAll();
    pod.lease().refillReserve();
    server.fill();
    var next = Files.write(local.resolve("next"), new byte[9_000]);
    Files.move(next, local.resolve("file"), StandardCopyOption.ATOMIC_MOVE);
    for (int i = 0; i < MOST_PASSES; i++) {
      pod.pass();
    }
    assertEquals(9_000, Files.size(volume.resolve("file")));
  }

  @Test
  void pass_againAndAgainOnAFullVolume_leavesNothingInStaging() throws Exception {
    write("file", 50_000);
    pod.requireReady();
    pod.publishAll();
    pod.lease().refillReserve();
    server.fill();
    long used = server.used();
    for (int i = 0; i < 20; i++) {
      Files.write(local.resolve("new" + i), new byte[5_000 + i]);
      Files.createDirectories(local.resolve("directory" + i));
      tryPass();
    }
    assertTrue(server.used() <= used + 10, () -> server.used() + " bytes, not " + used);
  }

  /** Where a fold has no room, what changed goes on to the volume. */
  @Test
  void pass_foldHasNoRoom_publishesTheSegmentNext() throws Exception {
    try (var app = TestDatabase.create(local.resolve("app.db"), "journal_mode=WAL")) {
      app.insertMany(2_000);
      pod.publishing(new FormSettings(true, Duration.ZERO, 0, 100));
      pod.requireReady();
      pod.publishAll();
      pod.lease().refillReserve();
      app.insert("a segment");
      pod.pass();
      long first = behind();
      server.fillBut(60_000);
      for (int i = 0; i < MOST_PASSES; i++) {
        app.insert("more");
        awaitTick();
        pod.pass();
      }
      assertTrue(behind() >= first + MOST_PASSES / 2, "published: " + behind());
    }
  }

  private long behind() throws IOException {
    return new Volume(volume)
        .manifest()
        .orElseThrow()
        .databases()
        .get(Path.of("app.db"))
        .ahead()
        .orElseThrow()
        .number();
  }
}
