package io.liteferry.restore;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import io.liteferry.durable.Digest;
import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.history.KeptPoint;
import io.liteferry.past.History;
import io.liteferry.publish.FormSettings;
import io.liteferry.publish.Publisher;
import io.liteferry.volume.HistoryOrder;
import io.liteferry.volume.KeepSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a pass said is on the volume can be had from there, whatever is lost, killed, hidden or
 * switched off afterwards, in whatever order.
 *
 * <p>{@code -Dliteferry.test.seed} repeats a run, {@code -Dliteferry.test.runs} makes more of them,
 * {@code -Dliteferry.test.passes} longer ones.
 */
final class LostEvidenceTest {
  private static final long SEED = Long.getLong("liteferry.test.seed", 20260101L);
  private static final int RUNS = Integer.getInteger("liteferry.test.runs", 1);
  private static final int PASSES = Integer.getInteger("liteferry.test.passes", 40);
  private static final List<String> NAMES = List.of("a.db", "b.db");
  private static final FormSettings AUTO =
      new FormSettings(true, Duration.ofHours(20), 0, FormSettings.MOST_PERCENT);

  @TempDir Path directory;

  @Test
  void restore_afterAnythingWasLost_givesWhatWasPublished() throws Exception {
    int behind = 0;
    for (int i = 0; i < RUNS; i++) {
      long seed = SEED + i;
      System.out.printf("lost evidence, seed %d%n", seed);
      try (var run = new Run(Files.createDirectory(directory.resolve("run" + i)), seed)) {
        run.passes();
        behind += run.behind;
      } catch (Exception | AssertionError e) {
        throw new AssertionError("-Dliteferry.test.seed=" + seed, e);
      }
    }
    assertTrue(behind > RUNS * PASSES / 8, "hardly anything was published by segments");
  }

  private static final class Run implements AutoCloseable {
    private final Path directory;
    private final Site site;
    private final Random random;

    /** By name: what a restore may give, as a pass published it, or was about to. */
    private final Map<String, Set<String>> allowed = new HashMap<>();

    private final List<String> steps = new ArrayList<>();
    private String hidden = "";
    private boolean isNothingKept;
    private int copies;
    private int behind;

    Run(Path directory, long seed) throws IOException {
      this.directory = directory;
      site = new Site(directory).form(AUTO);
      random = new Random(seed);
      for (var name : NAMES) {
        var options = random.nextBoolean() ? "journal_mode=WAL" : "user_version=1";
        try (var database = TestDatabase.create(site.local.resolve(name), options)) {
          database.run(
              "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)"
                  + " INSERT INTO t(word) SELECT hex(randomblob(250)) FROM n");
        }
      }
    }

    void passes() throws Exception {
      pass();
      for (int i = 0; i < PASSES; i++) {
        site.clock.letAnHourPass();
        change();
        if (random.nextInt(4) == 0) {
          passThatIsKilled();
        } else {
          pass();
        }
        for (int j = random.nextInt(3); j > 0; j--) {
          somethingElse();
        }
        assertCanBeHad();
      }
      System.out.printf("%d databases were behind%n", behind);
    }

    private void change() throws IOException {
      for (var name : NAMES) {
        if (random.nextInt(3) > 0) {
          try (var database = TestDatabase.open(site.local.resolve(name))) {
            database.run(
                switch (random.nextInt(12)) {
                  case 0 -> "UPDATE t SET word = hex(randomblob(250))";
                  case 1 -> "VACUUM";
                  case 2, 3 -> "UPDATE t SET word = '' WHERE id = 7"; // as it was before, perhaps
                  default ->
                      "UPDATE t SET word = hex(randomblob(99)) WHERE id = " + random.nextInt(50);
                });
          }
        }
      }
      if (random.nextBoolean()) {
        site.write("notes.txt", "note " + random.nextInt());
      }
    }

    private static String content(Path file) {
      return TestDatabase.content(file);
    }

    /** From now on a restore may give what local has of it. */
    private void expect(boolean isPublished) {
      for (var name : NAMES) {
        if (!name.equals(hidden)) {
          var contents = allowed.computeIfAbsent(name, n -> new HashSet<>());
          if (isPublished) {
            contents.clear();
          }
          contents.add(content(site.local.resolve(name)));
        }
      }
    }

    private void pass() throws Exception {
      boolean isLast = random.nextInt(8) == 0;
      steps.add(isLast ? "last pass" : "pass");
      expect(false);
      var report = site.pass(isLast ? Publisher.Purpose.STOP : Publisher.Purpose.ROUTINE);
      assertTrue(report.problems().isEmpty(), report::toString);
      expect(true);
      var manifest = site.asVolume().manifest(); // without history, one that is lost may stay so
      if (manifest.isPresent()) {
        for (var database : manifest.get().databases().values()) {
          behind += database.ahead().isPresent() ? 1 : 0;
        }
      }
    }

