package io.liteferry.restore;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.KeptTrees;
import io.liteferry.fixture.LogLines;
import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.fixture.TreeImage;
import io.liteferry.history.RetentionPolicy;
import io.liteferry.publish.Publisher;
import io.liteferry.scan.PathFilter;
import io.liteferry.state.AgentState;
import io.liteferry.volume.KeepSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.logging.Level;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Goes back on real directories. */
final class RollbackTest {
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

  private long note(long generation) throws IOException {
    published.put(generation, KeptTrees.current(site.asVolume()));
    return generation;
  }

  private long pass() throws Exception {
    site.clock.letAnHourPass();
    return note(site.pass().generation());
  }

  private void insert(int rows) throws Exception {
    try (var database = TestDatabase.open(site.local.resolve("app.db"))) {
      database.insertMany(rows);
    }
  }

  /** Two points: the first with all kinds of things, the second with all of them changed. */
  private void change() throws Exception {
    site.write("same", "the same");
    site.write("changed", "one");
    site.write("gone", "gone");
    site.write("dir/inner", "inner");
    site.write("flip", "file");
    Files.createSymbolicLink(site.local.resolve("link"), Path.of("changed"));
    TestDatabase.create(site.local.resolve("app.db")).insertMany(10).close();
    TestDatabase.create(site.local.resolve("gone.db")).close();
    pass();
    site.write("changed", "another");
    Files.delete(site.local.resolve("gone"));
    Files.delete(site.local.resolve("flip"));
    site.write("flip/now", "a directory");
    site.write("new/too", "new");
    Files.delete(site.local.resolve("link"));
    Files.createSymbolicLink(site.local.resolve("link"), Path.of("nowhere"));
    Files.delete(site.local.resolve("gone.db"));
    TestDatabase.create(site.local.resolve("new.db")).close();
    Files.setAttribute(site.local.resolve("dir"), "unix:mode", 0750);
    insert(5);
    pass();
    pass();
  }

  private void assertIsPoint(long point) throws Exception {
    assertEquals(published.get(point), KeptTrees.current(site.asVolume()));
    assertEquals(TreeImage.of(site.volume), TreeImage.of(site.local));
  }

  private void assertAllAreKept() throws IOException {
    var kept = new KeptTrees(site.asVolume()).all();
    published.forEach(
        (generation, tree) -> assertEquals(tree, kept.get(generation), "point " + generation));
  }

  private long newest() {
    return published.lastKey();
  }

  @Test
  void back_everyKindOfChange_isThePointAndWhatWasStays() throws Exception {
    change();
    long before = newest();
    var done = site.rollback(1);
    note(done.made());
    assertEquals(before, done.from());
    assertIsPoint(1);
    assertAllAreKept();
    assertEquals(
        1, new KeptTrees(site.asVolume()).timeline().current().rollback().orElseThrow().to());
  }

  @Test
  void back_toWhatARollbackLeft_undoesIt() throws Exception {
    change();
    long before = newest();
    note(site.rollback(1).made());
    note(site.rollback(before).made());
    assertIsPoint(before);
    assertAllAreKept();
  }

  @Test
  void back_theAgentGoesOn_publishesWhatChangesThen() throws Exception {
    change();
    note(site.rollback(1).made());
    site.stop();
    site.restore();
    assertFalse(site.pass().changedVolume());
    insert(7);
    pass();
    site.assertVolumeEqualsLocal();
    assertAllAreKept();
  }

  /** A pass that ends before P8: its manifest is not there, or not complete. */
  private void passCutOff(boolean hasDatabase) throws Exception {
    var file = site.volume.resolve(".liteferry/manifest.json");
    var manifest = site.asVolume().manifest().orElseThrow();
    var text = Files.readString(file);
    site.pass();
    site.kill();
    var publication = site.asVolume().manifest().orElseThrow().publication();
    Files.writeString(
        file,
        hasDatabase
            ? Files.readString(file).replace("\"complete\": true", "\"complete\": false")
            : text);
    site.heldState()
        .write(
            AgentState.ready(manifest.volumeId(), Optional.of(manifest.publication()))
                .begin(publication));
    assertEquals(newest(), new KeptTrees(site.asVolume()).timeline().current().generation());
  }

  private void cutOffThenRolledBack(boolean hasDatabase) throws Exception {
    change();
    site.write("unpublished", "of local alone");
    if (hasDatabase) {
      insert(3);
    }
    passCutOff(hasDatabase);
    var done = site.rollback(1);
    assertTrue(done.from() > newest());
    assertIsPoint(1);
    assertAllAreKept();
    site.rollback(done.from());
    assertEquals("of local alone", Files.readString(site.local.resolve("unpublished")));
  }

  @Test
  void back_passOfFilesWasCutOffBeforeItsManifest_isAPointFirst() throws Exception {
    cutOffThenRolledBack(false);
  }

