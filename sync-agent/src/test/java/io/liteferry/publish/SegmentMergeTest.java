package io.liteferry.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.history.Budget;
import io.liteferry.history.KeptPoint;
import io.liteferry.history.RetentionPolicy;
import io.liteferry.model.InMemory;
import io.liteferry.past.History;
import io.liteferry.past.HistoryCheck;
import io.liteferry.past.PointCopy;
import io.liteferry.past.Selection;
import io.liteferry.scan.PathFilter;
import io.liteferry.sqlite.DatabaseCheck;
import io.liteferry.volume.KeepSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Segments become few where nobody needs what is between them, and all that is offered stays. */
final class SegmentMergeTest {
  private static final Path NAME = Path.of("app.db");
  private static final DatabaseCheck CHECK =
      new DatabaseCheck(DatabaseCheck.Level.FULL, Duration.ofMinutes(1));
  private static final Selection ALL = new Selection(Set.of(), PathFilter.ALL);

  @TempDir(factory = InMemory.class)
  Path directory;

  private Site site;
  private TestDatabase app;
  private final SortedMap<Long, String> contents = new TreeMap<>();
  private int copies;

  @BeforeEach
  void publishOnce() throws Exception {
    site = new Site(directory).form(new FormSettings(true, Duration.ofDays(1_000), 0, 1_000_000));
    app = TestDatabase.create(site.local.resolve(NAME), "journal_mode=WAL");
    app.run(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)"
            + " INSERT INTO t(word) SELECT hex(randomblob(200)) FROM n");
    pass();
  }

  @AfterEach
  void close() throws IOException {
    app.close();
    site.close();
  }

  private void keep(int points, int unmerged) throws IOException {
    site.keep(
        new KeepSettings(
            new RetentionPolicy(Duration.ZERO, points, 0, 0, Budget.parse("1GiB")),
            1 << 20,
            PathFilter.ALL,
            ZoneId.of("UTC"),
            unmerged));
  }

  private void pass() throws Exception {
    pass(Publisher.Purpose.ROUTINE);
  }

  private void pass(Publisher.Purpose purpose) throws Exception {
    site.clock.letAnHourPass();
    var report = site.pass(purpose);
    assertTrue(report.problems().isEmpty(), report::toString);
    contents.put(report.generation(), app.content());
  }

  private void commitAndPass(int times) throws Exception {
    for (int i = 0; i < times; i++) {
      app.run("UPDATE t SET word = hex(randomblob(200)) WHERE id = 1 + abs(random() % 200)");
      pass();
    }
  }

  private void thinAll() throws Exception {
    for (int i = 0; i < 2_000 && site.thin(); i++) {}
  }

  private void thinAndLetGraceEnd() throws Exception {
    thinAll();
    site.letGraceEnd();
    thinAll();
  }

  private List<Path> segments() throws IOException {
    var found = new ArrayList<Path>();
    try (var all = Files.walk(site.asVolume().pages())) {
      all.filter(f -> f.toString().endsWith(".wal")).sorted().forEach(found::add);
    }
    return found;
  }

  /** Each point, by a copy of it, and what is there now. */
  private List<Long> assertAllCanBeHad() throws Exception {
    var history = History.read(site.asVolume());
    var points = history.timeline().points().stream().map(KeptPoint::generation).toList();
    for (long point : points) {
      if (point > 0) {
        assertEquals(contents.get(point), content(history, point), "point " + point);
      }
    }
    var check = HistoryCheck.of(history, CHECK);
    assertTrue(check.isSound(), check::toString);
    var now = Verification.of(site.asVolume(), CHECK);
    assertTrue(now.isSound(), now::toString);
    try (var other = new Site(Files.createDirectory(directory.resolve("other" + copies++)))) {
      other.on(site.volume);
      other.copyOnly();
      assertEquals(app.content(), TestDatabase.content(other.local.resolve(NAME)));
    }
    return points;
  }

  private String content(History history, long point) throws Exception {
    var copy = Files.createDirectory(directory.resolve("copy" + copies++));
    var result = new PointCopy(copy, CHECK, 2).copy(history, point, ALL);
    assertEquals(List.of(), result.shortfalls());
    return TestDatabase.content(copy.resolve(NAME));
  }

  @Test
  void thin_aThousandSegments_leavesFew() throws Exception {
    commitAndPass(300);
    pinNewest();
    commitAndPass(200);
    pass(Publisher.Purpose.STOP);
    commitAndPass(200);
    pinNewest();
    commitAndPass(300);
    assertTrue(segments().size() >= 1_000, this::sizes);
    keep(0, 8);
    thinAndLetGraceEnd();
    assertTrue(segments().size() <= 8 + 16, () -> "left: " + sizes());
    assertTrue(assertAllCanBeHad().size() >= 3);
  }

  private void pinNewest() throws IOException {
    var home = ".liteferry/generations/%06d/pin".formatted(contents.lastKey());
    Files.createFile(site.volume.resolve(home));
  }

  private String sizes() {
    try {
      return segments().toString();
    } catch (IOException e) {
      return e.toString();
    }
  }

  @Test
  void thin_segmentsAheadOfThePlainFile_mergesAllButTheNewest() throws Exception {
    keep(0, 5);
    commitAndPass(12);
    thinAndLetGraceEnd();
    var left = segments();
    assertEquals(6, left.size(), left::toString);
    assertTrue(left.getFirst().getFileName().toString().startsWith("000000001-000000007-"));
    assertAllCanBeHad();
    commitAndPass(2);
    site.kill();
    commitAndPass(1);
    thinAndLetGraceEnd();
    assertAllCanBeHad();
    pass(Publisher.Purpose.STOP);
    assertAllCanBeHad();
  }

  @Test
  void thin_pointsThatStay_areNotMergedAcross() throws Exception {
    commitAndPass(4);
    long pinned = contents.lastKey();
    pinNewest();
    commitAndPass(4);
    keep(0, 0);
    thinAndLetGraceEnd();
    assertEquals(2, segments().size());
    assertTrue(assertAllCanBeHad().contains(pinned));
  }

  @Test
  void thin_nothingWasDropped_mergesNothing() throws Exception {
    commitAndPass(6);
    thinAndLetGraceEnd();
    assertEquals(6, segments().size());
    assertAllCanBeHad();
  }

  @Test
  void thin_merged_leavesThePartsToReadersForAnHour() throws Exception {
    keep(0, 0);
    commitAndPass(6);
    thinAll();
    assertEquals(7, segments().size(), "parts, and what they became");
    assertAllCanBeHad();
    site.kill();
    assertAllCanBeHad();
    thinAll();
    assertEquals(7, segments().size(), "the hour begins again");
    site.letGraceEnd();
    thinAll();
    assertEquals(1, segments().size());
    assertAllCanBeHad();
  }

  @Test
  void thin_merged_isLikeTheLastPart() throws Exception {
    keep(0, 0);
    commitAndPass(3);
    var last = segments().getLast();
    var time = Files.getLastModifiedTime(last);
    var mode = Files.getPosixFilePermissions(last);
    thinAndLetGraceEnd();
    assertEquals(time, Files.getLastModifiedTime(segments().getFirst()));
    assertEquals(mode, Files.getPosixFilePermissions(segments().getFirst()));
  }

  /** Whoever listed the history long ago looks again, and finds where the parts went. */
  @Test
  void read_partsWentSinceTheyWereListed_findsWhatTheyBecame() throws Exception {
    keep(0, 0);
    commitAndPass(6);
    thinAll();
    for (var file : segments()) {
      if (file.getFileName().toString().startsWith("000000001-000000006-")) {
        Files.move(file, directory.resolve("merged"));
      }
    }
    var before = History.read(site.asVolume());
    var merged = directory.resolve("merged");
    var parts = segments();
    Files.move(merged, parts.getFirst().resolveSibling(nameOfMerged(parts)));
    for (var part : parts) {
      Files.delete(part);
    }
    var check = HistoryCheck.of(before, CHECK);
    assertTrue(check.isSound(), check::toString);
    assertEquals(contents.lastEntry().getValue(), content(before, contents.lastKey()));
  }

  private static String nameOfMerged(List<Path> parts) {
    var first = parts.getFirst().getFileName().toString().split("-", -1);
    var last = parts.getLast().getFileName().toString().split("-", -1);
    return String.join("-", first[0], last[0], first[1], last[2]);
  }

  @Test
  void thin_damagedSegment_staysWithThoseBesideIt() throws Exception {
    commitAndPass(6);
    var damaged = segments().get(2);
    var bytes = Files.readAllBytes(damaged);
    bytes[200] ^= 1;
    Files.write(damaged, bytes);
    keep(0, 0);
    thinAndLetGraceEnd();
    assertEquals(6, segments().size());
    assertFalse(site.thin(), "it is not tried for ever");
  }

  /** A page map that stands at a state within the merged one is made anew. */
  @Test
  void pass_afterAKillWithAnOlderPageMap_goesOn() throws Exception {
    keep(0, 0);
    commitAndPass(3);
    site.stop();
    var map = directory.resolve("map");
    try (var maps = Files.newDirectoryStream(site.state.resolve("pages"))) {
      for (var file : maps) {
        Files.copy(file, map);
      }
    }
    commitAndPass(3);
    thinAndLetGraceEnd();
    assertEquals(1, segments().size());
    site.kill();
    try (var maps = Files.newDirectoryStream(site.state.resolve("pages"))) {
      for (var file : maps) {
        Files.write(file, Files.readAllBytes(map));
      }
    }
    commitAndPass(2);
    assertEquals(3, segments().size());
    assertAllCanBeHad();
  }

  @Test
  void detach_merged_bringsThePlainFileUpToDate() throws Exception {
    keep(0, 2);
    commitAndPass(6);
    thinAndLetGraceEnd();
    var content = app.content();
    app.close();
    site.detach(site.volume.resolve("history"));
    assertEquals(content, TestDatabase.content(site.volume.resolve(NAME)));
  }
}
