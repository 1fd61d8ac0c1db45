package io.liteferry.pages;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.TestDatabase;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Beyond 1 GiB, one page is SQLite's for its locks. The files are sparse. */
final class LockPageTest {
  private static final int PAGE_SIZE = 65536;
  private static final long GIB = 1L << 30;
  private static final long LOCKS = GIB / PAGE_SIZE + 1;
  private static final Instant TIME = Instant.parse("2026-01-01T00:00:00Z");

  @TempDir Path directory;

  /** Makes a database look as large as it says, so that its next page is behind the locks. */
  private static void grow(Path database, long bytes) throws IOException {
    try (var file = new RandomAccessFile(database.toFile(), "rw")) {
      int pages = (int) (bytes / PAGE_SIZE);
      file.setLength(bytes);
      file.seek(28);
      file.writeInt(pages);
    }
  }

  @Test
  void capture_acrossTheLocks_leavesTheirPageOut() throws IOException, InterruptedException {
    var database = directory.resolve("a.db");
    var base = directory.resolve("base.db");
    try (var app = TestDatabase.create(database, "page_size=" + PAGE_SIZE, "journal_mode=wal")) {
      app.run("CREATE TABLE b(x)");
    }
    Files.copy(database, base);
    grow(database, GIB - PAGE_SIZE);
    grow(base, GIB - PAGE_SIZE);
    var file = directory.resolve("segment");
    try (var plain = PlainFile.open(base);
        var map = PageMap.build(directory.resolve("map"), plain);
        var app = TestDatabase.open(database)) {
      app.run("INSERT INTO b VALUES (zeroblob(300000))"); // five pages, most of them behind
      var capture = new Capture(database, Duration.ofSeconds(1));
      var target = new Target(file, "a.db", 1, 1, 1, TIME, false, 1 << 20);
      var changed = assertInstanceOf(Outcome.Changed.class, capture.take(map, target));
      assertTrue(changed.shape().pageCount() > LOCKS);
      try (var segment = Segment.open(file, "a.db")) {
        assertTrue(Arrays.binarySearch(segment.pages(), LOCKS) < 0);
        assertTrue(map.apply(segment));
      }
      app.run("PRAGMA wal_checkpoint(TRUNCATE)");
      try (var live = PlainFile.open(database)) {
        assertEquals(live.identity(), map.identity());
      }
    }
    if (Application.hasShell()) {
      Files.copy(file, directory.resolve("base.db-wal"));
      var shell = new ProcessBuilder("sqlite3", base.toString(), "PRAGMA wal_checkpoint").start();
      assertEquals(0, shell.waitFor());
      assertArrayEquals(end(database), end(base));
    }
  }

  /** Where all is that changed. */
  private static byte[] end(Path database) throws IOException {
    try (var file = new RandomAccessFile(database.toFile(), "r")) {
      file.seek(GIB - 2 * PAGE_SIZE);
      var bytes = new byte[(int) (file.length() - file.getFilePointer())];
      file.readFully(bytes);
      return bytes;
    }
  }
}
