package io.liteferry.pages;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Beside two writers, each capture is a sound state, no older than what was committed before it and
 * no newer than what is after it.
 */
final class CaptureRaceTest {
  private static final int ROWS = 200;
  private static final int SUM = 100 * ROWS;

  @TempDir Path directory;

  /** A writer that hardly rests, until it is stopped. */
  private static Thread writer(Application application, Random random, AtomicBoolean stop) {
    return Thread.ofPlatform()
        .start(
            () -> {
              while (!stop.get()) {
                application.send(transaction(random));
                application.answer();
                LockSupport.parkNanos(
                    random.nextInt(4_000_000)); // so that there is a log to follow
              }
            });
  }

  private static String[] transaction(Random random) {
    int pairs = random.nextInt(4) == 0 ? 10 : 1;
    var statements = new String[2 * pairs + 4];
    statements[0] = "begin immediate";
    statements[1] = "update seq set n=n+1";
    for (int i = 0; i < pairs; i++) {
      statements[2 + 2 * i] =
          "update t set v=v-1, pad=randomblob(700) where id=" + (1 + random.nextInt(ROWS));
      statements[3 + 2 * i] = "update t set v=v+1 where id=" + (1 + random.nextInt(ROWS));
    }
    statements[2 * pairs + 2] = random.nextInt(6) == 0 ? "rollback" : "commit";
    var modes = new String[] {"passive", "full", "restart", "truncate"};
    statements[2 * pairs + 3] =
        random.nextInt(30) == 0
            ? "pragma wal_checkpoint(%s)".formatted(modes[random.nextInt(modes.length)])
            : "select 1";
    return statements;
  }

  private static long number(Path database, String query) throws SQLException {
    try (var connection = DriverManager.getConnection("jdbc:sqlite:" + database);
        var statement = connection.createStatement()) {
      statement.execute("pragma busy_timeout=5000");
      try (var rows = statement.executeQuery(query)) {
        return rows.next() ? rows.getLong(1) : -1;
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"wal", "delete"})
  void capture_besideTwoWriters_isASoundState(String mode)
      throws IOException, SQLException, InterruptedException {
    long seed = Long.getLong("liteferry.test.seed", System.nanoTime());
    System.out.println("seed " + seed);
    var database = directory.resolve("a.db");
    try (var app = Application.fast(database)) {
      app.must(
          "pragma page_size=1024",
          "pragma journal_mode=" + mode,
          "create table t(id integer primary key, v int, pad blob)",
          "create index iv on t(v)",
          "create table seq(n)",
          "insert into seq values(0)",
          "with recursive c(x) as (select 1 union all select x+1 from c where x<%d) insert into t select x,100,zeroblob(700) from c"
              .formatted(ROWS));
    }
    var random = new Random(seed);
    var counts = new TreeMap<String, Integer>();
    var stop = new AtomicBoolean();
    try (var one = Application.fast(database);
        var two = Application.fast(database);
        var replica = new Replica(database, directory.resolve("r"), random, Seam.NONE)) {
      one.must("pragma busy_timeout=2000", "pragma synchronous=off", "pragma cache_size=20");
      one.must("pragma wal_autocheckpoint=200");
      two.must("pragma busy_timeout=2000", "pragma synchronous=off", "pragma cache_size=20");
      two.must("pragma wal_autocheckpoint=500");
      var writers =
          new Thread[] {
            writer(one, new Random(seed + 1), stop), writer(two, new Random(seed + 2), stop)
          };
      try {
        var seconds = Math.max(2, Long.getLong("liteferry.test.pages", 2) / 4);
        var end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
        while (System.nanoTime() < end) {
          capture(database, replica, counts);
        }
      } finally {
        stop.set(true);
        for (var writer : writers) {
          writer.join();
        }
      }
    }
    System.out.println(mode + " " + counts);
  }

  private void capture(Path database, Replica replica, Map<String, Integer> counts)
      throws IOException, SQLException {
    long before = number(database, "select n from seq");
    var outcome = replica.pass();
    counts.merge(
        switch (outcome) {
          case Outcome.Changed changed -> changed.how().toString();
          case Outcome.Busy busy -> "busy: " + busy.why();
          default -> outcome.getClass().getSimpleName();
        },
        1,
        Integer::sum);
    if (outcome instanceof Outcome.Busy) {
      return;
    }
    long after = number(database, "select n from seq");
    var image = directory.resolve("image.db");
    try (var state = replica.state();
        var copy = new WrittenState(state.pages(), image)) {
      long n = number(copy.file(), "select n from seq");
      assertTrue(before <= n && n <= after, "%d <= %d <= %d".formatted(before, n, after));
      assertEquals(SUM, number(copy.file(), "select sum(v) from t"));
      try (var connection = DriverManager.getConnection("jdbc:sqlite:" + copy.file());
          var statement = connection.createStatement();
          var rows = statement.executeQuery("pragma integrity_check")) {
        assertEquals("ok", rows.getString(1), outcome.toString());
      }
    }
  }

  /** A state as a file, until this is closed. */
  private record WrittenState(Path file) implements AutoCloseable {
    WrittenState(PageSource pages, Path file) throws IOException {
      this(file);
      var content = new byte[pages.shape().pageSize()];
      try (var out = Files.newOutputStream(file)) {
        for (long page = 1; page <= pages.shape().pageCount(); page++) {
          pages.read(page, content);
          out.write(content);
        }
      }
    }

    @Override
    public void close() throws IOException {
      for (var name : new String[] {"", "-wal", "-shm"}) {
        Files.deleteIfExists(file.resolveSibling(file.getFileName() + name));
      }
    }
  }
}
