package io.liteferry.test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A command over a volume whose agent was killed when the file of a large database was behind, and
 * a segment led on from it. What the volume shows is what a copy of it has.
 */
abstract class SegmentScenario extends Scenario {
  private static final Path DATABASE = Path.of("data/wal.db");

  /** Enough for segments, which databases of less than 1 MiB do not get. */
  private static final int BYTES = 1_300_000;

  /** As {@link #agent} has them, so that nothing is folded before the agent stops. */
  private static final List<String> FORM = List.of("--publish", "auto", "--fold-after", "1h");

  SegmentScenario(Path root) throws IOException {
    super(root);
  }

  final List<Object> agent() {
    return List.of(
        "run", place.local(), place.volume(), FORM.get(0), FORM.get(1), FORM.get(2), FORM.get(3));
  }

  /** Leaves a volume that is behind what was published; returns that. */
  final Version makeBehind() throws Exception {
    Application.createSmall(place.local());
    Sql.run(
        place.local().resolve(DATABASE),
        "CREATE TABLE large (data BLOB)",
        "INSERT INTO large VALUES (randomblob(%d))".formatted(BYTES));
    try (var agent = Liteferry.start(Stream.concat(agent().stream(), OPTIONS.stream()).toArray())) {
      agent.awaitLog(Liteferry.READY);
      for (int i = 1; i <= 2; i++) {
        int segments = i;
        Application.changeAgain(place.local());
        Await.until("segment " + i, () -> segments() >= segments);
      }
      var shown = version(place.local());
      Await.until("the pass", () -> shown.equals(copied()));
      agent.kill();
      agent.awaitEnd();
      return shown;
    }
  }

  private long segments() throws IOException {
    var pages = place.volume().resolve(".liteferry/pages");
    if (!Files.exists(pages)) {
      return 0;
    }
    try (var tree = Files.walk(pages)) {
      return tree.filter(file -> file.toString().endsWith(".wal")).count();
    }
  }

  private Version copied() throws Exception {
    return version(shown());
  }

  @Override
  final Path shown() throws Exception {
    var copy = place.scratch().resolve("shown");
    if (Files.exists(copy)) {
      Workplace.delete(copy);
    }
    Files.createDirectories(copy);
    var result = Liteferry.run("restore", "--copy", copy, place.volume());
    if (result.exitCode() != 0) {
      throw new AssertionError(result.toString());
    }
    return copy;
  }

  /** The history has the file before each fold, and the state the hashes of all pages. */
  @Override
  final long mostLeft() {
    return 3L * BYTES;
  }

  /** The database has changed once more on the same node. */
  private abstract static class Changed extends SegmentScenario {
    Changed(Path root) throws IOException {
      super(root);
    }

    @Override
    final List<Version> make() throws Exception {
      var before = makeBehind();
      Application.changeSmall(place.local());
      return List.of(before, version(place.local()));
    }

    @Override
    final Optional<Path> untouchedSide() {
      return Optional.of(place.local());
    }
  }

  /** An agent starts, catches up, publishes one more segment, and folds at its stop. */
  static final class RunAndStop extends Changed {
    RunAndStop(Path root) throws IOException {
      super(root);
    }

    @Override
    List<Object> command() {
      return agent();
    }

    @Override
    Liteferry.Result drive(Liteferry started) throws Exception {
      return stopWhenReady(started);
    }
  }

  /** Another node, which has nothing yet. */
  static final class Restore extends SegmentScenario {
    Restore(Path root) throws IOException {
      super(root);
    }

    @Override
    List<Version> make() throws Exception {
      var before = makeBehind();
      Workplace.delete(place.local());
      Workplace.delete(place.state());
      Files.createDirectories(place.local());
      return List.of(before);
    }

    @Override
    List<Object> command() {
      return List.of("restore", place.local(), place.volume());
    }

    @Override
    Optional<Path> untouchedSide() {
      return Optional.of(place.volume());
    }

    @Override
    Path current() throws Exception {
      return shown();
    }
  }

  /** Segments are switched off: the file is brought up to date. */
  static final class Sync extends Changed {
    Sync(Path root) throws IOException {
      super(root);
    }

    @Override
    List<Object> command() {
      return List.of("sync", place.local(), place.volume(), "--publish", "whole");
    }
  }
}
