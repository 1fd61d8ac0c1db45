package io.liteferry.restore;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.history.KeptPoint;
import io.liteferry.past.History;
import io.liteferry.publish.DetachRefusedException;
import io.liteferry.publish.DetachedHistory.Choice;
import io.liteferry.publish.FormSettings;
import io.liteferry.publish.Publisher;
import io.liteferry.publish.Verification;
import io.liteferry.sqlite.DatabaseCheck;
import io.liteferry.volume.HistoryOrder;
import io.liteferry.volume.KeepSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What was published last is what a plain file and its segments say, and stays so whatever becomes
 * of what is written about them elsewhere.
 */
final class NewestStateTest {
  private static final Path NAME = Path.of("app.db");
  private static final DatabaseCheck CHECK =
      new DatabaseCheck(DatabaseCheck.Level.FULL, Duration.ofMinutes(1));

  @TempDir Path directory;
  private Site site;
  private TestDatabase app;
  private int copies;

  @BeforeEach
  void publishOnce() throws Exception {
    site = new Site(directory).segments(Duration.ofDays(1));
    app = TestDatabase.create(site.local.resolve(NAME), "user_version=1");
    app.run(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)"
            + " INSERT INTO t(word) SELECT hex(randomblob(200)) FROM n");
    site.pass();
  }

  @AfterEach
  void close() throws IOException {
    app.close();
    site.close();
  }

  private void commitAndPass(String... words) throws Exception {
    for (var word : words) {
      app.run("INSERT INTO t(word) VALUES ('" + word + "')");
      passOfAll();
    }
  }

  private void passOfAll() throws Exception {
    var report = site.pass();
    assertTrue(report.problems().isEmpty(), report::toString);
  }

  private void passOfAFile() throws Exception {
    site.write("notes.txt", "note " + copies++);
    passOfAll();
  }

  private void restoreOnAnotherNode() throws Exception {
    var content = app.content();
    app.close();
    site.loseNode();
    site.restore();
    app = TestDatabase.open(site.local.resolve(NAME));
    assertEquals(content, app.content());
  }

  private void changeManifest(Consumer<JsonObject> change) throws IOException {
    var file = site.asVolume().manifestFile();
    var json = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    change.accept(json);
    Files.writeString(file, json.toString());
  }

  private static JsonObject entry(JsonObject manifest) {
    return manifest.getAsJsonArray("databases").get(0).getAsJsonObject();
  }

  /** By whoever restores now, and when all that is not needed has gone. */
  private void assertCanBeHad() throws Exception {
    assertRestored();
    for (int i = 0; i < 3; i++) {
      site.thinWhole();
      site.letGraceEnd();
      for (int j = 0; j < 100 && site.thin(); j++) {}
    }
    assertRestored();
    var check = Verification.of(site.asVolume(), CHECK);
    assertTrue(check.isSound(), check::toString);
  }

  private void assertRestored() throws Exception {
    try (var other = new Site(Files.createDirectory(directory.resolve("other" + copies++)))) {
      other.on(site.volume);
      other.copyOnly();
      assertEquals(app.content(), TestDatabase.content(other.local.resolve(NAME)));
    }
  }

  @Test
  void pass_manifestIsLostAndTheNodeToo_namesWhatSegmentsLeadTo() throws Exception {
    commitAndPass("one", "two");
    Files.delete(site.asVolume().manifestFile());
    restoreOnAnotherNode();
    passOfAll();
    assertCanBeHad();
    commitAndPass("three");
    assertCanBeHad();
  }

  @Test
  void pass_manifestIsLost_namesWhatSegmentsLeadTo() throws Exception {
    commitAndPass("one", "two");
    site.settle();
    site.kill();
    Files.delete(site.asVolume().manifestFile());
    passOfAFile();
    assertCanBeHad();
    commitAndPass("three");
    assertCanBeHad();
  }

  @Test
  void pass_manifestAndIndexAreLost_namesWhatSegmentsLeadTo() throws Exception {
    commitAndPass("one", "two");
    site.kill();
    Files.delete(site.asVolume().manifestFile());
    Files.delete(site.state.resolve("index"));
    passOfAFile();
    assertCanBeHad();
  }

  /** As by a kill between the manifest of a pass that is to delete it, and that. */
  @Test
  void pass_manifestNamesNoDatabase_namesWhatSegmentsLeadTo() throws Exception {
    commitAndPass("one", "two");
    site.settle();
    site.kill();
    changeManifest(manifest -> manifest.getAsJsonArray("databases").remove(0));
    assertRestored();
    passOfAFile();
    assertCanBeHad();
  }

  /** As versions before left it. */
  @Test
  void pass_manifestSaysNoState_findsWhatSegmentsLeadTo() throws Exception {
    commitAndPass("one", "two");
    site.settle();
    site.kill();
    changeManifest(
        manifest -> {
          entry(manifest).remove("id");
          entry(manifest).remove("state");
          entry(manifest).remove("ahead");
        });
    assertRestored();
    passOfAFile();
    assertCanBeHad();
  }

  @Test
  void pass_databaseIsExcluded_leavesWhatSegmentsLeadTo() throws Exception {
    commitAndPass("one", "two");
    site.kill();
    site.filter(List.of(), List.of("app.db"));
    passOfAFile();
    assertIsKeptOutOfSight();
  }

  @Test
  void pass_databaseIsNotIncluded_leavesWhatSegmentsLeadTo() throws Exception {
    commitAndPass("one", "two");
    site.kill();
    site.filter(List.of("*.txt"), List.of());
    passOfAFile();
    assertIsKeptOutOfSight();
  }

  @Test
  void pass_databaseIsExcludedAndTheManifestIsLost_leavesWhatSegmentsLeadTo() throws Exception {
    commitAndPass("one", "two");
    site.kill();
    Files.delete(site.asVolume().manifestFile());
    site.filter(List.of(), List.of("app.db"));
    passOfAFile();
    assertIsKeptOutOfSight();
  }

  private void assertIsKeptOutOfSight() throws Exception {
    passOfAFile();
    assertCanBeHad();
    dropAllPoints();
    assertCanBeHad();
    site.filter(List.of(), List.of());
    commitAndPass("three");
    assertCanBeHad();
  }

  private void dropAllPoints() throws Exception {
    var points =
        History.read(site.asVolume()).timeline().points().stream()
            .map(KeptPoint::generation)
            .collect(Collectors.toCollection(TreeSet::new));
    points.removeLast();
    assertTrue(site.order(new HistoryOrder.DropPoints(points)).isPresent());
  }

  /** Else it would be in the manifest for good. */
  @Test
  void pass_databaseOutOfSightIsDeletedByHand_isNotNamedAnyMore() throws Exception {
    commitAndPass("one");
    site.filter(List.of(), List.of("app.db"));
    passOfAFile();
    assertEquals(Set.of(NAME), site.asVolume().manifest().orElseThrow().databases().keySet());
    Files.delete(site.volume.resolve(NAME));
    passOfAFile();
    assertEquals(Set.of(), site.asVolume().manifest().orElseThrow().databases().keySet());
  }

  /** As by a kill after the first segment came to its place, and before the manifest says so. */
  private void cutOffBeforeTheManifest() throws Exception {
    var manifest = Files.readString(site.asVolume().manifestFile());
    commitAndPass("one");
    site.stop();
    Files.writeString(site.asVolume().manifestFile(), manifest);
  }

  @Test
  void pass_firstSegmentWasCutOffAndNothingIsToBeKept_losesNothing() throws Exception {
    cutOffBeforeTheManifest();
    restoreOnAnotherNode();
    site.keep(KeepSettings.NONE);
    site.pass();
    assertRestored();
    passOfAFile();
    assertRestored();
    passOfAFile();
    assertRestored();
    commitAndPass("two");
    assertRestored();
  }

  /** The pass that is to fold it deletes nothing before. */
  @Test
  void pass_nothingIsToBeKeptAndTheDatabaseIsLocked_losesNothing() throws Exception {
    cutOffBeforeTheManifest();
    restoreOnAnotherNode();
    site.keep(KeepSettings.NONE);
    app.run("BEGIN EXCLUSIVE");
    site.write("notes.txt", "x");
    site.pass();
    app.run("ROLLBACK");
    assertRestored();
    site.pass();
    assertRestored();
  }

  private static final FormSettings AUTO =
      new FormSettings(true, Duration.ofDays(1), 0, FormSettings.MOST_PERCENT);

  private static List<FormSettings> forms() {
    return List.of(AUTO, FormSettings.WHOLE);
  }

  /** What the volume has is the segment's state, whatever its file is. */
  @ParameterizedTest
  @MethodSource("forms")
  void pass_indexIsLostAndLocalIsThePlainFileAgain_isPublished(FormSettings form) throws Exception {
    app.run("UPDATE t SET word = 'before' WHERE id = 7");
    site.pass(Publisher.Purpose.STOP);
    var word = app.content();
    app.run("UPDATE t SET word = 'after' WHERE id = 7");
    passOfAll();
    site.kill();
    Files.delete(site.state.resolve("index"));
    app.close();
    Files.copy(site.volume.resolve(NAME), site.local.resolve(NAME), REPLACE_EXISTING);
    app = TestDatabase.open(site.local.resolve(NAME));
    assertEquals(word, app.content());
    site.form(form);
    passOfAll();
    assertCanBeHad();
  }

  private void somebodyReplacesThePlainFile() throws Exception {
    var other = directory.resolve("other.db");
    Files.copy(site.volume.resolve(NAME), other, REPLACE_EXISTING);
    try (var foreign = TestDatabase.open(other)) {
      foreign.run("INSERT INTO t(word) VALUES ('foreign')");
    }
    Files.copy(other, site.volume.resolve(NAME), REPLACE_EXISTING);
  }

  @Test
  void pass_somebodyReplacedThePlainFile_publishesItWhole() throws Exception {
    commitAndPass("one");
    somebodyReplacesThePlainFile();
    commitAndPass("two");
    assertEquals(app.content(), TestDatabase.content(site.volume.resolve(NAME)));
    assertCanBeHad();
    commitAndPass("three");
    assertNotEquals(app.content(), TestDatabase.content(site.volume.resolve(NAME)));
    assertCanBeHad();
  }

  @Test
  void pass_somebodyDeletedThePlainFile_publishesItWhole() throws Exception {
    commitAndPass("one");
    Files.delete(site.volume.resolve(NAME));
    commitAndPass("two");
    assertCanBeHad();
  }

  /** Else it would be read in each pass. */
  @Test
  void pass_somebodyTouchedThePlainFile_goesOnAndReadsItOnce() throws Exception {
    commitAndPass("one");
    var plain = site.volume.resolve(NAME);
    Files.setLastModifiedTime(plain, FileTime.fromMillis(1_000_000_000_000L));
    commitAndPass("two");
    assertNotEquals(app.content(), TestDatabase.content(plain));
    assertCanBeHad();
    site.stop();
    var index = Files.readString(site.state.resolve("index"));
    assertTrue(index.contains(",1000000000000000000,"), index);
  }

  @Test
  void detach_somebodyReplacedThePlainFile_isRefusedUnlessSegmentsStay() throws Exception {
    commitAndPass("one");
    somebodyReplacesThePlainFile();
    app.close();
    var refused =
        assertThrows(DetachRefusedException.class, () -> site.detach(new Choice.Discard()));
    assertTrue(refused.getMessage().contains("as 1 segment would be lost"), refused::toString);
    site.detach(site.volume.resolve("history"));
    assertTrue(Files.exists(site.volume.resolve("history")));
  }

  @Test
  void restore_stateIsDamagedAndLocalIsWhatWasPublished_keepsLocal() throws Exception {
    commitAndPass("one");
    app.close();
    site.kill();
    var content = TestDatabase.content(site.local.resolve(NAME));
    Files.writeString(site.state.resolve("state.json"), "{");
    site.restore();
    assertEquals(content, TestDatabase.content(site.local.resolve(NAME)));
    site.pass();
    app = TestDatabase.open(site.local.resolve(NAME));
    assertCanBeHad();
  }

  /** It is older than what was published last. */
  @Test
  void restore_stateIsDamagedAndLocalIsThePlainFile_isRefused() throws Exception {
    commitAndPass("one");
    app.close();
    site.kill();
    Files.copy(site.volume.resolve(NAME), site.local.resolve(NAME), REPLACE_EXISTING);
    Files.writeString(site.state.resolve("state.json"), "{");
    var refused = assertThrows(RefusedException.class, site::restore);
    assertTrue(refused.getMessage().contains("state.json"), refused::toString);
  }

  @Test
  void restore_stateIsDamagedAndASegmentIsMissing_isRefused() throws Exception {
    commitAndPass("one", "two");
    app.close();
    site.kill();
    try (var all = Files.walk(site.asVolume().pages())) {
      Files.delete(all.filter(file -> file.toString().endsWith(".wal")).findAny().orElseThrow());
    }
    Files.writeString(site.state.resolve("state.json"), "{");
    var refused = assertThrows(RefusedException.class, site::restore);
    assertTrue(refused.getMessage().contains("state.json"), refused::toString);
  }

  /** A clock that ran ahead must not put a fold off until it is right. */
  @Test
  void pass_plainFileIsBehindSinceTheFuture_bringsItUpToDate() throws Exception {
    commitAndPass("one");
    site.stop();
    changeManifest(
        manifest ->
            entry(manifest).getAsJsonObject("ahead").addProperty("since", "2999-01-01T00:00:00Z"));
    passOfAll();
    assertEquals(app.content(), TestDatabase.content(site.volume.resolve(NAME)));
    assertCanBeHad();
  }
}
