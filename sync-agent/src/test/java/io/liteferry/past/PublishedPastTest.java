package io.liteferry.past;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.durable.PortableName;
import io.liteferry.fixture.RandomChanges;
import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.fixture.TreeImage;
import io.liteferry.history.Budget;
import io.liteferry.history.KeptPoint;
import io.liteferry.history.PageFile;
import io.liteferry.history.RetentionPolicy;
import io.liteferry.lease.VolumeException;
import io.liteferry.publish.FormSettings;
import io.liteferry.scan.PathFilter;
import io.liteferry.sqlite.DatabaseCheck;
import io.liteferry.sqlite.DatabaseHeader;
import io.liteferry.volume.KeepSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a publisher made of random trees can be copied again from every point that is offered.
 *
 * <p>{@code -Dliteferry.test.seed} repeats a run, {@code -Dliteferry.test.runs} makes more of them,
 * {@code -Dliteferry.test.passes} longer ones.
 */
final class PublishedPastTest {
  private static final long SEED = Long.getLong("liteferry.test.seed", 20260101L);
  private static final int RUNS = Integer.getInteger("liteferry.test.runs", 1);
  private static final int PASSES = Integer.getInteger("liteferry.test.passes", 40);
  private static final int POINTS = 5;
  private static final Selection ALL = new Selection(Set.of(), PathFilter.ALL);
  private static final DatabaseCheck CHECK =
      new DatabaseCheck(DatabaseCheck.Level.FULL, Duration.ofMinutes(1));

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void copy_ofEachPointOfRandomPasses_isWhatWasPublished(boolean segments) throws Exception {
    for (int i = 0; i < RUNS; i++) {
      long seed = SEED + i;
      System.out.printf("points of random passes, segments %s, seed %d%n", segments, seed);
      var place = Files.createDirectory(directory.resolve("run" + i));
      try (var run = new Run(place, seed, segments)) {
        run.passes();
      } catch (Exception | AssertionError e) {
        throw new AssertionError("-Dliteferry.test.seed=" + seed, e);
      }
    }
  }

  @Test
  void copy_besideAPublisherThatThins_isThePoint() throws Exception {
    System.out.printf("copies beside a publisher, seed %d%n", SEED);
    try (var run = new Run(directory, SEED, true)) {
      run.passesBesideCopies();
    }
  }

  private static final class Run implements AutoCloseable {
    private final Path directory;
    private final Site site;
    private final Random random;
    private final RandomChanges changes;
    private final SortedMap<Long, SortedMap<String, String>> published = new TreeMap<>();
    private final Set<Long> pinned = new TreeSet<>();
    private final boolean segments;
    private int copies;
    private int behind;
    private final Set<String> merged = new TreeSet<>();

    Run(Path directory, long seed, boolean segments) throws IOException {
      this.directory = directory;
      site = new Site(directory);
      random = new Random(seed);
      changes = new RandomChanges(site.local, random);
      int days = segments ? 2 : 0; // so that segments lead from a point to one that is far
      site.keep(
          new KeepSettings(
              new RetentionPolicy(Duration.ZERO, POINTS - 1 - days, days, 0, Budget.parse("1GiB")),
              1 << 20,
              PathFilter.ALL,
              ZoneId.of("UTC"),
              1));
      this.segments = segments;
      if (segments) {
        site.form(new FormSettings(true, Duration.ofHours(5), 0, 90));
      }
    }

    /** Of a database of which mostly little changes. */
    private void changeLarge() {
      var file = site.local.resolve("large.db");
      boolean isThere = Files.exists(file);
      try (var database =
          isThere
              ? TestDatabase.open(file)
              : TestDatabase.create(
                  file, random.nextBoolean() ? "journal_mode=WAL" : "user_version=1")) {
        if (!isThere) {
          database.run(
              "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)"
                  + " INSERT INTO t(word) SELECT hex(randomblob(250)) FROM n");
        }
        long row = random.nextInt(100);
        switch (random.nextInt(12)) {
          case 0 -> database.run("UPDATE t SET word = hex(randomblob(250))");
          case 1 -> database.run("VACUUM");
          case 2 -> database.run("DELETE FROM t WHERE id > 60");
          case 3, 4 -> database.run("DELETE FROM t WHERE id = " + row);
          case 5, 6, 7 ->
              database.run("UPDATE t SET word = hex(randomblob(200)) WHERE id = " + row);
          default -> database.run("INSERT INTO t(word) VALUES (hex(randomblob(100)))");
        }
      }
    }

    /** Databases by what is in them, where they are put together. */
    private SortedMap<String, String> image(Path root) throws IOException {
      return segments ? Site.imageWithDatabasesByContent(root) : TreeImage.of(root);
    }

    /** What is published: of a database that is ahead of its file, local has the content. */
    private SortedMap<String, String> published() throws IOException {
      var image = image(site.volume);
      for (var database : site.asVolume().manifest().orElseThrow().databases().entrySet()) {
        if (database.getValue().ahead().isPresent()) {
          var name = PortableName.of(database.getKey());
          image.put(name, image(site.local).get(name));
          behind++;
        }
      }
      return image;
    }

