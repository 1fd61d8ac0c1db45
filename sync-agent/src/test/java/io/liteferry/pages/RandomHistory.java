package io.liteferry.pages;

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
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.commons.io.file.PathUtils;
import org.jspecify.annotations.Nullable;

/**
 * A random life of a database, by one seed: applications write to it in all ways, also while it is
 * being captured, and die. After each capture, what is published is compared with an image by the
 * backup API, byte for byte.
 */
final class RandomHistory {
  private static final int[] PAGE_SIZES = {512, 1024, 1024, 1024, 4096, 4096, 16384, 65536};
  private static final String[] ROLLBACK_MODES = {"delete", "truncate", "persist", "memory", "off"};
  private static final String[] CHECKPOINTS = {"passive", "passive", "full", "restart", "truncate"};

  private static final boolean BLOBS = Application.hasBlobs(Path.of(":memory:"));

  private final long seed;
  private final Random random;
  private final Path directory;
  private final Path database;
  private final int pageSize;
  private final Rule ignored;
  private @Nullable Application blobWriter;
  private final List<Application> applications = new ArrayList<>();
  private final Map<String, Integer> counts = new TreeMap<>();
  private final List<String> trail = new ArrayList<>();
  private final List<Path> committed = new ArrayList<>();
  private int images;

  /** How often {@link Seam#meanwhile} is called before something happens; negative: never. */
  private int patience = -1;

  /**
   * Prepares a history.
   *
   * @param ignored a rule that does not hold; null: all hold
   */
  RandomHistory(long seed, Path parent, @Nullable Rule ignored) throws IOException {
    this.seed = seed;
    this.ignored = ignored;
    random = new Random(seed);
    directory = Files.createTempDirectory(parent, "h");
    database = directory.resolve("a.db");
    pageSize = PAGE_SIZES[random.nextInt(PAGE_SIZES.length)];
  }

  /**
   * Lives it.
   *
   * @return how often what happened
   * @throws AssertionError when what is published is not the database
   */
  Map<String, Integer> run(int steps) throws IOException {
    var seam =
        new Seam() {
          @Override
          public boolean ignores(Rule rule) {
            return rule == ignored;
          }

          @Override
          public void meanwhile() throws IOException {
            if (patience-- == 0) {
              changeMeanwhile();
              patience = random.nextInt(20) - 10;
            }
          }
        };
    try (var replica = new Replica(database, directory.resolve("r"), random, seam)) {
      create();
      for (int step = 0; step < steps; step++) {
        act();
        if (random.nextInt(12) == 0) {
          replica.failedPass();
        }
        if (random.nextInt(2) == 0) {
          check(replica, step);
        }
      }
    } finally {
      applications.forEach(Application::kill);
      PathUtils.deleteDirectory(directory);
    }
    return counts;
  }

  private void create() throws IOException {
    var first = open();
    first.run(
        "pragma page_size=" + pageSize,
        "pragma auto_vacuum=" + random.nextInt(3),
        "pragma journal_mode=" + (random.nextInt(5) == 0 ? rollbackMode() : "wal"),
        "create table t(id integer primary key, k int, b blob)",
        "create index i on t(k)",
        insert(20));
  }

  private String rollbackMode() {
    return ROLLBACK_MODES[random.nextInt(ROLLBACK_MODES.length)];
  }

  private Application open() throws IOException {
    boolean writesBlobs = BLOBS && !applications.contains(blobWriter) && random.nextInt(2) == 0;
    var application = writesBlobs ? Application.blobs(database) : Application.fast(database);
    blobWriter = writesBlobs ? application : blobWriter;
    application.run(
        "pragma cache_size=" + pick(5, 5, 50),
        "pragma wal_autocheckpoint=" + pick(0, 10, 30, 30, 1000),
        "pragma synchronous=" + pick(0, 0, 1, 2),
        "pragma journal_size_limit=" + pick(-1, -1, -1, 0, 32 + 8 * (pageSize + 24), 20_000),
        "pragma mmap_size=" + pick(0, 0, 1 << 20));
    applications.add(application);
    return application;
  }

  private int pick(int... choices) {
    return choices[random.nextInt(choices.length)];
  }

  private Application any() throws IOException {
    return applications.isEmpty() ? open() : applications.get(random.nextInt(applications.size()));
  }

