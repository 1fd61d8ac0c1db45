package io.liteferry.durable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class JsonFileTest {
  @TempDir Path directory;

  private Optional<String> read(String text) throws IOException {
    var file = Files.writeString(directory.resolve("f.json"), text);
    return JsonFile.read(file, 1, json -> json.get("name").getAsString());
  }

  @Test
  void read_document_isConverted() throws IOException {
    assertEquals(Optional.of("x"), read("{\"format\": 1, \"name\": \"x\", \"later\": true}"));
  }

  @Test
  void read_noFile_isEmpty() throws IOException {
    assertEquals(Optional.empty(), JsonFile.read(directory.resolve("none"), 1, json -> "x"));
  }

  @Test
  void read_formatOfTheFuture_saysWhatToDo() {
    var error =
        assertThrows(UnknownFormatException.class, () -> read("{\"format\": 2, \"name\": \"x\"}"));
    assertTrue(error.getMessage().contains("format 2"), error.getMessage());
    assertTrue(error.getMessage().contains("later"), error.getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "\0\0\0\0",
        "{",
        "[]",
        "null",
        "1",
        "\"x\"",
        "{}",
        "{\"format\": 1}",
        "{\"format\": \"x\", \"name\": \"x\"}",
        "{\"format\": null, \"name\": \"x\"}",
        "{\"format\": [1], \"name\": []}",
        "{\"format\": 1, \"name\": {}}",
        "{\"format\": 1, \"name\": null}",
        "{\"format\": 1, \"name\": \"x\"",
        "{\"name\": \"x\"}"
      })
  void read_anyOtherText_isDamaged(String text) {
    assertThrows(DamagedFileException.class, () -> read(text));
  }

  /** Deep nesting must not end in a stack overflow. */
  @Test
  void read_deepNesting_isDamaged() {
    assertThrows(DamagedFileException.class, () -> read("[".repeat(100_000)));
  }

  @Test
  void read_manyBytes_isDamagedWithoutBeingRead() throws IOException {
    var file = directory.resolve("huge.json");
    try (var channel =
        java.nio.channels.FileChannel.open(
            file,
            java.nio.file.StandardOpenOption.CREATE,
            java.nio.file.StandardOpenOption.WRITE)) {
      channel.write(java.nio.ByteBuffer.allocate(1), 1L << 40);
    }
    assertThrows(DamagedFileException.class, () -> JsonFile.read(file, 1, json -> "x"));
  }
}
