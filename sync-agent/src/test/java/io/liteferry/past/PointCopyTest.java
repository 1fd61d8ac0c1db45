package io.liteferry.past;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.durable.PortableName;
import io.liteferry.fixture.KeptVolume;
import io.liteferry.fixture.Names;
import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.fixture.TreeImage;
import io.liteferry.history.CheckLevel;
import io.liteferry.history.KeptPoint;
import io.liteferry.lease.VolumeException;
import io.liteferry.scan.PathFilter;
import io.liteferry.sqlite.DatabaseCheck;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PointCopyTest {
  private static final Instant BEGIN = Instant.parse("2026-11-01T08:00:00Z");
  private static final String OLD = "2026-10-01T00:00:00Z";
  private static final DatabaseCheck CHECK =
      new DatabaseCheck(DatabaseCheck.Level.FULL, Duration.ofMinutes(1));

  @TempDir Path directory;
  private KeptVolume kept;
  private int copies;

  @BeforeEach
  void make() throws IOException {
    kept = new KeptVolume(directory.resolve("local"), directory.resolve("volume"), BEGIN);
  }

  private History history() throws IOException {
    return History.read(new Volume(kept.root));
  }

  private static Selection only(String... names) {
    var paths = Set.copyOf(List.of(names).stream().map(PortableName::parse).toList());
    return new Selection(paths, PathFilter.ALL);
  }

  private Path empty() throws IOException {
    return Files.createDirectory(directory.resolve("copy" + copies++));
  }

  private PointCopy.Result copy(Path to, long point, Selection selection) throws Exception {
    return copy(history(), to, point, selection);
  }

  private static PointCopy.Result copy(History history, Path to, long point, Selection selection)
      throws Exception {
    return new PointCopy(to, CHECK, 4).copy(history, point, selection);
  }

  private void assertEachPointIsAsItWas() throws Exception {
    var history = history();
    for (var point : history.timeline().points()) {
      var to = empty();
      var result = copy(history, to, point.generation(), only());
      assertEquals(List.of(), result.shortfalls(), "point " + point.generation());
      assertEquals(
          kept.images().get(point.generation()),
          TreeImage.of(to),
          () -> "point " + point.generation());
    }
    var check = HistoryCheck.of(history, CHECK);
    assertTrue(check.isSound(), check::toString);
    assertEquals(List.of(), check.lost());
  }

  private List<Long> points() throws IOException {
    return history().timeline().points().stream().map(KeptPoint::generation).toList();
  }

  private Instant after(int minutes) {
    return BEGIN.plus(Duration.ofMinutes(minutes));
  }

  @Test
  void copy_volumeWithoutRecords_hasOnePointWhichIsNow() throws Exception {
    Site.deleteContent(kept.root.resolve(".liteferry/generations"));
    Files.delete(kept.root.resolve(".liteferry/generations"));
    Files.delete(kept.root.resolve(".liteferry/pages"));
    TestDatabase.create(kept.root.resolve("app.db")).close();
    Files.writeString(kept.root.resolve("f"), "x");
    assertEquals(List.of(1L), points());
    var to = empty();
    assertEquals(List.of(), copy(to, 1, only()).shortfalls());
    assertEquals(TreeImage.of(kept.root), TreeImage.of(to));
  }

  @Test
  void copy_everyKindAndFlip_givesEachPointAsItWas() throws Exception {
    kept.write("a/b/file", "one", OLD);
    kept.write("empty", "", OLD);
    Files.createSymbolicLink(kept.local.resolve("link"), Path.of("../elsewhere"));
    kept.sql("app.db", OLD);
    kept.publish(after(1));
    kept.write("a/b/file", "two, longer", "2026-10-02T00:00:00Z");
    kept.sql("app.db", "2026-10-02T00:00:00Z", "INSERT INTO t(word) VALUES ('second')");
    Files.setPosixFilePermissions(
        kept.local.resolve("a/b"), PosixFilePermissions.fromString("r-xr-x---"));
    kept.publish(after(2));
    Files.setPosixFilePermissions(
        kept.local.resolve("a/b/file"), PosixFilePermissions.fromString("rw-------"));
    Files.delete(kept.local.resolve("link"));
    kept.write("link/now", "a directory", OLD);
    Files.delete(kept.local.resolve("empty"));
    kept.sql("empty", OLD);
    kept.publish(after(3));
    Site.deleteContent(kept.local.resolve("a"));
    Files.delete(kept.local.resolve("a"));
    kept.write("a", "a file", OLD);
    Files.move(kept.local.resolve("app.db"), kept.local.resolve("renamed.db"));
    kept.publish(after(4));
    assertEquals(List.of(1L, 2L, 3L, 4L, 5L), points());
    assertEachPointIsAsItWas();
    kept.thin(3);
    assertEquals(List.of(1L, 2L, 4L, 5L), points());
    assertEachPointIsAsItWas();
    kept.thin(1);
    kept.thin(2);
    assertEquals(List.of(4L, 5L), points());
    assertEachPointIsAsItWas();
  }

  @Test
  void copy_namesOfAnyBytes_areCopied() throws Exception {
    for (var path : Names.below(kept.local)) {
      Files.writeString(path, "x");
    }
    kept.publish(after(1));
    for (var path : Names.below(kept.local)) {
      Files.delete(path);
    }
    kept.publish(after(2));
    assertEachPointIsAsItWas();
    var text = PortableName.of(kept.local.relativize(Names.of(kept.local, "latin1-%FC")));
    var path = new PathFinder(history()).find(text);
    assertEquals("latin1-%FC", PortableName.of(path));
  }

  @Test
  void copy_passWasCutOff_givesEachPointAsItWas() throws Exception {
    for (int i = 0; i < 6; i++) {
      kept.write("f" + i, "one " + i, OLD);
    }
    kept.sql("app.db", OLD);
    kept.publish(after(1));
    for (int i = 0; i < 4; i++) {
      kept.write("f" + i, "two", "2026-10-02T00:00:00Z");
      kept.write("new" + i, "new", OLD);
    }
    kept.sql("app.db", "2026-10-02T00:00:00Z", "INSERT INTO t(word) VALUES ('second')");
    Files.delete(kept.local.resolve("f5"));
    kept.publishAndDie(after(2), 5);
    assertEquals(List.of(3L), history().timeline().unfinished());
    assertEachPointIsAsItWas();
  }

  @Test
  void copy_passWasCutOffAndTakenOver_givesEachPointAsItWas() throws Exception {
    kept.write("f", "one", OLD);
    kept.write("g", "one", OLD);
    kept.sql("app.db", OLD);
    kept.publish(after(1));
    kept.sql("app.db", OLD, "INSERT INTO t(word) VALUES ('second')");
    kept.write("f", "two", OLD);
    kept.publishAndDie(after(2), 2);
    kept.sql("app.db", OLD, "INSERT INTO t(word) VALUES ('third')");
    kept.write("h", "new", OLD);
    kept.publishAndDie(after(3), 1);
    assertEquals(List.of(1L, 2L), points());
    assertEachPointIsAsItWas();
    Files.delete(kept.inGenerations("000003/record"));
    assertEquals(List.of(1L, 2L), points());
    assertEachPointIsAsItWas();
    kept.write("g", "three", OLD);
    assertEquals(5, kept.publish(after(4)));
    assertEquals(List.of(1L, 2L, 5L), points());
    assertEachPointIsAsItWas();
  }

  @Test
  void copy_clockWentBack_pointsStayInTheirOrder() throws Exception {
    kept.write("f", "one", OLD);
    kept.publish(after(10));
    kept.write("f", "two", OLD);
    kept.publish(Instant.EPOCH);
    kept.write("f", "three", OLD);
    kept.publish(after(20));
    var points = history().timeline().points();
    assertEquals(
        List.of(true, true, false, true), points.stream().map(KeptPoint::trusted).toList());
    assertEquals(after(20), points.get(2).time());
    assertEachPointIsAsItWas();
  }

  @RepeatedTest(2)
  void copy_randomHistories_giveEachPointAsItWas() throws Exception {
    long seed = System.nanoTime();
    var random = new Random(seed);
    try {
      for (int pass = 1; pass <= 25; pass++) {
        for (int i = random.nextInt(5); i >= 0; i--) {
          change(random, pass);
        }
        if (random.nextInt(5) == 0) {
          kept.publishAndDie(after(pass), random.nextInt(4));
          change(random, pass);
        }
        kept.publish(after(pass));
        var points = points();
        if (random.nextInt(3) == 0 && points.size() > 2) {
          kept.thin(points.get(random.nextInt(points.size() - 1)));
        }
      }
      if (random.nextBoolean()) {
        change(random, 26);
        change(random, 26);
        kept.publishAndDie(after(26), random.nextInt(4));
      }
      assertEachPointIsAsItWas();
    } catch (Exception | AssertionError e) {
      throw new AssertionError("seed " + seed, e);
    }
  }

  private void change(Random random, int pass) throws IOException {
    var name = "n" + random.nextInt(4);
    var path = kept.local.resolve(name);
    int kind = random.nextInt(6);
    boolean isDirectory = Files.isDirectory(path, java.nio.file.LinkOption.NOFOLLOW_LINKS);
    if (isDirectory && (kind == 0 || random.nextInt(4) == 0)) {
      Site.deleteContent(path);
    }
    if (kind == 3 && isDirectory) {
      Files.writeString(path.resolve("x" + random.nextInt(3)), "in it " + pass);
      return;
    }
    if (kind == 4 && !isDirectory && TestDatabaseAt.isThere(path)) {
      kept.sql(name, after(pass).toString(), "INSERT INTO t(word) VALUES ('" + pass + "')");
      return;
    }
    if (isDirectory) {
      Site.deleteContent(path);
    }
    Files.deleteIfExists(path);
    switch (kind) {
      case 1 -> kept.write(name, random.nextInt(4) == 0 ? "" : "pass " + pass, OLD);
      case 2 -> Files.createSymbolicLink(path, Path.of("to" + pass));
      case 3 -> kept.write(name + "/x", "in it", OLD);
      case 4, 5 -> kept.sql(name, OLD, "INSERT INTO t(word) VALUES ('" + pass + "')");
      default -> {}
    }
  }

  /** Tells databases from other files by their length. */
  private static final class TestDatabaseAt {
    static boolean isThere(Path path) throws IOException {
      return Files.isRegularFile(path, java.nio.file.LinkOption.NOFOLLOW_LINKS)
          && Files.size(path) > 4000;
    }
  }

  @Test
  void copy_onlyAPath_makesTheDirectoriesAboveIt() throws Exception {
    kept.write("a/b/file", "one", OLD);
    kept.write("a/other", "other", OLD);
    kept.publish(after(1));
    Site.deleteContent(kept.local.resolve("a"));
    Files.delete(kept.local.resolve("a"));
    kept.publish(after(2));
    var to = empty();
    assertEquals(3, copy(to, 2, only("a/b")).items().size());
    assertEquals("one", Files.readString(to.resolve("a/b/file")));
    assertFalse(Files.exists(to.resolve("a/other")));
  }

  @Test
  void copy_nameThatOthersPutIntoALaterDirectory_isAtEveryPoint() throws Exception {
    kept.publish(after(1));
    kept.write("made/later", "x", OLD);
    kept.write("link", "x", OLD);
    kept.publish(after(2));
    Files.writeString(kept.root.resolve("made/foreign"), "theirs");
    var to = empty();
    copy(to, 2, only());
    assertEquals("theirs", Files.readString(to.resolve("made/foreign")));
    assertFalse(Files.exists(to.resolve("made/later")));
  }

  @Test
  void copy_somethingIsPublishedMeanwhile_isCopiedFromWhereItIsNow() throws Exception {
    kept.write("f", "one", OLD);
    kept.write("g", "one", OLD);
    kept.sql("app.db", OLD);
    kept.publish(after(1));
    var before = history();
    kept.write("f", "two", "2026-10-02T00:00:00Z");
    Files.delete(kept.local.resolve("g"));
    kept.write("h", "new", OLD);
    kept.sql("app.db", "2026-10-02T00:00:00Z", "INSERT INTO t(word) VALUES ('second')");
    kept.publish(after(2));
    var to = empty();
    assertEquals(List.of(), copy(before, to, 2, only()).shortfalls());
    assertEquals(kept.images().get(2L), TreeImage.of(to));
  }

  /** Sometimes it is told to try again; what it copies is right. */
  @Test
  void copy_besideAnAgentThatPublishesAllTheTime_isThePoint() throws Exception {
    for (int i = 0; i < 30; i++) {
      kept.write("d" + i % 3 + "/f" + i, "one", OLD);
    }
    kept.sql("app.db", OLD);
    kept.publish(after(1));
    var failure = new AtomicReference<Exception>();
    var agent =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    for (int i = 0; i < 25; i++) {
                      kept.write("d" + i % 3 + "/f" + i % 30, "pass " + i, OLD);
                      kept.sql("app.db", OLD, "INSERT INTO t(word) VALUES ('" + i + "')");
                      kept.publish(after(2 + i));
                    }
                  } catch (Exception e) {
                    failure.set(e);
                  }
                });
    int copied = 0;
    while (agent.isAlive() || copied == 0) {
      var to = empty();
      try {
        var shortfalls = copy(to, 2, only()).shortfalls();
        copied++;
        assertEquals(List.of(), shortfalls);
        assertEquals(kept.images().get(2L), TreeImage.of(to));
      } catch (VolumeException e) {
        assertTrue(String.valueOf(e.getMessage()).endsWith("try again"), e::getMessage);
      }
    }
    agent.join();
    assertEquals(null, failure.get());
  }

  @Test
  void copy_pointIsThinnedMeanwhile_isRefused() throws Exception {
    kept.write("f", "one", OLD);
    kept.publish(after(1));
    kept.write("f", "two", OLD);
    kept.publish(after(2));
    var before = history();
    kept.thin(2);
    var to = empty();
    var refused = assertThrows(PastRefusedException.class, () -> copy(before, to, 2, only()));
    assertEquals(
        "point 2 was thinned while it was copied; pin it first: liteferry history pin "
            + kept.root
            + " 2. Now liteferry history shows what is left",
        refused.getMessage());
  }

  /** Its files may be gone as soon as its record is. */
  @Test
  void check_pointIsThinnedMeanwhile_saysNothingOfIt() throws Exception {
    kept.write("f", "one", OLD);
    kept.publish(after(1));
    kept.write("f", "two", OLD);
    kept.publish(after(2));
    var before = history();
    kept.thin(2);
    Files.deleteIfExists(kept.inGenerations("000003/0000-f"));
    var check = HistoryCheck.of(before, CHECK);
    assertTrue(check.isSound(), () -> check.broken().toString());
  }

  @Test
  void copy_objectIsGone_restoresAllElse() throws Exception {
    kept.write("f", "one", OLD);
    kept.write("g", "one", OLD);
    kept.publish(after(1));
    kept.write("f", "two!", OLD);
    kept.write("g", "two!", OLD);
    kept.publish(after(2));
    Files.delete(kept.inGenerations("000003/0000-f"));
    var to = empty();
    var result = copy(to, 2, only());
    assertEquals(1, result.shortfalls().size());
    var shortfall = result.shortfalls().getFirst();
    assertTrue(shortfall.broken());
    assertTrue(shortfall.text().startsWith("point 2 lacks f ("), shortfall.text());
    assertEquals("one", Files.readString(to.resolve("g")));
    var check = HistoryCheck.of(history(), CHECK);
    assertFalse(check.isSound());
    assertEquals(
        "[Finding[path=f, why=.liteferry/generations/000003/0000-f is not there, points=[2]]]",
        check.broken().toString());
  }

  @Test
  void copy_objectIsLongerThanItWas_isNotTaken() throws Exception {
    kept.write("f", "one", OLD);
    kept.write("g", "one", OLD);
    kept.publish(after(1));
    Files.delete(kept.local.resolve("f"));
    kept.publish(after(2));
    Files.writeString(kept.inGenerations("000003/0000-f"), "longer than it was");
    var to = empty();
    assertEquals(
        List.of(
            "point 2 lacks f (.liteferry/generations/000003/0000-f is damaged (it is not the"
                + " version that was published)): liteferry verify --history names all that is"
                + " missing"),
        copy(to, 2, only()).shortfalls().stream().map(Shortfall::text).toList());
    assertEquals("[g]", TreeImage.of(to).keySet().toString());
  }

  @Test
  void copy_versionWasNotKept_isNamed() throws Exception {
    kept.write("big.mp4", "large", OLD);
    kept.write("g", "one", OLD);
    kept.publish(after(1));
    kept.loseNext(Path.of("big.mp4"), "larger than --keep-file-bytes");
    Files.delete(kept.local.resolve("big.mp4"));
    kept.publish(after(2));
    var to = empty();
    var shortfalls = copy(to, 2, only()).shortfalls();
    assertEquals(
        List.of("point 2 lacks big.mp4: it was not kept (larger than --keep-file-bytes)"),
        shortfalls.stream().map(Shortfall::text).toList());
    assertFalse(shortfalls.getFirst().broken());
    assertEquals("[g]", TreeImage.of(to).keySet().toString());
    var check = HistoryCheck.of(history(), CHECK);
    assertTrue(check.isSound());
    assertEquals(1, check.lost().size());
  }

  @Test
  void copy_recordIsTorn_olderPointsAreNotOffered() throws Exception {
    for (int i = 1; i <= 3; i++) {
      kept.write("f", "x".repeat(i), OLD);
      kept.publish(after(i));
    }
    var record = kept.inGenerations("000003/record");
    var bytes = Files.readAllBytes(record);
    Files.write(record, java.util.Arrays.copyOf(bytes, bytes.length - 20));
    assertEquals(List.of(3L, 4L), points());
    var check = HistoryCheck.of(history(), CHECK);
    assertFalse(check.isSound());
    assertEquals(Set.of(3L), check.damaged().keySet());
  }

  @Test
  void copy_databaseIsCorrupt_namesThePointThatIsSound() throws Exception {
    kept.sql("app.db", OLD);
    kept.publish(after(1));
    kept.sql("app.db", OLD, "INSERT INTO t(word) VALUES ('second')");
    kept.publish(after(2));
    kept.sql("app.db", OLD, "INSERT INTO t(word) VALUES ('third')");
    kept.publish(after(3));
    try (var bases = Files.walk(kept.root.resolve(".liteferry/pages"))) {
      var base = bases.filter(path -> path.endsWith("000000003.db")).findFirst().orElseThrow();
      TestDatabase.tear(base, 1);
    }
    var to = empty();
    var shortfalls = copy(to, 3, only()).shortfalls();
    assertEquals(
        List.of(
            "app.db at 3 does not pass its check (its content is not what was published); 2 does:"
                + " --at 2"),
        shortfalls.stream().map(Shortfall::text).toList());
    assertTrue(shortfalls.getFirst().broken());
    assertFalse(HistoryCheck.of(history(), CHECK).isSound());
  }

  @Test
  void check_databaseWasCorruptWhenItWasRecorded_isNotSound() throws Exception {
    kept.sql("app.db", OLD);
    TestDatabase.tear(kept.local.resolve("app.db"), 2);
    kept.checkedAs(CheckLevel.NONE);
    kept.publish(after(1));
    Files.delete(kept.local.resolve("app.db"));
    kept.sql("app.db", OLD, "INSERT INTO t(word) VALUES ('second')");
    kept.publish(after(2));
    var check = HistoryCheck.of(history(), CHECK);
    assertFalse(check.isSound());
    assertEquals(List.of(2L), List.copyOf(check.broken().getFirst().points()));
    assertTrue(
        check.broken().getFirst().why().contains(" does not pass its check ("), check::toString);
    var uncheck = new DatabaseCheck(DatabaseCheck.Level.NONE, Duration.ZERO);
    assertTrue(HistoryCheck.of(history(), uncheck).isSound());
  }

  @Test
  void copy_segmentIsDamaged_saysWhatThePointLacks() throws Exception {
    kept.sql("app.db", OLD);
    kept.publish(after(1));
    kept.sql("app.db", OLD, "INSERT INTO t(word) VALUES ('second')");
    kept.publish(after(2));
    try (var bases = Files.walk(kept.root.resolve(".liteferry/pages"))) {
      var base = bases.filter(path -> path.endsWith("000000002.db")).findFirst().orElseThrow();
      Files.move(base, base.resolveSibling("000000001.db"));
      Files.writeString(
          base.resolveSibling("000000002-%032x-%032x.wal".formatted(1, 2)), "segment");
    }
    var to = empty();
    var shortfalls = copy(to, 2, only()).shortfalls();
    assertEquals(1, shortfalls.size());
    assertTrue(shortfalls.getFirst().broken());
    assertTrue(shortfalls.getFirst().text().contains("is not a segment"), shortfalls::toString);
    assertFalse(Files.exists(to.resolve("app.db")));
  }

  @Test
  void copy_changesNothingOnTheVolume() throws Exception {
    kept.write("f", "one", OLD);
    kept.publish(after(1));
    kept.write("f", "two", OLD);
    kept.publish(after(2));
    var before = TreeImage.trace(kept.root);
    copy(empty(), 2, only());
    HistoryCheck.of(history(), CHECK);
    assertEquals(before, TreeImage.trace(kept.root));
  }

  @Test
  void check_fileThatNobodyNeeds_isAnOrphan() throws Exception {
    kept.write("f", "one", OLD);
    kept.publish(after(1));
    kept.write("f", "two", OLD);
    kept.publish(after(2));
    kept.thin(2);
    kept.thin(1);
    Files.writeString(kept.inGenerations("000003/pin"), "");
    var check = HistoryCheck.of(history(), CHECK);
    assertTrue(check.isSound());
    assertEquals(1, check.orphans());
    assertEquals(3, check.orphanBytes());
  }
}
