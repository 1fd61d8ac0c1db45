package io.liteferry.restore;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import io.liteferry.durable.Digest;
import io.liteferry.durable.UnknownFormatException;
import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.history.KeptPoint;
import io.liteferry.lease.VolumeException;
import io.liteferry.past.History;
import io.liteferry.past.HistoryCheck;
import io.liteferry.past.PointCopy;
import io.liteferry.past.Selection;
import io.liteferry.publish.FormSettings;
import io.liteferry.publish.Publisher;
import io.liteferry.publish.Verification;
import io.liteferry.scan.PathFilter;
import io.liteferry.sqlite.DatabaseCheck;
import io.liteferry.volume.KeepSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A database that is published by segments can be had again, as it was at every point. */
final class SegmentsTest {
  private static final Path NAME = Path.of("app.db");
  private static final Duration LONG = Duration.ofDays(1);
  private static final DatabaseCheck CHECK =
      new DatabaseCheck(DatabaseCheck.Level.FULL, Duration.ofMinutes(1));

  @TempDir Path directory;
  private Site site;
  private TestDatabase app;
  private final SortedMap<Long, String> contents = new TreeMap<>();
  private int copies;

  @BeforeEach
  void publishOnce() throws Exception {
    site = new Site(directory).segments(LONG);
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

  private void pass() throws Exception {
    pass(Publisher.Purpose.ROUTINE);
  }

  private void pass(Publisher.Purpose purpose) throws Exception {
    var report = site.pass(purpose);
    assertTrue(report.problems().isEmpty(), report::toString);
    contents.put(report.generation(), app.content());
  }

  private void commit(String word) {
    app.run("INSERT INTO t(word) VALUES ('" + word + "')");
  }

  private void commitAndPass(String... words) throws Exception {
    for (var word : words) {
      commit(word);
      pass();
    }
  }

  private List<Path> files(String ending) throws IOException {
    var found = new ArrayList<Path>();
    var pages = site.asVolume().pages();
    if (Files.exists(pages)) {
      try (var all = Files.walk(pages)) {
        all.filter(f -> f.toString().endsWith(ending)).sorted().forEach(found::add);
      }
    }
    return found;
  }

  private boolean isPlainFileCurrent() {
    return TestDatabase.content(site.volume.resolve(NAME)).equals(app.content());
  }

  /** Each point, by a copy of it, and what is there now by all ways. */
  private void assertAllCanBeHad() throws Exception {
    var history = History.read(site.asVolume());
    var points = history.timeline().points().stream().map(KeptPoint::generation).toList();
    assertEquals(contents.lastKey(), points.getLast());
    for (long point : points) {
      var copy = Files.createDirectory(directory.resolve("copy" + copies++));
      var result =
          new PointCopy(copy, CHECK, 2)
              .copy(history, point, new Selection(Set.of(), PathFilter.ALL));
      assertEquals(List.of(), result.shortfalls());
      assertEquals(contents.get(point), TestDatabase.content(copy.resolve(NAME)));
    }
    var check = HistoryCheck.of(History.read(site.asVolume()), CHECK);
    assertTrue(check.isSound(), check::toString);
    var now = Verification.of(site.asVolume(), CHECK);
    assertTrue(now.isSound(), now::toString);
    assertRestored();
  }

  private void assertRestored() throws Exception {
    try (var other = new Site(Files.createDirectory(directory.resolve("other" + copies++)))) {
      other.on(site.volume);
      other.copyOnly();
      assertEquals(app.content(), TestDatabase.content(other.local.resolve(NAME)));
    }
  }

  @Test
  void pass_smallChange_addsASegmentAndLeavesThePlainFile() throws Exception {
    var plain = Digest.of(site.volume.resolve(NAME));
    commitAndPass("one", "two");
    assertEquals(2, files(".wal").size());
    assertEquals(List.of(), files(".db"));
    assertEquals(plain, Digest.of(site.volume.resolve(NAME)));
    assertAllCanBeHad();
  }

  /** So a version that knows of no segments refuses it from then on, and not before. */
  @Test
  void pass_firstSegment_givesTheVolumeItsFormat() throws Exception {
    site.form(FormSettings.WHOLE);
    Files.writeString(site.local.resolve("notes.txt"), "x");
    pass();
    assertEquals(2, format());
    site.segments(LONG);
    commitAndPass("one");
    assertEquals(3, format());
    site.form(FormSettings.WHOLE);
    pass();
    assertEquals(3, format());
  }

  @Test
  void pass_volumeWithSegmentsOfTheFormatBefore_getsTheNewOne() throws Exception {
    commitAndPass("one");
    site.stop();
    var marker = site.asVolume().markerFile();
    Files.writeString(marker, Files.readString(marker).replace("\"format\": 3", "\"format\": 2"));
    commitAndPass("two");
    assertEquals(3, format());
    assertAllCanBeHad();
  }

  @Test
  void restore_markerIsDamaged_isMadeAnewWithTheFormat() throws Exception {
    commitAndPass("one");
    site.stop();
    Files.writeString(site.asVolume().markerFile(), "{");
    site.restore();
    assertEquals(3, format());
    commitAndPass("two");
    assertAllCanBeHad();
  }

  private int format() throws IOException {
    var marker = Files.readString(site.asVolume().markerFile());
    return JsonParser.parseString(marker).getAsJsonObject().get("format").getAsInt();
  }

  @Test
  void pass_nothingChanged_changesNothing() throws Exception {
    commitAndPass("one");
    site.settle();
    app.run("BEGIN", "INSERT INTO t(word) VALUES ('x')", "ROLLBACK");
    assertFalse(site.pass().changedVolume());
    assertEquals(1, files(".wal").size());
  }

  @Test
  void pass_fold_bringsThePlainFileUpToDate() throws Exception {
    commitAndPass("one", "two");
    commit("three");
    pass(Publisher.Purpose.STOP);
    assertTrue(isPlainFileCurrent());
    assertEquals(3, files(".wal").size());
    assertEquals(1, files(".db").size(), "what it was at first");
    commitAndPass("four");
    pass(Publisher.Purpose.STOP);
    assertTrue(isPlainFileCurrent());
    assertEquals(1, files(".db").size(), "segments lead from the first base to all states");
    assertAllCanBeHad();
  }

  @Test
  void pass_theLastOne_leavesNoPlainFileBehind() throws Exception {
    commit("one");
    pass(Publisher.Purpose.STOP);
    assertTrue(isPlainFileCurrent());
    assertAllCanBeHad();
  }

  @Test
  void pass_foldIsDue_isMadeWithoutAChange() throws Exception {
    commitAndPass("one");
    assertFalse(isPlainFileCurrent());
    site.clock.letAnHourPass();
    site.segments(Duration.ofMinutes(10));
    pass();
    assertTrue(isPlainFileCurrent());
    assertAllCanBeHad();
  }

  /** Else folds of large databases would be nearly all that is written. */
  @Test
  void pass_largeDatabase_staysBehindForASecondForEachMegabyte() throws Exception {
    site.segments(Duration.ZERO);
    app.run("CREATE TABLE filler(x)", "INSERT INTO filler VALUES (zeroblob(40000000))");
    pass();
    commitAndPass("one", "two");
    assertFalse(isPlainFileCurrent());
    site.clock.letAnHourPass();
    pass();
    assertTrue(isPlainFileCurrent());
  }

  @Test
  void pass_mostOfItChanged_isPublishedWhole() throws Exception {
    commitAndPass("one");
    app.run("UPDATE t SET word = hex(randomblob(200))");
    pass();
    assertTrue(isPlainFileCurrent());
    commitAndPass("two");
    assertAllCanBeHad();
  }

  @Test
  void pass_afterARestart_goesOn() throws Exception {
    commitAndPass("one");
    site.stop();
    commitAndPass("two");
    site.kill();
    commitAndPass("three");
    assertEquals(3, files(".wal").size());
    assertAllCanBeHad();
  }

  /** Cut off before its rename: the file is still the one before, and named so again. */
  @Test
  void pass_foldWasAnnouncedAndNotMade_namesTheFileThatIsThere() throws Exception {
    commitAndPass("one");
    site.settle();
    site.stop();
    var plain = Digest.of(site.volume.resolve(NAME)).hex();
    var manifest = site.asVolume().manifestFile();
    Files.writeString(
        manifest,
        Files.readString(manifest)
            .replace(plain, "ab".repeat(32) + "\", \"previousSha256\": \"" + plain)
            .replace("\"state\": 0", "\"state\": 1, \"previousState\": 0"));
    assertRestored();
    Files.writeString(site.local.resolve("notes.txt"), "x");
    pass();
    var listed = site.asVolume().manifest().orElseThrow().databases().get(NAME);
    assertEquals(plain, listed.digest().hex());
    assertEquals(0, listed.state().orElseThrow().number());
    commitAndPass("two");
    assertEquals(2, files(".wal").size());
    assertAllCanBeHad();
  }

  /** As by a kill after the segment came to its place, and before the manifest says so. */
  @Test
  void pass_segmentOfOneThatWasCutOff_isNamedByTheNext() throws Exception {
    commitAndPass("one");
    site.settle();
    site.stop();
    var manifest = site.asVolume().manifestFile();
    var ahead = Pattern.compile(",\\s*\"ahead\": \\{[^}]*}");
    var text = ahead.matcher(Files.readString(manifest)).replaceAll("");
    Files.writeString(manifest, text.replace("\"complete\": true", "\"complete\": false"));
    Files.writeString(site.local.resolve("notes.txt"), "x");
    pass();
    var listed = site.asVolume().manifest().orElseThrow().databases().get(NAME);
    assertEquals(1, listed.ahead().orElseThrow().number());
    site.keep(KeepSettings.NONE);
    Files.writeString(site.local.resolve("notes.txt"), "y");
    site.pass();
    assertRestored();
  }

  /** As by a kill before the manifest, on a disk that then damages what was written last. */
  private void cutOffWithADamagedSegment() throws Exception {
    commitAndPass("one");
    site.settle();
    site.stop();
    var kept = new TreeMap<Path, byte[]>();
    for (var file :
        List.of(
            site.asVolume().manifestFile(),
            site.state.resolve("state.json"),
            site.state.resolve("index"),
            pageMap())) {
      kept.put(file, Files.readAllBytes(file));
    }
    commitAndPass("two");
    site.settle();
    contents.remove(contents.lastKey());
    site.kill();
    for (var file : kept.entrySet()) {
      Files.write(file.getKey(), file.getValue());
    }
    damage(files(".wal").getLast());
  }

  private Path pageMap() throws IOException {
    try (var all = Files.list(site.state.resolve("pages"))) {
      return all.findFirst().orElseThrow();
    }
  }

  private static void damage(Path segment) throws IOException {
    var bytes = Files.readAllBytes(segment);
    bytes[200] ^= 1;
    Files.write(segment, bytes);
  }

  @Test
  void pass_segmentOfOneThatWasCutOffIsDamaged_publishesItWhole() throws Exception {
    cutOffWithADamagedSegment();
    commitAndPass("three");
    assertTrue(isPlainFileCurrent());
    commitAndPass("four");
    assertFalse(isPlainFileCurrent());
    assertAllCanBeHad();
  }

  @Test
  void pass_thatSegmentIsOfADatabaseThatIsLeftAlone_namesTheStateBefore() throws Exception {
    cutOffWithADamagedSegment();
    Files.writeString(site.local.resolve("notes.txt"), "x");
    app.run("PRAGMA locking_mode=EXCLUSIVE", "BEGIN EXCLUSIVE");
    var report = site.pass();
    app.run("ROLLBACK", "PRAGMA locking_mode=NORMAL", "SELECT * FROM t");
    assertEquals(Set.of(NAME), report.problems().keySet());
    var listed = site.asVolume().manifest().orElseThrow().databases().get(NAME);
    assertEquals(1, listed.ahead().orElseThrow().number());
    commitAndPass("three");
    assertTrue(isPlainFileCurrent());
    assertRestored();
  }

  @Test
  void history_newestSegmentIsDamaged_offersOlderPoints() throws Exception {
    commitAndPass("one", "two");
    long before = contents.headMap(contents.lastKey()).lastKey();
    site.stop();
    damage(files(".wal").getLast());
    var copy = Files.createDirectory(directory.resolve("older"));
    var result =
        new PointCopy(copy, CHECK, 2)
            .copy(History.read(site.asVolume()), before, new Selection(Set.of(), PathFilter.ALL));
    assertEquals(List.of(), result.shortfalls());
    assertEquals(contents.get(before), TestDatabase.content(copy.resolve(NAME)));
    assertFalse(HistoryCheck.of(History.read(site.asVolume()), CHECK).isSound());
  }

  /** Each pass that found it would keep another descriptor. */
  @Test
  void pass_segmentIsDamaged_leavesNoPageMapOpen() throws Exception {
    cutOffWithADamagedSegment();
    long before = openPageMaps();
    commitAndPass("three");
    assertEquals(before + 1, openPageMaps(), "the one in use");
  }

  private long openPageMaps() throws IOException {
    var maps = site.state.resolve("pages");
    long open = 0;
    try (var all = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (var descriptor : all) {
        try {
          open += Files.readSymbolicLink(descriptor).startsWith(maps) ? 1 : 0;
        } catch (IOException e) {
          // that of this listing
        }
      }
    }
    return open;
  }

  @Test
  void pass_pageMapIsLost_isMadeAnewFromTheVolume() throws Exception {
    commitAndPass("one");
    site.kill();
    Site.deleteContent(site.state.resolve("pages"));
    commitAndPass("two");
    assertEquals(2, files(".wal").size());
    assertAllCanBeHad();
  }

  @Test
  void pass_formIsWholeAgain_bringsThePlainFileUpToDate() throws Exception {
    commitAndPass("one");
    site.form(FormSettings.WHOLE);
    pass();
    assertTrue(isPlainFileCurrent());
    assertAllCanBeHad();
  }

  @Test
  void pass_nothingIsToBeKept_firstBringsThePlainFileUpToDate() throws Exception {
    commitAndPass("one");
    site.keep(KeepSettings.NONE);
    commit("two");
    site.pass();
    assertTrue(isPlainFileCurrent());
    commit("three");
    site.pass();
    assertTrue(isPlainFileCurrent());
    assertEquals(List.of(), files(""));
    assertRestored();
  }

  @Test
  void restore_nodeIsLost_getsWhatWasPublishedLast() throws Exception {
    commitAndPass("one", "two");
    var content = app.content();
    app.close();
    site.loseNode();
    site.restore();
    assertEquals(content, TestDatabase.content(site.local.resolve(NAME)));
    app = TestDatabase.open(site.local.resolve(NAME));
    commitAndPass("three");
    assertEquals(3, files(".wal").size());
    assertAllCanBeHad();
  }

  /** Found out before a local is given up for it. */
  @Test
  void restore_noRoomForWhatSegmentsAdd_isRefusedAtOnce() throws Exception {
    commitAndPass("one");
    app.close();
    site.loseNode();
    var manifest = site.asVolume().manifestFile();
    long bytes = site.asVolume().manifest().orElseThrow().databases().get(NAME).bytes();
    var ahead = Pattern.compile("(\"ahead\": \\{[^}]*\"bytes\": )" + bytes);
    var text = Files.readString(manifest);
    Files.writeString(manifest, ahead.matcher(text).replaceFirst("$1" + (1L << 60)));
    var refused = assertThrows(IOException.class, site::restore);
    assertTrue(refused.getMessage().contains("make room"), refused::toString);
    Files.writeString(manifest, text);
    site.restore();
    app = TestDatabase.open(site.local.resolve(NAME));
  }

  @Test
  void restore_manifestIsLost_getsWhatWasPublishedLast() throws Exception {
    commitAndPass("one", "two");
    Files.delete(site.asVolume().manifestFile());
    assertRestored();
  }

  @Test
  void restore_newestSegmentIsMissing_isRefused() throws Exception {
    commitAndPass("one", "two");
    Files.delete(files(".wal").getLast());
    assertRefused("the segment that leads on from its state 1 is missing");
  }

  @Test
  void restore_oneSegmentIsMissing_isRefused() throws Exception {
    commitAndPass("one", "two", "three");
    Files.delete(files(".wal").get(1));
    assertRefused("the segment that leads on from its state 1 is missing");
  }

  @Test
  void restore_segmentIsDamaged_isRefused() throws Exception {
    commitAndPass("one", "two");
    damage(files(".wal").getFirst());
    assertRefused("its content has another sum than it says");
  }

  @Test
  void restore_segmentIsAnothers_isRefused() throws Exception {
    commitAndPass("one", "two");
    var all = files(".wal");
    Files.delete(all.getLast());
    Files.copy(all.getFirst(), all.getLast());
    assertRefused("is another segment");
  }

  @Test
  void restore_segmentIsOfAnotherDatabase_isRefused() throws Exception {
    try (var second = TestDatabase.create(site.local.resolve("other.db")).insertMany(500)) {
      pass();
      second.run("INSERT INTO t(word) VALUES ('one')");
      commitAndPass("one");
    }
    var databases = site.asVolume().manifest().orElseThrow().databases();
    var pages = site.asVolume().pages();
    var mine = pages.resolve(databases.get(NAME).state().orElseThrow().id());
    var theirs = pages.resolve(databases.get(Path.of("other.db")).state().orElseThrow().id());
    var all = files(".wal");
    var own = all.stream().filter(file -> file.startsWith(mine)).findFirst().orElseThrow();
    var foreign = all.stream().filter(file -> file.startsWith(theirs)).findFirst().orElseThrow();
    Files.copy(foreign, own, REPLACE_EXISTING);
    assertRefused("of the database other.db");
  }

  @Test
  void restore_somebodyPutAnEarlierFileBack_getsWhatWasPublishedLast() throws Exception {
    commitAndPass("one");
    var earlier = Files.readAllBytes(site.volume.resolve(NAME));
    commit("two");
    pass(Publisher.Purpose.STOP);
    commitAndPass("three");
    Files.write(site.volume.resolve(NAME), earlier);
    assertRestored();
  }

  @Test
  void restore_afterAFold_getsWhatLeadsOnFromIt() throws Exception {
    commitAndPass("one", "two");
    commit("three");
    pass(Publisher.Purpose.STOP);
    commitAndPass("four");
    assertEquals(4, files(".wal").size());
    assertRestored();
  }

  @Test
  void restore_segmentOfALaterFormat_isRefused() throws Exception {
    commitAndPass("one");
    var file = files(".wal").getFirst();
    var text = Files.readString(file, ISO_8859_1);
    Files.writeString(file, text.replace("{\"format\":1,", "{\"format\":9,"), ISO_8859_1);
    try (var other = new Site(Files.createDirectory(directory.resolve("other")))) {
      other.on(site.volume);
      assertThrows(UnknownFormatException.class, other::copyOnly);
    }
    assertThrows(UnknownFormatException.class, () -> Verification.of(site.asVolume(), CHECK));
  }

  private void assertRefused(String why) throws Exception {
    try (var other = new Site(Files.createDirectory(directory.resolve("other")))) {
      other.on(site.volume);
      var refused = assertThrows(IOException.class, other::copyOnly);
      assertFalse(refused instanceof VolumeException, refused::toString);
      assertTrue(refused.getMessage().contains(why), refused::toString);
    }
    var check = Verification.of(site.asVolume(), CHECK);
    assertFalse(check.isSound(), check::toString);
  }

  @Test
  void restore_afterARebootWithLocalAsPublished_keepsLocal() throws Exception {
    commitAndPass("one", "two");
    var content = app.content();
    app.close();
    site.reboot();
    site.restore();
    assertEquals(content, TestDatabase.content(site.local.resolve(NAME)));
    assertFalse(Files.exists(site.state.resolve("set-aside")));
  }

  @Test
  void restore_crashSetLocalBack_getsWhatWasPublishedLast() throws Exception {
    commitAndPass("one");
    app.close();
    site.settle();
    var earlier = Files.readAllBytes(site.local.resolve(NAME));
    app = TestDatabase.open(site.local.resolve(NAME));
    commitAndPass("two");
    var content = app.content();
    app.close();
    site.settle();
    Files.write(site.local.resolve(NAME), earlier);
    site.reboot();
    site.restore();
    assertEquals(content, TestDatabase.content(site.local.resolve(NAME)));
  }

  @Test
  void detach_plainFileIsBehind_bringsItUpToDate() throws Exception {
    commitAndPass("one", "two");
    var content = app.content();
    app.close();
    var history = site.volume.resolve("history");
    site.detach(history);
    assertEquals(content, TestDatabase.content(site.volume.resolve(NAME)));
    assertFalse(Files.exists(site.asVolume().own()));
    try (var kept = Files.walk(history)) {
      assertTrue(
          kept.anyMatch(file -> file.toString().endsWith("000000000.db")),
          "what segments begin at");
    }
  }

  @Test
  void restore_somebodyReplacedThePlainFile_takesItAndSetsSegmentsAside() throws Exception {
    commitAndPass("one", "two");
    var other = directory.resolve("other.db");
    try (var foreign = TestDatabase.create(other)) {
      foreign.run("INSERT INTO t(word) VALUES ('foreign')");
    }
    Files.copy(other, site.volume.resolve(NAME), REPLACE_EXISTING);
    try (var copy = new Site(Files.createDirectory(directory.resolve("copy")))) {
      copy.on(site.volume);
      copy.copyOnly();
      assertEquals(TestDatabase.content(other), TestDatabase.content(copy.local.resolve(NAME)));
    }
  }
}
