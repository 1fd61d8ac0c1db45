package io.liteferry.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.Names;
import io.liteferry.fixture.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SideFileRecoveryTest {
  @TempDir Path directory;

  @Test
  void recover_hotJournal_rollsBackAndLeavesNoSideFile() throws IOException {
    var database = directory.resolve("app.db");
    var committed = TestDatabase.createHotJournal(database, directory.resolve("scratch"));
    SideFileRecovery.recover(database);
    assertEquals(committed, TestDatabase.content(database));
    assertNoSideFile(database);
  }

  @Test
  void recover_wal_foldsItInKeepsTheModeAndLeavesNoSideFile() throws IOException {
    var database = directory.resolve("app.db");
    var committed = TestDatabase.createWithWal(database, directory.resolve("scratch"));
    SideFileRecovery.recover(database);
    assertEquals(committed, TestDatabase.content(database));
    assertTrue(DatabaseHeader.read(database).orElseThrow().wal(), "the journal mode has changed");
    assertNoSideFile(database);
  }

  @Test
  void recover_anyName_works() throws IOException {
    int i = 0;
    for (var database : Names.below(Files.createDirectory(directory.resolve("names")))) {
      var committed = TestDatabase.createWithWal(database, directory.resolve("scratch" + i++));
      SideFileRecovery.recover(database);
      assertEquals(committed, TestDatabase.content(database), database.toString());
      assertNoSideFile(database);
    }
  }

  @Test
  void recover_databaseWithoutSideFiles_changesNothing() throws IOException {
    for (var mode : List.of("WAL", "DELETE")) {
      var database = directory.resolve(mode);
      TestDatabase.create(database, "journal_mode = " + mode).close();
      var before = Files.readAllBytes(database);
      SideFileRecovery.recover(database);
      org.junit.jupiter.api.Assertions.assertArrayEquals(before, Files.readAllBytes(database));
      assertNoSideFile(database);
    }
  }

  @Test
  void recover_noDatabase_saysWhich() throws IOException {
    var file = directory.resolve("app.db");
    Files.writeString(file, "no database".repeat(100));
    var error =
        assertThrows(
            SideFileRecovery.RecoveryException.class, () -> SideFileRecovery.recover(file));
    assertTrue(error.getMessage().contains(file.toString()), error.getMessage());
  }

  @Test
  void recover_nothingThere_makesNoDatabase() {
    var file = directory.resolve("app.db");
    assertThrows(SideFileRecovery.RecoveryException.class, () -> SideFileRecovery.recover(file));
    assertTrue(Files.notExists(file));
  }

  private static void assertNoSideFile(Path database) {
    for (var side : SideFile.allOf(database)) {
      assertTrue(Files.notExists(side), side + " is left");
    }
  }
}