  @Test
  void back_passWasCutOffBeforeItsLastManifest_isAPointFirst() throws Exception {
    cutOffThenRolledBack(true);
  }

  @Test
  void pass_nothingDiffersAfterOneThatWasCutOff_makesAPoint() throws Exception {
    change();
    site.write("another", "file");
    passCutOff(false);
    assertTrue(pass() > 2);
    assertEquals(List.of(), new KeptTrees(site.asVolume()).timeline().unfinished());
    assertAllAreKept();
    long made = newest();
    assertEquals(made, pass());
  }

  @Test
  void back_localHasWhatIsNotPublished_isAPointFirst() throws Exception {
    change();
    site.stop();
    site.write("unpublished", "of local alone");
    insert(3);
    var lines = TestDatabase.content(site.local.resolve("app.db"));
    var done = site.rollback(1);
    assertTrue(done.from() > newest());
    assertIsPoint(1);
    site.rollback(done.from());
    assertEquals("of local alone", Files.readString(site.local.resolve("unpublished")));
    assertEquals(lines, TestDatabase.content(site.local.resolve("app.db")));
  }

  @Test
  void back_onAnotherNode_isThePoint() throws Exception {
    change();
    site.loseNode();
    note(site.rollback(1).made());
    assertIsPoint(1);
    assertAllAreKept();
  }

  @Test
  void back_toTheCurrentPoint_isANewOneAllTheSame() throws Exception {
    change();
    long before = newest();
    var done = site.rollback(before);
    assertEquals(before + 1, note(done.made()));
    assertIsPoint(before);
    assertAllAreKept();
  }

  @Test
  void back_noSuchPoint_changesNothing() throws Exception {
    change();
    site.stop();
    var trace = TreeImage.trace(site.local);
    assertThrows(Exception.class, () -> site.rollback(77));
    assertEquals(trace, TreeImage.trace(site.local));
    assertEquals(published.get(newest()), KeptTrees.current(site.asVolume()));
  }

  private Rollback.Done once(String request, Rollback.Scope scope) throws Exception {
    return site.rollback()
        .backOnce(history -> history.timeline().point(1).orElseThrow(), request, scope)
        .orElse(null);
  }

  @Test
  void backOnce_requestCarriedOut_isNotCarriedOutAgainOnAnyNode() throws Exception {
    change();
    note(once("1#", Rollback.Scope.ANY_LOCAL).made());
    insert(1);
    long later = pass();
    site.stop();
    assertEquals(null, once("1#", Rollback.Scope.ANY_LOCAL));
    site.loseNode();
    assertEquals(null, once("1#", Rollback.Scope.OWN_LOCAL));
    site.restore();
    assertIsPoint(later);
    assertEquals(later + 1, once("1#again", Rollback.Scope.ANY_LOCAL).made());
    assertIsPoint(1);
  }

  @Test
  void backOnce_manifestIsLost_isRefusedAsNobodyKnows() throws Exception {
    change();
    site.loseNode();
    Files.write(site.asVolume().manifestFile(), "{".getBytes(UTF_8));
    assertThrows(RefusedException.class, () -> once("1#", Rollback.Scope.OWN_LOCAL));
  }

  @Test
  void backOnce_manifestIsMadeAnew_knowsTheRequestFromTheRecords() throws Exception {
    change();
    note(once("1#", Rollback.Scope.ANY_LOCAL).made());
    site.stop();
    Files.delete(site.asVolume().manifestFile());
    pass();
    site.stop();
    assertTrue(site.asVolume().manifest().orElseThrow().applied("1#").isPresent());
    assertEquals(null, once("1#", Rollback.Scope.ANY_LOCAL));
    assertAllAreKept();
  }

  /** It may have been cut off, and then half of it is missing. */
  @Test
  void pass_manifestIsLostAfterARollback_saysThatNobodyKnowsWhetherItWasCarriedOut()
      throws Exception {
    change();
    note(once("1#", Rollback.Scope.ANY_LOCAL).made());
    site.stop();
    Files.createDirectory(site.asVolume().generations().resolve("999999999999999999"));
    Files.delete(site.asVolume().manifestFile());
    try (var log = new LogLines(Publisher.class, Level.WARNING)) {
      pass();
      var said = log.take();
      assertTrue(said.getLast().contains("whether the rollback to point 1 came to its end"));
      assertEquals(2, said.size(), said::toString);
      site.stop();
      insert(1);
      pass();
      assertEquals(List.of(), log.take());
      site.stop();
      Files.delete(site.asVolume().manifestFile());
      pass();
      assertEquals(1, log.take().size(), "there are passes since, so it came to its end");
    }
  }

