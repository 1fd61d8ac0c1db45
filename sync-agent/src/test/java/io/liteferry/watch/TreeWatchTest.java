package io.liteferry.watch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.liteferry.fixture.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * On a real directory, with real events. That something is not reported is proved by what is
 * reported after it: events of one directory keep their order.
 */
final class TreeWatchTest {
  private static final long LONG_ENOUGH_SECONDS = 10;

  @TempDir Path root;
  private final BlockingQueue<Boolean> changes = new ArrayBlockingQueue<>(10_000);
  private TreeWatch watch;

  @BeforeEach
  void open() throws IOException {
    watch = TreeWatch.open(root, () -> changes.add(true));
    watch.cover(root);
  }

  @AfterEach
  void close() throws IOException {
    watch.close();
  }

  private void assertReported() throws InterruptedException {
    assertNotNull(changes.poll(LONG_ENOUGH_SECONDS, TimeUnit.SECONDS), "nothing was reported");
    changes.clear();
  }

  /** Waits until all events so far are through. */
  private void drain() throws Exception {
    for (int i = 0; i < 2; i++) {
      changes.clear();
      var mark = Files.createTempFile(root, "mark", "");
      assertReported();
      Files.delete(mark);
      assertReported();
    }
  }

  @Test
  void changed_fileCreatedWrittenRenamedDeleted_isReported() throws Exception {
    var file = Files.createFile(root.resolve("f"));
    assertReported();
    Files.writeString(file, "x");
    assertReported();
    Files.move(file, root.resolve("g"));
    assertReported();
    Files.delete(root.resolve("g"));
    assertReported();
  }

  @Test
  void cover_newSubdirectory_isWatchedFromThenOn() throws Exception {
    var inner = Files.createDirectory(root.resolve("d"));
    assertReported();
    watch.cover(inner);
    Files.createFile(inner.resolve("f"));
    assertReported();
  }

  @Test
  void cover_renamedDirectory_isStillWatched() throws Exception {
    var inner = Files.createDirectory(root.resolve("d"));
    watch.cover(inner);
    drain();
    var moved = Files.move(inner, root.resolve("e"));
    assertReported();
    watch.cover(moved);
    Files.createFile(moved.resolve("f"));
    assertReported();
  }

  @Test
  void cover_directoryDeletedAndMadeAgain_isWatchedAgain() throws Exception {
    var inner = Files.createDirectory(root.resolve("d"));
    watch.cover(inner);
    drain();
    for (int i = 0; i < 5; i++) {
      Files.delete(inner);
      assertReported();
      Files.createDirectory(inner);
      assertReported();
      watch.cover(inner);
      drain();
      var file = Files.createFile(inner.resolve("f"));
      assertReported();
      Files.delete(file);
      drain();
    }
  }

  @Test
  void changed_commitInWalMode_isReported() throws Exception {
    try (var live = TestDatabase.create(root.resolve("app.db"), "journal_mode = WAL")) {
      for (int i = 0; i < 3; i++) {
        drain();
        live.insert("x" + i);
        assertReported();
      }
    }
  }

  /** What a snapshot of ours does to the application's directory must not start a pass. */
  @Test
  void changed_shmAndAttributesOfTheWalAlone_areNotReported() throws Exception {
    var wal = Files.writeString(root.resolve("app.db-wal"), "frames");
    var shm = Files.writeString(root.resolve("app.db-shm"), "index");
    Files.setAttribute(wal, "unix:mode", 0600); // the stamp of the WAL is seen for the first time
    drain();

    Files.writeString(shm, "another index");
    Files.setAttribute(wal, "unix:mode", 0640);
    Files.setAttribute(wal, "unix:mode", 0600);
    Files.createFile(root.resolve(".nfs0001"));
    var mark = Files.createFile(root.resolve("mark"));
    assertNotNull(changes.poll(LONG_ENOUGH_SECONDS, TimeUnit.SECONDS));
    Files.delete(mark);
    assertNotNull(changes.poll(LONG_ENOUGH_SECONDS, TimeUnit.SECONDS));
    assertEquals(0, changes.size(), "more was reported than the mark");

    Files.writeString(wal, "frames, and one more");
    assertReported();
  }

  @Test
  void cover_missingDirectory_throwsAndWatchGoesOn() throws Exception {
    assertThrows(NoSuchFileException.class, () -> watch.cover(root.resolve("missing")));
    assertFalse(watch.isExhausted());
    Files.createFile(root.resolve("f"));
    assertReported();
  }
}
