package io.liteferry.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.test.Bank.JournalMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The main job with several processes: an application commits, the agent publishes, an observer
 * audits every state that appears on the volume; then an orderly stop, and then the loss of a node.
 */
@Alone
class InvariantIT {
  private static final Path DATABASE = Path.of("data", "app.db");

  /** After a pass the agent rests for a quarter of its duration. */
  private static final int REST_DIVISOR = 4;

  /** For what is not the agent's: events on their way, three processes on two cores, our clocks. */
  private static final Duration SLACK = Duration.ofMillis(500);

  @RegisterExtension final Workplace workplace = new Workplace();

  private final long seed = new Random().nextLong();
  private Duration maxDelay = Duration.ofSeconds(2); // the agent's default
  private Path local;
  private Path state;
  private Path volume;

  /** A short part of the matrix; with a shorter max delay the more states appear. */
  @ParameterizedTest(name = "{0} {1}/s {2} MB, max delay {3} ms")
  @CsvSource({
    "WAL, 400, 20, 100",
    "DELETE, 50, 20, 100",
    "TRUNCATE, 400, 20, 2000",
    "PERSIST, 50, 20, 100",
    "WAL, 400, 100, 2000",
  })
  void run_writerAtWork_everyStateOnVolumeIsSound(
      JournalMode mode, int rate, int megabytes, int maxDelayMillis) throws Exception {
    maxDelay = Duration.ofMillis(maxDelayMillis);
    everyStateIsSound(mode, rate, megabytes, Duration.ofSeconds(4));
  }

  static Stream<Arguments> matrix() {
    return Stream.of(JournalMode.values())
        .flatMap(
            mode ->
                Stream.of(20, 100)
                    .flatMap(
                        megabytes ->
                            Stream.of(50, 400).map(rate -> Arguments.of(mode, rate, megabytes))));
  }

  @Tag("slow")
  @ParameterizedTest(name = "{0} {1}/s {2} MB")
  @MethodSource("matrix")
  void run_writerAtWorkForLong_everyStateOnVolumeIsSound(JournalMode mode, int rate, int megabytes)
      throws Exception {
    everyStateIsSound(
        mode, rate, megabytes, Duration.ofSeconds(Integer.getInteger("liteferry.test.soak", 30)));
  }

  private void everyStateIsSound(JournalMode mode, int rate, int megabytes, Duration half)
      throws Exception {
    System.out.printf(
        "%s %d/s %d MB, max delay %d ms, seed %d%n",
        mode, rate, megabytes, maxDelay.toMillis(), seed);
    local = workplace.directory("local");
    state = workplace.root().resolve("local.liteferry");
    volume = workplace.directory("volume");
    Bank.create(volume.resolve(DATABASE), mode, megabytes * 1_000_000L, seed);
    Files.writeString(volume.resolve("config.yaml"), "port: 8080\n");
    long last = orderlyStop(mode, rate, half);
    lossOfTheNode(mode, rate, half, last);
  }

  private long orderlyStop(JournalMode mode, int rate, Duration duration) throws Exception {
    var before = TreeListing.of(volume, TreeListing.Detail.CONTENT);
    try (var agent = startAgent()) {
      agent.awaitLog(Liteferry.READY);
      assertEquals(before, TreeListing.of(local, TreeListing.Detail.CONTENT), "after the restore");
      try (var clock = PassClock.start(state);
          var observer = Observer.start(volume, DATABASE, workplace.root().resolve("observed-1"));
          var writer = startWriter("record-1", mode, rate)) {
        writer.workFor(duration);
        writer.terminate();
        agent.terminate();
        var ended = agent.awaitEnd();
        var report = observer.stop();
        var record = writer.records();
        var totals = record.totals().orElseThrow();
        System.out.printf(
            "  %d commits (%.0f/s), %d locked, slowest %d ms; %d states, %d audited, %d bad; lag"
                + " at most %d ms; pass at most %d ms%n",
            totals.commits(),
            totals.commits() * 1e9 / duration.toNanos(),
            totals.busy(),
            totals.slowestMillis(),
            report.seen(),
            report.audited(),
            report.bad(),
            longestLag(record, report).toMillis(),
            clock.longest().toMillis());
        assertEquals(0, ended.exitCode(), ended::toString);
        assertSound(report, mode);
        assertEquals(record.lastId(), report.states().getLast().lastId(), "the last commit");
        if (mode == JournalMode.WAL) {
          assertEquals(0, totals.busy(), "locked errors with busy timeout 0");
        }
        var bound = bound(clock.longest());
        assertTrue(
            longestLag(record, report).compareTo(bound) <= 0,
            () -> "a commit took longer to appear than " + bound + "\n" + ended);
        assertEquals(withoutDatabase(local), withoutDatabase(volume), "all other files");
        var verified = Liteferry.run("verify", volume);
        assertEquals(0, verified.exitCode(), verified::toString);
        return record.lastId();
      }
    }
  }

