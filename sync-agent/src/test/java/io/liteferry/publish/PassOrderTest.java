package io.liteferry.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.scan.NameEvents;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files and databases name files: what is named is on the volume before what names it. */
final class PassOrderTest {
  @TempDir Path directory;
  private Site site;

  @BeforeEach
  void open() throws IOException {
    site = new Site(directory);
  }

  @AfterEach
  void close() throws IOException {
    site.close();
  }

  /** What the application does. */
  @FunctionalInterface
  private interface Work {
    void run() throws IOException;
  }

  private static Runnable unchecked(Work work) {
    return () -> {
      try {
        work.run();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    };
  }

  /** A push to a repository: the commit, then the ref that names it. */
  private void push(int number) throws IOException {
    site.write("objects/" + number, "commit " + number);
    Files.writeString(site.local.resolve("refs.lock"), "" + number);
    Files.move(
        site.local.resolve("refs.lock"),
        site.local.resolve("ref"),
        java.nio.file.StandardCopyOption.ATOMIC_MOVE);
  }

  private void assertTheRefNamesACommit() {
    try {
      if (Files.exists(site.volume.resolve("ref"))) {
        assertTrue(Files.exists(site.volume.resolve("objects/" + site.published("ref"))));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void pass_refReplacedSinceTheScan_isNotPublishedBeforeItsCommit() throws Exception {
    push(1);
    site.pass();
    var pushes = new AtomicInteger(1);
    var allowed = new AtomicInteger();
    site.clock.onLook(
        unchecked(
            () -> {
              assertTheRefNamesACommit();
              if (Thread.currentThread().getName().startsWith("transfer")
                  && allowed.getAndDecrement() > 0) {
                push(pushes.incrementAndGet());
              }
            }));
    push(pushes.incrementAndGet());
    for (int i = 0; i < 10; i++) {
      allowed.set(1);
      site.pass();
      assertTheRefNamesACommit();
    }
    site.clock.onLook(() -> {});
    for (int i = 0; i < 3; i++) {
      site.pass();
    }
    assertEquals("" + pushes.get(), site.published("ref"));
    assertTheRefNamesACommit();
  }

  @Test
  void pass_newNames_takeEffectInTheOrderOfTheirAge() throws Exception {
    var names = new java.util.ArrayList<String>();
    for (int i = 0; i < 20; i++) {
      names.add("%c%d".formatted('a' + (i * 7) % 20, i));
    }
    for (var name : names) {
      Files.write(site.local.resolve(name), new byte[names.indexOf(name) == 3 ? 20_000_000 : 10]);
      var later = Files.getAttribute(site.local.resolve(name), "unix:ctime");
      while (Files.getAttribute(touched(), "unix:ctime").equals(later)) {
        Thread.onSpinWait();
      }
    }
    var seen = new java.util.concurrent.ConcurrentLinkedQueue<String>();
    site.clock.onLook(
        unchecked(
            () -> {
              boolean missing = false;
              for (var name : names) {
                boolean there = Files.exists(site.volume.resolve(name));
                if (there && missing) {
                  seen.add(name);
                }
                missing |= !there;
              }
            }));
    site.pass();
    assertEquals(0, seen.size(), seen::toString);
    site.assertVolumeEqualsLocal();
  }

  @Test
  void pass_newFileReplacedSinceTheScan_isNotNamedByADatabaseBeforeItIsThere() throws Exception {
    var app = site.local.resolve("app.db");
    TestDatabase.create(app).close();
    site.write("other", "o");
    site.pass();
    site.write("photo", "as uploaded");
    TestDatabase.open(app).insert("photo").close();
    var allowed = new AtomicInteger(1);
    site.clock.onLook(
        unchecked(
            () -> {
              if (Thread.currentThread().getName().startsWith("transfer")
                  && allowed.getAndDecrement() > 0) {
                Files.writeString(site.local.resolve("smaller"), "optimised");
                Files.move(
                    site.local.resolve("smaller"),
                    site.local.resolve("photo"),
                    java.nio.file.StandardCopyOption.ATOMIC_MOVE);
              }
            }));
    site.pass();
    assertTrue(allowed.get() < 0);
    var row =
        TestDatabase.valueIn(
            site.volume.resolve("app.db"), "SELECT count(*) FROM t WHERE word = 'photo'");
    assertTrue(row.equals("0") || Files.exists(site.volume.resolve("photo")));
  }

  /** A scan of several directories sees a file that moves between them in none, or in both. */
  @Test
  void pass_fileMovesBehindTheScan_staysOnTheVolumeUntilItsNewNameIsThere() throws Exception {
    var told = new Told();
    Files.createDirectories(site.local.resolve("a"));
    Files.createDirectories(site.local.resolve("z"));
    site.write("other", "o");
    var listings = new java.util.ArrayList<Path>();
    site.hears(told).beforeListing((path, entry) -> move(listings, told, path));
    site.write("a/file", "x");
    site.pass();
    for (int i = 0; i < 8; i++) {
      listings.clear();
      site.pass();
      assertTrue(
          Files.exists(site.volume.resolve("a/file"))
              || Files.exists(site.volume.resolve("z/file")));
    }
  }

  /** An object in z, and then the ref that names it. */
  private void commit() throws Exception {
    Files.createDirectories(site.local.resolve("a"));
    Files.createDirectories(site.local.resolve("z"));
    site.write("ref", "none");
    site.pass();
    site.write("z/1", "commit");
    site.write("ref", "1");
  }

  /** Once the object is in a. */
  private void assertTheRefGoesAfterItsCommit(int passes) throws Exception {
    for (int i = 0; i < passes; i++) {
      site.pass();
      assertTrue(
          site.published("ref").equals("none") || Files.exists(site.volume.resolve("a/1")),
          "pass " + i);
    }
    assertEquals("1", site.published("ref"));
  }

  /** As git's garbage collection does, from loose objects to a pack, after a ref named one. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void pass_objectMovesBehindTheScan_isOnTheVolumeBeforeTheRefThatNamesIt(boolean isOld)
      throws Exception {
    var told = new Told();
    commit();
    if (isOld) {
      site.clock.letAnHourPass(); // so that one look would do
    }
    var listed = new ArrayList<Path>();
    site.hears(told)
        .beforeListing(
            (path, entry) -> {
              listed.add(path);
              if (path.endsWith("z") && Files.exists(path.resolve("1"))) {
                assertTrue(listed.contains(site.local.resolve("a")));
                Files.move(path.resolve("1"), site.local.resolve("a/1"));
                told.came.add(Path.of("a/1"));
                told.went.add(Path.of("z/1"));
              }
            });
    assertTheRefGoesAfterItsCommit(4);
  }

  @Test
  void pass_objectMovesAfterTheScan_isOnTheVolumeBeforeTheRefThatNamesIt() throws Exception {
    commit();
    site.clock.letAnHourPass();
    site.clock.onLook(
        unchecked(
            () -> {
              if (Thread.currentThread().getName().startsWith("transfer")
                  && Files.exists(site.local.resolve("z/1"))) {
                Files.move(site.local.resolve("z/1"), site.local.resolve("a/1"));
              }
            }));
    assertTheRefGoesAfterItsCommit(5);
  }

  /** Once in a pass, from the directory that is still to be listed to the one that was. */
  private void move(java.util.List<Path> listings, Told told, Path next) throws IOException {
    listings.add(next);
    if (listings.size() == 3 || listings.size() == 6) {
      var from = next.resolve("file");
      var to = listings.get(listings.size() - 2).resolve("file");
      if (Files.exists(from)) {
        Files.move(from, to);
        told.came.add(site.local.relativize(to));
      }
    }
  }

  private Path touched() throws IOException {
    return Files.write(directory.resolve("tick"), new byte[1]);
  }

  /** Names as the watch would tell them. */
  private static final class Told implements NameEvents {
    private Set<Path> came = new HashSet<>();
    private Set<Path> went = new HashSet<>();

    @Override
    public Heard takeHeard() {
      var heard = new Heard(came, went, Set.of(), false);
      came = new HashSet<>();
      went = new HashSet<>();
      return heard;
    }
  }

  @Test
  void pass_fileAndRowThatCameAndWentBetweenTheScans_areNotPublishedAsARowAlone() throws Exception {
    var told = new Told();
    uploadAndDeleteBetweenTheScans(told, told);
  }

  @Test
  void pass_theSameWhereNobodyListens_isNotPublishedEither() throws Exception {
    uploadAndDeleteBetweenTheScans(NameEvents.DEAF, new Told()); // by the directory's own stamp
  }

  private void uploadAndDeleteBetweenTheScans(NameEvents events, Told told) throws Exception {
    var app = site.local.resolve("app.db");
    TestDatabase.create(app).insert("first").close();
    var listings = new AtomicInteger();
    site.hears(events).beforeListing((path, entry) -> listings.incrementAndGet());
    site.pass();
    var upload = site.local.resolve("upload");
    TestDatabase.open(app).insert("second").close();
    listings.set(0);
    var looks = new AtomicInteger();
    site.clock.onLook(
        unchecked(
            () -> {
              if (listings.get() == 1 && looks.getAndIncrement() == 0) {
                Files.writeString(upload, "x");
                told.came.add(Path.of("upload"));
                execute(app, "INSERT INTO t (word) VALUES ('upload')");
              } else if (looks.get() > 0 && Files.exists(upload) && hasSnapshot()) {
                execute(app, "DELETE FROM t WHERE word = 'upload'");
                Files.delete(upload);
              }
            }));
    site.pass();
    site.clock.onLook(() -> {});
    assertEquals(
        "null",
        TestDatabase.valueIn(
            site.volume.resolve("app.db"),
            "SELECT group_concat(word) FROM t WHERE word = 'upload'"));
    assertTrue(looks.get() > 0);
  }

  private boolean hasSnapshot() throws IOException {
    try (var images = Files.list(site.state.resolve("staging"))) {
      return images.anyMatch(image -> image.toFile().length() > 0);
    }
  }

  private static void execute(Path database, String sql) throws IOException {
    try (var connection = java.sql.DriverManager.getConnection("jdbc:sqlite:" + database);
        var statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (java.sql.SQLException e) {
      throw new IOException(e);
    }
  }
}