  private String insert(int rows) {
    int bytes = Math.min(pick(20, 200, pageSize * 3), 200_000);
    return "with recursive c(x) as (select 1 union all select x+1 from c where x<%d) insert into t(k,b) select abs(random())%%1000,randomblob(abs(random())%%%d) from c"
        .formatted(rows, bytes);
  }

  private String change() {
    int dice = random.nextInt(100);
    if (dice < 42) {
      return insert(pick(1, 1, 3, 30));
    } else if (dice < 65) {
      return "update t set b=randomblob(length(b)),k=k+1 where id in (select id from t order by"
          + " random() limit "
          + pick(1, 3, 20)
          + ")";
    } else if (dice < 72) {
      return "update t set k=k where id=1"; // a commit that changes nothing
    } else if (dice < 84) {
      return "delete from t where id in (select id from t order by random() limit "
          + pick(1, 10, 60)
          + ")";
    } else if (dice < 90) {
      return "delete from t where id%2=0";
    } else if (dice < 94) {
      return random.nextBoolean()
          ? "drop table if exists u"
          : "create table if not exists u as select * from t limit 20";
    } else if (dice < 97) {
      return "pragma user_version=" + random.nextInt(100);
    }
    return "delete from t where id>(select min(id)+30 from t)";
  }

  private List<String> spill() {
    return List.of("begin", insert(40), change(), change(), change());
  }

  private void run(Application application, String... statements) {
    trail.add(String.join("; ", statements));
    application.run(statements);
  }

  private void act() throws IOException {
    int dice = random.nextInt(1000);
    if (dice < 560) {
      run(any(), change());
    } else if (dice < 620) {
      var application = any();
      run(application, spill().toArray(String[]::new));
      run(application, random.nextInt(3) == 0 ? "commit" : "rollback");
    } else if (dice < 660) {
      run(
          any(),
          "begin",
          change(),
          "savepoint s",
          insert(40),
          change(),
          "rollback to s",
          change(),
          "commit");
    } else if (dice < 780) {
      run(any(), checkpoint());
    } else if (dice < 795) {
      run(any(), "vacuum");
    } else if (dice < 815) {
      run(any(), "pragma incremental_vacuum(5)");
    } else if (dice < 826) {
      if (blobWriter != null && applications.contains(blobWriter)) {
        counts.merge("with a blob written in place", 1, Integer::sum);
        run(blobWriter, "begin", ".blob 1", ".blob 3", ".blob 7", ".blob 12", "commit");
      }
    } else if (dice < 840) {
      if (applications.size() < 3) {
        trail.add("open");
        open();
      } else {
        trail.add("close");
        applications.remove(random.nextInt(applications.size())).close();
      }
    } else if (dice < 860) {
      trail.add("close all");
      applications.forEach(Application::close);
      applications.clear();
    } else if (dice < 885) {
      var victim = any();
      run(victim, spill().toArray(String[]::new)); // frames that are not committed
      kill(victim);
    } else if (dice < 910) {
      var victim = any();
      victim.send(change(), change(), change(), change(), change(), change(), change());
      busyWait(random.nextInt(4_000_000));
      kill(victim);
    } else if (dice < 925) {
      run(any(), "pragma journal_mode=" + rollbackMode(), change());
    } else if (dice < 955) {
      run(any(), "pragma journal_mode=wal");
    } else if (dice < 965) {
      run(any(), "pragma locking_mode=exclusive", change(), "pragma locking_mode=normal", change());
    } else if (dice < 975) {
      killAll();
      if (random.nextBoolean()) {
        tearLog();
      }
    } else if (dice < 983) {
      replaceFile();
    } else if (dice < 986) {
      int size = PAGE_SIZES[random.nextInt(PAGE_SIZES.length)];
      run(any(), "pragma journal_mode=delete", "pragma page_size=" + size, "vacuum");
    } else {
      hold();
    }
  }

  private String checkpoint() {
    return "pragma wal_checkpoint(%s)".formatted(CHECKPOINTS[random.nextInt(CHECKPOINTS.length)]);
  }

  private void kill(Application victim) {
    trail.add("kill");
    victim.kill();
    applications.remove(victim);
  }

  private void killAll() {
    trail.add("kill all");
    applications.forEach(Application::kill);
    applications.clear();
  }

  /** A reader that keeps a checkpoint from going on. */
  private void hold() throws IOException {
    var reader = open();
    run(reader, "begin", "select count(*) from t");
    run(applications.getFirst(), change());
    run(applications.getFirst(), checkpoint());
    run(applications.getFirst(), change());
    run(reader, "commit");
  }

