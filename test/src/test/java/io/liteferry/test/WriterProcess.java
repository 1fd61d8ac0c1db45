package io.liteferry.test;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** A {@link BankWriter} as a process, and what it has recorded. */
final class WriterProcess implements AutoCloseable {
  /**
   * What the writer has committed.
   *
   * @param commits when, by id
   * @param totals only after an orderly end
   */
  record Records(TreeMap<Long, Instant> commits, Optional<Totals> totals) {
    long lastId() {
      return commits.lastKey();
    }
  }

  /** Said at an orderly end. */
  record Totals(long commits, long busy, long slowestMillis) {}

  /** An upload with every so many transactions. */
  private static final int UPLOAD_EVERY = 10;

  private final Process process;
  private final Path record;

  private WriterProcess(Process process, Path record) {
    this.process = process;
    this.record = record;
  }

  /** Starts it; when this returns it has committed for the first time. */
  static WriterProcess start(
      Path database, Path home, Path record, Bank.JournalMode mode, int rate, long seed)
      throws IOException {
    var process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx128m",
                "-Dorg.sqlite.tmpdir=" + Files.createDirectories(record.resolveSibling("native")),
                "-classpath",
                System.getProperty("java.class.path"),
                BankWriter.class.getName(),
                database.toString(),
                home.toString(),
                record.toString(),
                mode.name(),
                Integer.toString(rate),
                Integer.toString(UPLOAD_EVERY),
                Long.toString(seed))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    var started = new WriterProcess(process, record);
    var out =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
    if (out.readLine() == null) {
      throw new AssertionError("the writer has ended without a commit");
    }
    return started;
  }

  /** Lets it work; that it ends by itself is a failure. */
  void workFor(Duration duration) throws InterruptedException {
    if (process.waitFor(duration.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new AssertionError("the writer has ended by itself with " + process.exitValue());
    }
  }

  /** SIGTERM, and the end in order. */
  void terminate() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(Liteferry.PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new AssertionError("the writer does not end");
    }
  }

  /** SIGKILL. */
  void kill() {
    process.destroyForcibly();
  }

  /** Reads the record; a last line that a kill cut short does not count. */
  Records records() throws IOException {
    var commits = new TreeMap<Long, Instant>();
    var totals = Optional.<Totals>empty();
    var text = Files.readString(record);
    var whole = text.substring(0, text.lastIndexOf('\n') + 1);
    for (var line : whole.lines().map(l -> List.of(l.split(" "))).toList()) {
      switch (line.getFirst()) {
        case "C" ->
            commits.put(
                Long.parseLong(line.get(1)), Instant.ofEpochMilli(Long.parseLong(line.get(2))));
        case "T" ->
            totals =
                Optional.of(
                    new Totals(
                        Long.parseLong(line.get(1)),
                        Long.parseLong(line.get(2)),
                        Long.parseLong(line.get(3))));
        default -> throw new AssertionError("not a line of a record: " + line);
      }
    }
    return new Records(commits, totals);
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