  private void lossOfTheNode(JournalMode mode, int rate, Duration duration, long lastBefore)
      throws Exception {
    try (var agent = startAgent()) {
      agent.awaitLog(Liteferry.READY);
      try (var clock = PassClock.start(state);
          var observer = Observer.start(volume, DATABASE, workplace.root().resolve("observed-2"));
          var writer = startWriter("record-2", mode, rate)) {
        // anywhere in a pass, not always at the same place
        writer.workFor(duration.plusMillis(new Random(seed).nextInt(3000)));
        var longest = clock.longest();
        var killed = Instant.now();
        writer.kill();
        agent.kill();
        agent.awaitEnd();
        var report = observer.stop();
        assertSound(report, mode);

        var fresh = workplace.directory("fresh");
        var restored = Liteferry.run("restore", fresh, volume);
        assertEquals(0, restored.exitCode(), restored::toString);
        var audit = Bank.auditLive(fresh.resolve(DATABASE));
        assertEquals(List.of(), audit.problems());
        for (var upload : audit.uploads()) {
          assertEquals(
              upload.sha256(), Sha256.of(fresh.resolve(Bank.UPLOADS).resolve(upload.name())));
        }
        assertTrue(audit.lastId() >= lastBefore, "what an orderly stop published is lost");
        var record = writer.records();
        var firstLost = record.commits().higherEntry(audit.lastId());
        var age =
            firstLost == null ? Duration.ZERO : Duration.between(firstLost.getValue(), killed);
        var bound = bound(longest);
        System.out.printf(
            "  killed: %d commits lost, the oldest was %d ms old; bound %d ms, pass at most %d ms;"
                + " %d states, %d audited, %d bad%n",
            record.lastId() - audit.lastId(),
            age.toMillis(),
            bound.toMillis(),
            longest.toMillis(),
            report.seen(),
            report.audited(),
            report.bad());
        assertTrue(age.compareTo(bound) <= 0, () -> "lost: " + age + ", at most " + bound);
      }
    }
  }

  /**
   * The longest that a commit may take to the volume, with passes that take at most so long. It
   * just misses a snapshot; the next pass begins after max delay, or after the pass under way and
   * the rest in proportion to it, whichever is later; and it takes a pass.
   */
  private Duration bound(Duration pass) {
    var passAndRest = pass.plus(pass.dividedBy(REST_DIVISOR));
    return (passAndRest.compareTo(maxDelay) > 0 ? passAndRest : maxDelay).plus(pass).plus(SLACK);
  }

  /** From a commit to the first state on the volume that has it. */
  private static Duration longestLag(WriterProcess.Records record, Observer.Report report) {
    var lags = new ArrayList<Duration>();
    record
        .commits()
        .forEach(
            (id, at) ->
                report.states().stream()
                    .filter(state -> state.lastId() >= id)
                    .findFirst()
                    .ifPresent(state -> lags.add(Duration.between(at, state.captured()))));
    return lags.stream().max(Duration::compareTo).orElse(Duration.ZERO);
  }

  private static void assertSound(Observer.Report report, JournalMode mode) {
    assertEquals(List.of(), report.problems());
    assertEquals(0, report.bad());
    assertEquals(report.seen(), report.audited());
    assertTrue(report.seen() >= 2, () -> "too few states to tell anything: " + report);
    assertTrue(
        report.states().stream().allMatch(state -> state.wal() == (mode == JournalMode.WAL)),
        "journal mode of published databases");
  }

  private static Object withoutDatabase(Path tree) throws IOException {
    var listing = TreeListing.of(tree, TreeListing.Detail.CONTENT);
    Bank.SIDE_FILES.forEach(suffix -> listing.remove(DATABASE + suffix)); // PERSIST keeps one
    listing.remove(DATABASE.toString());
    return listing;
  }

  private Liteferry startAgent() throws IOException {
    var settle = Math.min(250, maxDelay.toMillis());
    return Liteferry.start(
        "run",
        local,
        volume,
        "--publish",
        "whole", // what is observed are the files on the volume
        "--settle",
        settle + "ms",
        "--max-delay",
        maxDelay.toMillis() + "ms");
  }

  private WriterProcess startWriter(String record, JournalMode mode, int rate) throws IOException {
    return WriterProcess.start(
        local.resolve(DATABASE), local, workplace.root().resolve(record), mode, rate, seed);
  }
}