  /** As a power failure leaves it: cut off anywhere, or with something else at its end. */
  private void tearLog() throws IOException {
    trail.add("tear");
    var wal = database.resolveSibling("a.db-wal");
    Files.deleteIfExists(database.resolveSibling("a.db-shm"));
    if (!Files.exists(wal)) {
      return;
    }
    try (var file = FileChannel.open(wal, StandardOpenOption.WRITE)) {
      long size = file.size();
      if (size > 0) {
        if (random.nextBoolean()) {
          file.truncate(size - Math.min(size, 1 + random.nextInt(2 * pageSize)));
        } else {
          var junk = new byte[1 + random.nextInt(pageSize)];
          random.nextBytes(junk);
          file.write(ByteBuffer.wrap(junk), size - random.nextInt((int) Math.min(size, pageSize)));
        }
      }
    }
  }

  /** By a copy from before, as a user who restores a backup does: in place, or as a new file. */
  private void replaceFile() throws IOException {
    var backup = directory.resolve("backup");
    if (Files.exists(backup)) {
      trail.add("replace");
      applications.forEach(Application::close);
      applications.clear();
      for (var side : List.of("a.db-wal", "a.db-shm", "a.db-journal")) {
        Files.deleteIfExists(database.resolveSibling(side));
      }
      if (random.nextBoolean()) {
        Files.move(backup, database, StandardCopyOption.REPLACE_EXISTING);
      } else {
        Files.write(database, Files.readAllBytes(backup));
        Files.delete(backup);
      }
    } else {
      trail.add("backup");
      Snapshot.take(database, backup, Replica.TIMEOUT);
    }
  }

  private static void busyWait(long nanos) {
    long end = System.nanoTime() + nanos;
    while (System.nanoTime() < end) {
      Thread.onSpinWait();
    }
  }

  private void check(Replica replica, int step) throws IOException {
    committed.clear();
    boolean first = replica.isEmpty();
    if (!first && random.nextInt(4) == 0 && image()) {
      patience = random.nextBoolean() ? 0 : random.nextInt(40);
    }
    var outcome = replica.pass();
    patience = -1;
    count(outcome);
    if (outcome instanceof Outcome.Busy || (committed.isEmpty() && !image())) {
      return;
    }
    Scrub.Finding finding = null;
    for (var image : committed.reversed()) {
      try (var state = replica.state();
          var plain = PlainFile.open(image)) {
        finding = Scrub.compare(state.pages(), plain);
        if (finding.isAgreement()) {
          if (!plain.identity().equals(replica.identity())) {
            throw new AssertionError("equal images with different identities");
          }
          break;
        }
      }
    }
    for (var image : committed) {
      Files.delete(image);
    }
    if (finding == null || !finding.isAgreement()) {
      throw new AssertionError(
          "seed %d, step %d: after %s, %s; before it: %s"
              .formatted(seed, step, outcome, finding, trail));
    }
    trail.clear();
  }

  private void count(Outcome outcome) {
    var name =
        switch (outcome) {
          case Outcome.Changed changed -> "changed " + name(changed.how());
          case Outcome.Unchanged unchanged -> "unchanged " + name(unchanged.how());
          case Outcome.Busy busy -> "busy: " + busy.why();
          case Outcome.Whole whole -> "whole: " + whole.why();
        };
    counts.merge(name, 1, Integer::sum);
  }

  private static String name(Outcome.Found how) {
    return how.why().isEmpty() ? how.way().toString() : how.way() + ": " + how.why();
  }

  /** Remembers the state that is committed now; false when it cannot be read. */
  private boolean image() throws IOException {
    var image = directory.resolve("i" + images++);
    if (Snapshot.take(database, image, Replica.TIMEOUT) instanceof Snapshot.Outcome.Taken) {
      committed.add(image);
      return true;
    }
    Files.deleteIfExists(image);
    return false;
  }

  private void changeMeanwhile() {
    try {
      int statements = pick(1, 3, 12);
      for (int i = 0; i < statements; i++) {
        var statement = random.nextInt(4) == 0 ? checkpoint() : change();
        trail.add("meanwhile");
        run(any(), statement);
        image();
      }
      counts.merge("with changes meanwhile", 1, Integer::sum);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
