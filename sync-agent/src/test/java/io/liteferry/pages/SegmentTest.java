package io.liteferry.pages;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.liteferry.durable.DamagedFileException;
import io.liteferry.durable.Digest;
import io.liteferry.durable.UnknownFormatException;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.sqlite.Snapshot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written as a segment, and what is taken for one. */
final class SegmentTest {
  private static final Instant TIME = Instant.parse("2026-01-01T00:00:00Z");
  private static final String NAME = "app/data.db";

  @TempDir Path directory;
  private Path database;
  private Path base;
  private final List<Path> files = new ArrayList<>();
  private final List<Segment> segments = new ArrayList<>();

  @BeforeEach
  void nameDatabase() {
    database = directory.resolve("a.db");
    base = directory.resolve("base.db");
  }

  @AfterEach
  void closeSegments() throws IOException {
    for (var segment : segments) {
      segment.close();
    }
  }

  /** Makes a database, and a segment for each group of statements after that. */
  private void history(int pageSize, String mode, List<List<String>> steps) throws IOException {
    try (var app =
        TestDatabase.create(
            database, "page_size=" + pageSize, "auto_vacuum=2", "journal_mode=" + mode)) {
      app.run("CREATE TABLE b(x)", "INSERT INTO b VALUES (randomblob(20000))");
    }
    Files.copy(database, base);
    var capture = new Capture(database, Duration.ofSeconds(1));
    try (var plain = PlainFile.open(base);
        var map = PageMap.build(directory.resolve("map"), plain)) {
      for (var step : steps) {
        try (var app = TestDatabase.open(database)) {
          app.run(step.toArray(String[]::new));
        }
        var file = directory.resolve("captured");
        var outcome =
            capture.take(
                map,
                new Target(
                    file,
                    NAME,
                    files.size() + 1,
                    files.size() + 1,
                    3,
                    TIME,
                    false,
                    Long.MAX_VALUE));
        var heading = ((Outcome.Changed) outcome).heading();
        var named = directory.resolve(heading.name().text());
        Files.move(file, named);
        files.add(named);
        segments.add(Segment.open(named, NAME));
        assertTrue(map.apply(segments.getLast()));
      }
    }
  }

  private static final List<List<String>> STEPS =
      List.of(
          List.of("INSERT INTO t(word) VALUES ('second')"),
          List.of("INSERT INTO b SELECT randomblob(9000) FROM b, b, (SELECT 1 UNION SELECT 2)"),
          List.of("DELETE FROM b WHERE rowid > 1", "PRAGMA incremental_vacuum"),
          List.of("UPDATE t SET word = 'third'", "INSERT INTO b VALUES (randomblob(5000))"));

  private byte[] bytes() throws IOException {
    return Files.readAllBytes(database);
  }

  private byte[] folded(List<Segment> some) throws IOException {
    var file = directory.resolve("folded");
    Files.deleteIfExists(file);
    try (var plain = PlainFile.open(base)) {
      var identity = Folded.of(plain, some).write(file);
      assertEquals(some.getLast().heading().to(), identity);
    }
    return Files.readAllBytes(file);
  }

  @ParameterizedTest
  @ValueSource(ints = {512, 1024, 4096, 32768, 65536})
  void fold_ofSegments_isTheDatabaseByteForByte(int pageSize) throws IOException {
    history(pageSize, "delete", STEPS);
    assertArrayEquals(bytes(), folded(segments));
  }

  @Test
  void fold_overAStateOnTheWay_isTheSame() throws IOException {
    history(1024, "delete", STEPS);
    folded(segments.subList(0, 3));
    Files.copy(directory.resolve("folded"), directory.resolve("half"));
    base = directory.resolve("half");
    assertArrayEquals(bytes(), folded(segments));
  }

  @Test
  void merge_ofSegments_foldsToTheSame() throws IOException {
    history(1024, "wal", STEPS);
    try (var app = TestDatabase.open(database)) {
      app.run("PRAGMA wal_checkpoint(TRUNCATE)");
    }
    var merged = directory.resolve("merged");
    var heading = Folded.merge(segments.subList(1, 4), merged);
    assertEquals(
        new SegmentName(2, 4, segments.get(1).heading().from(), heading.to()), heading.name());
    var named = directory.resolve(heading.name().text());
    Files.move(merged, named);
    segments.add(Segment.open(named, NAME));
    assertArrayEquals(bytes(), folded(List.of(segments.get(0), segments.get(4))));
  }

