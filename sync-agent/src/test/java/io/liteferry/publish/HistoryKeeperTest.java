package io.liteferry.publish;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.KeptTrees;
import io.liteferry.fixture.RandomChanges;
import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.fixture.TreeImage;
import io.liteferry.history.KeptPoint;
import io.liteferry.lease.LeaseView;
import io.liteferry.volume.GenerationFiles;
import io.liteferry.volume.HistoryKeeper;
import io.liteferry.volume.HistoryOrder;
import io.liteferry.volume.HistoryRefusedException;
import io.liteferry.volume.Manifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What users want of the history: nothing but that is changed. */
final class HistoryKeeperTest {
  private static final long SEED = Long.getLong("liteferry.test.seed", 20260101L);
  private static final String LOST = "lost: dropped by the user";

  @TempDir Path directory;
  private Site site;
  private final SortedMap<Long, SortedMap<String, String>> published = new TreeMap<>();

  @BeforeEach
  void make() throws Exception {
    site = new Site(directory);
    for (int i = 1; i <= 5; i++) {
      site.write("kept/file", "version " + i);
      site.write("secrets/" + (i % 2), "secret " + i);
      try (var database = database("app.db")) {
        database.insert("row " + i);
      }
      try (var database = database("secrets/s.db")) {
        database.insert("secret row " + i);
      }
      pass();
    }
  }

  private TestDatabase database(String name) throws IOException {
    var file = site.local.resolve(name);
    return Files.exists(file) ? TestDatabase.open(file) : TestDatabase.create(file);
  }

  @AfterEach
  void close() throws IOException {
    site.close();
  }

  private void pass() throws Exception {
    site.clock.letAnHourPass();
    var report = site.pass();
    if (report.changedVolume()) {
      published.put(report.generation(), KeptTrees.current(site.asVolume()));
    }
  }

  private HistoryKeeper.Done order(HistoryOrder order) throws Exception {
    return site.order(order).orElseThrow();
  }

  private static HistoryOrder drop(Long... points) {
    return new HistoryOrder.DropPoints(new TreeSet<>(List.of(points)));
  }

  private SortedMap<Long, SortedMap<String, String>> offered() throws IOException {
    return new KeptTrees(site.asVolume()).all();
  }

  private void assertRefused(String message, HistoryOrder order) throws Exception {
    var before = TreeImage.trace(site.volume.resolve(".liteferry/generations"));
    var refused = assertThrows(HistoryRefusedException.class, () -> site.order(order));
    assertTrue(refused.getMessage().contains(message), refused.getMessage());
    assertEquals(before, TreeImage.trace(site.volume.resolve(".liteferry/generations")));
  }

  /** All that lies beside records. */
  private long keptBytes() throws IOException {
    long bytes = 0;
    for (var name : List.of("generations", "pages")) {
      try (var files = Files.walk(site.volume.resolve(".liteferry").resolve(name))) {
        for (var file : files.filter(Files::isRegularFile).toList()) {
          bytes += file.endsWith("record") ? 0 : Files.size(file);
        }
      }
    }
    return bytes;
  }

  @Test
  void pin_point_staysWithItsNoteUntilUnpinned() throws Exception {
    var files = new GenerationFiles(site.asVolume());
    order(new HistoryOrder.Pin(2, "before the upgrade"));
    assertEquals(Optional.of("before the upgrade"), files.pin(2));
    assertRefused("pinned by a user: [2]", drop(2L, 3L));
    order(new HistoryOrder.Pin(2, "another"));
    assertEquals(Optional.of("another"), files.pin(2));
    order(new HistoryOrder.Unpin(2));
    assertEquals(Optional.empty(), files.pin(2));
    assertRefused("no user has pinned point 2", new HistoryOrder.Unpin(2));
    assertEquals(published, offered());
  }

  @Test
  void pin_pointThatIsNotThere_isRefused() throws Exception {
    assertRefused("no point 99", new HistoryOrder.Pin(99, ""));
    order(drop(2L));
    assertRefused("no point 2 ", new HistoryOrder.Pin(2, ""));
    assertRefused("no point 2 ", new HistoryOrder.Unpin(2));
  }

  @Test
  void pin_theFirstPoint_makesItsDirectoryAndUnpinIsComplete() throws Exception {
    assertFalse(Files.exists(site.volume.resolve(".liteferry/generations/000001")));
    order(new HistoryOrder.Pin(1, ""));
    assertEquals(Optional.of(""), new GenerationFiles(site.asVolume()).pin(1));
    order(new HistoryOrder.Unpin(1));
    order(drop(1L));
    assertFalse(Files.exists(site.volume.resolve(".liteferry/generations/000001")));
    published.remove(1L);
    assertEquals(published, offered());
  }

  @Test
  void pin_onAVolumeWithoutHistory_isPossible() throws Exception {
    var other = new Site(Files.createDirectory(directory.resolve("other")));
    other.write("f", "x");
    other.pass();
    other.order(new HistoryOrder.Pin(1, "first"));
    assertEquals(Optional.of("first"), new GenerationFiles(other.asVolume()).pin(1));
    other.close();
  }

  @Test
  void drop_points_freesAtOnceAndLeavesTheOthers() throws Exception {
    long before = keptBytes();
    var done = order(drop(1L, 3L));
    published.keySet().removeAll(List.of(1L, 3L));
    assertEquals(published, offered());
    assertEquals(2, done.count());
    assertTrue(done.freed() > 0);
    assertEquals(before - done.freed(), keptBytes());
    pass();
    site.kill();
    pass();
    assertEquals(published, offered());
    assertEquals(0, order(drop(3L)).count());
  }

