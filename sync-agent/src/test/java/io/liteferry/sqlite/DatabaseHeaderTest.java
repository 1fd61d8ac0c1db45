package io.liteferry.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DatabaseHeaderTest {
  @TempDir Path directory;

  @Test
  void read_fileThatIsNoDatabase_isEmpty() throws IOException {
    var file = directory.resolve("f");
    for (var text : new String[] {"", "SQLite", "SQLite format 3\0", "x".repeat(200)}) {
      Files.writeString(file, text);
      assertEquals(Optional.empty(), DatabaseHeader.read(file));
    }
  }

  @Test
  void read_headerCutShort_isEmpty() throws IOException {
    var file = directory.resolve("app.db");
    TestDatabase.create(file).close();
    var bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, 99));
    assertEquals(Optional.empty(), DatabaseHeader.read(file));
    Files.write(file, Arrays.copyOf(bytes, 100));
    assertEquals(4096, DatabaseHeader.read(file).orElseThrow().pageSize());
  }

  @Test
  void read_linkToADatabase_isNotFollowed() throws IOException {
    var file = directory.resolve("app.db");
    TestDatabase.create(file).close();
    var link = Files.createSymbolicLink(directory.resolve("link"), file);
    assertTrue(assertThrows(IOException.class, () -> DatabaseHeader.read(link)) != null);
  }
}
