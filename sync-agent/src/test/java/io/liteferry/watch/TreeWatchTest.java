package io.liteferry.watch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.TestDatabase;
import io.liteferry.scan.Entry;
import io.liteferry.scan.NameEvents.Heard;
import io.liteferry.scan.Tree;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
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

  /** More than Java keeps of one directory, and than the kernel's reader takes at a time. */
  private static final int MANY = 3_000;

  @TempDir Path root;
  @TempDir Path elsewhere;
  private final BlockingQueue<Boolean> changes = new ArrayBlockingQueue<>(10_000);

  /** While a test holds it, the thread of the watch hangs in its next report. */
  private final ReentrantLock busy = new ReentrantLock();

  private TreeWatch watch;

  @BeforeEach
  void open() throws IOException {
    watch = TreeWatch.open(root, this::report);
    watch.cover(root);
  }

  private void report() {
    busy.lock();
    try {
      changes.offer(true);
    } finally {
      busy.unlock();
    }
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

  @Test
  void changed_fileWithTheNameOfAShmAlone_isReported() throws Exception {
    Files.writeString(root.resolve("notes-shm"), "a text");
    assertReported();
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

  // What was heard of names.

  private void scan() throws IOException {
    var unused = Tree.scan(root, (path, directory) -> false, watch);
  }

  private static Set<Path> paths(String... names) {
    return Arrays.stream(names).map(Path::of).collect(HashSet::new, Set::add, Set::addAll);
  }

  private void assertHeard(Set<Path> came, Set<Path> went) {
    assertEquals(new Heard(came, went, Set.of(), false), watch.takeHeard());
  }

  @Test
  void takeHeard_namesThatCameAndWent_areToldOnceByPathFromTheRoot() throws Exception {
    Files.createDirectories(root.resolve("d/e"));
    Files.createFile(root.resolve("d/e/old"));
    scan();
    assertHeard(paths("d"), Set.of());

    Files.createFile(root.resolve("f"));
    Files.createFile(root.resolve("d/e/new"));
    Files.delete(root.resolve("d/e/old"));
    Files.createSymbolicLink(root.resolve("d/link"), Path.of("nowhere"));
    Files.createDirectory(root.resolve("d/directory"));
    assertHeard(paths("f", "d/e/new", "d/link", "d/directory"), paths("d/e/old"));

    Files.writeString(root.resolve("f"), "content");
    Files.setAttribute(root.resolve("f"), "unix:mode", 0600);
    assertHeard(Set.of(), Set.of());
  }

  @Test
  void takeHeard_nameThatCameAndWent_isInBoth() throws Exception {
    Files.delete(Files.createFile(root.resolve("f")));
    assertHeard(paths("f"), paths("f"));
  }

  @Test
  void takeHeard_renames_areToldOnBothSides() throws Exception {
    Files.createDirectory(root.resolve("d"));
    Files.createFile(root.resolve("a"));
    Files.createFile(root.resolve("d/out"));
    scan();
    watch.takeHeard();

    Files.move(root.resolve("a"), root.resolve("d/b"));
    Files.move(root.resolve("d/out"), elsewhere.resolve("out"));
    assertHeard(paths("d/b"), paths("a", "d/out"));

    Files.move(elsewhere.resolve("out"), root.resolve("in"));
    assertHeard(paths("in"), Set.of());
  }

  /** No name of them is proof of anything, and there is one at each commit. */
  @Test
  void takeHeard_sideFiles_areNotTold() throws Exception {
    for (var name : new String[] {"a-wal", "a-shm", "a-journal", ".nfs0001"}) {
      Files.delete(Files.createFile(root.resolve(name)));
    }
    Files.createFile(root.resolve("mark"));
    assertHeard(paths("mark"), Set.of());
  }

  @Test
  void takeHeard_rightAfterTheEvent_hasIt() throws Exception {
    for (int i = 0; i < 500; i++) {
      var file = Files.createFile(root.resolve("f" + i));
      assertHeard(paths("f" + i), Set.of());
      Files.delete(file);
      assertHeard(Set.of(), paths("f" + i));
    }
  }

  /** Whoever asks takes the events before the thread of the watch does; it is a change the same. */
  @Test
  void takeHeard_ofAChange_reportsIt() throws Exception {
    for (int i = 0; i < 100; i++) {
      drain();
      changes.clear();
      Files.createFile(root.resolve("f" + i));
      watch.takeHeard();
      assertReported();
    }
  }

  @Test
  void takeHeard_directoryDeletedWithItsContent_went() throws Exception {
    Files.createDirectories(root.resolve("d/e"));
    Files.createFile(root.resolve("d/e/f"));
    scan();
    watch.takeHeard();

    Files.delete(root.resolve("d/e/f"));
    Files.delete(root.resolve("d/e"));
    Files.delete(root.resolve("d"));
    assertHeard(Set.of(), paths("d", "d/e", "d/e/f"));
  }

  @Test
  void takeHeard_inRenamedDirectory_tellsNewPathOnceItIsScanned() throws Exception {
    Files.createDirectories(root.resolve("d/e"));
    Files.createFile(root.resolve("d/e/f"));
    scan();
    Files.move(root.resolve("d"), root.resolve("g"));
    scan();
    watch.takeHeard();

    Files.delete(root.resolve("g/e/f"));
    assertHeard(Set.of(), paths("g/e/f"));
  }

  @Test
  void takeHeard_directoryReplacedByAnother_tellsOfTheNewOne() throws Exception {
    Files.createDirectory(root.resolve("d"));
    scan();
    for (int i = 0; i < 20; i++) {
      var old = Files.move(root.resolve("d"), elsewhere.resolve("old" + i));
      Files.createDirectory(root.resolve("d"));
      scan();
      watch.takeHeard();

      Files.createFile(old.resolve("f"));
      Files.createFile(root.resolve("d/g"));
      assertHeard(paths("d/g"), Set.of());
    }
  }

  /** The inode may be the same, and the end of the old directory not heard yet. */
  @Test
  void cover_directoryDeletedAndMadeAgainBeforeItsEndIsHeard_isWatchedAgain() throws Exception {
    var inner = Files.createDirectory(root.resolve("d"));
    watch.cover(inner);
    for (int i = 0; i < 200; i++) {
      Files.delete(inner);
      Files.createDirectory(inner);
      watch.cover(inner);
      watch.takeHeard();
      Files.delete(Files.createFile(inner.resolve("f")));
      assertHeard(paths("d/f"), paths("d/f"));
    }
  }

  @Test
  void takeHeard_eventsWereLost_namesTheDirectory() throws Exception {
    Files.createDirectory(root.resolve("quiet"));
    var inner = Files.createDirectory(root.resolve("d"));
    scan();
    Files.writeString(inner.resolve("app.db-wal"), "frames");
    watch.takeHeard();
    assertEquals(1, watch.walsRemembered());
    busy.lock();
    try {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LONG_ENOUGH_SECONDS);
      Files.createFile(root.resolve("mark"));
      while (!busy.hasQueuedThreads() && System.nanoTime() < end) {
        Thread.onSpinWait();
      }
      watch.takeHeard();

      var unheard = new HashSet<Path>();
      for (int i = 0; unheard.isEmpty() && System.nanoTime() < end; i++) {
        long lost = watch.lost();
        for (int k = 0; k < MANY; k++) {
          Files.createFile(inner.resolve(i + "-" + k));
        }
        var heard = watch.takeHeard();
        unheard.addAll(heard.unheard());
        assertTrue(heard.came().size() == MANY || watch.lost() > lost, "lost, and not said");
      }
      assertEquals(paths("d"), unheard);
      assertEquals(0, watch.walsRemembered(), "whether it is there is not known");
    } finally {
      busy.unlock();
    }

    scan();
    Files.createFile(inner.resolve("f"));
    assertHeard(paths("d/f"), Set.of());
  }

  @Test
  void takeHeard_moreThanCanBeRemembered_isDeafOnce() {
    var names = new Names(10);
    var directory = Path.of("d");
    for (int i = 0; i < 5; i++) {
      names.came(directory, Path.of("f" + i));
      names.went(directory, Path.of("f" + i));
      names.went(directory, Path.of("f" + i));
    }
    assertEquals(5, names.take(false).went().size());
    for (int i = 0; i < 20; i++) {
      names.came(directory, Path.of("f" + i));
    }
    names.unheard(directory);
    assertEquals(new Heard(Set.of(), Set.of(), Set.of(), true), names.take(false));
    names.unheard(directory);
    assertEquals(new Heard(Set.of(), Set.of(), Set.of(directory), false), names.take(false));
  }

  @Test
  void takeHeard_closed_isDeaf() throws Exception {
    watch.close();
    assertTrue(watch.takeHeard().deaf());
  }

  // What is watched no more.

  private static int watchesOfThisProcess() throws IOException {
    int count = 0;
    try (var descriptors = Files.newDirectoryStream(Path.of("/proc/self/fdinfo"))) {
      for (var descriptor : descriptors) {
        try (var lines = Files.lines(descriptor)) {
          count += (int) lines.filter(line -> line.startsWith("inotify ")).count();
        } catch (NoSuchFileException e) {
          // closed since it was listed
        }
      }
    }
    return count;
  }

  @Test
  void listed_directoriesMovedAway_areWatchedNoMore() throws Exception {
    int before = watchesOfThisProcess();
    for (int i = 0; i < 50; i++) {
      Files.createDirectories(root.resolve("d" + i + "/e"));
    }
    scan();
    assertEquals(before + 100, watchesOfThisProcess());

    for (int i = 0; i < 40; i++) {
      Files.move(root.resolve("d" + i), elsewhere.resolve("d" + i));
    }
    for (int i = 40; i < 50; i++) {
      Files.move(root.resolve("d" + i), root.resolve("e" + i));
    }
    scan();
    assertEquals(before + 20, watchesOfThisProcess());

    watch.takeHeard();
    Files.createFile(elsewhere.resolve("d0/e/f"));
    Files.createFile(root.resolve("e40/e/f"));
    assertHeard(paths("e40/e/f"), Set.of());
  }

  @Test
  void listed_directoryDeletedWhileItIsOpen_isWatchedNoMore() throws Exception {
    var inner = Files.createDirectory(root.resolve("d"));
    int before = watchesOfThisProcess();
    scan();
    assertEquals(before + 1, watchesOfThisProcess());
    try (var open = Files.newDirectoryStream(inner)) {
      assertNotNull(open);
      Files.delete(inner);
      scan();
      assertEquals(before, watchesOfThisProcess());
    }
  }

  @Test
  void listed_directoryThatCouldNotBeListed_staysWatchedWithAllBelow() throws Exception {
    Files.createDirectories(root.resolve("d/e"));
    scan();
    watch.takeHeard();
    var unused =
        Tree.scan(
            root,
            (path, isDirectory) -> false,
            new Tree.BeforeListing() {
              @Override
              public void directory(Path directory, Entry entry) throws IOException {
                if (entry.path().equals(Path.of("d"))) {
                  throw new AccessDeniedException(directory.toString());
                }
                watch.cover(directory);
              }

              @Override
              public void listed(Tree tree) {
                watch.listed(tree);
              }
            });
    Files.createFile(root.resolve("d/f"));
    Files.createFile(root.resolve("d/e/g"));
    assertHeard(paths("d/f", "d/e/g"), Set.of());
  }

  @Test
  void changed_thousandsOfWals_areForgottenWhenTheyGo() throws Exception {
    var inner = Files.createDirectory(root.resolve("d"));
    scan();
    for (int i = 0; i < MANY; i++) {
      var directory = i % 2 == 0 ? root : inner;
      var wal = Files.writeString(directory.resolve("app" + i + ".db-wal"), "frames");
      if (i % 3 == 0) {
        Files.move(wal, elsewhere.resolve(wal.getFileName()));
      } else {
        Files.delete(wal);
      }
    }
    watch.takeHeard();
    assertEquals(0, watch.walsRemembered());

    Files.writeString(inner.resolve("app.db-wal"), "frames");
    watch.takeHeard();
    assertEquals(1, watch.walsRemembered());
    Files.move(inner, elsewhere.resolve("d"));
    scan();
    assertEquals(0, watch.walsRemembered());
  }
}