  @Test
  void back_pointBefore_staysForAWeekAsBeforeAnAccident() throws Exception {
    change();
    long before = newest();
    note(site.rollback(1).made());
    var done = site.rollback(before); // each pass leaves out of its record what did not change
    assertTrue(new KeptTrees(site.asVolume()).timeline().accidents().containsKey(done.from()));
  }

  @Test
  void backOnce_applicationMayBeAtWork_isRefused() throws Exception {
    change();
    site.stop();
    var trace = TreeImage.trace(site.local);
    assertThrows(RefusedException.class, () -> once("1#", Rollback.Scope.OWN_LOCAL));
    assertEquals(trace, TreeImage.trace(site.local));
  }

  @Test
  void back_pointIsCorrupt_leavesTheVolumeAndTheNextRestoreBringsWhatIsThere() throws Exception {
    change();
    try (var kept = Files.walk(site.volume.resolve(".liteferry/pages"))) {
      for (var file : kept.filter(Files::isRegularFile).toList()) {
        Files.write(file, new byte[8192]);
      }
    }
    var e = assertThrows(UnsoundDatabaseException.class, () -> site.rollback(1));
    assertTrue(e.getMessage().contains("app.db"), e.getMessage());
    assertEquals(published.get(newest()), KeptTrees.current(site.asVolume()));
    site.stop();
    site.restore();
    assertIsPoint(newest());
  }

  @Test
  void backToSound_newestIsCorrupt_isTheNewestThatIsSoundAndKeepsTheOther() throws Exception {
    change();
    insert(1);
    long last = pass();
    site.loseNode();
    var corrupt = Files.readAllBytes(site.volume.resolve("app.db"));
    java.util.Arrays.fill(corrupt, 100, corrupt.length, (byte) 7);
    Files.write(site.volume.resolve("app.db"), corrupt);
    var e = assertThrows(UnsoundDatabaseException.class, site::restore);
    var done = site.rollback().backToSound(e);
    assertEquals(last - 1, done.to().generation());
    assertEquals(last, done.from());
    assertIsPoint(last - 1);
    assertTrue(
        Files.readString(site.volume.resolve(".liteferry/generations/%06d/pin".formatted(last)))
            .contains("not sound"));
    site.stop();
    assertThrows(UnsoundDatabaseException.class, () -> site.rollback(last));
    assertEquals(published.get(last - 1), KeptTrees.current(site.asVolume()));
  }

  @Test
  void back_fileWasTooLargeToKeep_staysAsItIs() throws Exception {
    site.keep(new KeepSettings(RetentionPolicy.DEFAULT, 5, PathFilter.ALL, ZoneId.of("UTC")));
    site.write("gone", "larger than 5");
    site.write("large", "larger than 5");
    site.write("small", "one");
    pass();
    Files.delete(site.local.resolve("gone"));
    site.write("large", "larger than 5, too");
    site.write("small", "two");
    pass();
    try (var log = new LogLines(PointRestore.class, Level.WARNING)) {
      site.rollback(1);
      var why = " (larger than --keep-file-bytes)";
      assertEquals(
          List.of(
              "WARNING point 1 lacks gone" + why + ", and it is not there now either",
              "WARNING point 1 lacks large" + why + ": it stays as it is now"),
          log.take());
    }
    assertEquals("larger than 5, too", Files.readString(site.local.resolve("large")));
    assertEquals("one", Files.readString(site.local.resolve("small")));
    site.assertVolumeEqualsLocal();
  }

  /** The command promises that all of it stays, and a second name costs nothing. */
  @Test
  void back_whatIsThereIsTooLargeToKeepOrExcluded_staysAsAPoint() throws Exception {
    var excluded = new PathFilter(List.of(), List.of(new PathFilter.Glob("cache*")));
    site.keep(new KeepSettings(RetentionPolicy.DEFAULT, 5, excluded, ZoneId.of("UTC")));
    site.write("small", "one");
    pass();
    site.write("large", "larger than 5");
    site.write("cache", "excluded");
    TestDatabase.create(site.local.resolve("cache.db")).close();
    pass();
    note(site.rollback(1).made());
    assertIsPoint(1);
    assertAllAreKept();
  }

  @Test
  void back_everythingWasDeleted_bringsItBack() throws Exception {
    change();
    Site.deleteContent(site.local);
    pass();
    note(site.rollback(1).made());
    assertIsPoint(1);
    site.loseNode();
    Site.deleteContent(site.local);
    assertAllAreKept();
  }

  @Test
  void back_volumeHasNoPoints_isRefused() throws Exception {
    assertThrows(RefusedException.class, () -> once("1#", Rollback.Scope.OWN_LOCAL));
    site.stop();
    Files.writeString(site.volume.resolve("by hand"), "data");
    assertThrows(RefusedException.class, () -> once("1#", Rollback.Scope.OWN_LOCAL));
    site.stop();
    site.restore();
    assertEquals("data", Files.readString(site.local.resolve("by hand")));
  }
}
