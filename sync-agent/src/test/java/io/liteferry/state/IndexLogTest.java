package io.liteferry.state;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.APPEND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import io.liteferry.durable.Digest;
import io.liteferry.fixture.Names;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class IndexLogTest {
  private static final String VOLUME = "V";
  private static final Path A = Path.of("a");
  private static final Path B = Path.of("b");

  @TempDir Path directory;
  private final Known known = new Known();
  private StateDirectory state;
  private Path file;

  @BeforeEach
  void open() throws IOException {
    state =
        StateDirectory.open(
            directory.resolve("state"), Files.createDirectory(directory.resolve("local")));
    file = directory.resolve("state/index");
  }

  @AfterEach
  void close() throws IOException {
    state.close();
  }

  /** Of text and bytes together, with room to spare. */
  private static final int BUFFERED = 64 * 1024;

  /** Keeps nothing. */
  private static final class Counting extends OutputStream {
    private long bytes;

    @Override
    public void write(int b) {
      bytes++;
    }

    @Override
    public void write(byte[] b, int from, int length) {
      bytes += length;
    }
  }

  /** What a publisher would know. */
  private static final class Known implements IndexLog.Facts {
    final Map<Path, IndexEntry> entries = new HashMap<>();
    final Set<Path> unread = new HashSet<>();
    Set<Path> changed = new HashSet<>();

    void put(Path path, IndexEntry entry) {
      entries.put(path, entry);
      unread.remove(path);
      changed.add(path);
    }

    void remove(Path path) {
      entries.remove(path);
      unread.remove(path);
      changed.add(path);
    }

    @Override
    public Stream<Map.Entry<Path, IndexEntry>> entries() {
      return entries.entrySet().stream();
    }

    @Override
    public Optional<IndexEntry> entry(Path path) {
      return Optional.ofNullable(entries.get(path));
    }

    @Override
    public boolean isUnread(Path path) {
      return unread.contains(path);
    }

    @Override
    public Set<Path> takeChanged() {
      var taken = changed;
      changed = new HashSet<>();
      return taken;
    }
  }

  private static IndexEntry entry(int i) {
    return new IndexEntry(
        false,
        Optional.empty(),
        Optional.empty(),
        new Digest("%064x".formatted(i)),
        i,
        i,
        0644,
        0,
        0);
  }

  private IndexLog log() throws IOException {
    return state.log(VOLUME, read(), known);
  }

  private Index read() throws IOException {
    return state.readIndex(VOLUME);
  }

  @Test
  void announce_noIndexYet_namesAloneAreKnown() throws IOException {
    log().announce(Set.of(A), false);
    assertFalse(read().isThere(), "the first publication may have been cut off");
    assertEquals(Set.of(A), read().announced());
    log().announce(Set.of(B), true);
    assertEquals(Set.of(A, B), read().announced());
  }

  /** In one pass, too: the entry of the first time is not what the volume has then. */
  @Test
  void announce_publishedAgainAfterAnAppend_isAnnouncedAgain() throws IOException {
    var log = log();
    log.save();
    log.announce(Set.of(A), false);
    known.put(A, entry(1));
    log.append();
    assertEquals(Set.of(), read().announced());
    log.announce(Set.of(A), false);
    assertEquals(Set.of(A), read().announced());
  }

  @Test
  void append_firstPassIsCutOff_itsFilesAreKnown() throws IOException {
    var log = log();
    log.announce(Set.of(A, B), false);
    known.put(A, entry(1));
    log.append();
    var expected = new Index(false, Map.of(A, entry(1)), Set.of(B), OptionalInt.of(3));
    assertEquals(expected, read());
  }

  @Test
  void append_afterAPass_isKnownToTheNextRunWithoutASave() throws IOException {
    var log = log();
    log.save();
    log.announce(Set.of(A, B), false);
    known.put(A, entry(1));
    known.unread.add(B);
    log.endPass();
    assertEquals(OptionalInt.of(3), read().added(), "the entry settles what was announced");
    assertEquals(Map.of(A, entry(1)), read().entries());
    assertEquals(Set.of(B), read().announced(), "what was not read is known by its name alone");
    log.announce(Set.of(A), false);
    known.remove(A);
    log.endPass();
    assertEquals(Map.of(), read().entries());
    assertEquals(Set.of(B), read().announced());
  }

  @Test
  void save_nothingChanged_writesNothing() throws IOException {
    known.put(A, entry(1));
    log().save();
    var before = Files.getLastModifiedTime(file);
    log().save();
    assertEquals(before, Files.getLastModifiedTime(file));
  }

  @Test
  void save_mostIsOutOfDate_writesItAnew() throws IOException {
    var log = log();
    log.save();
    for (int i = 0; i <= IndexLog.FEW; i++) {
      known.put(A, entry(i));
      log.append();
    }
    assertTrue(read().added().orElseThrow() > IndexLog.FEW);
    log.save();
    assertEquals(OptionalInt.of(0), read().added());
    assertEquals(Map.of(A, entry(IndexLog.FEW)), read().entries());
  }

  @Test
  void announce_fileIsGone_writesItAnew() throws IOException {
    known.put(A, entry(1));
    var log = log();
    log.save();
    Files.delete(file);
    log.announce(Set.of(B), false);
    assertEquals(new Index(true, Map.of(A, entry(1)), Set.of(B), OptionalInt.of(1)), read());
  }

  @Test
  void append_fileIsGone_isMadeUpForBySave() throws IOException {
    var log = log();
    log.save();
    Files.delete(file);
    known.put(A, entry(1));
    log.append();
    assertEquals(Index.NONE, read());
    log.save();
    assertEquals(Map.of(A, entry(1)), read().entries());
  }

  @Test
  void save_fileIsGoneSinceLinesWereAdded_writesItAnew() throws IOException {
    var log = log();
    log.save();
    known.put(A, entry(1));
    log.append();
    Files.delete(file);
    log.save();
    assertEquals(Map.of(A, entry(1)), read().entries());
  }

  /** A file system that is full in the middle of a line. */
  @Test
  void addTo_noRoomForAll_leavesTheFileAsItWas() throws IOException {
    var small = Configuration.unix().toBuilder().setBlockSize(64).setMaxSize(64 * 8).build();
    try (var system = Jimfs.newFileSystem(small)) {
      var index = Files.writeString(system.getPath("/index"), "[\"first\",\"a\"]\n");
      var many = Stream.generate(() -> A).limit(1000).toList();
      assertThrows(
          IOException.class,
          () -> IndexLog.addTo(index, lines -> lines.add(many, IndexLine::announced)));
      assertEquals("[\"first\",\"a\"]\n", Files.readString(index));
      assertEquals(2, IndexLog.addTo(index, lines -> lines.add(List.of(A, B), IndexLine::gone)));
      assertEquals(3, Files.readAllLines(index).size());
    }
  }

  @Test
  void read_bytesThatAreNoTextBehindTheFirstPart_knowsTheFirstPart() throws IOException {
    known.put(A, entry(1));
    log().save();
    Files.write(file, new byte[] {(byte) 0xff, (byte) 0xfe, '\n'}, APPEND);
    assertEquals(Map.of(A, entry(1)), read().entries());
  }

  @Test
  void announce_firstFormatsFileCannotBeDeleted_isDone() throws IOException {
    Files.createDirectories(directory.resolve("state/announced/x"));
    log().announce(Set.of(A), false);
    assertEquals(Set.of(A), read().announced());
  }

  @Test
  void announce_cannotBeWritten_saysThatItIsState() throws IOException {
    var log = log();
    Files.createDirectories(file.resolve("x"));
    assertThrows(StateException.class, () -> log.announce(Set.of(A), false));
    assertFalse(log.isAnnounced(A));
  }

  /** A removal that is not durable on the volume may be undone by a crash of it. */
  @Test
  void announce_volumeHasLessThanTheIndex_forgetsNothingBeforeTheEndOfThePass() throws IOException {
    known.put(A, entry(1));
    known.put(B, entry(2));
    log().save();
    for (boolean torn : List.of(false, true)) {
      if (torn) {
        Files.writeString(file, "[", APPEND);
      }
      known.entries.remove(B);
      var log = log();
      log.announce(Set.of(A), false);
      assertEquals(Map.of(A, entry(1), B, entry(2)), read().entries());
      log.endPass();
      assertEquals(Map.of(A, entry(1)), read().entries());
      known.put(B, entry(2));
      log.endPass();
      log.save();
    }
  }

  @Test
  void save_firstFormat_isWrittenAnewAndItsOtherFileGoes() throws IOException {
    known.put(A, entry(1));
    log().save();
    Files.writeString(file, Files.readString(file).replace("-index 2", "-index 1"));
    var before =
        Files.writeString(directory.resolve("state/announced"), "liteferry-announced 1 V\nb\n");
    known.unread.add(B);
    log().save();
    assertEquals(new Index(true, Map.of(A, entry(1)), Set.of(B), OptionalInt.of(1)), read());
    assertFalse(Files.exists(before));
  }

  /** A kill or a power failure ends a file anywhere; a file system may leave zeros. */
  @Test
  void read_cutAnywhereBehindTheFirstPart_knowsWhatWasTrueThen() throws IOException {
    var log = log();
    known.put(A, entry(1));
    log.save();
    int first = (int) Files.size(file);
    var states = new ArrayList<Index>(List.of(read()));
    var names = Names.below(Path.of("/")).stream().map(Path.of("/")::relativize).toList();
    for (int i = 0; i < 12; i++) {
      var name = names.get(i % 7);
      log.announce(Set.of(name), false);
      states.add(read());
      known.put(name, entry(i));
      log.append();
      states.add(read());
    }
    var whole = Files.readAllBytes(file);
    for (int length = first; length < whole.length; length += 7) {
      for (var tail : List.of(new byte[0], new byte[3], "[\"x\",\"q\"]\n".getBytes(UTF_8))) {
        Files.write(file, Arrays.copyOf(whole, length));
        Files.write(file, tail, APPEND);
        var found = read();
        assertTrue(
            states.stream().anyMatch(s -> s.entries().equals(found.entries())), "cut at " + length);
        var next = state.log(VOLUME, found, known);
        next.announce(Set.of(B), false);
        assertTrue(read().announced().contains(B), "cut at " + length);
        assertTrue(read().announced().containsAll(found.announced()), "cut at " + length);
      }
    }
  }

  @Test
  void read_afterRandomSteps_isWhatIsKnown() throws IOException {
    long seed = System.nanoTime();
    var random = new Random(seed);
    var names = Names.below(Path.of("/")).stream().map(Path.of("/")::relativize).toList();
    var log = log();
    log.save();
    for (int step = 0; step < 1000; step++) {
      var name = names.get(random.nextInt(names.size()));
      switch (random.nextInt(6)) {
        case 0 -> log.announce(Set.of(name), random.nextInt(30) == 0);
        case 1 -> known.put(name, entry(step));
        case 2 -> known.remove(name);
        case 3 -> log.endPass();
        case 4 -> {
          log.endPass();
          log.save();
        }
        default -> {
          if (random.nextInt(20) == 0) {
            log.endPass();
            log = log();
          } else {
            log.append();
          }
        }
      }
      for (var path : log.isAnnounced(name) ? Set.of(name) : Set.<Path>of()) {
        assertTrue(read().announced().contains(path), "seed " + seed);
      }
      if (random.nextInt(10) == 0) {
        log.endPass();
        assertEquals(known.entries, read().entries(), "seed " + seed);
        for (var path : names) {
          assertEquals(log.isAnnounced(path), read().announced().contains(path), "seed " + seed);
        }
      }
    }
    assertTrue(Objects.requireNonNull(read()).isThere());
  }

  /** Of 200,000 names nothing but one line may be in memory beside what is known anyway. */
  @Test
  void write_manyEntries_writesWhileTheyAreTaken() throws IOException {
    int all = 20_000;
    var out = new Counting();
    var entry = entry(1);
    int line = IndexLine.known(Path.of("n" + all), entry).length();
    var entries =
        IntStream.range(0, all)
            .mapToObj(
                n -> {
                  long least = n * (line - 5L) - BUFFERED; // a shorter name has a shorter line
                  assertTrue(
                      out.bytes >= least, () -> "%d bytes, %d entries".formatted(out.bytes, n));
                  return Map.entry(Path.of("n" + n), entry);
                });
    assertEquals(all, IndexLog.write(out, VOLUME, Optional.of(entries), Set.of()));
  }
}
