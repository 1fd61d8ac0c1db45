package io.liteferry.restore;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.liteferry.durable.PortableName;
import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.pages.Folded;
import io.liteferry.pages.Segment;
import io.liteferry.publish.Publisher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code docs/fold.sh}, with the system's SQLite alone. */
final class FoldScriptTest {
  private static final Path SCRIPT = Path.of("../docs/fold.sh");
  private static final String NAME = "it's a database.db";

  private static final String LISTED = PortableName.of(Path.of(NAME));

  @TempDir Path directory;
  private Site site;
  private Path copy;

  @BeforeEach
  void open() throws IOException {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/sqlite3")), "no sqlite3");
    copy = directory.resolve("copy.db");
    site = new Site(Files.createDirectory(directory.resolve("site"))).segments(Duration.ofDays(1));
  }

  @AfterEach
  void close() throws IOException {
    if (site != null) {
      site.close();
    }
  }

  /** A base and three segments. */
  private void publish(String... pragmas) throws Exception {
    try (var app = TestDatabase.create(site.local.resolve(NAME), pragmas).insertMany(1_000);
        var other = TestDatabase.create(site.local.resolve("other.db")).insertMany(1_100)) {
      site.pass();
      for (var word : List.of("one", "two", "three")) {
        app.run("INSERT INTO t(word) VALUES ('" + word + "')");
        other.run("INSERT INTO t(word) VALUES ('" + word + "')");
        assertTrue(site.pass().isComplete());
      }
    }
    site.stop();
    assertEquals(3, segments().size());
  }

  private List<Path> segments() throws IOException {
    var id = site.asVolume().manifest().orElseThrow().databases().get(Path.of(NAME)).state();
    try (var all = Files.list(site.asVolume().pages().resolve(id.orElseThrow().id()))) {
      return all.filter(file -> file.toString().endsWith(".wal")).sorted().toList();
    }
  }

  private String run(int code) throws IOException, InterruptedException {
    var process =
        new ProcessBuilder(
                "bash", SCRIPT.toString(), site.volume.toString(), LISTED, copy.toString())
            .redirectErrorStream(true)
            .start();
    var said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertEquals(code, process.waitFor(), said);
    return said;
  }

  private void assertRefused(String why) throws IOException, InterruptedException {
    var said = run(1);
    assertTrue(said.startsWith("refused: ") && said.contains(why), said);
    assertFalse(Files.exists(copy));
    assertFalse(Files.exists(directory.resolve("copy.db.new")));
  }

  private void assertIsWhatLiteferryRestores() throws Exception {
    var said = run(0);
    assertTrue(said.contains(" of " + LISTED), said);
    try (var other = new Site(Files.createDirectory(directory.resolve("other")))) {
      other.on(site.volume);
      other.copyOnly();
      assertArrayEquals(Files.readAllBytes(other.local.resolve(NAME)), Files.readAllBytes(copy));
    }
    assertEquals(TestDatabase.content(site.local.resolve(NAME)), TestDatabase.content(copy));
  }

  @ParameterizedTest
  @CsvSource({"512,WAL", "4096,WAL", "65536,WAL", "512,DELETE", "4096,DELETE", "65536,DELETE"})
  void script_severalSegments_givesWhatLiteferryRestores(int pageSize, String mode)
      throws Exception {
    publish("page_size=" + pageSize, "journal_mode=" + mode);
    assertIsWhatLiteferryRestores();
  }

  @Test
  void script_mergedSegments_givesWhatLiteferryRestores() throws Exception {
    publish();
    var parts = segments().subList(0, 2);
    var merged = directory.resolve("merged");
    try (var first = Segment.open(parts.get(0), LISTED);
        var second = Segment.open(parts.get(1), LISTED)) {
      var name = Folded.merge(List.of(first, second), merged).name().text();
      Files.move(merged, parts.getFirst().resolveSibling(name));
    }
    assertIsWhatLiteferryRestores(); // with its parts beside it
    Files.delete(copy);
    for (var part : parts) {
      Files.delete(part);
    }
    assertTrue(run(0).contains("is state 3"));
  }

  @Test
  void script_plainFileIsCurrent_copiesIt() throws Exception {
    publish();
    site.pass(Publisher.Purpose.STOP);
    site.stop();
    assertIsWhatLiteferryRestores();
    assertArrayEquals(Files.readAllBytes(site.volume.resolve(NAME)), Files.readAllBytes(copy));
  }

  @Test
  void script_oneIsMissing_refuses() throws Exception {
    publish();
    Files.delete(segments().get(1));
    assertRefused("the segment that leads on from state 1 is missing");
  }

  @Test
  void script_theNewestIsMissing_refuses() throws Exception {
    publish();
    Files.delete(segments().getLast());
    assertRefused("the segment that leads on from state 2 is missing");
  }

  @Test
  void script_orderIsWrong_refuses() throws Exception {
    publish();
    var all = segments();
    var second = Files.readAllBytes(all.get(1));
    Files.copy(all.get(0), all.get(1), StandardCopyOption.REPLACE_EXISTING);
    Files.write(all.get(0), second);
    assertRefused(all.get(0).getFileName() + " is another one's");
  }

  @Test
  void script_nameIsAnothers_refuses() throws Exception {
    publish();
    var all = segments();
    var name = all.get(1).getFileName().toString();
    Files.move(all.get(1), all.get(1).resolveSibling(name.replaceFirst("-[0-9a-f]", "-x")));
    assertRefused("the segment that leads on from state 1 is missing");
    var wrong = name.substring(0, 10) + "0".repeat(32) + name.substring(42);
    Files.copy(all.get(0), all.get(1).resolveSibling(wrong));
    assertRefused(wrong + " does not go on from state 1");
  }

  @Test
  void script_oneIsDamaged_refuses() throws Exception {
    publish();
    var segment = segments().get(1);
    var bytes = Files.readAllBytes(segment);
    bytes[200] ^= 1;
    Files.write(segment, bytes);
    assertRefused(segment.getFileName() + " is damaged");
    Files.write(segment, Arrays.copyOf(bytes, bytes.length / 2));
    assertRefused(segment.getFileName() + " is damaged");
  }

  @Test
  void script_anotherDatabases_refuses() throws Exception {
    publish();
    var databases = site.asVolume().manifest().orElseThrow().databases();
    var id = databases.get(Path.of("other.db")).state().orElseThrow().id();
    var mine = segments().getFirst();
    try (var theirs = Files.list(site.asVolume().pages().resolve(id))) {
      Files.copy(
          theirs.sorted().findFirst().orElseThrow(), mine, StandardCopyOption.REPLACE_EXISTING);
    }
    assertRefused(mine.getFileName() + " is another one's");
  }

  @Test
  void script_somebodyReplacedThePlainFile_refuses() throws Exception {
    publish();
    Files.copy(
        site.volume.resolve("other.db"),
        site.volume.resolve(NAME),
        StandardCopyOption.REPLACE_EXISTING);
    assertRefused("the manifest does not name the file");
  }

  @Test
  void script_programRanOnTheVolume_refuses() throws Exception {
    publish();
    Files.writeString(site.volume.resolve(NAME + "-wal"), "x");
    assertRefused("a program runs or ran on the volume");
  }
}
