package io.liteferry.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The observer sees what is wrong: without this its silence in other tests would say nothing. */
class ObserverIT {
  private static final Path DATABASE = Path.of("app.db");
  private static final long BYTES = 4_000_000;
  private static final long SEED = 7;

  @RegisterExtension final Workplace workplace = new Workplace();

  private Path local;
  private Path volume;

  @BeforeEach
  void makeBothSides() throws Exception {
    local = workplace.directory("local");
    volume = workplace.directory("volume");
    Files.createDirectories(volume.resolve(Bank.UPLOADS));
    Bank.create(local.resolve(DATABASE), Bank.JournalMode.WAL, BYTES, SEED);
  }

  @Test
  void observe_soundPublisher_findsNothing() throws Exception {
    try (var observer = observe();
        var writer = write(100)) {
      for (int i = 0; i < 5; i++) {
        writer.workFor(Duration.ofMillis(300));
        publishUploads();
        publishByVacuum();
      }
      writer.terminate();
      publishUploads();
      publishByVacuum();
      var report = observer.stop();
      // The uploads of one round were copied before its snapshot: a row between the two may name a
      // file that is missing. That is the fault of this publisher, and shows that it is found.
      assertEquals(
          List.of(),
          report.problems().stream().filter(p -> !p.contains("which is not there")).toList());
      assertEquals(6, report.seen());
      assertEquals(6, report.audited());
      assertEquals(writer.records().lastId(), report.states().getLast().lastId());
    }
  }

  @Test
  void observe_copyOfLiveFile_findsTornStates() throws Exception {
    Files.delete(local.resolve(DATABASE));
    Bank.create(local.resolve(DATABASE), Bank.JournalMode.DELETE, 5 * BYTES, SEED);
    try (var observer = observe();
        var writer = write(Bank.JournalMode.DELETE, 400)) {
      for (int i = 0; i < 20; i++) {
        writer.workFor(Duration.ofMillis(50));
        publishUploads();
        copySlowly(local.resolve(DATABASE), workplace.root().resolve("staged.db"));
        rename(workplace.root().resolve("staged.db"));
      }
      writer.terminate();
      var report = observer.stop();
      assertEquals(20, report.audited());
      assertTrue(report.bad() > 0, () -> "no torn state found in " + report);
    }
  }

  @Test
  void observe_rowNamingMissingFile_complains() throws Exception {
    writeSome();
    expectProblem("which is not there", this::publishByVacuum);
  }

  @Test
  void observe_fileAfterTheRowThatNamesIt_complains() throws Exception {
    writeSome();
    publishByVacuum();
    var published = Files.getAttribute(volume.resolve(DATABASE), "unix:ctime");
    var probe = workplace.root().resolve("probe");
    Await.until(
        "the next tick of the file system's clock",
        () -> !Files.getAttribute(Files.writeString(probe, ""), "unix:ctime").equals(published));
    publishUploads();
    // An observer that comes too late to see that the files were not there.
    expectProblem("which was published", () -> {});
  }

  @Test
  void observe_fileWithOtherContent_complains() throws Exception {
    writeSome();
    expectProblem(
        "is not the file that the row names",
        () -> {
          publishUploads();
          try (var files = Files.newDirectoryStream(volume.resolve(Bank.UPLOADS))) {
            for (var file : files) {
              var content = Files.readAllBytes(file);
              content[content.length / 2] ^= 1;
              Files.write(file, content);
            }
          }
          publishByVacuum();
        });
  }

  @Test
  void observe_sideFileForAMoment_complains() throws Exception {
    expectProblem(
        "app.db-journal: a side file was on the volume",
        () -> Files.delete(Files.createFile(volume.resolve("app.db-journal"))));
  }

  @Test
  void observe_sideFileInNewDirectory_complains() throws Exception {
    expectProblem(
        "a/b/x-wal: a side file was on the volume",
        () ->
            Files.createFile(
                Files.createDirectories(volume.resolve("a").resolve("b")).resolve("x-wal")));
  }

