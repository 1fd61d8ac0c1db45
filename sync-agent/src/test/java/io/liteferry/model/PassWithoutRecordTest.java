package io.liteferry.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.KeptTrees;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.lease.LeaseView;
import io.liteferry.volume.GenerationFiles;
import io.liteferry.volume.HistoryOrder;
import io.liteferry.volume.KeepSettings;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;

/** A pass that has no record and is cut off: what it leaves is never offered as a point. */
final class PassWithoutRecordTest extends OnModelVolume {
  private final Set<SortedMap<String, String>> published = new HashSet<>();

  private interface Condition {
    boolean holds() throws IOException;
  }

  private void publish(Pod pod) throws Exception {
    assertTrue(pod.publishAll());
    published.add(KeptTrees.current(new Volume(volume)));
  }

  private void killWhen(Pod pod, Condition condition) throws IOException {
    pod.client.afterChange(
        () -> {
          try {
            if (condition.holds()) {
              pod.client.kill();
            }
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
    assertThrows(Killed.class, pod::publishAll);
    pod.die();
    assertEachPointWasPublished();
  }

  /** The next agent publishes what local has, twice, and keeps what there was between. */
  private void goOn() throws Exception {
    try (var next = pod("next")) {
      publish(next);
      Files.writeString(local.resolve("later"), "later");
      publish(next);
      assertEachPointWasPublished();
      assertEquals(2, new KeptTrees(new Volume(volume)).all().size());
    }
  }

  private void assertEachPointWasPublished() throws IOException {
    new KeptTrees(new Volume(volume))
        .all()
        .forEach((point, tree) -> assertTrue(published.contains(tree), point + " was " + tree));
  }

  @Test
  void pass_keepsNothingAndIsCutOff_isNoPoint() throws Exception {
    Files.writeString(local.resolve("a"), "one");
    Files.writeString(local.resolve("gone"), "gone");
    try (var database = TestDatabase.create(local.resolve("app.db"));
        var pod = pod("a").keeping(KeepSettings.NONE)) {
      publish(pod);
      database.insert("second");
      Files.writeString(local.resolve("a"), "another");
      Files.delete(local.resolve("gone"));
      killWhen(pod, () -> Files.size(volume.resolve("a")) > "one".length());
      goOn();
    }
  }

  /** The record of the pass before tells what half of it has changed, and goes. */
  @Test
  void pass_keepsNothingAndIsCutOffAfterAnotherThatWas_isNoPoint() throws Exception {
    for (var name : List.of("a", "b")) {
      Files.writeString(local.resolve(name), "one");
    }
    try (var pod = pod("a")) {
      publish(pod);
      for (var name : List.of("a", "b")) {
        Files.writeString(local.resolve(name), "another");
      }
      killWhen(pod, () -> Files.size(volume.resolve("a")) != Files.size(volume.resolve("b")));
    }
    try (var pod = pod("b").keeping(KeepSettings.NONE)) {
      killWhen(pod, () -> Files.notExists(volume.resolve(".liteferry/generations")));
    }
    goOn();
  }

  @Test
  void pass_theFirstOneIsCutOffBetweenFiles_isNoPoint() throws Exception {
    for (var name : List.of("a", "b", "c", "d")) {
      Files.writeString(local.resolve(name), name);
    }
    try (var pod = pod("a")) {
      killWhen(pod, () -> Files.exists(volume.resolve("b")));
    }
    Files.writeString(local.resolve("a"), "changed");
    Files.writeString(local.resolve("b"), "changed");
    goOn();
  }

  @Test
  void pass_theFirstOneIsCutOffBeforeItsDatabase_isNoPoint() throws Exception {
    Files.writeString(local.resolve("a"), "a");
    TestDatabase.create(local.resolve("app.db")).close();
    try (var pod = pod("a")) {
      killWhen(pod, () -> Files.exists(volume.resolve("a")));
    }
    goOn();
  }

  @Test
  void pass_hasNoRoomForARecordNorAManifestAndIsCutOff_isNoPoint() throws Exception {
    Files.write(local.resolve("large"), new byte[30_000]);
    Files.write(local.resolve("larger"), new byte[30_001]);
    Files.write(local.resolve("stays"), new byte[1]);
    try (var pod = pod("a")) {
      publish(pod);
      for (var reserve : new LeaseView(volume.resolve(".liteferry")).reserve()) {
        Files.deleteIfExists(reserve);
      }
      server.fill();
      Files.delete(local.resolve("large"));
      Files.delete(local.resolve("larger"));
      killWhen(
          pod,
          () ->
              Files.notExists(volume.resolve("large"))
                  || Files.notExists(volume.resolve("larger")));
    }
    server.withCapacity(Long.MAX_VALUE);
    goOn();
    try (var records = Files.list(volume.resolve(".liteferry/generations"))) {
      assertEquals(1, records.count(), "what says that there was no record is still there");
    }
  }

  /** The numbers of passes that were cut off are used; what comes then has a higher one. */
  @Test
  void pass_hasNoRoomForAManifestAfterOthersWereCutOff_isAPoint() throws Exception {
    Files.write(local.resolve("large"), new byte[30_000]);
    Files.write(local.resolve("larger"), new byte[30_001]);
    Files.write(local.resolve("small"), new byte[1]);
    try (var pod = pod("a")) {
      publish(pod);
    }
    for (int i = 2; i <= 4; i++) {
      Files.write(local.resolve("small"), new byte[i]);
      try (var pod = pod("cut off " + i)) {
        long size = i;
        killWhen(pod, () -> Files.size(volume.resolve("small")) == size);
      }
    }
    try (var pod = pod("b").keeping(KeepSettings.NONE)) {
      Files.delete(local.resolve("large"));
      Files.delete(local.resolve("larger"));
      pod.client.gate(
          request ->
              request.kind() == Request.Kind.WRITE && Files.exists(volume.resolve("larger"))
                  ? new Gate.Fate.Fails(Errno.ENOSPC, false)
                  : Gate.Fate.Passes.ONCE);
      for (int i = 0; i < 3 && Files.exists(volume.resolve("larger")); i++) {
        pod.pass();
      }
      publish(pod);
    }
    try (var pod = pod("c")) {
      Files.writeString(local.resolve("later"), "later");
      publish(pod);
      assertEquals(2, new KeptTrees(new Volume(volume)).all().size());
      assertEachPointWasPublished();
    }
  }

  /** An earlier version made such a directory, with the number of the point. */
  @Test
  void pass_emptyRecordOfAPointThatIsPinned_goesWithoutThePin() throws Exception {
    Files.writeString(local.resolve("a"), "one");
    try (var pod = pod("a")) {
      publish(pod);
    }
    var directory = volume.resolve(".liteferry/generations/000001");
    Files.createDirectories(directory);
    Files.createFile(directory.resolve("record"));
    try (var pod = pod("b")) {
      pod.pass();
      pod.order(new HistoryOrder.Pin(1, "mine"));
      for (var content : List.of("another", "a third one")) {
        Files.writeString(local.resolve("a"), content);
        publish(pod);
      }
      pod.thin();
      assertEquals(Optional.of("mine"), new GenerationFiles(new Volume(volume)).pin(1));
      assertTrue(Files.notExists(directory.resolve("record")));
      assertTrue(new KeptTrees(new Volume(volume)).all().containsKey(1L));
      assertEachPointWasPublished();
    }
  }
}
