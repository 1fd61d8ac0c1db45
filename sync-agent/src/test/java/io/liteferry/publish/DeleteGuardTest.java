package io.liteferry.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class DeleteGuardTest {
  private static final long GRACE = 1_000;
  private static final List<Path> FILES =
      IntStream.range(0, 10).mapToObj(i -> Path.of("d", "f" + i)).toList();
  private static final List<Path> DATABASES = List.of(Path.of("a.db"), Path.of("d/b.db"));
  private static final List<Path> ALL = Stream.concat(FILES.stream(), DATABASES.stream()).toList();

  private final DeleteGuard guard = new DeleteGuard(Duration.ofNanos(GRACE));

  /** Names that end in .db are databases. */
  private record Known(Set<Path> heard) implements DeleteGuard.Facts {
    @Override
    public boolean isDatabase(Path path) {
      return path.toString().endsWith(".db");
    }

    @Override
    public boolean isExplained(Path path) {
      return heard.contains(path);
    }
  }

  private static final DeleteGuard.Facts SILENT = new Known(Set.of());

  private DeleteGuard.Verdict judge(Collection<Path> gone, Collection<Path> published, long now) {
    return guard.judge(gone, published, SILENT, now);
  }

  private static List<Path> both(Collection<Path> a, Collection<Path> b) {
    return Stream.concat(a.stream(), b.stream()).toList();
  }

  @Test
  void judge_nearlyAllFilesWithoutAWord_areConfirmedAtOnce() {
    var gone = FILES.subList(0, 9);
    var verdict = judge(gone, FILES, 0);
    assertEquals(Set.copyOf(gone), verdict.confirmed());
    assertEquals(Set.of(), verdict.held());
    assertEquals(Optional.empty(), verdict.reconsiderAt());
  }

  @Test
  void judge_everythingGone_isHeldUntilTheGraceIsOver() {
    var first = judge(FILES, FILES, 5);
    assertEquals(Set.copyOf(FILES), first.held());
    assertEquals(Set.of(), first.confirmed());
    assertEquals(Optional.of(5 + GRACE), first.reconsiderAt());
    assertEquals(Set.copyOf(FILES), judge(FILES, FILES, 5 + GRACE - 1).held());
    assertEquals(Set.copyOf(FILES), judge(FILES, FILES, 5 + GRACE).confirmed());
    assertEquals(Set.copyOf(FILES), judge(FILES, FILES, 5 + GRACE + 1).confirmed());
  }

  @Test
  void judge_everythingGone_isHeldEvenWhenItWasHeard() {
    var verdict = guard.judge(FILES, FILES, new Known(Set.copyOf(FILES)), 0);
    assertEquals(Set.copyOf(FILES), verdict.held());
  }

  @Test
  void judge_allDatabasesGoneWithoutAWord_holdsAllThatIsGone() {
    var gone = both(DATABASES, FILES.subList(0, 2));
    assertEquals(Set.copyOf(gone), judge(gone, ALL, 0).held());
  }

  @Test
  void judge_oneOfThemWasHeard_isConfirmedAtOnce() {
    var heard = new Known(Set.of(DATABASES.getFirst()));
    assertEquals(Set.copyOf(DATABASES), guard.judge(DATABASES, ALL, heard, 0).confirmed());
  }

  @Test
  void judge_oneDatabaseIsLeft_isConfirmedAtOnce() {
    var gone = both(DATABASES.subList(0, 1), FILES);
    assertEquals(Set.copyOf(gone), judge(gone, ALL, 0).confirmed());
  }

  @Test
  void judge_filesComeBack_startsTheGraceAnew() {
    judge(FILES, FILES, 0);
    judge(FILES.subList(0, 5), FILES, GRACE - 2);
    judge(List.of(), FILES, GRACE - 1);
    var again = judge(FILES, FILES, GRACE);
    assertEquals(Set.copyOf(FILES), again.held());
    assertEquals(Optional.of(2 * GRACE), again.reconsiderAt());
  }

  /** {@link System#nanoTime} may be negative and may wrap around. */
  @Test
  void judge_clockThatWrapsAround_isNoSpecialCase() {
    long now = Long.MAX_VALUE - 10;
    assertEquals(Set.copyOf(FILES), judge(FILES, FILES, now).held());
    assertEquals(Set.copyOf(FILES), judge(FILES, FILES, now + GRACE - 1).held());
    assertEquals(Set.copyOf(FILES), judge(FILES, FILES, now + GRACE).confirmed());
  }

  @Test
  void judge_noGrace_holdsNothing() {
    var verdict = new DeleteGuard(Duration.ZERO).judge(FILES, FILES, SILENT, 0);
    assertEquals(Set.copyOf(FILES), verdict.confirmed());
  }
}
