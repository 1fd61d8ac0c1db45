package io.liteferry.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.Names;
import io.liteferry.fixture.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SideFileTest {
  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "app.db-wal, WAL, app.db",
    "app.db-shm, SHM, app.db",
    "app.db-journal, JOURNAL, app.db",
    "a/b/app.db-wal, WAL, a/b/app.db",
    "a-b-wal, WAL, a-b",
    "x-wal-wal, WAL, x-wal",
    "app.db-mjABCDEF9AB, SUPER_JOURNAL, app.db",
  })
  void parse_nameOfSideFile_namesItsKindAndDatabase(String name, SideFile kind, String base) {
    assertEquals(
        Optional.of(new SideFile.Name(kind, Path.of(base))), SideFile.parse(Path.of(name)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "app.db",
        "-wal",
        "-journal",
        "wal",
        "app.db-WAL",
        "app.db-wal2",
        "app.db-wal.bak",
        "app.db-mj",
        "app.db-mjABCDEF8AB",
        "app.db-mjabcdef9ab",
        "app.db-mjABCDEF9ABC",
        "dir-wal/x"
      })
  void parse_anyOtherName_isNoSideFile(String name) {
    assertEquals(Optional.empty(), SideFile.parse(Path.of(name)));
  }

  @Test
  void of_anyName_parsesBackToTheSameBytes() {
    for (var database : Names.below(directory)) {
      for (var kind : List.of(SideFile.WAL, SideFile.SHM, SideFile.JOURNAL)) {
        var side = kind.of(database);
        assertEquals(Optional.of(new SideFile.Name(kind, database)), SideFile.parse(side));
        var relative = directory.relativize(database);
        assertEquals(directory.resolve(kind.of(relative)), side);
        assertEquals(
            Optional.of(new SideFile.Name(kind, relative)), SideFile.parse(kind.of(relative)));
      }
    }
  }

  /** The names are SQLite's, so SQLite itself has to agree. */
  @Test
  void of_anyName_isWhereSqlitePutsIt() {
    for (var database : Names.below(directory)) {
      try (var live = TestDatabase.create(database, "journal_mode = WAL")) {
        assertTrue(Files.exists(SideFile.WAL.of(database)), database + "-wal");
        assertTrue(Files.exists(SideFile.SHM.of(database)), database + "-shm");
        live.run("PRAGMA journal_mode = PERSIST").insert("second");
        assertTrue(Files.exists(SideFile.JOURNAL.of(database)), database + "-journal");
      }
    }
  }

  @Test
  void isContentOf_filesThatSqliteWrote_areRecognised() throws IOException {
    var database = directory.resolve("app.db");
    try (var live = TestDatabase.create(database, "journal_mode = WAL")) {
      live.insert("second");
      assertTrue(SideFile.WAL.isContentOf(SideFile.WAL.of(database)));
      assertTrue(SideFile.SHM.isContentOf(SideFile.SHM.of(database)));
      assertFalse(SideFile.JOURNAL.isContentOf(SideFile.WAL.of(database)));
    }
    var hot = directory.resolve("hot.db");
    TestDatabase.createHotJournal(hot, directory.resolve("scratch"));
    assertTrue(SideFile.JOURNAL.isContentOf(SideFile.JOURNAL.of(hot)));
    assertFalse(SideFile.WAL.isContentOf(SideFile.JOURNAL.of(hot)));
    try (var live = TestDatabase.create(directory.resolve("p.db"), "journal_mode = PERSIST")) {
      live.insert("second");
      assertFalse(SideFile.JOURNAL.isSomethingElse(directory.resolve("p.db-journal")));
      assertFalse(SideFile.JOURNAL.isContentOf(directory.resolve("p.db-journal")), "zeros");
    }
  }

  @Test
  void isContentOf_anyOtherFile_isNot() throws IOException {
    var file = directory.resolve("notes-wal");
    for (var text : List.of("", "short", "a page of text, which is no side file")) {
      Files.writeString(file, text);
      for (var kind : SideFile.values()) {
        assertFalse(kind.isContentOf(file), kind + ": " + text);
        assertEquals(!text.isEmpty(), kind.isSomethingElse(file), kind + ", else: " + text);
      }
    }
    Files.write(file, new byte[100]);
    for (var kind : SideFile.values()) {
      assertFalse(kind.isContentOf(file), kind + ": zeros");
    }
  }

  /** Before the first sync of the journal its mark is zero. */
  @Test
  void isContentOf_journalOfTheFirstTransaction_isRecognised() throws IOException {
    var database = directory.resolve("new.db");
    try (var live = TestDatabase.open(database)) {
      live.run("PRAGMA journal_mode = DELETE", "BEGIN", "CREATE TABLE t(x)");
      assertEquals(0, Files.size(database));
      assertTrue(SideFile.JOURNAL.isContentOf(SideFile.JOURNAL.of(database)));
    }
  }

  /** SQLite cuts it to three bytes when it opens it, and a crash leaves it so. */
  @Test
  void isContentOf_shmAfterACrash_isRecognised() throws IOException {
    var shm = directory.resolve("app.db-shm");
    Files.write(shm, new byte[] {0x18, (byte) 0xe2, 0x2d});
    assertTrue(SideFile.SHM.isContentOf(shm));
    assertFalse(SideFile.SHM.isSomethingElse(shm));
    Files.write(shm, new byte[3]);
    assertFalse(SideFile.SHM.isSomethingElse(shm));
    Files.writeString(shm, "abc");
    assertTrue(SideFile.SHM.isSomethingElse(shm));
  }

  @ParameterizedTest
  @CsvSource({
    "/data/a.db-journal0/data/b.db-journal0, true",
    "/data/a.db-journal0/data/b.db-jou, true",
    "/data/a.db-journal, false",
    "data/a.db-journal0, false",
    "/data/a.db0, false",
    "/data/a.db-journal0some text0, false",
    "0, false",
  })
  void isContentOf_superJournal_isOneThatNamesJournals(String text, boolean isOne)
      throws IOException {
    var file = Files.writeString(directory.resolve("x-mj0123AB9CD"), text.replace('0', '\0'));
    assertEquals(isOne, SideFile.SUPER_JOURNAL.isContentOf(file));
  }
}
