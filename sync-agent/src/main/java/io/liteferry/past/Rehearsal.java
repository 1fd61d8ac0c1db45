package io.liteferry.past;

import static java.nio.file.attribute.PosixFilePermissions.fromString;

import io.liteferry.history.KeptPoint;
import io.liteferry.history.Version;
import io.liteferry.scan.PathFilter;
import io.liteferry.sqlite.DatabaseCheck;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Copies points to scratch and checks their databases, to know that a restore would work. */
public final class Rehearsal {
  /** How often another point is drawn when one was thinned while it was copied. */
  private static final int DRAWS = 3;

  private static final Selection ALL = new Selection(Set.of(), PathFilter.ALL);

  private final Path in;
  private final DatabaseCheck check;
  private final int transfers;
  private final RandomGenerator random;

  /**
   * How the restore of one point went.
   *
   * @param took for copy and check
   * @param bytes of files and databases
   * @param shortfalls what it lacks, or what is not sound
   */
  public record Outcome(
      KeptPoint point, Duration took, long bytes, int databases, List<Shortfall> shortfalls) {
    /** Whether all is there that was kept, and every database passed its check. */
    public boolean isSound() {
      return shortfalls.stream().noneMatch(Shortfall::broken);
    }
  }

  /**
   * Prepares it; does nothing yet.
   *
   * @param in the directory in which scratch is made and removed
   * @param check how each database is checked
   * @param transfers how many files are copied at the same time
   * @param random chooses a point
   */
  public Rehearsal(Path in, DatabaseCheck check, int transfers, RandomGenerator random) {
    this.in = in;
    this.check = check;
    this.transfers = transfers;
    this.random = random;
  }

  /** Restores the newest point. */
  public Outcome newest(History history) throws IOException, InterruptedException {
    return restoreOne(history, points -> Optional.of(points.getLast())).orElseThrow();
  }

  /** Restores one of the others; empty when there is none. */
  public Optional<Outcome> another(History history) throws IOException, InterruptedException {
    return restoreOne(
        history,
        points ->
            points.size() < 2
                ? Optional.empty()
                : Optional.of(points.get(random.nextInt(points.size() - 1))));
  }

  private Optional<Outcome> restoreOne(
      History first, Function<List<KeptPoint>, Optional<KeptPoint>> choice)
      throws IOException, InterruptedException {
    var history = first;
    for (int draw = 1; ; draw++) {
      var point = choice.apply(history.timeline().points());
      if (point.isEmpty()) {
        return Optional.empty();
      }
      try {
        return Optional.of(restore(history, point.get()));
      } catch (PastRefusedException e) {
        if (draw == DRAWS) {
          throw e;
        }
        history = history.again();
      }
    }
  }

  private Outcome restore(History history, KeptPoint point)
      throws IOException, InterruptedException {
    var scratch = Files.createTempDirectory(in, "liteferry-rehearsal-");
    try {
      long begun = System.nanoTime();
      var copy = new PointCopy(scratch, check, transfers).copy(history, point.generation(), ALL);
      var took = Duration.ofNanos(System.nanoTime() - begun);
      var items = copy.items().values();
      return new Outcome(
          point,
          took,
          items.stream().mapToLong(History::bytes).sum(),
          Math.toIntExact(items.stream().filter(Version.Database.class::isInstance).count()),
          copy.shortfalls());
    } finally {
      Files.walkFileTree(scratch, new Removal());
    }
  }

  /** Also of directories that their owner may not write to. */
  private static final class Removal extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
        throws IOException {
      Files.setPosixFilePermissions(directory, fromString("rwx------"));
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      Files.delete(file);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException error)
        throws IOException {
      if (error != null) {
        throw error;
      }
      Files.delete(directory);
      return FileVisitResult.CONTINUE;
    }
  }
}
