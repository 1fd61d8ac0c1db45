package io.liteferry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.fixture.TreeImage;
import io.liteferry.history.KeptPoint;
import io.liteferry.lease.Lease;
import io.liteferry.lease.LeaseClock;
import io.liteferry.lease.LeaseSettings;
import io.liteferry.past.History;
import io.liteferry.past.PointCopy;
import io.liteferry.past.Selection;
import io.liteferry.publish.Publisher;
import io.liteferry.scan.PathFilter;
import io.liteferry.sqlite.DatabaseCheck;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The command from its arguments to its exit code, on a volume whose plain files are behind. */
final class FoldCommandTest extends InProcess {
  private Site site;
  private TestDatabase app;

  @BeforeEach
  void publish() throws Exception {
    site = new Site(Files.createDirectory(directory.resolve("site"))).segments(Duration.ofDays(1));
    volume = site.volume;
    app = TestDatabase.create(site.local.resolve("app.db"), "journal_mode = WAL").insertMany(2_000);
    TestDatabase.create(site.local.resolve("still.db")).insertMany(10).close();
    site.pass();
    for (var word : List.of("one", "two", "three")) {
      commitAndPass(word);
    }
    site.stop();
  }

  @AfterEach
  void close() throws IOException {
    app.close();
    site.close();
  }

  private void commitAndPass(String word) throws Exception {
    app.run("INSERT INTO t(word) VALUES ('" + word + "')");
    assertTrue(site.pass().isComplete());
  }

  private List<Path> segments() throws IOException {
    try (var all = Files.walk(site.asVolume().pages())) {
      return all.filter(file -> file.toString().endsWith(".wal")).sorted().toList();
    }
  }

  private boolean isCurrent() {
    return TestDatabase.content(volume.resolve("app.db")).equals(app.content());
  }

  /** After this nothing may be lost: whoever has no local gets what was published last. */
  private void assertRestored() throws Exception {
    var other = directory.resolve("other");
    Files.createDirectory(other);
    assertEquals(0, run("restore", "--copy", other, volume), this::said);
    assertEquals(app.content(), TestDatabase.content(other.resolve("app.db")));
  }

  @Test
  void fold_behind_bringsPlainFilesUpToDate() throws Exception {
    assertFalse(isCurrent());
    assertEquals(0, run("status", volume), this::said);
    assertTrue(printed().contains(" by segments; its file is behind since 20"), printed());
    assertTrue(printed().contains(", by 3 segments of "), printed());
    assertEquals(0, run("fold", volume), this::said);
    assertTrue(printed().contains("app.db: brought up to date, 3 segments, "), printed());
    assertTrue(printed().contains("still.db: is up to date"), printed());
    assertTrue(isCurrent());
    assertEquals(0, run("status", volume), this::said);
    assertFalse(printed().contains("behind"), printed());
    assertTrue(printed().contains(" whole"), printed());
    assertEquals(0, run("verify", volume, "--history"), this::said);
    assertEquals(0, run("fold", volume), this::said);
    assertTrue(printed().contains("app.db: is up to date"), printed());
    assertRestored();
  }

  @Test
  void fold_behind_everyPointCanStillBeHad() throws Exception {
    assertEquals(0, run("fold", volume), this::said);
    var history = History.read(site.asVolume());
    var points = history.timeline().points().stream().map(KeptPoint::generation).toList();
    assertEquals(4, points.size());
    var check = new DatabaseCheck(DatabaseCheck.Level.FULL, Duration.ofMinutes(1));
    for (long point : points) {
      var copy = Files.createDirectory(directory.resolve("copy" + point));
      new PointCopy(copy, check, 2).copy(history, point, new Selection(Set.of(), PathFilter.ALL));
    }
  }

  @Test
  void fold_agentStartsAgain_goesOnWithItsLocal() throws Exception {
    app.run("INSERT INTO t(word) VALUES ('not published')");
    assertEquals(0, run("fold", volume), this::said);
    site.restore();
    commitAndPass("four");
    commitAndPass("five");
    site.stop();
    assertEquals(0, run("verify", volume, "--history"), this::said);
    assertRestored();
  }

  @Test
  void fold_secondTime_keepsNoSecondBase() throws Exception {
    assertEquals(0, run("fold", volume), this::said);
    site.restore();
    commitAndPass("four"); // whole, as nobody published this file
    commitAndPass("five");
    site.pass(Publisher.Purpose.STOP);
    commitAndPass("six");
    site.stop();
    long before = bases();
    assertEquals(0, run("fold", volume), this::said);
    assertTrue(printed().contains("app.db: brought up to date, 1 segment, "), printed());
    assertEquals(before, bases());
    assertEquals(0, run("verify", volume, "--history"), this::said);
  }

