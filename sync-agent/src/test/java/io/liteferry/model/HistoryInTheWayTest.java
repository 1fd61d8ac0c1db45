package io.liteferry.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.KeptTrees;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.lease.LeaseView;
import io.liteferry.restore.RefusedException;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A volume that its history has filled. */
final class HistoryInTheWayTest extends OnModelVolume {
  private static final int MOST_PASSES = 8;
  private static final int VERSIONS = 6;

  private final KeptPoints points = new KeptPoints();
  private Pod pod;

  @BeforeEach
  void begin() throws Exception {
    points.watch(server);
    pod = pod("a");
    for (int i = 0; i < VERSIONS; i++) {
      Files.write(local.resolve("file"), new byte[30_000 + i]);
      pod.publishAll();
      points.acknowledge(volume);
    }
    pod.lease().refillReserve();
    server.fill();
  }

  @AfterEach
  void end() throws IOException {
    pod.close();
  }

  private SortedMap<Long, SortedMap<String, String>> kept() throws IOException {
    return new KeptTrees(new Volume(volume)).all();
  }

  private boolean passes() throws Exception {
    boolean complete = false;
    for (int i = 0; i < MOST_PASSES && !complete; i++) {
      complete = pod.pass().isComplete();
    }
    return complete;
  }

  @Test
  void pass_moreIsToBePublishedThanThereIsRoom_dropsTheOldest() throws Exception {
    int before = kept().size();
    Files.write(local.resolve("new"), new byte[50_000]);
    assertTrue(passes());
    assertEquals(50_000, Files.size(volume.resolve("new")));
    assertTrue(kept().size() > 2, () -> "more went than had to: " + keptNumbers());
    assertTrue(kept().size() <= before, () -> "nothing went: " + keptNumbers());
    points.checkOffered(volume, "after that");
  }

  /** Nobody makes another one: {@code sync} from cron begins anew each time. */
  @Test
  void lonePass_moreIsToBePublishedThanThereIsRoom_dropsTheOldest() throws Exception {
    int before = kept().size();
    Files.write(local.resolve("new"), new byte[50_000]);
    assertTrue(pod.lonePass().isComplete());
    assertEquals(50_000, Files.size(volume.resolve("new")));
    assertTrue(kept().size() > 2, () -> "more went than had to: " + keptNumbers());
    assertTrue(kept().size() <= before, () -> "nothing went: " + keptNumbers());
    points.checkOffered(volume, "after that");
  }

  @Test
  void pass_aFileCanNeverFit_dropsNothingAndGoesOnKeeping() throws Exception {
    server.fillBut(5_000_000);
    int before = kept().size();
    Files.write(local.resolve("huge"), new byte[50_000_000]);
    for (int i = 0; i < MOST_PASSES; i++) {
      pod.pass();
    }
    Files.write(local.resolve("file"), new byte[7]);
    assertFalse(pod.pass().isComplete());
    points.acknowledge(volume);
    assertEquals(before + 1, kept().size(), this::keptNumbers);
    points.check(volume, "with a file that does not fit");
  }

  @Test
  void pass_aFileCanNeverFitAndOthersCan_dropsOnlyForThose() throws Exception {
    server.fillBut(10_000);
    Files.write(local.resolve("huge"), new byte[50_000_000]);
    Files.write(local.resolve("new"), new byte[50_000]);
    assertFalse(passes());
    assertEquals(50_000, Files.size(volume.resolve("new")));
    assertTrue(kept().size() > 2, () -> "more went than had to: " + keptNumbers());
    points.checkOffered(volume, "after that");
  }

  @Test
  void pass_everythingIsDeletedWhileAFileDoesNotFit_isAnAccidentThatIsKept() throws Exception {
    server.fillBut(5_000_000);
    for (int i = 0; i < 10; i++) {
      Files.writeString(local.resolve("photo" + i), "photo " + i);
    }
    pod.publishAll();
    points.acknowledge(volume);
    Files.write(local.resolve("huge"), new byte[50_000_000]);
    pod.pass();
    pod.pass();
    for (int i = 0; i < 10; i++) {
      Files.delete(local.resolve("photo" + i));
    }
    pod.pass();
    points.check(volume, "after the accident");
    assertFalse(new KeptTrees(new Volume(volume)).timeline().accidents().isEmpty());
  }

