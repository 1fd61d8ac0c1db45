package io.liteferry.state;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.durable.Digest;
import io.liteferry.durable.UnknownFormatException;
import io.liteferry.fixture.Names;
import io.liteferry.scan.Stamp;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class IndexTest {
  @TempDir Path directory;

  private static Map<Path, IndexEntry> entries() {
    var entries = new HashMap<Path, IndexEntry>();
    var root = Path.of("/");
    int i = 0;
    for (var name : Names.below(root)) {
      var stamp = Optional.of(new Stamp(i, Long.MAX_VALUE - i, -i, i));
      entries.put(
          root.relativize(name),
          new IndexEntry(
              i % 2 == 0,
              i % 3 == 0 ? Optional.empty() : stamp,
              i % 5 == 0 ? Optional.empty() : stamp,
              new Digest("%064x".formatted(i)),
              i,
              -i,
              04755,
              i,
              -1,
              i % 2 == 0 ? past(i) : IndexEntry.Past.UNKNOWN));
      i++;
    }
    return entries;
  }

  private static IndexEntry.Past past(int i) {
    var past = IndexEntry.Past.UNKNOWN;
    for (int earlier = 0; earlier < i % 20; earlier++) {
      past = past.after(new Digest("%064x".formatted(earlier)));
    }
    return i % 4 == 0 ? past : past.withChanges(OptionalLong.of(0xffffffffL - i));
  }

  /** As versions before wrote it: without what was before. */
  @Test
  void decode_lineWithoutAPast_isRead() throws IOException {
    var hex = "0".repeat(64);
    var text =
        "liteferry-index 1 V\n[\"app.db\",\"d\",\"%s\",1,2,420,3,4,[5,6,7,8],[]]\nend 1\n"
            .formatted(hex);
    var entry =
        new IndexEntry(
            true,
            Optional.of(new Stamp(5, 6, 7, 8)),
            Optional.empty(),
            new Digest(hex),
            1,
            2,
            420,
            3,
            4);
    assertEquals(Map.of(Path.of("app.db"), entry), read(write(text.getBytes(UTF_8)), "V"));
  }

  @Test
  void past_moreThanARememberedNumber_keepsTheYoungest() {
    var past = IndexEntry.Past.UNKNOWN;
    for (int i = 0; i < 100; i++) {
      past = past.after(new Digest("%064x".formatted(i)));
    }
    assertEquals(16, past.earlier().size());
    assertEquals(new Digest("%064x".formatted(99)), past.earlier().getFirst());
  }

  private static byte[] encode(String volumeId, Map<Path, IndexEntry> entries) throws IOException {
    var out = new ByteArrayOutputStream();
    var unused = IndexLog.write(out, volumeId, Optional.of(entries.entrySet().stream()), Set.of());
    return out.toByteArray();
  }

  private static Map<Path, IndexEntry> read(Path file, String volumeId) throws IOException {
    return Index.read(file, volumeId).entries();
  }

  private Path write(byte[] content) throws IOException {
    return Files.write(directory.resolve("index"), content);
  }

  @Test
  void decode_whatWasEncoded_isTheSame() throws IOException {
    assertEquals(entries(), read(write(encode("V", entries())), "V"));
    assertEquals(Map.of(), read(write(encode("V", Map.of())), "V"));
  }

  @Test
  void decode_indexOfAnotherVolume_isEmpty() throws IOException {
    assertEquals(Map.of(), read(write(encode("V", entries())), "W"));
  }

  @Test
  void decode_noIndex_isEmpty() throws IOException {
    assertEquals(Map.of(), read(directory.resolve("missing"), "V"));
  }

  @Test
  void decode_cutShortAnywhere_isEmpty() throws IOException {
    var bytes = encode("V", entries());
    for (int length = 0; length < bytes.length - 1; length += 13) {
      var file = write(Arrays.copyOf(bytes, length));
      assertEquals(Map.of(), read(file, "V"), "cut to " + length);
    }
  }

  @Test
  void decode_pageOfZeroesInIt_isEmpty() throws IOException {
    var bytes = encode("V", entries());
    for (int at = 0; at + 200 < bytes.length; at += 101) {
      var torn = bytes.clone();
      Arrays.fill(torn, at, at + 200, (byte) 0);
      assertEquals(Map.of(), read(write(torn), "V"), "zeroed at " + at);
    }
  }

  @Test
  void decode_lineMissing_isEmpty() throws IOException {
    var lines = new String(encode("V", entries()), StandardCharsets.UTF_8).lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      var fewer = new java.util.ArrayList<>(lines);
      fewer.remove(i);
      var file = write((String.join("\n", fewer) + "\n").getBytes(StandardCharsets.UTF_8));
      assertEquals(Map.of(), read(file, "V"), "without line " + i);
    }
  }

  @Test
  void decode_bytesThatAreNoText_isEmpty() throws IOException {
    assertEquals(Map.of(), read(write(new byte[] {-1, -2, 0, 10}), "V"));
  }

  /** The format before: the names were in a file of their own, and the last of them may be torn. */
  @Test
  void read_firstFormat_knowsTheSameAndIsToBeWrittenAnew() throws IOException {
    var text = new String(encode("V", entries()), UTF_8);
    var file = write(text.replace("liteferry-index 2 ", "liteferry-index 1 ").getBytes(UTF_8));
    Files.writeString(
        directory.resolve("announced"), "liteferry-announced 1 V\na/long%20name\nb\nfoo/b");
    var announced = Set.of(Path.of("a/long name"), Path.of("b"));
    assertEquals(new Index(true, entries(), announced, OptionalInt.empty()), Index.read(file, "V"));
  }

  @Test
  void read_laterFormat_isRefused() throws IOException {
    var file = write("liteferry-index 3 V\nsomething else\n".getBytes(UTF_8));
    var e = assertThrows(UnknownFormatException.class, () -> Index.read(file, "V"));
    assertTrue(e.getMessage().contains("has format 3"), e.getMessage());
  }

  /** As a first pass that was killed left it. */
  @Test
  void read_firstFormatWithoutAnIndex_knowsWhatWasAnnounced() throws IOException {
    Files.writeString(directory.resolve("announced"), "liteferry-announced 1 V\nb\n");
    assertEquals(
        new Index(false, Map.of(), Set.of(Path.of("b")), OptionalInt.empty()),
        Index.read(directory.resolve("index"), "V"));
  }
}
