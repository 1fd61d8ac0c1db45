package io.liteferry.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class DeleteGuardTest {
  private static final long GRACE = 1_000;
  private final DeleteGuard guard = new DeleteGuard(Duration.ofNanos(GRACE));

  private static List<Path> files(String directory, int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> Path.of(directory, "f" + i)).toList();
  }

  private static List<Path> both(Collection<Path> a, Collection<Path> b) {
    var all = new ArrayList<>(a);
    all.addAll(b);
    return all;
  }

  private DeleteGuard.Verdict judge(Collection<Path> gone, Collection<Path> published, long now) {
    return guard.judge(gone, published, path -> path.toString().endsWith(".db"), d -> true, now);
  }

  @Test
  void judge_fewOfMany_areConfirmedAtOnce() {
    var published = files("d", 0, 10);
    var verdict = judge(published.subList(0, 3), published, 0);
    assertEquals(Set.copyOf(published.subList(0, 3)), verdict.confirmed());
    assertEquals(Set.of(), verdict.held());
    assertEquals(Optional.empty(), verdict.reconsiderAt());
  }

  @Test
  void judge_halfOrLess_isConfirmedAtOnce() {
    var published = files("d", 0, 10);
    assertEquals(Set.of(), judge(published.subList(0, 5), published, 0).held());
  }

  @Test
  void judge_mostFilesOfADirectory_areHeldUntilTheGraceIsOver() {
    var published = files("d", 0, 10);
    var gone = published.subList(0, 6);
    var first = judge(gone, published, 5);
    assertEquals(Set.copyOf(gone), first.held());
    assertEquals(Optional.of(5 + GRACE), first.reconsiderAt());
    assertEquals(Set.copyOf(gone), judge(gone, published, 5 + GRACE - 1).held());
    assertEquals(Set.copyOf(gone), judge(gone, published, 5 + GRACE).confirmed());
  }

  @Test
  void judge_mostButOnlyAHandful_isConfirmedAtOnce() {
    var published = both(files("d", 0, 4), files("e", 0, 10));
    assertEquals(Set.of(), judge(files("d", 0, 3), published, 0).held());
  }

  @Test
  void judge_directoryEmptied_isHeldHoweverSmall() {
    var published = both(files("d", 0, 1), files("e", 0, 10));
    assertEquals(Set.copyOf(files("d", 0, 1)), judge(files("d", 0, 1), published, 0).held());
  }

  @Test
  void judge_directoryDeletedWithManyFiles_isHeld() {
    var published = both(files("d", 0, 8), files("e", 0, 20));
    var gone = files("d", 0, 8);
    assertEquals(Set.copyOf(gone), judgeWithout("d", gone, published, 0).held());
  }

  @Test
  void judge_directoryDeletedWithAHandfulOfFiles_isConfirmedAtOnce() {
    var published = both(files("d", 0, 3), files("e", 0, 20));
    var gone = files("d", 0, 3);
    assertEquals(Set.copyOf(gone), judgeWithout("d", gone, published, 0).confirmed());
  }

  @Test
  void judge_moreIsLostWhileSomeIsHeld_hasAGracePeriodOfItsOwn() {
    var published = files("d", 0, 100);
    judge(files("d", 0, 51), published, 0);
    var verdict = judge(published, published, GRACE);
    assertEquals(Set.copyOf(files("d", 0, 51)), verdict.confirmed());
    assertEquals(49, verdict.held().size());
  }

  private DeleteGuard.Verdict judgeWithout(
      String deleted, List<Path> gone, List<Path> published, long now) {
    return guard.judge(
        gone, published, path -> false, directory -> !directory.endsWith(deleted), now);
  }

  @Test
  void judge_everythingGone_isHeldEvenWhenNoDirectoryIsLeft() {
    var published = files("d", 0, 8);
    var verdict = guard.judge(published, published, path -> false, directory -> false, 0);
    assertEquals(Set.copyOf(published), verdict.held());
  }

  @Test
  void judge_oneFileOfOneAtTheRoot_isHeld() {
    var only = List.of(Path.of("f"));
    assertEquals(Set.of(Path.of("f")), judge(only, only, 0).held());
  }

  @Test
  void judge_databaseGone_isHeldAloneAmongMany() {
    var published = both(files("d", 0, 10), List.of(Path.of("d/app.db")));
    var gone = List.of(Path.of("d/app.db"), Path.of("d/f1"));
    var verdict = judge(gone, published, 0);
    assertEquals(Set.of(Path.of("d/app.db")), verdict.held());
    assertEquals(Set.of(Path.of("d/f1")), verdict.confirmed());
  }

  @Test
  void judge_filesComeBack_startsTheGraceAnew() {
    var published = files("d", 0, 10);
    judge(published, published, 0);
    judge(List.of(), published, GRACE - 1);
    var again = judge(published, published, GRACE);
    assertEquals(Set.copyOf(published), again.held());
    assertEquals(Optional.of(2 * GRACE), again.reconsiderAt());
  }

  @Test
  void judge_moreIsLostMeanwhile_confirmsNothingTooEarly() {
    var published = both(files("d", 0, 10), files("e", 0, 10));
    judge(files("d", 0, 10), published, 0);
    var both = judge(published, published, GRACE);
    assertTrue(both.held().containsAll(files("e", 0, 10)), "e has just been lost");
  }

  @Test
  void judge_severalSuspects_reconsidersAtTheFirst() {
    var published = both(files("d", 0, 10), both(files("e", 0, 10), files("x", 0, 100)));
    judge(files("d", 0, 10), published, 0);
    var verdict = judge(both(files("d", 0, 10), files("e", 0, 10)), published, 10);
    assertEquals(Optional.of(GRACE), verdict.reconsiderAt());
  }

  /** {@link System#nanoTime} may be negative and may wrap around. */
  @Test
  void judge_clockThatWrapsAround_isNoSpecialCase() {
    var published = files("d", 0, 10);
    long now = Long.MAX_VALUE - 10;
    assertEquals(Set.copyOf(published), judge(published, published, now).held());
    assertEquals(Set.copyOf(published), judge(published, published, now + GRACE - 1).held());
    assertEquals(Set.copyOf(published), judge(published, published, now + GRACE).confirmed());
  }

  @Test
  void judge_noGrace_holdsNothing() {
    var published = files("d", 0, 10);
    var verdict =
        new DeleteGuard(Duration.ZERO).judge(published, published, path -> true, d -> true, 0);
    assertEquals(Set.copyOf(published), verdict.confirmed());
  }
}
