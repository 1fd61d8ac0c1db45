package io.liteferry.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.KeptTrees;
import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.history.RetentionPolicy;
import io.liteferry.past.History;
import io.liteferry.scan.PathFilter;
import io.liteferry.volume.Accident;
import io.liteferry.volume.GenerationWriter;
import io.liteferry.volume.HistoryBoard;
import io.liteferry.volume.KeepSettings;
import io.liteferry.volume.Planned;
import io.liteferry.volume.RecordedPass;
import io.liteferry.volume.VolumeWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was published can be had again after later passes. */
final class KeptGenerationsTest {
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

  /** A pass, and what it left is to be had for ever. */
  private long pass() throws Exception {
    site.clock.letAnHourPass();
    var report = site.pass();
    published.put(report.generation(), KeptTrees.current(site.asVolume()));
    return report.generation();
  }

  private void assertAllAreKept() throws IOException {
    var kept = new KeptTrees(site.asVolume()).all();
    published.forEach(
        (generation, tree) -> assertEquals(tree, kept.get(generation), "point " + generation));
  }

  private Path generation(long number) {
    return site.volume.resolve(".liteferry/generations/%06d".formatted(number));
  }

  private void change() throws Exception {
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
    Files.delete(site.local.resolve("link"));
    Files.createSymbolicLink(site.local.resolve("link"), Path.of("nowhere"));
    Files.delete(site.local.resolve("gone.db"));
    Files.setAttribute(site.local.resolve("dir"), "unix:mode", 0750);
    try (var database = TestDatabase.open(site.local.resolve("app.db"))) {
      database.insertMany(5);
    }
    pass();
    pass();
  }

  /** Else a log would come back beside a database to which it does not belong. */
  @Test
  void pass_afterADirectUse_hasItsSideFilesAtNoOlderPoint() throws Exception {
    var file = Path.of("app.db");
    var side = Path.of("app.db-wal");
    try (var database = TestDatabase.create(site.local.resolve(file)).insert("a")) {
      pass();
      database.insert("b");
      pass();
      Files.write(site.volume.resolve(side), new byte[100]);
      assertEquals(Set.of(file), History.read(site.asVolume()).tree(1).keySet());
      site.stop();
      database.insert("c");
      long last = pass();
      assertEquals(3, last);
      assertEquals(Set.of(file), History.read(site.asVolume()).tree(1).keySet());
      assertEquals(Set.of(file, side), History.read(site.asVolume()).tree(2).keySet());
    }
  }

  @Test
  void pass_everyKindOfChange_keepsWhatWasThere() throws Exception {
    change();
    site.write("changed", "a third time");
    try (var database = TestDatabase.open(site.local.resolve("app.db"))) {
      database.insertMany(5);
    }
    pass();
    assertAllAreKept();
    assertTrue(new KeptTrees(site.asVolume()).timeline().unfinished().isEmpty());
  }

  @Test
  void pass_afterARestart_goesOn() throws Exception {
    change();
    site.stop();
    site.write("changed", "a third time");
    try (var database = TestDatabase.open(site.local.resolve("app.db"))) {
      database.insertMany(5);
    }
    pass();
    site.loseNode();
    site.restore();
    site.write("changed", "elsewhere");
    try (var database = TestDatabase.open(site.local.resolve("app.db"))) {
      database.insertMany(5);
    }
    pass();
    assertAllAreKept();
  }

  @Test
  void pass_thatChangesNothing_leavesNoRecord() throws Exception {
    change();
    long last = published.lastKey();
    var file = site.local.resolve("changed");
    Files.setLastModifiedTime(file, Files.getLastModifiedTime(file));
    site.clock.letAnHourPass();
    site.pass();
    assertFalse(Files.exists(generation(last + 1)));
    assertAllAreKept();
  }

  @Test
  void pass_removalThatTheGuardHolds_isNotInTheRecord() throws Exception {
    site.deleteGuard(Duration.ofHours(1));
    for (int i = 0; i < 100; i++) {
      site.write("many/" + i, "one of many");
    }
    TestDatabase.create(site.local.resolve("held.db")).close();
    pass();
    Files.delete(site.local.resolve("held.db"));
    site.write("new", "new");
    long generation = pass();
    var record = Files.readString(generation(generation).resolve("record"));
    assertFalse(record.contains("held.db"), record);
    assertTrue(record.contains("\"new\""), record);
    assertAllAreKept();
  }

  @Test
  void pass_manyRemovals_areRecordedWhenTheyGo() throws Exception {
    for (int i = 0; i < 100; i++) {
      site.write("many/" + i, "number " + i);
    }
    pass();
    for (int i = 0; i < 100; i++) {
      Files.delete(site.local.resolve("many/" + i));
    }
    Files.delete(site.local.resolve("many"));
    site.write("new", "new");
    pass();
    assertAllAreKept();
    assertFalse(Files.exists(site.volume.resolve("many")));
  }

