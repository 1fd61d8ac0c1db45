package io.liteferry.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.durable.DamagedFileException;
import io.liteferry.durable.Digest;
import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.lease.VolumeException;
import io.liteferry.publish.Verification.Verdict;
import io.liteferry.sqlite.DatabaseCheck;
import io.liteferry.volume.OpenSegments;
import io.liteferry.volume.Tips;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Segments are not checked before they are published: what they lead to may be damaged. */
final class UnsoundSegmentsTest {
  private static final Path NAME = Path.of("app.db");
  private static final Map<Path, Problem.Kind> PROBLEM = Map.of(NAME, Problem.Kind.CHECK_FAILED);

  private static final int PAGE = 4096;

  @TempDir Path directory;
  private Site site;
  private Path database;
  private int root;
  private final byte[] page = new byte[PAGE];

  @BeforeEach
  void publishDamage() throws Exception {
    site = new Site(directory).segments(Duration.ofDays(1));
    database = site.local.resolve(NAME);
    try (var app = TestDatabase.create(database, "journal_mode=DELETE")) {
      app.insertMany(2000).run("CREATE INDEX i ON t(word)");
    }
    site.pass();
    root =
        Integer.parseInt(
            TestDatabase.valueIn(database, "SELECT rootpage FROM sqlite_schema WHERE name = 'i'"));
    try (var file = new RandomAccessFile(database.toFile(), "rw")) {
      file.seek((root - 1L) * PAGE);
      file.readFully(page);
    }
    put(new byte[PAGE]);
    commit();
    assertTrue(site.pass().isComplete());
    assertEquals(1, segments());
  }

  @AfterEach
  void close() throws IOException {
    site.close();
  }

  /** As a stray write does. */
  private void put(byte[] content) throws IOException {
    try (var file = new RandomAccessFile(database.toFile(), "rw")) {
      file.seek((root - 1L) * PAGE);
      file.write(content);
    }
  }

  private void commit() {
    try (var app = TestDatabase.open(database)) {
      app.run("CREATE TABLE IF NOT EXISTS other(x)", "INSERT INTO other VALUES (1)");
    }
  }

  private long segments() throws IOException {
    try (var all = Files.walk(site.asVolume().pages())) {
      return all.filter(f -> f.toString().endsWith(".wal")).count();
    }
  }

  private Verification.Finding verify(List<Path> scratch) throws IOException {
    var check = new DatabaseCheck(DatabaseCheck.Level.FULL, Duration.ofMinutes(1));
    return Verification.of(site.asVolume(), check, scratch).databases().get(NAME);
  }

  @Test
  void pass_afterAFoldFailedItsCheck_publishesNoMoreOfIt() throws Exception {
    assertEquals(PROBLEM, site.pass(Publisher.Purpose.STOP).kinds());
    assertEquals(PROBLEM, site.pass().kinds(), "nothing changed");
    commit();
    assertEquals(PROBLEM, site.pass().kinds());
    assertEquals(PROBLEM, site.pass(Publisher.Purpose.FLUSH).kinds());
    assertEquals(1, segments());
  }

  @Test
  void pass_isRepairedAfterAFoldFailedItsCheck_goesOn() throws Exception {
    site.pass(Publisher.Purpose.STOP);
    put(page);
    commit();
    assertTrue(site.pass().isComplete());
    assertEquals(TestDatabase.content(database), TestDatabase.content(site.volume.resolve(NAME)));
    long before = segments();
    commit();
    assertTrue(site.pass().isComplete());
    assertEquals(before + 1, segments());
  }

  @Test
  void verify_segmentsLeadToADamagedDatabase_isCorrupt() throws Exception {
    var finding = verify(List.of(directory));
    assertEquals(Verdict.CORRUPT, finding.verdict(), finding::detail);
    assertTrue(finding.detail().contains("does not pass its check"), finding::detail);
    try (var left = Files.newDirectoryStream(directory, "*verify*")) {
      assertFalse(left.iterator().hasNext());
    }
  }

  private List<Path> tip() throws IOException {
    var plain = site.volume.resolve(NAME);
    return Tips.of(site.asVolume()).of(NAME, Digest.of(plain), plain).segments();
  }

  /** Scratch that fails is no finding, so what fails on the volume must not pass for that. */
  @Test
  void verify_plainFileIsReplacedMeanwhile_isNoWantOfScratch() throws Exception {
    var tip = tip();
    var check = new DatabaseCheck(DatabaseCheck.Level.FULL, Duration.ofMinutes(1));
    Files.writeString(site.volume.resolve(NAME), "no database");
    assertThrows(
        DamagedFileException.class,
        () -> new TipCheck(site.asVolume(), check, List.of(directory)).of(NAME, tip));
  }

  @Test
  void writeTo_segmentCannotBeRead_isTheVolumesFault() throws Exception {
    var segments = OpenSegments.of(site.asVolume(), NAME, tip());
    segments.close();
    assertThrows(VolumeException.class, () -> segments.writeTo(directory.resolve("copy"), NAME));
  }

  @Test
  void verify_noRoomToPutThemTogether_saysWhatWasNotChecked() throws Exception {
    var finding = verify(List.of());
    assertEquals(Verdict.PARTLY_CHECKED, finding.verdict(), finding::detail);
    assertTrue(finding.detail().contains("1 segment"), finding::detail);
    assertTrue(finding.detail().contains("liteferry rehearse"), finding::detail);
  }
}
