package io.liteferry.pages;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.sqlite.Snapshot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * For rules, histories in which they are needed: with them the capture is right, without them
 * wrong. Some stand in for each other; then it takes the lack of several. No history of today's
 * SQLite is known that needs {@link Rule#SIZE_KNOWN} or {@link Rule#NONE_CAME_BACK}; and {@link
 * Rule#WHOLE_LOG} is about what happens within one read.
 */
final class RuleTest {
  private static final int PAGE_SIZE = 1024;

  @TempDir Path directory;
  private int runs;

  /** One life of a database; {@code wrong} becomes true when a capture is not what SQLite says. */
  private final class Life implements Seam, AutoCloseable {
    private final Set<Rule> ignored;
    private final Path database;
    private final Replica replica;
    private final List<Application> applications = new ArrayList<>();
    private final List<Path> committed = new ArrayList<>();
    private Runnable meanwhile = () -> {};
    private int images;
    private boolean wrong;

    Life(Set<Rule> ignored) throws IOException {
      this.ignored = ignored;
      var here = Files.createDirectory(directory.resolve("life" + runs++));
      database = here.resolve("a.db");
      replica =
          new Replica(
              database,
              here.resolve("r"),
              new Random(1) {
                @Override
                public int nextInt(int bound) {
                  return bound - 1; // nothing happens by chance
                }
              },
              this);
    }

    @Override
    public boolean ignores(Rule rule) {
      return ignored.contains(rule);
    }

    @Override
    public void meanwhile() {
      meanwhile.run();
    }

    Application open() {
      try {
        var application = Application.fast(database);
        application.must(
            "pragma page_size=" + PAGE_SIZE,
            "pragma journal_mode=wal",
            "pragma wal_autocheckpoint=0",
            "pragma synchronous=off",
            "create table if not exists t(id integer primary key, b)");
        applications.add(application);
        return application;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** Remembers the state that is committed now. */
    void image() {
      var image = database.resolveSibling("image" + images++);
      assertTrue(Snapshot.take(database, image, Replica.TIMEOUT) instanceof Snapshot.Outcome.Taken);
      committed.add(image);
    }

    /** Captures; what SQLite says is remembered before, and by {@link #meanwhile}. */
    Outcome capture() {
      try {
        committed.clear();
        image();
        var outcome = replica.pass();
        meanwhile = () -> {};
        boolean right = false;
        for (var image : committed) {
          try (var state = replica.state();
              var plain = PlainFile.open(image)) {
            right |= Scrub.compare(state.pages(), plain).isAgreement();
          }
        }
        wrong |= !right;
        return outcome;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void close() throws IOException {
      replica.close();
      applications.forEach(Application::kill);
    }
  }

  /** What happens in a life. */
  @FunctionalInterface
  private interface Story {
    void tell(Life life) throws IOException;
  }

  /**
   * Tells a story twice.
   *
   * @param needed the rules of which one is enough
   */
  private void needs(Set<Rule> needed, Story story) throws IOException {
    try (var life = new Life(Set.of())) {
      story.tell(life);
      assertEquals(false, life.wrong, "with all rules");
    }
    try (var life = new Life(needed)) {
      story.tell(life);
      assertEquals(true, life.wrong, "without " + needed);
    }
  }

  /** A database of some 40 pages, all of them in its file, and a position in an empty log. */
  private static Application begin(Life life) {
    var app = life.open();
    app.must(insert(40), "pragma wal_checkpoint(truncate)");
    life.capture();
    life.capture();
    return app;
  }

  private static String insert(int rows) {
    return "with recursive c(x) as (select 1 union all select x+1 from c where x<%d) insert into t(b) select randomblob(900) from c"
        .formatted(rows);
  }

  private static String update(int id) {
    return "update t set b=randomblob(900) where id=" + id;
  }

  private static final String CHECKPOINT = "pragma wal_checkpoint(passive)";

  /** Changes a page that no test changes otherwise, as nobody may. */
  private static void scribble(Path file) throws IOException {
    try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), 30 * PAGE_SIZE + 500);
    }
  }

  @Test
  void fileUntouched_forAFileWrittenBesideSqlite() throws IOException {
    needs(
        EnumSet.of(Rule.FILE_UNTOUCHED),
        life -> {
          begin(life).must(update(3));
          life.capture();
          scribble(life.database);
          life.capture();
        });
  }

  @Test
  void sameFile_forAFileThatIsReplacedUnderItsLog() throws IOException {
    needs(
        EnumSet.of(Rule.SAME_FILE, Rule.FILE_UNTOUCHED, Rule.NOT_TAKEN_BACK),
        life -> {
          var app = begin(life);
          var other = life.database.resolveSibling("other.db");
          Files.copy(life.database, other);
          scribble(other);
          app.must(update(3));
          life.capture();
          app.kill();
          Files.move(other, life.database, StandardCopyOption.REPLACE_EXISTING);
          life.capture();
        });
  }

  @Test
  void logBegun_forALogThatComesAndGoesBetweenCaptures() throws IOException {
    needs(
        EnumSet.of(Rule.LOG_BEGUN, Rule.FILE_UNTOUCHED),
        life -> {
          begin(life).close();
          life.capture();
          life.capture();
          try (var app = life.open()) {
            app.must(update(3));
          }
          life.capture();
        });
  }

  /** Cuts the last transaction off the log, as a power failure does. */
  private static void cutOff(Life life, long frames) throws IOException {
    var wal = life.database.resolveSibling("a.db-wal");
    try (var file = FileChannel.open(wal, StandardOpenOption.WRITE)) {
      file.truncate(WalFrame.position(frames + 1, PAGE_SIZE));
    }
    Files.delete(life.database.resolveSibling("a.db-shm"));
  }

  private static long frames(Life life) throws IOException {
    return (Files.size(life.database.resolveSibling("a.db-wal")) - WalHeader.BYTES)
        / (WalFrame.HEAD_BYTES + PAGE_SIZE);
  }

  @Test
  void notTakenBack_forALogThatLostItsEnd() throws IOException {
    needs(
        EnumSet.of(Rule.NOT_TAKEN_BACK, Rule.HISTORY_STANDS),
        life -> {
          var app = begin(life);
          app.must(update(3));
          long before = frames(life);
          app.must(update(4));
          life.capture();
          app.kill();
          cutOff(life, before);
          life.capture();
        });
  }

  /** Without a sync, a checkpoint can bring pages into the file whose log a power failure takes. */
  @Test
  void notTakenBack_forCommitsThatAreInTheFileAlone() throws IOException {
    needs(
        EnumSet.of(Rule.NOT_TAKEN_BACK),
        life -> {
          var app = begin(life);
          app.must(update(3));
          life.capture();
          app.must(update(4));
          long before = frames(life);
          app.must(update(35), CHECKPOINT);
          app.kill();
          cutOff(life, before);
          life.capture();
        });
  }

  @Test
  void historyStands_forAnotherCommitInPlaceOfOneThatWasLost() throws IOException {
    needs(
        EnumSet.of(Rule.HISTORY_STANDS, Rule.NOT_TAKEN_BACK),
        life -> {
          var app = begin(life);
          app.must(update(3));
          long before = frames(life);
          app.must(update(4));
          life.capture();
          app.kill();
          cutOff(life, before);
          life.open().must(update(4));
          life.capture();
        });
  }

  @Test
  void endsAsIndexed_forALogThatIsBegunAnewBeforeItIsRead() throws IOException {
    needs(
        EnumSet.of(Rule.ENDS_AS_INDEXED, Rule.SAME_LOG_AFTERWARDS),
        life -> {
          var app = begin(life);
          app.must(update(4), update(5), CHECKPOINT);
          once(life, 0, () -> app.must(update(6), update(7), update(8), update(9), update(10)));
          life.capture();
        });
  }

  /** Something happens at the n-th place where it can, and SQLite's word after it is good, too. */
  private static void once(Life life, int place, Runnable what) {
    var left = new AtomicInteger(place);
    life.meanwhile =
        () -> {
          if (left.getAndDecrement() == 0) {
            what.run();
            life.image();
          }
        };
  }

  @Test
  void sameLogAfterwards_forALogThatIsBegunAnewWhilePagesAreRead() throws IOException {
    needs(
        EnumSet.of(Rule.SAME_LOG_AFTERWARDS),
        life -> {
          var app = begin(life);
          app.must(update(3));
          life.capture();
          app.must(update(4), update(5), CHECKPOINT);
          once(life, 1, () -> app.must(update(6), update(7), update(8), update(9), update(10)));
          life.capture();
        });
  }

  @Test
  void tailStandsAfterwards_forATailThatIsWrittenOverWhilePagesAreRead() throws IOException {
    needs(
        EnumSet.of(Rule.TAIL_STANDS_AFTERWARDS),
        life -> {
          var app = begin(life);
          app.must(update(3), update(4), update(5), update(6));
          life.capture();
          app.must(update(7), update(8), CHECKPOINT, update(9));
          once(
              life, 1, () -> app.must("update t set b=randomblob(900) where id between 10 and 35"));
          life.capture();
        });
  }

  @Test
  void oneReset_forALogThatIsBegunAnewTwice() throws IOException {
    needs(
        EnumSet.of(Rule.ONE_RESET, Rule.ALL_COMMITS),
        life -> {
          var app = begin(life);
          app.must(update(3), update(4), update(5), update(6), update(7));
          life.capture();
          app.must(update(8), CHECKPOINT, update(9), update(10), CHECKPOINT, update(11));
          life.capture();
        });
  }

  @Test
  void notOvertaken_forANewLogThatIsLongerThanTheOldOne() throws IOException {
    needs(
        EnumSet.of(Rule.NOT_OVERTAKEN, Rule.ALL_COMMITS, Rule.TAIL_STANDS_AFTERWARDS),
        life -> {
          var app = begin(life);
          app.must(update(3));
          life.capture();
          app.must(update(4), CHECKPOINT);
          app.must("update t set b=randomblob(900) where id between 10 and 35");
          life.capture();
        });
  }

  @Test
  void notCutOff_forALogThatAJournalSizeLimitCuts() throws IOException {
    needs(
        EnumSet.of(Rule.NOT_CUT_OFF, Rule.ALL_COMMITS, Rule.TAIL_STANDS_AFTERWARDS),
        life -> {
          var app = begin(life);
          app.must(update(3), update(4), update(5));
          long limit = WalFrame.position(frames(life) + 1, PAGE_SIZE) + 10;
          life.capture();
          app.must("pragma journal_size_limit=" + limit, update(6), CHECKPOINT, update(7));
          life.capture();
        });
  }

  /** A writer died between its commit and the wal-index, and nobody ever wrote over its frame. */
  @Test
  void allCommits_forACommitThatNeverBecameHistory() throws IOException {
    needs(
        EnumSet.of(Rule.ALL_COMMITS),
        life -> {
          var app = begin(life);
          app.must(update(3), update(4), update(5));
          life.capture();
          addCommit(life.database.resolveSibling("a.db-wal"));
          app.must(CHECKPOINT, update(6));
          life.capture();
        });
  }

  /** The same, when the next capture is in the same log. */
  @Test
  void capture_withACommitBehindTheEndOfHistory_doesNotSeeIt() throws IOException {
    try (var life = new Life(Set.of())) {
      var app = begin(life);
      app.must(update(3));
      life.capture();
      addCommit(life.database.resolveSibling("a.db-wal"));
      assertTrue(life.capture() instanceof Outcome.Unchanged);
      app.must(update(4), update(5));
      life.capture();
      assertEquals(false, life.wrong);
    }
  }

  private static void addCommit(Path wal) throws IOException {
    try (var file = FileChannel.open(wal, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      var header = WalHeader.read(file).orElseThrow();
      var walked =
          new WalWalk(file, header).from(0, header.checksum(), Integer.MAX_VALUE, new FrameIndex());
      var frame = new byte[WalFrame.HEAD_BYTES + PAGE_SIZE];
      new Random(1).nextBytes(frame);
      WalFrame.complete(frame, 20, walked.pageCount(), header, walked.checksum());
      Blocks.write(file, WalFrame.position(walked.frames() + 1, PAGE_SIZE), frame, frame.length);
    }
  }
}
