package io.liteferry.pages;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.sqlite.ReadTransaction;
import io.liteferry.sqlite.ReadTransaction.UnreadableException;
import io.liteferry.sqlite.Snapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an application notices of a capture: nothing after it, and little during it. */
final class CaptureLocksTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(1);
  private static final String CHANGE = "insert into t values(randomblob(2000))";

  @TempDir Path directory;
  private Path database;
  private Application app;

  @BeforeEach
  void startApplication() throws IOException {
    database = directory.toRealPath().resolve("a.db");
    app = Application.fast(database);
  }

  @AfterEach
  void stopApplication() {
    app.kill();
  }

  private void create(String mode) {
    app.must("pragma journal_mode=" + mode, "create table t(b)", CHANGE, CHANGE);
  }

  /** Captures all that there is; the application tries something before each page is read. */
  private Outcome capture(List<List<String>> answers, String... meanwhile) throws IOException {
    var base = directory.resolve("base.db");
    try (var other = Application.fast(base)) {
      other.must("create table other(x)");
    }
    var seam =
        new Seam() {
          @Override
          public void meanwhile() {
            answers.add(app.run(meanwhile));
          }
        };
    var segment = directory.resolve("segment");
    try (var plain = PlainFile.open(base);
        var map = PageMap.build(directory.resolve("map"), plain)) {
      return new Capture(database, TIMEOUT, seam)
          .take(map, new Target(segment, "a.db", 1, 1, 1, Instant.EPOCH, false, 1 << 20));
    }
  }

  private static boolean isLocked(List<String> answer) {
    return answer.stream().anyMatch(line -> line.contains("locked"));
  }

  @Test
  void capture_inRollbackMode_keepsWritersOutUntilItEnds() throws IOException {
    create("delete");
    var answers = new ArrayList<List<String>>();
    assertInstanceOf(Outcome.Changed.class, capture(answers, CHANGE));
    assertTrue(answers.size() > 2);
    assertTrue(answers.stream().allMatch(CaptureLocksTest::isLocked), answers.toString());
    app.must(CHANGE, "pragma locking_mode=exclusive", CHANGE);
  }

  @Test
  void capture_inWalMode_keepsNoWriterOut() throws IOException {
    create("wal");
    var answers = new ArrayList<List<String>>();
    assertInstanceOf(Outcome.Changed.class, capture(answers, CHANGE));
    assertTrue(answers.stream().noneMatch(CaptureLocksTest::isLocked), answers.toString());
  }

  /** The lock that keeps the log there is held to the end, though we read and close files. */
  @Test
  void capture_inWalMode_keepsTheLogUntilItEnds() throws IOException {
    create("wal");
    var answers = new ArrayList<List<String>>();
    assertInstanceOf(Outcome.Changed.class, capture(answers, "pragma journal_mode=delete"));
    assertTrue(answers.stream().allMatch(CaptureLocksTest::isLocked), answers.toString());
    assertEquals(List.of("delete"), lines("pragma journal_mode=delete"));
    assertEquals(List.of("wal"), lines("pragma journal_mode=wal"));
    app.must("pragma locking_mode=exclusive", CHANGE, "pragma journal_mode=delete", CHANGE);
  }

  @Test
  void capture_beforeACheckpoint_doesNotHinderIt() throws IOException {
    create("wal");
    capture(new ArrayList<>());
    app.must(CHANGE, "pragma wal_checkpoint(truncate)");
    assertEquals(0, Files.size(directory.resolve("a.db-wal")));
  }

  /** The answer, which the shell writes to a file, as it holds back what it says. */
  private List<String> lines(String query) throws IOException {
    if (!Application.hasShell()) {
      app.must(query);
      return List.of(query.replaceAll(".*=", ""));
    }
    var answer = directory.resolve("answer");
    app.run(".once " + answer, query);
    return Files.readAllLines(answer);
  }

  private static Set<String> descriptorsOf(Path database) throws IOException {
    var open = new TreeSet<String>();
    try (var all = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (var descriptor : all) {
        if (Files.isSymbolicLink(descriptor)) {
          open.add(Files.readSymbolicLink(descriptor).toString());
        }
      }
    }
    open.removeIf(name -> !name.startsWith(database.toString()));
    return open;
  }

  @Test
  void capture_afterwards_leavesNothingOpen() throws IOException {
    create("wal");
    var during = new ArrayList<Set<String>>();
    ReadTransaction.within(
        database,
        TIMEOUT,
        transaction -> {
          during.add(descriptorsOf(database));
          return transaction.open();
        });
    assertEquals(3, during.getFirst().size());
    assertEquals(Set.of(), descriptorsOf(database));
  }

  @Test
  void transaction_withinAnotherOfTheSameFile_isRefusedAsBusy() throws IOException {
    create("wal");
    var link = directory.toRealPath().resolve("link.db");
    Files.createLink(link, database);
    var refused =
        ReadTransaction.within(
            database,
            TIMEOUT,
            transaction -> {
              try {
                return ReadTransaction.within(link, TIMEOUT, inner -> false);
              } catch (UnreadableException e) {
                return e.isBusy();
              }
            });
    assertTrue(refused);
  }

  /** The files that a transaction closes would take the snapshot's locks away. */
  @Test
  void snapshot_ofAHardLinkWithinATransaction_isBusy() throws IOException {
    create("delete");
    var link = directory.toRealPath().resolve("link.db");
    Files.createLink(link, database);
    var image = directory.resolve("image");
    assertInstanceOf(
        Snapshot.Outcome.Busy.class,
        ReadTransaction.within(
            database, TIMEOUT, transaction -> Snapshot.take(link, image, TIMEOUT)));
    assertInstanceOf(Snapshot.Outcome.Taken.class, Snapshot.take(link, image, TIMEOUT));
  }

  @Test
  void capture_ofADatabaseWithAHotJournal_isToBeWhole() throws IOException {
    create("delete");
    app.run("pragma cache_size=2", "begin", "update t set b=randomblob(90000)", CHANGE, CHANGE);
    var journal = directory.resolve("a.db-journal");
    assertTrue(Files.size(journal) > 512);
    app.kill();
    var outcome = assertInstanceOf(Outcome.Whole.class, capture(new ArrayList<>()));
    assertTrue(outcome.why().contains("journal"), outcome.why());
  }

  /** Somebody removed the log while SQLite had it open: then the file alone is no state. */
  @Test
  void capture_logOfADatabaseInWalModeIsGone_beginsAgain() throws IOException {
    create("wal");
    app.must("pragma wal_checkpoint(truncate)");
    app.close();
    boolean again =
        ReadTransaction.atRest(
            database,
            transaction -> {
              try {
                return LogReader.of(transaction, Seam.NONE).isPresent();
              } catch (AgainException e) {
                return true;
              }
            });
    assertTrue(again);
  }
}