    private void passThatIsKilled() throws Exception {
      expect(false);
      var left = new int[] {1 + random.nextInt(12)};
      steps.add("pass, killed at " + left[0]);
      site.clock.onLook(
          () -> {
            if (--left[0] == 0) {
              throw new IllegalStateException("killed");
            }
          });
      try {
        site.pass();
      } catch (IllegalStateException e) {
        // so it was
      } finally {
        site.clock.onLook(() -> {});
      }
      site.kill();
    }

    private void somethingElse() throws Exception {
      switch (random.nextInt(12)) {
        case 0 -> kill();
        case 1, 2 -> otherNode();
        case 3 -> {
          kill();
          steps.add("manifest lost");
          Files.deleteIfExists(site.asVolume().manifestFile());
        }
        case 4 -> {
          kill();
          steps.add("entry lost");
          loseEntry();
        }
        case 5 -> {
          kill();
          steps.add("index lost");
          Files.deleteIfExists(site.state.resolve("index"));
        }
        case 6 -> {
          hidden = random.nextBoolean() ? NAMES.get(random.nextInt(2)) : "";
          steps.add("hidden: " + hidden);
          site.filter(List.of(), hidden.isEmpty() ? List.of() : List.of(hidden));
        }
        case 7 -> {
          isNothingKept = random.nextInt(3) == 0;
          steps.add("nothing kept: " + isNothingKept);
          site.keep(isNothingKept ? KeepSettings.NONE : KeepSettings.DEFAULT);
        }
        case 8 -> {
          boolean isWhole = random.nextInt(3) == 0;
          steps.add("whole: " + isWhole);
          site.form(isWhole ? FormSettings.WHOLE : AUTO);
        }
        case 9 -> cutOffBeforeTheManifest();
        case 10 -> dropAllPoints();
        default -> thin();
      }
    }

    private void kill() throws IOException {
      steps.add("kill");
      site.kill();
    }

    private void loseEntry() throws IOException {
      var file = site.asVolume().manifestFile();
      if (Files.exists(file)) {
        var json = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
        var databases = json.getAsJsonArray("databases");
        if (!databases.isEmpty()) {
          databases.remove(random.nextInt(databases.size()));
          Files.writeString(file, json.toString());
        }
      }
    }

    private void otherNode() throws Exception {
      steps.add("other node");
      hidden = "";
      site.lease(); // so that it is given back
      site.filter(List.of(), List.of());
      site.lease();
      site.loseNode();
      site.restore();
      for (var name : NAMES) {
        assertIsAllowed(site.local, name);
      }
      expect(true);
    }

    /** As by a kill between S1 and P8, where that is all there was. */
    private void cutOffBeforeTheManifest() throws Exception {
      pass();
      if (isNothingKept || !hidden.isEmpty() || site.asVolume().manifest().isEmpty()) {
        return;
      }
      var before = Files.readString(site.asVolume().manifestFile());
      var plain = plainFiles();
      change();
      pass();
      if (plainFiles().equals(plain)) {
        steps.add("cut off before the manifest");
        site.stop();
        Files.writeString(site.asVolume().manifestFile(), before);
        otherNode();
      }
    }

    private List<Digest> plainFiles() throws IOException {
      var found = new ArrayList<Digest>();
      for (var name : NAMES) {
        found.add(Digest.of(site.volume.resolve(name)));
      }
      return found;
    }

    private void dropAllPoints() throws Exception {
      pass();
      steps.add("drop all points");
      var points =
          History.read(site.asVolume()).timeline().points().stream()
              .map(KeptPoint::generation)
              .collect(Collectors.toCollection(TreeSet::new));
      if (!points.isEmpty()) {
        points.removeLast();
        var unused = site.order(new HistoryOrder.DropPoints(points));
      }
    }

    private void thin() throws Exception {
      steps.add("thin");
      for (int i = 0; i < 3; i++) {
        site.thinWhole();
        site.letGraceEnd();
        for (int j = 0; j < 1_000 && site.thin(); j++) {}
      }
    }

    private void assertCanBeHad() throws Exception {
      var place = Files.createDirectory(directory.resolve("copy" + copies++));
      try (var other = new Site(place)) {
        other.on(site.volume);
        other.copyOnly();
        for (var name : NAMES) {
          assertIsAllowed(other.local, name);
        }
      } catch (IOException | RuntimeException e) {
        throw new AssertionError("after " + steps, e);
      }
      Site.deleteContent(place);
    }

    private void assertIsAllowed(Path root, String name) {
      var found = content(root.resolve(name));
      assertTrue(
          allowed.getOrDefault(name, Set.of()).contains(found), () -> name + " after " + steps);
    }

    @Override
    public void close() throws IOException {
      site.close();
    }
  }
}
