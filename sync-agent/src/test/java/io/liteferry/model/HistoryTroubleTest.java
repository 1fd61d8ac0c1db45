package io.liteferry.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.durable.DamagedFileException;
import io.liteferry.fixture.KeptTrees;
import io.liteferry.fixture.LogLines;
import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.past.History;
import io.liteferry.restore.RefusedException;
import io.liteferry.volume.HistoryKeeper;
import io.liteferry.volume.HistoryOrder;
import io.liteferry.volume.Volume;
import io.liteferry.volume.VolumeWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Level;
import org.junit.jupiter.api.Test;

/** A history that storage has damaged, and a volume that refuses what it hardly ever does. */
final class HistoryTroubleTest extends OnModelVolume {
  private final KeptPoints points = new KeptPoints();

  private void tearRecord(long generation) throws IOException {
    var record = volume.resolve(".liteferry/generations/%06d/record".formatted(generation));
    var text = Files.readString(record);
    Files.writeString(record, text.substring(0, text.lastIndexOf("end ")));
  }

  /** The budget is not for what was before an accident: nor may its bytes widen it. */
  @Test
  void thin_allWasDeletedAndOthersFillTheVolume_hasTheBudgetOfWhatCounts() throws Exception {
    try (var pod = pod("a")) {
      for (int i = 0; i < 20; i++) {
        Files.write(local.resolve("file " + i), new byte[10_000]);
      }
      pod.publishAll();
      Site.deleteContent(local);
      pod.publishAll();
      pod.stop();
    }
    server.fillBut(100_000);
    try (var pod = pod("b")) {
      assertTrue(pod.pass().isComplete());
      pod.thin();
      var status = pod.history();
      assertEquals(1, status.accidentPins());
      assertTrue(status.budget() < 100_000, status::toString);
    }
  }

  /** What is broken is given up, and everything else goes on. */
  @Test
  void thin_recordOfAnOlderPassIsTorn_goesOnWithoutThePointsBefore() throws Exception {
    try (var pod = pod("a")) {
      for (int i = 1; i <= 6; i++) {
        Files.write(local.resolve("file"), new byte[1000 + i]);
        pod.publishAll();
      }
      pod.stop();
    }
    tearRecord(3);
    try (var pod = pod("b")) {
      Files.write(local.resolve("file"), new byte[1007]);
      assertTrue(pod.pass().isComplete());
      var drop = new HistoryOrder.DropPoints(new TreeSet<>(Set.of(3L)));
      assertEquals(1, pod.order(drop).count());
      assertEquals(Set.of(4L, 5L, 6L, 7L), new KeptTrees(new Volume(volume)).all().keySet());
      pod.thin();
      assertTrue(new KeptTrees(new Volume(volume)).all().containsKey(7L));
    }
  }

  /** As an indexer makes directories, of another user. */
  private void dropPastAForeignDirectory(Set<Request.Kind> denied, boolean isListed)
      throws Exception {
    var pod = pod("a");
    for (int i = 1; i <= 4; i++) {
      Files.write(local.resolve("file"), new byte[1000 + i]);
      pod.publishAll();
    }
    var foreign = Files.createDirectories(volume.resolve(".liteferry/generations/000003/@eaDir"));
    Files.createDirectory(foreign.resolve("content"));
    if (isListed) {
      pod.stop();
      pod = pod("b");
      assertTrue(pod.pass().isComplete());
    }
    pod.client.gate(
        request ->
            denied.contains(request.kind())
                    && request.path().toString().matches(".*(@eaDir|/content).*")
                ? new Gate.Fate.Fails(Errno.EACCES, false)
                : Gate.Fate.Passes.ONCE);
    try (var log = new LogLines(VolumeWriter.class, Level.WARNING)) {
      var drop = new HistoryOrder.DropPoints(new TreeSet<>(Set.of(1L, 2L, 3L)));
      assertEquals(3, pod.order(drop).count());
      var said = log.take();
      assertEquals(1, said.size(), said::toString);
    }
    assertEquals(Set.of(4L), new KeptTrees(new Volume(volume)).all().keySet());
    assertTrue(Files.isDirectory(foreign));
    Files.write(local.resolve("file"), new byte[7]);
    assertTrue(pod.publishAll());
    pod.stop();
    try (var next = pod("c")) {
      assertTrue(next.pass().isComplete());
    }
  }

  @Test
  void drop_foreignDirectoryMayNotBeMoved_goesOnWithoutIt() throws Exception {
    dropPastAForeignDirectory(Set.of(Request.Kind.RENAME, Request.Kind.REMOVE), true);
  }

