package io.liteferry.durable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DurableTest {
  @TempDir Path directory;

  @Test
  void copy_anySize_tellsTheDigestOfWhatItWrote() throws IOException {
    for (int size : new int[] {0, 1, 256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1, 1_000_000}) {
      var from = Files.write(directory.resolve("from" + size), new byte[size]);
      var to = directory.resolve("to" + size);
      var copied = new AtomicLong();
      assertEquals(Digest.of(from), Durable.copy(from, to, file -> {}, copied::addAndGet));
      assertEquals(Digest.of(from), Digest.of(to));
      assertEquals(size, copied.get());
    }
  }

  @Test
  void copy_targetExists_failsAndLeavesItAlone() throws IOException {
    var from = Files.writeString(directory.resolve("from"), "new");
    var to = Files.writeString(directory.resolve("to"), "old");
    assertThrows(
        FileAlreadyExistsException.class, () -> Durable.copy(from, to, file -> {}, n -> {}));
    assertEquals("old", Files.readString(to));
  }

  @Test
  void copy_link_isNotFollowed() throws IOException {
    var file = Files.writeString(directory.resolve("secret"), "secret");
    var link = Files.createSymbolicLink(directory.resolve("link"), file);
    var to = directory.resolve("to");
    assertThrows(IOException.class, () -> Durable.copy(link, to, copy -> {}, n -> {}));
    assertTrue(Files.notExists(to) || Files.size(to) == 0);
  }

  @Test
  void replace_fileAndDebrisOfAnEarlierTry_hasTheNewContentAlone() throws IOException {
    var file = Files.writeString(directory.resolve("f"), "old");
    var scratch = Files.writeString(directory.resolve("scratch"), "debris");
    Durable.replace(file, "new".getBytes(java.nio.charset.StandardCharsets.UTF_8), scratch);
    assertEquals("new", Files.readString(file));
    assertTrue(Files.notExists(scratch));
  }

  @Test
  void rename_nothingToRename_failsAndLeavesTheTarget() throws IOException {
    var to = Files.writeString(directory.resolve("to"), "old");
    assertThrows(NoSuchFileException.class, () -> Durable.rename(directory.resolve("missing"), to));
    assertEquals("old", Files.readString(to));
  }

  @Test
  void rename_ontoADirectoryWithContent_failsAndKeepsBoth() throws IOException {
    var from = Files.writeString(directory.resolve("from"), "new");
    var to = Files.createDirectory(directory.resolve("to"));
    Files.writeString(to.resolve("x"), "x");
    assertThrows(IOException.class, () -> Durable.rename(from, to));
    assertEquals("new", Files.readString(from));
    assertTrue(Files.exists(to.resolve("x")));
  }

  @Test
  void syncDirectory_missing_saysWhich() {
    var missing = directory.resolve("missing");
    var error = assertThrows(NoSuchFileException.class, () -> Durable.syncDirectory(missing));
    assertEquals(missing.toString(), error.getFile());
  }
}
