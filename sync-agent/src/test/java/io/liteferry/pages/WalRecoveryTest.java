package io.liteferry.pages;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.TestDatabase;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Of a log that is torn anywhere, we take what SQLite takes. */
final class WalRecoveryTest {
  private static final int SAMPLES = 120;

  @TempDir Path directory;
  private Path database;
  private Path wal;

  /** Leaves a log with several commits, a transaction that was rolled back, and an older log. */
  private void makeLog(int pageSize) throws IOException {
    var used = directory.resolve("used.db");
    database = directory.resolve("a.db");
    wal = directory.resolve("a.db-wal");
    try (var app = TestDatabase.create(used, "page_size=" + pageSize, "journal_mode=wal")) {
      app.run("PRAGMA wal_autocheckpoint=0", "PRAGMA cache_size=2", "CREATE TABLE b(x)");
      for (int i = 0; i < 30; i++) {
        app.run("INSERT INTO b VALUES (randomblob(3000))");
      }
      app.run("PRAGMA wal_checkpoint(RESTART)");
      for (int i = 0; i < 6; i++) {
        app.run("INSERT INTO b VALUES (randomblob(2000))", "UPDATE t SET word = word || 'x'");
      }
      app.run("BEGIN", "UPDATE b SET x = randomblob(2500)", "ROLLBACK");
      Files.copy(used, database);
      Files.copy(directory.resolve("used.db-wal"), wal);
    }
  }

  private byte[] ours() throws IOException {
    try (var file = FileChannel.open(database, StandardOpenOption.READ);
        var log = FileChannel.open(wal, StandardOpenOption.READ)) {
      var header = WalHeader.read(log);
      var frames = new FrameIndex();
      long pages = 0;
      if (header.isPresent()) {
        var start = header.get().checksum();
        pages =
            new WalWalk(log, header.get()).from(0, start, Integer.MAX_VALUE, frames).pageCount();
      }
      if (pages == 0) {
        return Files.readAllBytes(database);
      }
      var shape = new Shape(header.orElseThrow().pageSize(), pages);
      var state = LiveState.of(shape, file, Optional.of(log), frames);
      var content = new byte[shape.pageSize()];
      var all = new ByteArrayOutputStream();
      for (long page = 1; page <= pages; page++) {
        state.read(page, content);
        all.write(content);
      }
      return all.toByteArray();
    }
  }

  private byte[] sqlites() throws IOException {
    var copy = directory.resolve("copy.db");
    Files.copy(database, copy);
    Files.copy(wal, directory.resolve("copy.db-wal"));
    try (var app = TestDatabase.open(copy)) {
      app.run("SELECT count(*) FROM t", "PRAGMA wal_checkpoint(TRUNCATE)");
    }
    var bytes = Files.readAllBytes(copy);
    Files.delete(copy);
    Files.deleteIfExists(directory.resolve("copy.db-wal"));
    return bytes;
  }

  @ParameterizedTest
  @ValueSource(ints = {512, 4096})
  void walk_ofATornLog_endsWhereSqliteEndsIt(int pageSize) throws IOException {
    makeLog(pageSize);
    assertArrayEquals(sqlites(), ours());
    var whole = Files.readAllBytes(wal);
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    var random = new Random(seed);
    for (int i = 0; i < SAMPLES; i++) {
      var torn = whole.clone();
      int at = i < WalHeader.BYTES ? i : random.nextInt(torn.length / 2);
      if (i % 3 == 0) {
        torn = Arrays.copyOf(torn, at);
      } else {
        torn[at] ^= (byte) (1 << random.nextInt(8));
      }
      Files.write(wal, torn);
      assertArrayEquals(sqlites(), ours(), "seed " + seed + ", byte " + at);
    }
  }

  /** As a machine of the other byte order writes it. */
  @Test
  void walk_ofEitherByteOrder_readsTheSame() throws IOException {
    makeLog(1024);
    var little = ours();
    boolean bigEndian;
    try (var log = FileChannel.open(wal, StandardOpenOption.READ)) {
      bigEndian = WalHeader.read(log).orElseThrow().bigEndian();
    }
    var bytes = Files.readAllBytes(wal);
    var all = ByteBuffer.wrap(bytes);
    var header = new WalHeader(!bigEndian, 1024, all.getInt(12), all.getLong(16));
    System.arraycopy(header.bytes(), 0, bytes, 0, WalHeader.BYTES);
    var checksum = header.checksum();
    var frame = new byte[WalFrame.HEAD_BYTES + 1024];
    for (int at = WalHeader.BYTES;
        at + frame.length <= bytes.length && all.getLong(at + WalFrame.SALTS_AT) == header.salts();
        at += frame.length) {
      System.arraycopy(bytes, at, frame, 0, frame.length);
      long page = all.getInt(at + WalFrame.PAGE_AT);
      checksum =
          WalFrame.complete(frame, page, all.getInt(at + WalFrame.COMMIT_AT), header, checksum);
      System.arraycopy(frame, 0, bytes, at, frame.length);
    }
    Files.write(wal, bytes);
    assertArrayEquals(sqlites(), ours());
    assertArrayEquals(little, ours());
    try (var log = FileChannel.open(wal, StandardOpenOption.READ)) {
      assertEquals(!bigEndian, WalHeader.read(log).orElseThrow().bigEndian());
      assertTrue(log.size() > 0);
    }
  }
}