  @Test
  void pass_databaseChangedByOthers_isMarkedAndKept() throws Exception {
    TestDatabase.create(site.local.resolve("app.db")).close();
    site.write("file", "ours");
    pass();
    site.kill();
    TestDatabase.open(site.volume.resolve("app.db")).insertMany(3);
    Files.writeString(site.volume.resolve("file"), "somebody else's");
    var theirs = KeptTrees.current(site.asVolume());
    site.restore();
    try (var database = TestDatabase.open(site.local.resolve("app.db"))) {
      database.insertMany(5);
    }
    site.write("file", "ours again");
    long generation = pass();
    assertEquals(theirs, new KeptTrees(site.asVolume()).all().get(generation - 1));
  }

  @Test
  void pass_whatSomebodyPutOnTheVolumeMeanwhile_isKept() throws Exception {
    site.write("known/one", "one");
    TestDatabase.create(site.local.resolve("app.db")).insertMany(3).close();
    pass();
    Files.writeString(site.volume.resolve("file"), "theirs");
    Files.writeString(site.volume.resolve("known/two"), "theirs");
    Files.createDirectory(site.volume.resolve("dir"));
    Files.writeString(site.volume.resolve("dir/both"), "theirs");
    Files.writeString(site.volume.resolve("dir/other"), "theirs");
    Files.createSymbolicLink(site.volume.resolve("link"), Path.of("theirs"));
    TestDatabase.create(site.volume.resolve("new.db")).insertMany(5).close();
    Files.writeString(site.volume.resolve("file-for-dir"), "theirs");
    Files.createDirectory(site.volume.resolve("dir-for-file"));
    Files.createSymbolicLink(site.volume.resolve("link-for-dir"), Path.of("known"));
    var theirs = KeptTrees.current(site.asVolume());
    for (var name :
        List.of(
            "file",
            "known/two",
            "dir/both",
            "file-for-dir/in",
            "dir-for-file",
            "link-for-dir/in")) {
      site.write(name, "ours");
    }
    Files.createSymbolicLink(site.local.resolve("link"), Path.of("ours"));
    for (var database : List.of("new.db", "app.db")) {
      var here = site.local.resolve(database);
      (Files.exists(here) ? TestDatabase.open(here) : TestDatabase.create(here))
          .insertMany(7)
          .close();
    }
    site.clock.letAnHourPass();
    var report = site.pass();
    assertTrue(report.isComplete(), report.reasons().toString());
    assertEquals(theirs, new KeptTrees(site.asVolume()).all().get(report.generation() - 1));
    assertEquals("theirs", Files.readString(site.volume.resolve("dir/other")));
    Files.delete(site.volume.resolve("dir/other"));
    site.assertVolumeEqualsLocalByContent();
  }

  @Test
  void pass_nothingToBeKept_hasNoHistory() throws Exception {
    change();
    site.keep(KeepSettings.NONE);
    site.write("changed", "unrecorded");
    long generation = pass();
    assertFalse(Files.exists(site.volume.resolve(".liteferry/generations")));
    assertFalse(Files.exists(site.volume.resolve(".liteferry/pages")));
    site.keep(KeepSettings.DEFAULT);
    published.headMap(generation).clear();
    site.write("changed", "recorded");
    pass();
    assertAllAreKept();
    assertEquals(Set.of(generation, generation + 1), new KeptTrees(site.asVolume()).all().keySet());
  }

  /** Somebody moved in with data that was on the volume. */
  @Test
  void pass_whatWasThereBeforeTheFirst_isAPointOfThatTime() throws Exception {
    Files.writeString(site.volume.resolve("old"), "old");
    site.restore();
    site.pass();
    Files.writeString(site.local.resolve("old"), "new");
    site.pass();
    var first = new KeptTrees(site.asVolume()).timeline().points().getFirst();
    assertEquals(0, first.generation());
    assertTrue(first.time().isAfter(Instant.now().minusSeconds(600)), first::toString);
  }

  /** What looks like an accident is recorded when it goes, and nothing else was replaced. */
  @Test
  void pass_theFirstOneAddsAFileAndDeletesADatabase_keepsThat() throws Exception {
    TestDatabase.create(site.volume.resolve("app.db")).close();
    Files.writeString(site.volume.resolve("file"), "content");
    site.restore();
    published.put(0L, KeptTrees.current(site.asVolume()));
    Files.delete(site.local.resolve("app.db"));
    site.write("new", "new");
    pass();
    assertTrue(Files.notExists(site.volume.resolve("app.db")));
    assertAllAreKept();
  }