  @Test
  void observe_olderStateAgain_complains() throws Exception {
    Files.copy(local.resolve(DATABASE), workplace.root().resolve("old"));
    writeSome();
    expectProblem(
        "older than the state before",
        () -> {
          publishUploads();
          publishByVacuum();
          awaitCapture(1);
          stage(workplace.root().resolve("old"));
        });
  }

  @Test
  void observe_lostRow_complains() throws Exception {
    writeSome();
    execute("DELETE FROM ledger WHERE id = 5");
    expectProblem("number of rows in ledger", this::publishByVacuum);
  }

  @Test
  void observe_changedBalance_complains() throws Exception {
    execute("UPDATE account SET balance = balance + 1 WHERE id = 3");
    expectProblem("sum of balances", this::publishByVacuum);
  }

  @Test
  void observe_changedBytesOfOneRow_complains() throws Exception {
    execute("UPDATE ballast SET data = zeroblob(1000) WHERE id = 9");
    expectProblem("do not match their checksums", this::publishByVacuum);
  }

  private interface Action {
    void run() throws Exception;
  }

  private void expectProblem(String text, Action action) throws Exception {
    try (var observer = observe()) {
      action.run();
      var report = observer.stop();
      assertTrue(
          report.problems().stream().anyMatch(p -> p.contains(text)),
          () -> "\"" + text + "\" expected in " + report);
    }
  }

  private Observer observe() throws IOException {
    return Observer.start(volume, DATABASE, workplace.root().resolve("observed"));
  }

  private WriterProcess write(int rate) throws IOException {
    return write(Bank.JournalMode.WAL, rate);
  }

  private WriterProcess write(Bank.JournalMode mode, int rate) throws IOException {
    return WriterProcess.start(
        local.resolve(DATABASE), local, workplace.root().resolve("record"), mode, rate, SEED);
  }

  private void writeSome() throws Exception {
    try (var writer = write(400)) {
      writer.workFor(Duration.ofMillis(300));
      writer.terminate();
      assertTrue(writer.records().lastId() > 10);
    }
  }

  private void awaitCapture(int number) throws Exception {
    var link = workplace.root().resolve("observed").resolve("state-" + (number - 1));
    Await.until("a capture", () -> Files.exists(link));
  }

  private void publishByVacuum() throws Exception {
    var staged = workplace.root().resolve("staged.db");
    try (var connection =
            DriverManager.getConnection(
                "jdbc:sqlite:file:" + local.resolve(DATABASE) + "?mode=ro");
        var statement = connection.createStatement()) {
      statement.execute("VACUUM INTO '" + staged + "'");
    }
    rename(staged);
  }

  private void publishUploads() throws IOException {
    var source = local.resolve(Bank.UPLOADS);
    if (Files.exists(source)) {
      try (var files = Files.newDirectoryStream(source, "[0-9]*")) {
        for (var file : files) {
          var target = volume.resolve(Bank.UPLOADS).resolve(file.getFileName());
          if (!Files.exists(target)) {
            Files.copy(file, target);
          }
        }
      }
    }
  }

  private void stage(Path file) throws IOException {
    var staged = workplace.root().resolve("staged.db");
    Files.copy(file, staged);
    rename(staged);
  }

  /** As cp does it to a network volume: block by block, which takes longer than a commit. */
  private static void copySlowly(Path from, Path to) throws IOException {
    var block = new byte[4096];
    try (var in = Files.newInputStream(from);
        var out = Files.newOutputStream(to)) {
      for (int n = in.read(block); n >= 0; n = in.read(block)) {
        out.write(block, 0, n);
      }
    }
  }

  private void rename(Path staged) throws IOException {
    Files.move(staged, volume.resolve(DATABASE), StandardCopyOption.ATOMIC_MOVE);
  }

  private void execute(String sql) throws Exception {
    try (var connection = DriverManager.getConnection("jdbc:sqlite:" + local.resolve(DATABASE));
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