  /** What history has goes first, and of what is deleted as little as is enough. */
  @Test
  void pass_onlyDeletionsMakeRoom_keepsWhatNeedNotGo() throws Exception {
    var full = new ModelServer();
    var root = full.mount("observer").root();
    var other = Files.createDirectory(directory.resolve("other"));
    try (var agent = new Pod(other, directory.resolve("other-state"), full.mount("a"))) {
      agent.requireReady();
      Files.write(other.resolve("small"), new byte[3_000]);
      Files.write(other.resolve("large"), new byte[30_000]);
      Files.write(other.resolve("stays"), new byte[1]);
      agent.publishAll();
      agent.lease().refillReserve();
      full.fill();
      Files.write(other.resolve("new"), new byte[20_000]);
      agent.pass();
      Files.delete(other.resolve("small"));
      Files.delete(other.resolve("large"));
      agent.publishAll();
      assertEquals(20_000, Files.size(root.resolve("new")));
      var first = new KeptTrees(new Volume(root)).all().entrySet().iterator().next().getValue();
      assertEquals("lost: the volume was full", first.get("large"));
      assertTrue(first.get("small").startsWith("file"));
    }
  }

  /** What is there now is never given up for what was: it is to stay as a point. */
  @Test
  void rollback_thereIsNoRoom_losesNothingOfWhatIsThere() throws Exception {
    server.withCapacity(Long.MAX_VALUE);
    Files.write(local.resolve("large"), new byte[100_000]);
    Files.createSymbolicLink(local.resolve("link"), Path.of("large")); // which needs no room
    pod.publishAll();
    long with = new Volume(volume).manifest().orElseThrow().generation();
    Files.delete(local.resolve("large"));
    Files.delete(local.resolve("link"));
    Files.write(local.resolve("now"), new byte[40_000]);
    pod.publishAll();
    points.acknowledge(volume);
    long now = new Volume(volume).manifest().orElseThrow().generation();
    var tree = kept().get(now);
    server.fill();
    for (int i = 0; i < 3; i++) {
      assertThrows(IOException.class, () -> pod.rollback(with));
      assertEquals(tree, kept().get(now));
    }
    server.withCapacity(Long.MAX_VALUE);
    pod.start();
    pod.rollback(with);
    assertEquals(100_000, Files.size(volume.resolve("large")));
    assertEquals(tree, kept().get(now));
  }

  /** What only local has is published first, and makes room for itself among the other points. */
  @Test
  void rollback_localHasMoreThanThereIsRoom_neverDropsThePointThatItGoesTo() throws Exception {
    long oldest = kept().firstKey();
    var tree = kept().get(oldest);
    pod.stop();
    Files.write(local.resolve("new"), new byte[50_000]);
    assertThrows(RefusedException.class, () -> pod.rollback(oldest)); // what comes back needs room
    assertEquals(50_000, Files.size(volume.resolve("new")));
    assertEquals(tree, kept().get(oldest));
    server.withCapacity(Long.MAX_VALUE);
    pod.rollback(oldest);
    assertEquals(tree, KeptTrees.current(new Volume(volume)));
    assertTrue(kept().values().stream().anyMatch(t -> t.containsKey("new")), this::keptNumbers);
  }

  @Test
  void rollback_localNeverFits_failsAndKeepsThePoint() throws Exception {
    long oldest = kept().firstKey();
    pod.stop();
    Files.write(local.resolve("new"), new byte[5_000_000]);
    assertThrows(IOException.class, () -> pod.rollback(oldest));
    assertTrue(kept().containsKey(oldest), this::keptNumbers);
    assertEquals(5_000_000, Files.size(local.resolve("new")));
  }

  /** What it has brought back by then needs no room any more. */
  @Test
  void start_rollbackWasCutOffThatHasTakenMostOfTheRoom_finishesIt() throws Exception {
    server.withCapacity(Long.MAX_VALUE);
    for (var name : List.of("large", "second")) {
      Files.write(local.resolve(name), new byte[100_000]);
    }
    pod.publishAll();
    long with = new Volume(volume).manifest().orElseThrow().generation();
    var tree = kept().get(with);
    Files.delete(local.resolve("large"));
    Files.delete(local.resolve("second"));
    pod.publishAll();
    pod.lease().refillReserve();
    server.fillBut(250_000);
    pod.client.afterChange(
        () -> {
          if (Files.exists(volume.resolve("large")) || Files.exists(volume.resolve("second"))) {
            pod.client.kill();
          }
        });
    assertThrows(Killed.class, () -> pod.rollback(with));
    pod.die();
    var other = Files.createDirectory(directory.resolve("other"));
    try (var next = new Pod(other, directory.resolve("other-state"), server.mount("b"))) {
      next.start();
      assertEquals(tree, KeptTrees.current(new Volume(volume)));
      assertTrue(new Volume(volume).manifest().orElseThrow().complete());
    }
  }

  @Test
  void pass_pinnedPointIsInTheWay_stays() throws Exception {
    long oldest = kept().firstKey();
    var own = volume.resolve(".liteferry/generations/%06d".formatted(oldest));
    Files.createDirectories(own);
    Files.write(own.resolve("pin"), new byte[0]);
    Files.write(local.resolve("new"), new byte[50_000]);
    passes();
    assertTrue(kept().containsKey(oldest), this::keptNumbers);
    points.checkOffered(volume, "with a pin");
  }