  @Test
  void drop_allButTheCurrentPoint_leavesNothing() throws Exception {
    assertRefused("point 5 is what the volume has now", drop(4L, 5L));
    order(drop(1L, 2L, 3L, 4L));
    assertEquals(published.tailMap(5L), offered());
    assertEquals(0, keptBytes());
  }

  @Test
  void drop_pointBeforeAnAccident_isPossible() throws Exception {
    Files.writeString(site.volume.resolve(".liteferry/generations/000003/accident"), "oh");
    order(drop(3L));
    published.remove(3L);
    assertEquals(published, offered());
  }

  @Test
  void drop_path_isGoneFromAllPointsAndNothingElseIs() throws Exception {
    long before = keptBytes();
    var done = order(new HistoryOrder.DropPath(Path.of("secrets")));
    assertEquals(before - done.freed(), keptBytes());
    assertLost("secrets/", offered());
    assertNoSecretIsKept();
    assertEquals(0, order(new HistoryOrder.DropPath(Path.of("secrets"))).count());
    site.kill();
    pass();
    assertLost("secrets/", offered());
  }

  /** What is current belongs to older points, too, as long as nothing replaces it. */
  private void assertLost(String prefix, SortedMap<Long, SortedMap<String, String>> trees) {
    assertEquals(published.keySet(), trees.keySet());
    var now = published.lastEntry().getValue();
    trees.forEach(
        (point, tree) -> {
          var wanted = new TreeMap<>(published.get(point));
          wanted.replaceAll(
              (name, thing) ->
                  name.startsWith(prefix)
                          && thing.startsWith("file")
                          && !thing.equals(now.get(name))
                      ? LOST
                      : thing);
          assertEquals(wanted, tree, "point " + point);
        });
  }

  private void assertNoSecretIsKept() throws IOException {
    for (var name : List.of("generations", "pages")) {
      try (var files = Files.walk(site.volume.resolve(".liteferry").resolve(name))) {
        for (var file : files.filter(Files::isRegularFile).toList()) {
          assertFalse(
              new String(Files.readAllBytes(file), ISO_8859_1)
                  .matches("(?s).*secret (row )?[0-9].*"),
              file::toString);
        }
      }
    }
  }

  @Test
  void drop_pathThatIsDeleted_leavesNothingOfIt() throws Exception {
    for (var name : List.of("0", "1", "s.db", "")) {
      Files.delete(site.local.resolve("secrets").resolve(name));
    }
    for (int i = 0; i < 3; i++) {
      pass();
    }
    assertFalse(Files.exists(site.volume.resolve("secrets")));
    order(new HistoryOrder.DropPath(Path.of("secrets")));
    assertLost("secrets/", offered());
    assertNoSecretIsKept();
  }

  @Test
  void drop_recordCannotBeRead_saysWhichPointsGoFirst() throws Exception {
    Files.writeString(site.volume.resolve(".liteferry/generations/000003/record"), "torn");
    site.kill();
    assertRefused("the record of 3 cannot be read", new HistoryOrder.DropPath(Path.of("secrets")));
    order(drop(3L));
    order(new HistoryOrder.DropPath(Path.of("secrets")));
    assertNoSecretIsKept();
    assertEquals(List.of(4L, 5L), List.copyOf(offered().keySet()));
  }

  @Test
  void drop_passWasCutOff_waitsForThePass() throws Exception {
    site.stop();
    var manifest = site.volume.resolve(".liteferry/manifest.json");
    var complete = Files.readString(manifest);
    Files.writeString(manifest, complete.replace("\"complete\": true", "\"complete\": false"));
    assertTrue(site.asVolume().manifest().filter(m -> !m.complete()).isPresent(), () -> complete);
    assertEquals(Optional.empty(), site.order(drop(2L)));
    assertEquals(Optional.empty(), site.order(new HistoryOrder.DropPath(Path.of("secrets"))));
    assertTrue(site.order(new HistoryOrder.Pin(2, "")).isPresent());
    site.write("kept/file", "version 6");
    pass();
    order(drop(3L));
    assertFalse(offered().containsKey(3L));
    assertEquals(published.get(2L), offered().get(2L));
  }

  /** By somebody who has the lease alone, too, while the agent is stopped. */
  @Test
  void orders_atRandom_leaveAllOtherPointsWhatTheyWere() throws Exception {
    var random = new Random(SEED);
    var changes = new RandomChanges(site.local, random);
    System.out.printf("orders at random, seed %d%n", SEED);
    for (int i = 0; i < 40; i++) {
      changes.make(3);
      pass();
      var points =
          new KeptTrees(site.asVolume())
              .timeline().points().stream().map(KeptPoint::generation).toList();
      long point = points.get(random.nextInt(points.size()));
      if (random.nextInt(3) == 0 && point != points.getLast()) {
        if (random.nextBoolean()) {
          order(drop(point));
        } else {
          site.orderByLease(drop(point));
        }
        published.remove(point);
      } else if (random.nextInt(3) == 0) {
        order(new HistoryOrder.Pin(point, ""));
        order(new HistoryOrder.Unpin(point));
      }
      var when = "seed %d, pass %d".formatted(SEED, i);
      var offered = offered();
      offered.remove(0L);
      assertEquals(published, offered, when);
    }
  }

  @Test
  void orderByLease_afterAnAgentThatFlushed_leavesItFlushed() throws Exception {
    site.stop();
    site.orderByLease(drop(2L));
    var holder = new LeaseView(site.asVolume().own()).holder().orElseThrow();
    assertTrue(holder.released() && holder.flushed(), holder::toString);
    assertEquals(5, site.asVolume().manifest().map(Manifest::generation).orElseThrow());
    pass();
    published.remove(2L);
    assertEquals(published, offered());
  }
}