  @Test
  void drop_foreignDirectoryMayNotBeEmptied_goesOnWithoutIt() throws Exception {
    dropPastAForeignDirectory(Set.of(Request.Kind.REMOVE), true);
  }

  @Test
  void drop_foreignDirectoryCameMeanwhile_goesOnWithoutIt() throws Exception {
    dropPastAForeignDirectory(Set.of(Request.Kind.REMOVE), false);
  }

  /** What the pass had changed is no longer known: what was before is damaged, and no mixture. */
  @Test
  void pass_recordOfACutOffPassIsTorn_offersNoMixture() throws Exception {
    try (var pod = pod("a")) {
      for (var name : Set.of("a", "b")) {
        Files.writeString(local.resolve(name), "one");
      }
      pod.publishAll();
      for (var name : Set.of("a", "b")) {
        Files.writeString(local.resolve(name), "two");
      }
      pod.client.afterChange(
          () -> {
            if (!content("a").equals(content("b"))) {
              pod.client.kill();
            }
          });
      assertThrows(Killed.class, pod::publishAll);
      pod.die();
    }
    tearRecord(2);
    try (var pod = pod("b")) {
      pod.publishAll();
      var trees = new KeptTrees(new Volume(volume));
      assertThrows(DamagedFileException.class, trees::all);
      assertTrue(trees.timeline().superseded().isEmpty(), "the damage is hidden");
      assertTrue(pod.pass().isComplete());
    }
  }

  /** It was cut off between the two files, and then its record was damaged. */
  private void cutOffRollback() throws Exception {
    try (var pod = pod("a")) {
      for (var version : List.of("one", "another")) {
        for (var name : Set.of("a", "b")) {
          Files.writeString(local.resolve(name), version);
        }
        pod.publishAll();
      }
      pod.client.afterChange(
          () -> {
            if (!content("a").equals(content("b"))) {
              pod.client.kill();
            }
          });
      assertThrows(Killed.class, () -> pod.rollback(1));
      pod.die();
    }
    tearRecord(3);
  }

  @Test
  void start_recordOfACutOffRollbackIsTornAndLocalHasThePoint_finishesIt() throws Exception {
    cutOffRollback();
    try (var pod = new Pod(local, directory.resolve("state"), server.mount("b"))) {
      pod.start();
      assertEquals("one", content("a"));
      assertEquals("one", content("b"));
      assertTrue(new Volume(volume).manifest().orElseThrow().applied("by hand").isPresent());
      Files.writeString(local.resolve("a"), "later");
      assertTrue(pod.publishAll());
      assertEquals(2, History.read(new Volume(volume)).timeline().points().size());
    }
  }

  /** Nothing says what is missing: somebody has to decide to go on with what there is. */
  @Test
  void start_recordOfACutOffRollbackIsTornAndTheNodeIsLost_saysHowToGoOn() throws Exception {
    cutOffRollback();
    Site.deleteContent(local);
    Site.deleteContent(directory.resolve("state"));
    var mixture = KeptTrees.current(new Volume(volume));
    try (var pod = new Pod(local, directory.resolve("state"), server.mount("b"))) {
      for (int i = 0; i < 2; i++) {
        var e = assertThrows(RefusedException.class, pod::init);
        assertTrue(
            e.getMessage().contains("liteferry history drop " + pod.client.root() + " --all --yes"),
            e.getMessage());
      }
      var lease = pod.lease();
      var id = new Volume(volume).id().orElseThrow();
      var done =
          HistoryKeeper.of(new Volume(pod.client.root()), id, lease.staging())
              .carryOut(new HistoryOrder.DropPoints(new TreeSet<>()));
      assertTrue(done.isPresent());
      assertTrue(new KeptTrees(new Volume(volume)).all().isEmpty(), "a mixture is a point");
      pod.init();
      assertEquals(mixture.keySet(), Set.of("a", "b"));
      assertEquals(mixture, KeptTrees.current(new Volume(volume)));
      Files.writeString(local.resolve("a"), "later");
      assertTrue(pod.publishAll());
      Files.writeString(local.resolve("a"), "later still");
      assertTrue(pod.publishAll());
      assertEquals(2, new KeptTrees(new Volume(volume)).all().size());
    }
  }

