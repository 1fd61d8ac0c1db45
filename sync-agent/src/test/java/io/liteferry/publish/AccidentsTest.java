package io.liteferry.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.KeptTrees;
import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.history.Budget;
import io.liteferry.history.RetentionPolicy;
import io.liteferry.scan.PathFilter;
import io.liteferry.volume.KeepSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What was on the volume before something that looks like an accident can be had for a while. */
final class AccidentsTest {
  /** Nothing that need not stay. */
  private static final KeepSettings LITTLE =
      new KeepSettings(
          new RetentionPolicy(Duration.ZERO, 0, 0, 0, Budget.parse("1")),
          1 << 20,
          PathFilter.ALL,
          ZoneId.of("UTC"));

  @TempDir Path directory;
  private Site site;
  private Path app;
  private SortedMap<String, String> before;
  private long point;

  @BeforeEach
  void make() throws IOException {
    site = new Site(directory);
    app = site.local.resolve("app.db");
  }

  @AfterEach
  void close() throws IOException {
    site.close();
  }

  private long pass() throws Exception {
    site.clock.letAnHourPass();
    return site.pass().generation();
  }

  /** What is on the volume now is what an accident puts at risk. */
  private void good() throws Exception {
    point = pass();
    before = KeptTrees.current(site.asVolume());
  }

  private Map<Long, List<String>> accidents() throws IOException {
    return new KeptTrees(site.asVolume()).timeline().accidents();
  }

  /** Whatever else goes, what was before can be had again. */
  private void assertStays(String why) throws Exception {
    assertEquals(Map.of(point, List.of(why)), accidents());
    thinToLittle();
    var trees = new KeptTrees(site.asVolume()).all();
    assertEquals(before, trees.get(point));
    assertEquals(2, trees.size(), trees.keySet()::toString);
    assertEquals(2, site.history().status().orElseThrow().points());
    assertEquals(1, site.history().status().orElseThrow().accidentPins());
  }

  private void thinToLittle() throws Exception {
    site.keep(LITTLE);
    for (int i = 0; i < 5; i++) {
      site.write("later", "change " + i);
      pass();
    }
    site.letGraceEnd();
    for (int i = 0; i < 100 && site.thin(); i++) {}
  }

  @Test
  void pass_databaseThatShrankToHalf_keepsWhatItWas() throws Exception {
    TestDatabase.create(app).insertMany(2_000).close();
    pass();
    try (var live = TestDatabase.open(app)) {
      live.run("DELETE FROM t WHERE id % 10 = 0");
    }
    good();
    assertEquals(Map.of(), accidents());
    try (var live = TestDatabase.open(app)) {
      live.run("DELETE FROM t"); // the file keeps its size
    }
    pass();
    var why = accidents().get(point).getFirst();
    assertTrue(why.matches("app.db has shrunk from [0-9]+ to [0-9]+ bytes in use"), why);
    assertStays(why);
  }

  @ParameterizedTest
  @ValueSource(strings = {"encrypted", "empty", "link", "directory", "filled directory"})
  void pass_databaseBecomesSomethingElse_isPublishedAndKeepsWhatItWas(String what)
      throws Exception {
    site.deleteGuard(Duration.ofHours(1));
    TestDatabase.create(app).insert("x").close();
    site.write("other", "o");
    good();
    Files.delete(app);
    switch (what) {
      case "encrypted" -> site.write("app.db", "no header any more");
      case "empty" -> site.write("app.db", "");
      case "link" -> Files.createSymbolicLink(app, Path.of("other"));
      case "directory" -> Files.createDirectory(app);
      default -> site.write("app.db/inside", "i");
    }
    pass();
    site.assertVolumeEqualsLocal();
    assertStays("app.db is no longer a database");
  }