  /** Whoever has nothing but SQLite gets their data. */
  @ParameterizedTest
  @CsvSource({"512,wal", "1024,delete", "4096,wal", "4096,delete", "65536,wal", "65536,delete"})
  void fold_bySqliteAlone_isTheDatabaseByteForByte(int pageSize, String mode)
      throws IOException, InterruptedException {
    assumeTrue(Application.hasShell(), "no sqlite3");
    history(pageSize, mode, STEPS);
    try (var app = TestDatabase.open(database)) {
      app.run("PRAGMA wal_checkpoint(TRUNCATE)");
    }
    for (var file : files) {
      Files.copy(file, directory.resolve("base.db-wal"));
      var shell =
          new ProcessBuilder("sqlite3", base.toString(), "PRAGMA wal_checkpoint(TRUNCATE)")
              .redirectErrorStream(true)
              .start();
      var answer = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(shell.waitFor(10, TimeUnit.SECONDS));
      assertEquals("0|0|0", answer.strip());
      assertFalse(Files.exists(directory.resolve("base.db-wal")));
    }
    assertArrayEquals(bytes(), Files.readAllBytes(base));
  }

  @Test
  void name_ofAnySegment_isReadAsWritten() {
    var one = new SegmentName(12, 12, new Identity(1, 2), new Identity(-1, -2));
    var several = new SegmentName(12, 14, new Identity(1, 2), new Identity(-1, -2));
    assertEquals(
        "000000012-00000000000000010000000000000002-fffffffffffffffffffffffffffffffe.wal",
        one.text());
    for (var name : List.of(one, several)) {
      assertEquals(name, SegmentName.parse(name.text()).orElseThrow());
    }
    var next = new SegmentName(15, 15, several.to(), one.from());
    assertTrue(next.isNextOf(several));
    assertFalse(next.isNextOf(one));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "000000000-00000000000000010000000000000002-fffffffffffffffffffffffffffffffe.wal",
        "000000003-000000000002-00000000000000010000000000000002-fffffffffffffffffffffffffffffffe.wal",
        "000000003-00000000000000010000000000000002-FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFE.wal",
        "000000412-413.wal",
        "00000412-00000000000000010000000000000002-fffffffffffffffffffffffffffffffe.wal",
        "a.db-wal"
      })
  void name_ofSomethingElse_isNone(String text) {
    assertTrue(SegmentName.parse(text).isEmpty());
  }

  @Test
  void open_ofAnyDamage_isRefused() throws IOException {
    history(512, "delete", STEPS.subList(0, 1));
    var whole = Files.readAllBytes(files.getFirst());
    var damaged = directory.resolve("damaged");
    for (int at = 0; at < whole.length; at++) {
      var bytes = whole.clone();
      bytes[at] ^= (byte) (1 << at % 8);
      Files.write(damaged, bytes);
      refused(damaged, "bit of byte " + at);
      if (at % 50 == 0) {
        Files.write(damaged, Arrays.copyOf(whole, at));
        refused(damaged, "cut off at " + at);
      }
    }
  }

  /** A line of another form is refused by a version that does not know it, and not as damage. */
  private static void refused(Path file, String what) {
    var e = assertThrows(IOException.class, () -> Segment.open(file, NAME), what);
    assertTrue(
        e instanceof DamagedFileException
            || e instanceof UnknownFormatException
            || e instanceof ForeignSegmentException,
        what + ": " + e);
  }

  @Test
  void open_ofALaterFormat_saysSo() throws IOException {
    history(512, "delete", STEPS.subList(0, 1));
    var later = directory.resolve("later");
    Files.writeString(later, "something else\n{\"format\":2}\n");
    assertThrows(UnknownFormatException.class, () -> Segment.open(later, NAME));
  }

  @Test
  void open_ofAnotherDatabasesOrAnotherNames_isForeign() throws IOException {
    history(512, "delete", STEPS.subList(0, 2));
    assertThrows(ForeignSegmentException.class, () -> Segment.open(files.getFirst(), "other.db"));
    var moved = directory.resolve("x").resolve(files.get(1).getFileName());
    Files.createDirectories(moved.getParent());
    Files.copy(files.getFirst(), moved);
    assertThrows(ForeignSegmentException.class, () -> Segment.open(moved, NAME));
  }

  @Test
  void fold_withASegmentMissing_isRefused() throws IOException {
    history(512, "delete", STEPS);
    assertThrows(
        ForeignSegmentException.class, () -> folded(List.of(segments.get(0), segments.get(2))));
    assertThrows(
        ForeignSegmentException.class, () -> folded(List.of(segments.get(1), segments.get(0))));
  }

  /** As before a fold: what was checked is an image, and that is what is published. */
  @Test
  void capture_ofAnImage_leadsToIt() throws IOException {
    history(1024, "wal", STEPS.subList(0, 1));
    var image = directory.resolve("image");
    var last = directory.resolve("last");
    try (var app = TestDatabase.open(database)) {
      app.run(STEPS.get(1).toArray(String[]::new));
    }
    Snapshot.take(database, image, Duration.ofSeconds(1));
    try (var plain = PlainFile.open(image);
        var map = PageMap.open(directory.resolve("map")).orElseThrow()) {
      var target = new Target(last, NAME, 2, 2, 3, TIME, true, Long.MAX_VALUE);
      var changed = assertInstanceOf(Outcome.Changed.class, Capture.ofImage(map, plain, target));
      assertTrue(changed.heading().checked());
      segments.add(Segment.open(last, NAME));
      assertTrue(map.apply(segments.getLast()));
      Files.delete(last);
      assertInstanceOf(Outcome.Unchanged.class, Capture.ofImage(map, plain, target));
      assertFalse(Files.exists(last));
    }
    assertArrayEquals(Files.readAllBytes(image), folded(segments));
  }

  @Test
  void capture_ofMoreThanIsAllowed_isToBeWhole() throws IOException {
    history(1024, "delete", STEPS.subList(0, 1));
    try (var app = TestDatabase.open(database)) {
      app.run(STEPS.get(1).toArray(String[]::new));
    }
    var last = directory.resolve("last");
    try (var map = PageMap.open(directory.resolve("map")).orElseThrow()) {
      var target = new Target(last, NAME, 2, 2, 3, TIME, false, 10_000);
      var capture = new Capture(database, Duration.ofSeconds(1));
      assertInstanceOf(Outcome.Whole.class, capture.take(map, target));
      assertFalse(Files.exists(last));
    }
  }

  @Test
  void scrub_ofPagesThatDiffer_namesThem() throws IOException {
    history(1024, "delete", STEPS);
    folded(segments);
    var image = directory.resolve("image");
    var bytes = bytes();
    Files.write(image, bytes);
    try (var one = PlainFile.open(directory.resolve("folded"));
        var other = PlainFile.open(image)) {
      assertTrue(Scrub.compare(one, other).isAgreement());
    }
    bytes[1024 + 7]++;
    bytes[3 * 1024 + 1]++;
    bytes[24]++; // as the backup API does
    Files.write(image, Arrays.copyOf(bytes, bytes.length + 1024));
    try (var one = PlainFile.open(directory.resolve("folded"));
        var other = PlainFile.open(image)) {
      var finding = Scrub.compare(one, other);
      assertFalse(finding.isAgreement());
      assertEquals(List.of(2L, 4L), finding.pages());
      assertEquals(finding.published().pageCount() + 1, finding.image().pageCount());
    }
  }

  /** So a shell can tell, without knowing the format. */
  @Test
  void line_ofASegment_hasTheSumOfWhatIsBeforeIt() throws IOException {
    history(512, "delete", STEPS.subList(0, 1));
    var text = Files.readString(files.getFirst(), StandardCharsets.ISO_8859_1);
    int sum = text.lastIndexOf(Heading.SUM);
    var before = directory.resolve("before");
    Files.write(before, text.substring(0, sum).getBytes(StandardCharsets.ISO_8859_1));
    assertEquals(Heading.SUM + Digest.of(before).hex() + Heading.END, text.substring(sum));
  }
}