  @Test
  void pass_largeOrExcluded_isSaidToBeLost() throws Exception {
    site.keep(
        new KeepSettings(
            RetentionPolicy.DEFAULT,
            10,
            new PathFilter(List.of(), List.of(new PathFilter.Glob("*.log"))),
            ZoneId.of("UTC")));
    site.write("large", "larger than ten bytes");
    site.write("a.log", "log");
    site.write("small", "small");
    long first = pass();
    for (var name : List.of("large", "a.log", "small")) {
      site.write(name, "2");
    }
    pass();
    var tree = new KeptTrees(site.asVolume()).all().get(first);
    assertEquals("lost: larger than --keep-file-bytes", tree.get("large"));
    assertEquals("lost: excluded by --keep-exclude", tree.get("a.log"));
    assertEquals(2, site.history().lost());
    assertEquals(published.get(first).get("small"), tree.get("small"));
  }

  @Test
  void pass_damagedManifest_usesNoNumberTwice() throws Exception {
    change();
    var manifest = site.asVolume().manifestFile();
    long last = published.lastKey();
    site.stop();
    Files.writeString(manifest, "damaged");
    site.write("changed", "after that");
    assertEquals(last + 1, pass());
    assertAllAreKept();
  }

  @Test
  void pass_recordOfACutOffPass_isTakenOver() throws Exception {
    change();
    long last = published.lastKey();
    site.write("changed", "by a pass that is cut off");
    var manifest = Files.readAllBytes(site.asVolume().manifestFile());
    site.clock.letAnHourPass();
    site.pass();
    site.kill();
    Files.write(site.asVolume().manifestFile(), manifest);
    site.write("flip/now", "by the next one");
    var state = Files.readString(site.state.resolve("state.json"));
    var shown = site.asVolume().manifest().orElseThrow().publication();
    Files.writeString(
        site.state.resolve("state.json"),
        state.replaceAll("\"publication\": \"[^\"]*\"", "\"publication\": \"" + shown + "\""));
    assertEquals(last + 2, pass());
    assertAllAreKept();
  }

  @Test
  void volume_ofAnEarlierFormat_isTakenOverByTheFirstRecord() throws Exception {
    site.keep(KeepSettings.NONE);
    TestDatabase.create(site.local.resolve("app.db")).insertMany(10).close();
    site.write("file", "one");
    pass();
    site.stop();
    var marker = site.asVolume().markerFile();
    Files.writeString(
        marker, Files.readString(marker).replaceAll("\"format\": *2", "\"format\": 1"));
    var kept = Files.createDirectories(site.volume.resolve(".liteferry/kept/000000001-0a"));
    Files.writeString(kept.resolve("old.db"), "an old copy");
    site.keep(KeepSettings.DEFAULT);
    pass();
    assertTrue(Files.readString(marker).contains("\"format\": 1"), "nothing was changed");
    site.write("file", "two");
    try (var database = TestDatabase.open(site.local.resolve("app.db"))) {
      database.insertMany(5);
    }
    pass();
    assertTrue(Files.readString(marker).contains("\"format\": 2"));
    assertTrue(Files.exists(kept.resolve("old.db")));
    assertAllAreKept();
  }

  @Test
  void writer_nameThatTheRecordDoesNotHave_isNotChanged() throws Exception {
    site.write("file", "one");
    pass();
    var volume = site.asVolume();
    var writer = new VolumeWriter(volume, site.lease().staging(), volume.manifest(), () -> {});
    var generations =
        new GenerationWriter(
            volume, volume.id().orElseThrow(), writer, KeepSettings.DEFAULT, new HistoryBoard());
    var file = Path.of("file");
    assertThrows(IllegalStateException.class, () -> writer.remove(file));
    generations.expect(
        new RecordedPass() {
          @Override
          public io.liteferry.history.Point made(long generation) {
            return new io.liteferry.history.Point(
                generation,
                1,
                java.time.Instant.EPOCH,
                Optional.empty(),
                "publication",
                io.liteferry.history.CheckLevel.NONE,
                Optional.empty(),
                List.of());
          }

          @Override
          public List<Planned> changes() {
            return List.of();
          }

          @Override
          public boolean onlyAdds(List<Planned> changes) {
            return true;
          }

          @Override
          public List<Accident> accidents() {
            return List.of();
          }

          @Override
          public io.liteferry.history.Version now(Path path) {
            return new io.liteferry.history.Version.Absent();
          }
        });
    assertThrows(IllegalStateException.class, () -> writer.remove(file));
    assertTrue(Files.exists(site.volume.resolve("file")));
  }

  /** What a database's content is called, records say, too. */
  @Test
  void pass_afterTheManifestWasLost_keepsWhatWas() throws Exception {
    change();
    site.write("changed", "a third time");
    pass();
    site.stop();
    Files.writeString(site.asVolume().manifestFile(), "{");
    site.write("changed", "a fourth time");
    pass();
    try (var database = TestDatabase.open(site.local.resolve("app.db"))) {
      database.insertMany(5);
    }
    pass();
    try (var database = TestDatabase.open(site.local.resolve("app.db"))) {
      database.insertMany(5);
    }
    pass();
    assertAllAreKept();
  }
}
