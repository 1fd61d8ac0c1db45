package io.liteferry.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.KeptTrees;
import io.liteferry.fixture.LogLines;
import io.liteferry.fixture.RandomChanges;
import io.liteferry.fixture.Site;
import io.liteferry.history.Budget;
import io.liteferry.history.RetentionPolicy;
import io.liteferry.scan.PathFilter;
import io.liteferry.volume.HistoryBoard;
import io.liteferry.volume.KeepSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.logging.Level;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Points go, and what nobody needs with them; the others stay as they were. */
final class ThinningTest {
  private static final long SEED = Long.getLong("liteferry.test.seed", 20260101L);

  private static final int PASSES = Integer.getInteger("liteferry.test.passes", 30);

  @TempDir Path directory;
  private Site site;
  private final SortedMap<Long, SortedMap<String, String>> published = new TreeMap<>();

  @BeforeEach
  void make() throws IOException {
    site = new Site(directory);
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

  /** Everything that is offered is what it was; returns how many points that are. */
  private int assertOfferedAreTrue(String when) throws IOException {
    var kept = new KeptTrees(site.asVolume());
    var trees = kept.all();
    assertEquals(List.of(), kept.timeline().unfinished(), when);
    trees.forEach(
        (generation, tree) -> {
          if (generation > 0) {
            assertEquals(published.get(generation), tree, when + ", point " + generation);
          }
        });
    assertTrue(trees.containsKey(published.lastKey()), when);
    return trees.size();
  }

  private static KeepSettings keeping(int points) {
    return new KeepSettings(
        new RetentionPolicy(Duration.ZERO, points, 0, 0, Budget.parse("1GiB")),
        1 << 20,
        PathFilter.ALL,
        ZoneId.of("UTC"));
  }

  private void thinAll() throws Exception {
    for (int i = 0; i < 1_000 && site.thin(); i++) {}
  }

  private List<Path> kept() throws IOException {
    try (var files = Files.walk(site.volume.resolve(".liteferry/generations"))) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  @Test
  void thin_moreThanThePolicyKeeps_dropsAndSweeps() throws Exception {
    site.keep(keeping(3));
    for (int i = 0; i < 12; i++) {
      site.write("file", "version " + i);
      site.write("another " + i, "new in " + i);
      pass();
    }
    thinAll();
    int points = assertOfferedAreTrue("after thinning");
    assertTrue(points <= 4, points + " points");
    var status = site.history().status().orElseThrow();
    assertEquals(points, status.points());
    assertEquals(0, status.rung());
    assertEquals(0, status.accidentPins());
    assertTrue(status.oldest().isPresent());
    site.letGraceEnd();
    thinAll();
    assertOfferedAreTrue("after the grace");
    assertTrue(kept().size() <= 2 * points, () -> "left over: " + pathsOf());
  }

  /** What goes waits for an hour only as far as the budget has room for it. */
  @Test
  void thin_whatGoesDoesNotFitIntoTheBudget_waitsForAMinute() throws Exception {
    for (boolean fits : new boolean[] {true, false}) {
      var policy =
          new RetentionPolicy(Duration.ZERO, 2, 0, 0, Budget.parse(fits ? "1GiB" : "30kB"));
      site.keep(new KeepSettings(policy, 1 << 20, PathFilter.ALL, ZoneId.of("UTC")));
      for (int i = 0; i < 5; i++) {
        site.write("file", "x".repeat(10_000 + i));
        pass();
      }
      thinAll();
      assertTrue(site.history().status().orElseThrow().waiting() >= 20_000);
      site.thin(); // two minutes later
      long left = site.history().status().orElseThrow().waiting();
      assertTrue(fits ? left >= 20_000 : left <= 20_000, left + " bytes wait");
      assertOfferedAreTrue("fits: " + fits);
    }
  }

  private String pathsOf() {
    try {
      return kept().toString();
    } catch (IOException e) {
      return e.toString();
    }
  }

  @Test
  void thin_pinnedPoint_stays() throws Exception {
    site.keep(keeping(2));
    site.write("file", "to be pinned");
    pass();
    site.write("file", "next");
    pass();
    long pinned = published.lastKey();
    Files.createFile(site.volume.resolve(".liteferry/generations/%06d/pin".formatted(pinned)));
    for (int i = 0; i < 6; i++) {
      site.write("file", "version " + i);
      pass();
    }
    thinAll();
    thinAll();
    assertOfferedAreTrue("with a pin");
    assertTrue(new KeptTrees(site.asVolume()).all().containsKey(pinned));
  }

  @Test
  void thinWhole_pinnedPointsAmongOthers_dropsAllOthersAtOnce() throws Exception {
    site.keep(keeping(1));
    for (int i = 1; i <= 7; i++) {
      site.write("file", "version " + i);
      pass();
      if (i == 3 || i == 5) {
        Files.createFile(site.volume.resolve(".liteferry/generations/%06d/pin".formatted(i)));
      }
    }
    site.thinWhole();
    assertOfferedAreTrue("with pins");
    assertEquals(Set.of(3L, 5L, 7L), new KeptTrees(site.asVolume()).all().keySet());
  }

  @Test
  void thin_pinOfThePointThatIsTheOldestNow_stays() throws Exception {
    site.keep(keeping(2));
    site.write("other", "never changed again");
    pass();
    site.write("file", "to be pinned");
    pass();
    long pinned = published.lastKey();
    var pin = site.volume.resolve(".liteferry/generations/%06d/pin".formatted(pinned));
    Files.createFile(pin);
    for (int i = 0; i < 6; i++) {
      site.write("file", "version " + i);
      pass();
      thinAll();
      site.letGraceEnd();
    }
    assertEquals(pinned, new KeptTrees(site.asVolume()).all().firstKey());
    assertTrue(Files.exists(pin));
  }

  /** Numbers have 18 digits at most where they are listed. */
  @Test
  void pass_besideADirectoryWithAnEnormousNumber_isAPoint() throws Exception {
    site.write("file", "1");
    pass();
    site.write("file", "2");
    pass();
    site.stop();
    Files.createDirectory(site.volume.resolve(".liteferry/generations/999999999999999999"));
    for (int i = 3; i < 6; i++) {
      site.write("file", "version " + i);
      pass();
    }
    assertEquals(5, assertOfferedAreTrue("beside it"));
    assertEquals(5, published.lastKey());
  }

  /** Older points have the volume's times, the newest one the node's. */
  @Test
  void thin_nodesClockIsBehindTheVolumes_dropsAsMany() throws Exception {
    site.keep(keeping(1));
    site.clock.fallBehind(Duration.ofMinutes(10));
    for (int i = 0; i < 6; i++) {
      site.write("file", "version " + i);
      site.pass();
    }
    assertEquals(6, new KeptTrees(site.asVolume()).all().size());
    try (var log = new LogLines(HistoryBoard.class, Level.WARNING)) {
      thinAll();
      var said = log.take();
      assertEquals(1, said.size(), said::toString);
      assertTrue(
          said.getFirst().matches(".*made point 6 is (599|600) s behind the volume's.*"),
          said::toString);
    }
    int left = new KeptTrees(site.asVolume()).all().size();
    assertTrue(left <= 2, left + " points"); // an hour may have begun
  }

  /** Its files are as old as the copy. */
  @Test
  void thin_volumeWasCopied_saysNothingOfClocks() throws Exception {
    site.write("file", "1");
    site.pass();
    site.write("file", "2");
    site.pass();
    site.stop();
    var later = FileTime.from(Instant.now().plus(Duration.ofDays(1)));
    Files.setLastModifiedTime(site.volume.resolve(".liteferry/generations/000002/record"), later);
    try (var log = new LogLines(HistoryBoard.class, Level.WARNING)) {
      thinAll();
      assertEquals(List.of(), log.take());
      site.write("file", "3");
      site.pass();
      thinAll();
      assertEquals(List.of(), log.take());
    }
  }

  /** Its record has more than what its own pass changed. */
  @Test
  void thin_afterAPassThatTookOverAnother_keepsWhatThatRecorded() throws Exception {
    for (int i = 0; i < 3; i++) {
      site.write("file", "version " + i);
      pass();
    }
    site.stop();
    var manifest = site.volume.resolve(".liteferry/manifest.json");
    var complete = Files.readString(manifest);
    Files.writeString(manifest, complete.replace("\"complete\": true", "\"complete\": false"));
    published.remove(published.lastKey());
    site.write("another", "new");
    pass();
    for (int i = 0; i < 2; i++) {
      thinAll();
      site.letGraceEnd();
    }
    assertOfferedAreTrue("after the grace");
    assertEquals(published.keySet(), new KeptTrees(site.asVolume()).all().keySet());
  }

  /** Whatever comes and goes, and whenever the agent is killed. */
  @Test
  void pass_andThin_atRandom_offerWhatWasPublished() throws Exception {
    var random = new Random(SEED);
    var changes = new RandomChanges(site.local, random);
    System.out.printf("passes and thinning at random, seed %d%n", SEED);
    site.keep(keeping(4));
    for (int i = 0; i < PASSES; i++) {
      changes.make(4);
      pass();
      if (random.nextInt(3) == 0) {
        site.thin();
      }
      if (random.nextInt(8) == 0) {
        site.letGraceEnd();
        thinAll();
      }
      switch (random.nextInt(12)) {
        case 0, 1 -> site.kill();
        case 2 -> {
          site.loseNode();
          site.restore();
        }
        default -> {}
      }
      if (!published.isEmpty()) {
        assertOfferedAreTrue("seed %d, pass %d".formatted(SEED, i));
      }
    }
  }
}
