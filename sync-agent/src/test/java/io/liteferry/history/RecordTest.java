package io.liteferry.history;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.durable.DamagedFileException;
import io.liteferry.durable.Digest;
import io.liteferry.durable.PortableName;
import io.liteferry.durable.UnknownFormatException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RecordTest {
  private static final Path FILE = Path.of("generations/000123/record");
  private static final Instant TIME = Instant.parse("2026-11-27T17:42:10Z");
  private static final Instant MTIME = Instant.parse("2026-11-27T17:42:11.5Z");
  private static final Digest DIGEST = new Digest("0123456789abcdef".repeat(4));

  private static final Point BEFORE =
      new Point(
          122,
          3,
          TIME.minusSeconds(60),
          Optional.of(TIME.minusSeconds(59)),
          "7cce",
          CheckLevel.QUICK,
          Optional.empty(),
          List.of());
  private static final Point MADE =
      new Point(
          123,
          4,
          TIME,
          Optional.empty(),
          "85ab",
          CheckLevel.FULL,
          Optional.of(new Point.Rollback(88, "2026-11-27T10:00:00Z#\"1\"")),
          List.of("a.jpg: permission denied", "line\nbreak, ü \u2028"));
  private static final RecordHeader HEADER = RecordHeader.of("0f3a", MADE, BEFORE);

  private static final Version FILE_VERSION =
      new Version.File(
          Optional.of(new KeptObject(123, "0007-a.jpg")), 184_220, -1_000_000_001, 0644, 1000, 100);

  private static List<Change> changes() {
    var changes = new ArrayList<Change>();
    var database = new Version.Database("db1", 412, 4096, DIGEST, CheckLevel.FULL, 0600, 1, 2, 17);
    var lost = new Version.Lost("larger than --keep-file-bytes \"1\"\r\n");
    changes.add(Change.of(Path.of("a.jpg"), FILE_VERSION, new Version.Absent()));
    changes.add(Change.of(Path.of("app.db"), database, lost));
    changes.add(Change.of(Path.of("new\nline \"ü\""), new Version.Absent(), FILE_VERSION));
    changes.add(
        new Change(
            PortableName.of(Path.of("d")),
            new Version.Directory(02755, 0, 0),
            new Version.File(Optional.empty(), 0, 0, 0, -2, -2),
            true));
    for (var target : List.of("/", "/abs/x", "../up/./x", "..", "plain", "ü ?#%41", "a/../b")) {
      changes.add(
          Change.of(
              Path.of("links", Integer.toString(changes.size())),
              new Version.Link(Path.of(target), 1, 2),
              new Version.Absent()));
    }
    changes.sort(Change.ORDER);
    return changes;
  }

  private static byte[] record() throws IOException {
    return Records.written(HEADER, changes());
  }

  private static RecordReader reader(byte[] record) throws IOException {
    return new RecordReader(new ByteArrayInputStream(record), FILE, MTIME);
  }

  private static List<Change> read(byte[] record) throws IOException {
    try (var reader = reader(record)) {
      return Records.all(generation -> reader, 123);
    }
  }

  @Test
  void write_allKinds_areReadAgain() throws IOException {
    assertEquals(changes(), read(record()));
  }

  @Test
  void write_header_isReadWithTheTimeOfTheFile() throws IOException {
    try (var reader = reader(record())) {
      var header = reader.header();
      assertEquals(MADE.at(Optional.of(MTIME)), header.made());
      assertEquals(BEFORE, header.before());
      assertEquals(MTIME, header.replaced());
      assertEquals(0, header.thinned());
    }
  }

  @Test
  void write_accidents_areReadAgain() throws IOException {
    var header = HEADER.because(List.of("6 of 10 files deleted", "1 database deleted: ü"));
    try (var reader = reader(Records.written(header, changes()))) {
      assertEquals(header.accidents(), reader.header().accidents());
    }
    assertThrows(IllegalArgumentException.class, () -> HEADER.because(List.of("two\nlines")));
  }

  @Test
  void write_mergedHeader_keepsItsOwnTimes() throws IOException {
    var older =
        RecordHeader.of("0f3a", MADE.at(Optional.of(TIME)), BEFORE)
            .because(List.of("6 of 10 files deleted", "app.db is no longer a database"));
    var younger = RecordHeader.of("0f3a", Records.point(130).at(Optional.of(MTIME)), MADE);
    try (var reader = reader(Records.written(older.then(younger), List.of()))) {
      assertEquals(older.then(younger), reader.header());
      assertEquals(TIME, reader.header().replaced());
      assertEquals(1, reader.header().thinned());
      assertEquals(older.accidents(), reader.header().accidents());
      assertEquals(Optional.of(MTIME), reader.header().made().volumeTime());
    }
  }

  /** A user finds and copies a version by hand. */
  @Test
  void write_text_isWhatPeopleCanRead() throws IOException {
    var lines = new String(record(), UTF_8).lines().toList();
    assertEquals("liteferry-generation 1 0f3a 123 122", lines.getFirst());
    assertEquals(
        "[\"a.jpg\",[\"file\",\"000123/0007-a.jpg\",184220,-1000000001,\"644\",1000,100],"
            + "[\"absent\"]]",
        lines.stream().filter(l -> l.startsWith("[\"a.jpg")).findFirst().orElseThrow());
    assertTrue(lines.getLast().startsWith("end 11 "), lines.getLast());
  }

  @Test
  void write_outOfOrderOrTwice_isRefused() throws IOException {
    var writer = new RecordWriter(OutputStream.nullOutputStream(), HEADER);
    var change = Change.of(Path.of("b"), new Version.Absent(), new Version.Absent());
    writer.add(change);
    assertThrows(IllegalArgumentException.class, () -> writer.add(change));
    assertThrows(
        IllegalArgumentException.class,
        () -> writer.add(Change.of(Path.of("a"), new Version.Absent(), new Version.Absent())));
  }

  @Test
  void read_tornAnywhere_isDamaged() throws IOException {
    var record = record();
    for (int length = 0; length < record.length - 1; length++) {
      var torn = Arrays.copyOf(record, length);
      var e = assertThrows(DamagedFileException.class, () -> read(torn), () -> "at " + torn.length);
      assertTrue(e.getMessage().startsWith(FILE + " is damaged ("), e.getMessage());
    }
  }

  @Test
  void read_tornAfterAChange_saysSo() throws IOException {
    var text = new String(record(), UTF_8);
    var torn = text.substring(0, text.indexOf("end 11")).getBytes(UTF_8);
    var e = assertThrows(DamagedFileException.class, () -> read(torn));
    assertEquals(FILE + " is damaged (torn: it ends after 11 changes)", e.getMessage());
  }

  @Test
  void read_anyByteIsAnother_isDamagedOrOfALaterVersion() throws IOException {
    var record = record();
    for (int i = 0; i < record.length; i++) {
      var flipped = record.clone();
      flipped[i] ^= (byte) (1 << (i * 5 + i / 8) % Byte.SIZE);
      int at = i;
      var e = assertThrows(IOException.class, () -> read(flipped), () -> "at " + at);
      assertTrue(
          e instanceof DamagedFileException || e instanceof UnknownFormatException,
          () -> at + ": " + e);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"liteferry-generation 2 0f3a 123 122", "liteferry-generation 12 else"})
  void read_laterFormat_isAnErrorOfItsOwn(String heading) {
    var e =
        assertThrows(UnknownFormatException.class, () -> read((heading + "\n").getBytes(UTF_8)));
    assertTrue(e.getMessage().contains("run the version that wrote it"), e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "liteferry-index 1 0f3a\n", "liteferry-generation x\n", "{}"})
  void read_somethingElse_isDamaged(String text) {
    assertThrows(DamagedFileException.class, () -> read(text.getBytes(UTF_8)));
  }

  @Test
  void read_somethingAfterTheEnd_isDamaged() throws IOException {
    var out = new ByteArrayOutputStream();
    out.write(record());
    out.write('x');
    assertThrows(DamagedFileException.class, () -> read(out.toByteArray()));
  }

  @Test
  void read_badHeader_closesTheFile() {
    var closed = new boolean[1];
    var in =
        new ByteArrayInputStream(new byte[] {'x'}) {
          @Override
          public void close() {
            closed[0] = true;
          }
        };
    assertThrows(DamagedFileException.class, () -> new RecordReader(in, FILE, MTIME));
    assertTrue(closed[0]);
  }

  /** As much as a whole tree, without having it in memory: written while it is read. */
  @Test
  void write_hundredThousandChanges_arePassedThrough() throws IOException {
    int most = 100_000;
    var out = new ByteArrayOutputStream();
    var writer = new RecordWriter(out, HEADER);
    for (int i = 0; i < most; i++) {
      writer.add(Change.of(Path.of("d", "%06d".formatted(i)), new Version.Absent(), FILE_VERSION));
    }
    writer.finish();
    InputStream in = new ByteArrayInputStream(out.toByteArray());
    var copy = new ByteArrayOutputStream();
    try (var reader = new RecordReader(in, FILE, MTIME)) {
      var again = new RecordWriter(copy, HEADER);
      again.addAll(reader);
      again.finish();
    }
    assertEquals(out.size(), copy.size());
  }

  @Test
  void header_thatLeadsForward_isRefused() {
    assertThrows(IllegalArgumentException.class, () -> RecordHeader.of("v", BEFORE, MADE));
    assertThrows(IllegalArgumentException.class, () -> RecordHeader.of("a b", MADE, BEFORE));
  }
}