    void passes() throws Exception {
      for (int i = 0; i < PASSES; i++) {
        changes.make(4);
        if (segments) {
          changeLarge();
        }
        pass();
        switch (random.nextInt(12)) {
          case 0, 1 -> site.kill();
          case 2 -> {
            site.loseNode();
            site.restore();
          }
          case 3, 4 -> site.thin();
          case 5, 6 -> thinAll();
          case 7 -> {
            thinAll();
            site.letGraceEnd();
            thinAll();
          }
          case 8 -> pin();
          case 9 -> rollback();
          default -> {}
        }
        assertEachPointIsWhatItWas("pass " + i);
      }
      for (int i = 0; i < 5; i++) {
        site.letGraceEnd();
        thinAll(); // to find a pin, to drop, to remove
      }
      assertEachPointIsWhatItWas("the end");
      System.out.printf("%d databases were behind%n", behind);
      assertTrue(!segments || behind > PASSES / 4, "hardly anything was published by segments");
      System.out.printf("merged segments: %d%n", merged.size());
      assertTrue(!segments || !merged.isEmpty(), "nothing was merged");
      var check = HistoryCheck.of(history(), CHECK);
      assertEquals(0, check.orphans(), check::toString);
      int marked = history().timeline().accidents().size();
      assertTrue(check.points() <= POINTS + pinned.size() + marked, check::toString);
    }

    void passesBesideCopies() throws Exception {
      changes.make(20);
      pass();
      changes.make(20);
      pass();
      long point = published.lastKey();
      pin(point);
      var failure = new AtomicReference<Exception>();
      var agent =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      for (int i = 0; i < PASSES; i++) {
                        changes.make(4);
                        changeLarge();
                        pass();
                        site.thin();
                      }
                    } catch (Exception e) {
                      failure.set(e);
                    }
                  });
      int copied = 0;
      while (agent.isAlive() || copied == 0) {
        try {
          assertIsWhatItWas(history(), point, "beside pass " + published.lastKey());
          copied++;
        } catch (VolumeException e) {
          assertTrue(String.valueOf(e.getMessage()).endsWith("try again"), e::getMessage);
        }
      }
      agent.join();
      assertEquals(null, failure.get());
    }

    private void pass() throws Exception {
      site.clock.letAnHourPass();
      var report = site.pass();
      if (report.changedVolume()) {
        published.put(report.generation(), published());
      }
    }

    /** To any point; what was there, and what it makes, are points like all others. */
    private void rollback() throws Exception {
      pass();
      pass(); // what a directory has to make way for
      var points = points(history()).stream().filter(point -> point > 0).toList();
      long point = points.get(random.nextInt(points.size()));
      site.clock.letAnHourPass();
      var done = site.rollback(point);
      assertTrue(published.containsKey(done.from()), "local was published: " + done);
      published.put(done.made(), published());
      assertEquals(published.get(point), image(site.local), "back to " + point);
      assertEquals(
          withoutTimesOfSame(published.get(point), published.get(done.made())),
          published.get(done.made()),
          "back to " + point);
    }

    /** A database that has the content already is not published again, for its time alone. */
    private SortedMap<String, String> withoutTimesOfSame(
        SortedMap<String, String> wanted, SortedMap<String, String> found) throws IOException {
      var result = new TreeMap<>(wanted);
      for (var entry : found.entrySet()) {
        var name = entry.getKey();
        var file = site.volume.resolve(PortableName.parse(name));
        boolean isDatabase =
            !segments && Files.isRegularFile(file) && DatabaseHeader.read(file).isPresent();
        result.computeIfPresent(
            name,
            (n, text) ->
                isDatabase && timeless(text).equals(timeless(entry.getValue()))
                    ? entry.getValue()
                    : text);
      }
      return result;
    }

    private static String timeless(String text) {
      return text.substring(0, text.lastIndexOf(' '));
    }

    private void thinAll() throws Exception {
      for (int i = 0; i < 1_000 && site.thin(); i++) {}
    }

    private History history() throws IOException {
      return History.read(site.asVolume());
    }

    private static List<Long> points(History history) {
      return history.timeline().points().stream().map(KeptPoint::generation).toList();
    }

    private void pin() throws IOException {
      var points = points(history());
      long point = points.get(random.nextInt(points.size()));
      if (pinned.size() < 2 && Files.isDirectory(home(point))) {
        pin(point);
      }
    }

    private void pin(long point) throws IOException {
      Files.writeString(home(point).resolve("pin"), "by the test");
      pinned.add(point);
    }

    private Path home(long point) {
      return site.volume.resolve(".liteferry/generations/%06d".formatted(point));
    }

    /** Those that lead over more than one state; where a pass was cut off, there may be others. */
    private void noteMerged(History history) throws IOException {
      for (var file : history.stored()) {
        if (file instanceof PageFile page && page.from().orElse(page.state()) + 1 < page.state()) {
          merged.add(page.name());
        }
      }
    }

    private void assertEachPointIsWhatItWas(String when) throws Exception {
      var history = history();
      noteMerged(history);
      var points = points(history);
      assertTrue(points.containsAll(pinned), () -> when + ": " + pinned + " in " + points);
      for (long point : points) {
        assertIsWhatItWas(history, point, when);
      }
      var check = HistoryCheck.of(history, CHECK);
      assertTrue(check.isSound(), check::toString);
      assertEquals(List.of(), check.lost(), when);
    }

    private void assertIsWhatItWas(History history, long point, String when) throws Exception {
      var to = Files.createDirectory(directory.resolve("copy" + copies++));
      var result = new PointCopy(to, CHECK, 2).copy(history, point, ALL);
      assertEquals(List.of(), result.shortfalls(), () -> when + ", point " + point);
      var expected = point == 0 ? new TreeMap<String, String>() : published.get(point);
      assertEquals(expected, image(to), () -> when + ", point " + point);
      Site.deleteContent(to);
      Files.delete(to);
    }

    @Override
    public void close() throws IOException {
      site.close();
    }
  }
}