  /** Also when the agent knows it by its manifest alone, as after a kill. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void pass_databaseDeleted_keepsIt(boolean killed) throws Exception {
    TestDatabase.create(app).insert("x").close();
    site.write("other", "o");
    good();
    if (killed) {
      site.kill();
    }
    Files.delete(app);
    pass();
    assertFalse(Files.exists(site.volume.resolve("app.db")));
    assertStays("1 database deleted: app.db");
  }

  @Test
  void pass_databaseMoved_isNoAccident() throws Exception {
    TestDatabase.create(app).insert("x").close();
    pass();
    Files.move(app, site.local.resolve("moved.db"));
    pass();
    assertFalse(Files.exists(site.volume.resolve("app.db")));
    assertEquals(Map.of(), accidents());
  }

  @ParameterizedTest
  @CsvSource({"3, 4, false", "5, 10, false", "6, 10, true", "150, 200, true"})
  void pass_manyFilesDeleted_keepsThem(int deleted, int all, boolean isAccident) throws Exception {
    for (int i = 0; i < all; i++) {
      site.write("d/" + i, "number " + i);
    }
    good();
    for (int i = 0; i < deleted; i++) {
      Files.delete(site.local.resolve("d/" + i));
    }
    pass();
    assertFalse(Files.exists(site.volume.resolve("d/0")));
    if (isAccident) {
      assertStays("%d of %d files deleted".formatted(deleted, all));
    } else {
      assertEquals(Map.of(), accidents());
    }
  }

  @Test
  void pass_deletionsThatTheGuardHolds_areNoAccidentYet() throws Exception {
    site.deleteGuard(Duration.ofHours(1));
    for (int i = 0; i < 10; i++) {
      site.write("d/" + i, "number " + i);
    }
    good();
    Site.deleteContent(site.local);
    Files.createDirectory(site.local.resolve("new"));
    long held = pass();
    assertEquals(Map.of(), accidents());
    site.deleteGuard(Duration.ZERO);
    pass();
    assertEquals(Map.of(held, List.of("10 of 10 files deleted")), accidents());
  }

  /** Its record says what was before, and so does the one that takes it over. */
  @Test
  void pass_thatIsCutOff_leavesWhatWasBefore() throws Exception {
    TestDatabase.create(app).insertMany(1_000).close();
    good();
    var manifest = Files.readAllBytes(site.asVolume().manifestFile());
    var state = site.heldState().read().orElseThrow();
    Files.delete(app);
    TestDatabase.create(app).close();
    pass();
    var why = accidents().get(point).getFirst();
    site.kill();
    Files.write(site.asVolume().manifestFile(), manifest);
    site.heldState().write(state.begin("another"));
    site.write("f", "by the next one");
    pass();
    assertStays(why);
  }

  @Test
  void pass_nameWithALineBreak_isOneLine() throws Exception {
    var name = "two\nlines.db";
    TestDatabase.create(site.local.resolve(name)).insert("x").close();
    site.write("other", "o");
    good();
    Files.delete(site.local.resolve(name));
    pass();
    assertStays("1 database deleted: two lines.db");
  }

  /** What was before the trouble began, and what was before the latest. */
  @Test
  void pass_databaseEmptiedAgainAndAgain_keepsTheOldestAndTheNewest() throws Exception {
    var full = new TreeMap<Long, SortedMap<String, String>>();
    TestDatabase.create(app).insertMany(1_000).close();
    for (int i = 0; i < 4; i++) {
      var generation = pass();
      full.put(generation, KeptTrees.current(site.asVolume()));
      try (var live = TestDatabase.open(app)) {
        live.run("DELETE FROM t");
      }
      pass();
      try (var live = TestDatabase.open(app)) {
        live.insertMany(1_000 + i);
      }
    }
    thinToLittle();
    var trees = new KeptTrees(site.asVolume()).all();
    assertEquals(3, trees.size(), trees.keySet()::toString);
    for (long generation : List.of(full.firstKey(), full.lastKey())) {
      assertEquals(full.get(generation), trees.get(generation));
    }
  }

  /** The rollback may have been to another point than the one that mends it. */
  @Test
  void rollback_afterAnAccidentThatIsNotTheFirst_keepsWhatWasBeforeThat() throws Exception {
    TestDatabase.create(app).insert("x").close();
    site.write("other", "o");
    long first = pass();
    Files.delete(app);
    pass();
    for (int i = 0; i < 10; i++) {
      site.write("d/" + i, "number " + i);
    }
    good();
    Site.deleteContent(site.local.resolve("d"));
    pass();
    var rollback = site.rollback(first);
    thinToLittle();
    var trees = new KeptTrees(site.asVolume()).all();
    assertEquals(before, trees.get(point), trees.keySet()::toString);
    assertEquals(4, trees.size(), trees.keySet()::toString);
    assertTrue(trees.containsKey(first) && trees.containsKey(rollback.from()));
  }

  /** There is no way back, so nothing says that there is one. */
  @Test
  void pass_databaseThatIsNotKept_isNotCalledKept() throws Exception {
    site.keep(
        new KeepSettings(
            RetentionPolicy.DEFAULT,
            1 << 20,
            new PathFilter(List.of(), List.of(new PathFilter.Glob("*.db"))),
            ZoneId.of("UTC")));
    TestDatabase.create(app).insert("x").close();
    site.write("other", "o");
    good();
    Files.delete(app);
    pass();
    assertEquals(Map.of(), accidents());
  }
}
