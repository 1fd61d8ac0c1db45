package io.liteferry.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.durable.User;
import io.liteferry.fixture.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SurroundingsTest {
  @TempDir Path directory;

  /** SQLite run by root writes to it, and gives it to the owner of the database. */
  @ParameterizedTest
  @ValueSource(strings = {"-wal", "-shm", "-journal"})
  void obstacle_sideFileThatIsAlsoAnotherFile_isNamed(String suffix) throws IOException {
    var database = directory.resolve("app.db");
    TestDatabase.create(database).close();
    assertEquals(Optional.empty(), Surroundings.of(database).obstacle());
    var side = directory.resolve("app.db" + suffix);
    Files.createFile(side);
    assertEquals(Optional.empty(), Surroundings.of(database).obstacle());
    Files.createLink(directory.resolve("other"), side);
    if (User.id() == 0) {
      assertIsNamed(database, suffix);
    }
    Files.delete(side);
    Files.createSymbolicLink(side, directory.resolve("other"));
    assertIsNamed(database, suffix);
    Files.delete(side);
    Files.createDirectory(side);
    assertIsNamed(database, suffix);
  }

  private static void assertIsNamed(Path database, String suffix) throws IOException {
    assertTrue(
        Surroundings.of(database).obstacle().orElseThrow().contains("app.db" + suffix),
        () -> "with " + suffix);
  }
}
