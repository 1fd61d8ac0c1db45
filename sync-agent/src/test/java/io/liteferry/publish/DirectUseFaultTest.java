package io.liteferry.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.sqlite.DatabaseCheck;
import io.liteferry.sqlite.SideFile;
import io.liteferry.sqlite.SideFileRecovery;
import io.liteferry.volume.VolumeWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import org.apache.commons.io.file.PathUtils;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The end of a direct use, cut off after each of its steps: whatever is there then, the application
 * reads what it read before.
 */
final class DirectUseFaultTest {
  private static final Path DATABASE = Path.of("d/app.db");

  /** What of the volume's commits is in side files. */
  enum Before {
    WAL,
    JOURNAL,
    NOTHING_IN_THEM
  }

  @TempDir Path directory;
  private Site site;
  private String content;

  @BeforeEach
  void open() throws IOException {
    site = new Site(directory);
  }

  @AfterEach
  void close() throws IOException {
    site.close();
  }

  private Path onVolume() {
    return site.volume.resolve(DATABASE);
  }

  private List<Path> prepare(Before before) throws IOException {
    Files.createDirectory(site.volume.resolve("d"));
    var scratch = directory.resolve("scratch");
    switch (before) {
      case WAL -> {
        content = TestDatabase.createWithWal(onVolume(), scratch);
        Files.createFile(SideFile.SHM.of(onVolume()));
      }
      case JOURNAL -> content = TestDatabase.createHotJournal(onVolume(), scratch);
      case NOTHING_IN_THEM -> {
        TestDatabase.create(onVolume()).close();
        content = TestDatabase.content(onVolume());
        Files.createFile(SideFile.WAL.of(onVolume()));
      }
    }
    var sides = DirectUse.sideFiles(site.asVolume(), DATABASE);
    assertFalse(sides.isEmpty());
    return sides;
  }

  /** As the application would find it, on a copy. */
  private String contentAsTheApplicationReadsIt() throws IOException {
    var copy = Files.createTempDirectory(directory, "copy");
    for (var path : SideFile.allOf(onVolume())) {
      if (Files.exists(path)) {
        Files.copy(path, copy.resolve(path.getFileName()));
      }
    }
    var database = copy.resolve(DATABASE.getFileName());
    Files.copy(onVolume(), database);
    SideFileRecovery.recover(database);
    var found = TestDatabase.content(database);
    PathUtils.deleteDirectory(copy);
    return found;
  }

  @ParameterizedTest
  @EnumSource(Before.class)
  void end_cutOffAfterAnyStep_theApplicationReadsTheSame(Before before) throws IOException {
    var sides = prepare(before);
    assertEquals(content, contentAsTheApplicationReadsIt());
    var folded = DirectUse.foldedCopy(site.asVolume(), site.heldState(), DATABASE); // F1
    assertEquals(content, contentAsTheApplicationReadsIt());
    Files.move(folded, onVolume(), StandardCopyOption.REPLACE_EXISTING); // F2
    assertEquals(content, contentAsTheApplicationReadsIt());
    for (var side : sides) { // F3
      Files.delete(site.volume.resolve(side));
      assertEquals(content, contentAsTheApplicationReadsIt(), "without " + side);
    }
  }

  @ParameterizedTest
  @EnumSource(Before.class)
  void end_leavesTheSameContentAndNoSideFile(Before before) throws Exception {
    var sides = prepare(before);
    assertEquals("", end(sides));
    assertEquals(List.of(), DirectUse.sideFiles(site.asVolume(), DATABASE));
    assertEquals(content, TestDatabase.content(onVolume()));
  }

  private String end(List<Path> sides) throws Exception {
    return DirectUse.end(
        site.asVolume(),
        site.heldState(),
        new VolumeWriter(site.asVolume(), site.lease().staging()),
        DATABASE,
        sides,
        new DatabaseCheck(DatabaseCheck.Level.QUICK, Duration.ofMinutes(1)));
  }

  @Test
  void end_databaseThatIsCorrupt_isLeftAsItIs() throws Exception {
    var sides = prepare(Before.WAL);
    Files.write(onVolume(), new byte[4096]);
    Files.write(site.volume.resolve(sides.getFirst()), new byte[100]);
    Files.write(
        onVolume(),
        "SQLite format 3\0 and then nonsense".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    var before = Files.readAllBytes(onVolume());
    assertTrue(end(sides).contains("move them away"));
    assertEquals(sides, DirectUse.sideFiles(site.asVolume(), DATABASE));
    org.junit.jupiter.api.Assertions.assertArrayEquals(before, Files.readAllBytes(onVolume()));
  }
}
