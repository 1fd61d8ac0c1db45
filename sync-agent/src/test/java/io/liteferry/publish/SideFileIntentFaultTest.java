package io.liteferry.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.durable.Digest;
import io.liteferry.durable.UnknownFormatException;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.sqlite.SideFile;
import io.liteferry.sqlite.SideFileRecovery;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The first publication over side files, cut off after each of its steps: whatever is there then,
 * recovery makes the old database with its side files of it, or the new one without.
 */
final class SideFileIntentFaultTest {
  private static final Path DATABASE = Path.of("d/app.db");

  /** What the volume had, and what is left of its commits in side files. */
  enum Before {
    WAL,
    JOURNAL,
    NOTHING_IN_THEM
  }

  @TempDir Path directory;
  private Volume volume;
  private Path staged;
  private String oldContent;
  private String newContent;
  private List<Path> sides;

  private void prepare(Before before) throws IOException {
    volume = new Volume(Files.createDirectory(directory.resolve("volume")));
    VolumeOwner.prepare(volume, Optional.of("id"));
    var database = volume.root().resolve(DATABASE);
    Files.createDirectory(volume.root().resolve("d"));
    var scratch = directory.resolve("scratch");
    switch (before) {
      case WAL -> {
        oldContent = TestDatabase.createWithWal(database, scratch);
        Files.createFile(SideFile.SHM.of(database));
      }
      case JOURNAL -> oldContent = TestDatabase.createHotJournal(database, scratch);
      case NOTHING_IN_THEM -> {
        TestDatabase.create(database).close();
        oldContent = TestDatabase.content(database);
        Files.createFile(SideFile.WAL.of(database));
      }
    }
    staged = directory.resolve("staged");
    TestDatabase.create(staged).insert("new").close();
    newContent = TestDatabase.content(staged);
    sides = SideFileIntent.sideFilesOnVolume(volume, DATABASE);
    assertTrue(!sides.isEmpty());
  }

  @ParameterizedTest
  @EnumSource(Before.class)
  void recover_cutOffAfterAnyStep_leavesTheOldOrTheNewDatabaseWhole(Before before)
      throws IOException {
    int steps = 0;
    boolean old = false;
    boolean fresh = false;
    while (true) {
      Files.createDirectories(directory);
      io.liteferry.fixture.Site.deleteContent(directory);
      prepare(before);
      boolean finished = !runFirst(steps);
      var staging = Staging.open(volume);
      SideFileIntent.recover(volume, staging);
      SideFileIntent.recover(volume, staging);
      staging.close();

      var content = contentAsTheApplicationReadsIt();
      assertTrue(
          content.equals(oldContent) || content.equals(newContent),
          "after " + steps + " steps: neither the old nor the new database");
      old |= content.equals(oldContent);
      fresh |= content.equals(newContent);
      assertTrue(Files.notExists(volume.intent()), "the intent is left after " + steps);
      assertTrue(Files.notExists(volume.aside()), "side files are left aside after " + steps);
      if (finished) {
        break;
      }
      steps++;
    }
    assertTrue(old && fresh, "both outcomes must have been seen");
    assertTrue(steps > 4, "only " + steps + " steps were seen");
  }

  /** The steps as the class comment numbers them, side file by side file. */
  private boolean runFirst(int steps) throws IOException {
    int left = steps;
    if (left-- == 0) {
      return true;
    }
    Files.createDirectories(volume.aside());
    if (left-- == 0) {
      return true;
    }
    Files.writeString(volume.intent(), intent()); // I1
    for (int i = 0; i < sides.size(); i++) { // I2
      if (left-- == 0) {
        return true;
      }
      Files.move(volume.root().resolve(sides.get(i)), volume.aside().resolve(Integer.toString(i)));
    }
    if (left-- == 0) {
      return true;
    }
    Files.move(
        staged,
        volume.root().resolve(DATABASE),
        java.nio.file.StandardCopyOption.ATOMIC_MOVE); // I3
    if (left-- == 0) {
      return true;
    }
    Files.delete(volume.intent()); // I4
    return left == 0;
  }

  private String intent() throws IOException {
    var names = sides.stream().map(side -> "\"" + side + "\"").toList();
    return "{\"format\": 1, \"database\": \"%s\", \"sha256\": \"%s\", \"sideFiles\": %s}"
        .formatted(DATABASE, Digest.of(staged), names);
  }

  private String contentAsTheApplicationReadsIt() throws IOException {
    var database = volume.root().resolve(DATABASE);
    SideFileRecovery.recover(database);
    return TestDatabase.content(database);
  }

  @ParameterizedTest
  @EnumSource(Before.class)
  void publish_overSideFiles_leavesTheNewDatabaseAlone(Before before) throws IOException {
    prepare(before);
    var digest = Digest.of(staged);
    SideFileIntent.publish(volume, Staging.open(volume), DATABASE, staged, digest, sides);
    assertEquals(List.of(), SideFileIntent.sideFilesOnVolume(volume, DATABASE));
    assertEquals(digest, Digest.of(volume.root().resolve(DATABASE)));
    assertTrue(Files.notExists(volume.intent()));
    assertTrue(Files.notExists(volume.aside()));
  }

  @Test
  void recover_intentOfTheFuture_isRefusedAndNothingMoves() throws IOException {
    prepare(Before.WAL);
    Files.writeString(volume.intent(), "{\"format\": 2}");
    var staging = Staging.open(volume);
    assertThrows(UnknownFormatException.class, () -> SideFileIntent.recover(volume, staging));
    assertEquals(sides, SideFileIntent.sideFilesOnVolume(volume, DATABASE));
  }

  @Test
  void recover_noIntent_changesNothing() throws IOException {
    prepare(Before.WAL);
    SideFileIntent.recover(volume, Staging.open(volume));
    assertEquals(sides, SideFileIntent.sideFilesOnVolume(volume, DATABASE));
  }
}