  private String content(String name) {
    try {
      return Files.readString(volume.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A pass that dies when the file has its new content on the volume. */
  private void cutOffOnceAnother(Pod pod) throws Exception {
    Files.writeString(local.resolve("a"), "another");
    pod.client.afterChange(
        () -> {
          if (content("a").equals("another")) {
            pod.client.kill();
          }
        });
    assertThrows(Killed.class, pod::publishAll);
    pod.die();
  }

  /** Where one pass is all there is, as in {@code sync}. */
  @Test
  void pass_findsAllThatOneThatWasCutOffHadDone_makesAPoint() throws Exception {
    try (var pod = pod("a")) {
      Files.writeString(local.resolve("a"), "one");
      pod.publishAll();
      points.acknowledge(volume);
      cutOffOnceAnother(pod);
    }
    try (var pod = pod("b")) {
      pod.pass(); // finds that the file is the same
      assertEquals(3, new Volume(volume).manifest().orElseThrow().generation());
      assertTrue(new KeptTrees(new Volume(volume)).timeline().unfinished().isEmpty());
      points.acknowledge(volume);
      Files.writeString(local.resolve("a"), "a third one");
      assertTrue(pod.publishAll());
      points.check(volume, "after that");
    }
  }

  /** An entry for what was not removed would bring that back at points before it came. */
  @Test
  void pass_completesOneThatWasCutOffAndADirectoryStays_recordsNoRemoval() throws Exception {
    try (var pod = pod("a")) {
      Files.writeString(local.resolve("a"), "one");
      pod.publishAll();
      points.acknowledge(volume);
      Files.createDirectory(local.resolve("directory"));
      pod.publishAll();
      points.acknowledge(volume);
      cutOffOnceAnother(pod);
    }
    var foreign = Files.writeString(volume.resolve("directory/foreign"), "not ours");
    Files.delete(local.resolve("directory"));
    try (var pod = pod("b")) {
      pod.pass(); // finds that the file is the same
      assertTrue(pod.pass().isComplete());
      assertEquals(4, new Volume(volume).manifest().orElseThrow().generation());
      pod.stop();
    }
    Files.delete(foreign);
    try (var pod = pod("c")) {
      pod.publishAll();
      assertTrue(Files.notExists(volume.resolve("directory")));
      points.acknowledge(volume);
      pod.order(new HistoryOrder.DropPoints(new TreeSet<>(Set.of(2L))));
      points.checkOffered(volume, "without the point between");
    }
  }

  /** A look at a database on the volume makes its side files for a moment. */
  @Test
  void pass_sideFileComesAfterTheRecord_isComplete() throws Exception {
    try (var database = TestDatabase.create(local.resolve("app.db"), "journal_mode = wal");
        var pod = pod("a")) {
      Files.writeString(local.resolve("f"), "one");
      pod.publishAll();
      points.acknowledge(volume);
      database.insert("second");
      Files.writeString(local.resolve("f"), "another");
      var side = volume.resolve("app.db-shm");
      var isThere = new AtomicBoolean();
      pod.client.afterChange(
          () -> {
            if (content("f").equals("another") && !isThere.getAndSet(true)) {
              write(side);
            }
          });
      assertTrue(pod.pass().isComplete());
      assertTrue(isThere.get() && Files.notExists(side));
      points.check(volume, "after that");
    }
  }

  private static void write(Path side) {
    try {
      Files.write(side, new byte[32_768]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The name has left its place then, whatever becomes of what staging has of it. */
  @Test
  void pass_unlinkInStagingIsRefused_losesNothing() throws Exception {
    try (var pod = pod("a")) {
      for (var name : Set.of("a", "b", "c")) {
        Files.writeString(local.resolve(name), name + " content");
      }
      pod.publishAll();
      points.acknowledge(volume);
      Files.delete(local.resolve("a"));
      Files.writeString(local.resolve("b"), "another");
      var refused = new AtomicBoolean();
      pod.client.gate(
          request ->
              request.kind() == Request.Kind.REMOVE
                      && Files.notExists(volume.resolve("a"))
                      && !refused.getAndSet(true)
                  ? new Gate.Fate.Fails(Errno.EPERM, false)
                  : Gate.Fate.Passes.ONCE);
      pod.pass();
      assertTrue(refused.get());
      pod.client.gate(Gate.OPEN);
      pod.publishAll();
      points.check(volume, "after that");
    }
  }

  /** A client sends a request again whose reply was lost, and is told that the name is taken. */
  @Test
  void pass_eachDirectoryInStagingIsAnsweredTwice_isComplete() throws Exception {
    try (var pod = pod("a")) {
      Files.writeString(local.resolve("f"), "one");
      pod.publishAll();
      Files.writeString(local.resolve("f"), "two");
      Files.createDirectory(local.resolve("new"));
      Files.writeString(local.resolve("new/file"), "content");
      pod.client.gate(
          request ->
              request.kind() == Request.Kind.MAKE_DIRECTORY
                  ? new Gate.Fate.Fails(Errno.EEXIST, true)
                  : Gate.Fate.Passes.ONCE);
      var report = pod.pass();
      assertTrue(report.isComplete(), () -> report.problems().toString());
      assertEquals("content", content("new/file"));
    }
  }
}