  private long bases() throws IOException {
    try (var all = Files.walk(site.asVolume().pages())) {
      return all.filter(file -> file.toString().endsWith(".db")).count();
    }
  }

  @Test
  void fold_namedPaths_leavesOthers() throws Exception {
    assertEquals(0, run("fold", volume, "still.db"), this::said);
    assertFalse(printed().contains("app.db"), printed());
    assertFalse(isCurrent());
    assertEquals(3, run("fold", volume, "none.db"));
    assertTrue(said().contains("none.db is not a database on VOLUME"), said());
    assertEquals(0, run("fold", volume, volume.resolve("app.db")), this::said);
    assertTrue(isCurrent());
  }

  @Test
  void fold_json_saysWhatWasDone() throws Exception {
    assertEquals(0, run("fold", volume, "--json"), this::said);
    var databases = JsonParser.parseString(printed()).getAsJsonObject().getAsJsonArray("databases");
    var first = databases.get(0).getAsJsonObject();
    assertEquals("app.db", first.get("path").getAsString());
    assertEquals("folded", first.get("result").getAsString());
    assertEquals(3, first.get("segments").getAsInt());
    assertEquals("current", databases.get(1).getAsJsonObject().get("result").getAsString());
  }

  @Test
  void fold_agentIsAlive_exitsWith9() throws Exception {
    var holder = new LeaseSettings("node-1", Duration.ofHours(1), Duration.ZERO);
    var held = Lease.acquire(site.asVolume().own(), holder, LeaseClock.SYSTEM);
    assertEquals(9, run("fold", volume, "--lease-wait", "0s"));
    assertTrue(said().contains("node-1") && said().contains("--fold-after"), said());
    held.release(true);
    assertFalse(isCurrent());
    assertRestored();
  }

  @Test
  void fold_segmentIsMissing_exitsWith7AndNamesTheDatabase() throws Exception {
    var segment = segments().get(1);
    var content = Files.readAllBytes(segment);
    Files.delete(segment);
    assertDamaged("app.db: NOT brought up to date, nothing was changed: ", " is missing");
    Files.write(segment, content);
    assertRestored();
  }

  @Test
  void fold_segmentIsDamaged_exitsWith7AndNamesIt() throws Exception {
    var segment = segments().get(1);
    var content = Files.readAllBytes(segment);
    var damaged = content.clone();
    damaged[200] ^= 1;
    Files.write(segment, damaged);
    assertDamaged("app.db: NOT brought up to date", segment.getFileName().toString());
    Files.write(segment, content);
    assertRestored();
  }

  private void assertDamaged(String... parts) throws Exception {
    var before = TreeImage.of(volume);
    before.keySet().removeIf(name -> name.startsWith(".liteferry/epochs"));
    assertEquals(7, run("fold", volume));
    for (var part : parts) {
      assertTrue(printed().contains(part), printed());
    }
    assertTrue(printed().contains("still.db: is up to date"), printed());
    var after = TreeImage.of(volume);
    after.keySet().removeIf(name -> name.startsWith(".liteferry/epochs"));
    assertEquals(
        before.keySet().stream().filter(n -> !n.contains("staging")).toList(),
        after.keySet().stream().filter(n -> !n.contains("staging")).toList());
    assertFalse(isCurrent());
  }

  @Test
  void fold_programRanOnTheVolume_isRefused() throws Exception {
    var wal = volume.resolve("app.db-wal");
    Files.writeString(wal, "x");
    assertEquals(3, run("fold", volume));
    assertTrue(printed().contains("app.db: NOT brought up to date"), printed());
    assertTrue(printed().contains("side files with content, app.db-wal"), printed());
    Files.delete(wal);
    assertFalse(isCurrent());
    assertRestored();
  }

  @Test
  void fold_somebodyReplacedThePlainFile_leavesIt() throws Exception {
    var foreign = directory.resolve("foreign.db");
    TestDatabase.create(foreign).insertMany(5).close();
    Files.copy(foreign, volume.resolve("app.db"), StandardCopyOption.REPLACE_EXISTING);
    assertEquals(0, run("fold", volume), this::said);
    assertTrue(printed().contains("app.db: somebody else put it there"), printed());
    assertEquals(TestDatabase.content(foreign), TestDatabase.content(volume.resolve("app.db")));
  }

  @Test
  void fold_notAVolume_exitsWith4() throws Exception {
    var empty = Files.createDirectory(directory.resolve("empty"));
    assertEquals(4, run("fold", empty));
    assertTrue(said().contains("is not a volume of Liteferry"), said());
  }
}