  /** Deletions are what makes room, also where there is none to record them. */
  @Test
  void pass_thereIsNoRoomForARecordAndNothingOlderIsKept_deletes() throws Exception {
    var full = new ModelServer();
    var root = full.mount("observer").root();
    var other = Files.createDirectory(directory.resolve("other"));
    try (var agent = new Pod(other, directory.resolve("other-state"), full.mount("a"))) {
      agent.requireReady();
      Files.write(other.resolve("large"), new byte[30_000]);
      Files.write(other.resolve("stays"), new byte[1]);
      agent.publishAll();
      for (var reserve : new LeaseView(root.resolve(".liteferry")).reserve()) {
        Files.deleteIfExists(reserve);
      }
      full.fill();
      Files.delete(other.resolve("large"));
      agent.publishAll();
      assertTrue(Files.notExists(root.resolve("large")));
      assertEquals(1, new KeptTrees(new Volume(root)).all().size());
      Files.delete(other.resolve("stays")); // there is room again
      agent.publishAll();
      assertEquals(2, new KeptTrees(new Volume(root)).all().size());
    }
  }

  /** What a dead agent left must not keep the oldest points from making room. */
  @Test
  void pass_afterOneThatWasCutOffOnAFullVolume_dropsTheOldest() throws Exception {
    server.withCapacity(Long.MAX_VALUE);
    Files.write(local.resolve("large"), new byte[30_000]);
    pod.publishAll();
    points.acknowledge(volume);
    long next = 1 + new Volume(volume).manifest().orElseThrow().generation();
    Files.write(local.resolve("file"), new byte[11_000]);
    pod.client.afterChange(
        () -> {
          if (Files.exists(volume.resolve(".liteferry/generations/%06d/record".formatted(next)))) {
            pod.client.kill();
          }
        });
    assertThrows(Killed.class, pod::pass);
    pod.die();
    Files.delete(local.resolve("large"));
    Files.write(local.resolve("file"), new byte[10_005]);
    try (var again = new Pod(local, directory.resolve("state"), server.mount("b"))) {
      again.requireReady();
      again.lease();
      for (var reserve : new LeaseView(volume.resolve(".liteferry")).reserve()) {
        Files.deleteIfExists(reserve);
      }
      server.fill();
      boolean complete = false;
      for (int i = 0; i < MOST_PASSES && !complete; i++) {
        complete = again.pass().isComplete();
        points.checkOffered(volume, "pass " + i);
      }
      assertTrue(complete);
      assertTrue(Files.notExists(volume.resolve("large")));
    }
  }

  /** The volume was changed then, whatever became of the database after that. */
  @Test
  void pass_directUseIsFoldedInAndThereIsNoRoomForMore_isAPoint() throws Exception {
    server.withCapacity(Long.MAX_VALUE);
    var file = local.resolve("app.db");
    try (var db = TestDatabase.create(file, "journal_mode = wal")) {
      db.run("CREATE TABLE big(b)", "INSERT INTO big VALUES (zeroblob(100000))");
    }
    pod.publishAll();
    points.acknowledge(volume);
    var scratch = Files.createDirectory(directory.resolve("scratch")).resolve("app.db");
    Files.write(scratch, Files.readAllBytes(volume.resolve("app.db")));
    try (var db = TestDatabase.open(scratch)) {
      db.run("INSERT INTO t(word) VALUES ('direct')");
      Files.copy(scratch.resolveSibling("app.db-wal"), volume.resolve("app.db-wal"));
    }
    try (var db = TestDatabase.open(file)) {
      db.run("INSERT INTO t(word) VALUES ('second')");
    }
    server.fillBut(Files.size(volume.resolve("app.db")) + 40_000);
    assertFalse(pod.pass().isComplete());
    assertTrue(Files.notExists(volume.resolve("app.db-wal")));
    points.acknowledge(volume); // with what was folded in
    server.withCapacity(Long.MAX_VALUE);
    assertTrue(pod.publishAll());
    points.acknowledge(volume);
    points.checkOffered(volume, "after that");
    assertEquals(VERSIONS + 3, kept().size(), this::keptNumbers);
  }

  @Test
  void pass_somebodyElseTakesEachFreeByte_historyStays() throws Exception {
    pod.client.afterChange(
        () -> {
          if (server.free() > 1) {
            server.fillBut(1);
          }
        });
    Files.write(local.resolve("new"), new byte[50_000]);
    for (int i = 0; i < MOST_PASSES; i++) {
      try {
        pod.pass();
      } catch (IOException e) {
        assertTrue(String.valueOf(e.getMessage()).contains("No space"), e::toString);
      }
    }
    assertTrue(kept().size() >= VERSIONS - 2, this::keptNumbers);
  }

  private String keptNumbers() {
    try {
      return kept().keySet().toString();
    } catch (IOException e) {
      return e.toString();
    }
  }
}
