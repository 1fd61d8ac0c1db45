package io.liteferry.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;

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

  /** Nothing was heard; names that end in .db are databases, directories stay what they are. */
  private static class Silent implements DeleteGuard.Facts {
    @Override
    public boolean isDatabase(Path path) {
      return path.toString().endsWith(".db");
    }

    @Override
    public boolean isExplained(Path path) {
      return false;
    }

    @Override
    public boolean isAnotherDirectory(Path path) {
      return false;
    }
  }

  private static final DeleteGuard.Facts HEARD =
      new Silent() {
        @Override
        public boolean isExplained(Path path) {
          return true;
        }
      };

  private static DeleteGuard.Facts exchanged(String directory) {
    return new Silent() {
      @Override
      public boolean isAnotherDirectory(Path path) {
        return path.equals(Path.of(directory));
      }
    };
  }

  private DeleteGuard.Verdict judge(Collection<Path> gone, Collection<Path> published, long now) {
    return guard.judge(gone, published, new Silent(), false, now);
  }

  @Test
  void judge_halfOrLess_isConfirmedAtOnce() {
    var published = files("d", 0, 10);
    var verdict = judge(published.subList(0, 5), published, 0);
    assertEquals(Set.copyOf(published.subList(0, 5)), verdict.confirmed());
    assertEquals(Set.of(), verdict.held());
    assertEquals(Optional.empty(), verdict.reconsiderAt());
  }

  @Test
  void judge_mostFilesWithoutAWord_areHeldUntilTheGraceIsOver() {
    var published = files("d", 0, 10);
    var gone = published.subList(0, 6);
    var first = judge(gone, published, 5);
    assertEquals(Set.copyOf(gone), first.held());
    assertEquals(Optional.of(5 + GRACE), first.reconsiderAt());
    assertEquals(Set.copyOf(gone), judge(gone, published, 5 + GRACE - 1).held());
    assertEquals(Set.copyOf(gone), judge(gone, published, 5 + GRACE).confirmed());
  }

  @Test
  void judge_mostFilesAndItWasHeard_areConfirmedAtOnce() {
    var published = files("d", 0, 10);
    var gone = published.subList(0, 8);
    assertEquals(Set.copyOf(gone), guard.judge(gone, published, HEARD, false, 0).confirmed());
  }

  @Test
  void judge_mostButOnlyAHandful_isConfirmedAtOnce() {
    var published = files("d", 0, 4);
    assertEquals(Set.of(), judge(published.subList(0, 3), published, 0).held());
  }

  @Test
  void judge_folderEmptied_isConfirmedAtOnce() {
    var published = both(files("d", 0, 8), files("e", 0, 10));
    assertEquals(Set.of(), judge(files("d", 0, 8), published, 0).held());
  }

  @Test
  void judge_folderThatIsAnotherOneAndEmpty_isHeldUntilTheGraceIsOver() {
    var published = both(files("d", 0, 1), files("e", 0, 10));
    var gone = files("d", 0, 1);
    assertEquals(Set.copyOf(gone), guard.judge(gone, published, exchanged("d"), false, 0).held());
    assertEquals(Set.copyOf(gone), judge(gone, published, GRACE - 1).held());
    assertEquals(Set.copyOf(gone), judge(gone, published, GRACE).confirmed());
  }

  @Test
  void judge_folderThatIsAnotherOneAndHasFiles_isConfirmedAtOnce() {
    var published = both(files("d", 0, 2), files("e", 0, 10));
    var gone = files("d", 0, 1);
    assertEquals(
        Set.copyOf(gone), guard.judge(gone, published, exchanged("d"), false, 0).confirmed());
  }

  @Test
  void judge_everythingGone_isHeldEvenWhenItWasHeard() {
    var published = files("d", 0, 8);
    assertEquals(Set.copyOf(published), guard.judge(published, published, HEARD, false, 0).held());
  }

  @Test
  void judge_everythingGoneAtTheStop_isHeld() {
    var published = files("d", 0, 8);
    assertEquals(Set.copyOf(published), guard.judge(published, published, HEARD, true, 0).held());
  }

  @Test
  void judge_localAliveAtTheStop_holdsNothing() {
    var published = both(files("d", 0, 10), List.of(Path.of("d/app.db")));
    var gone = both(files("d", 0, 9), List.of(Path.of("d/app.db")));
    assertEquals(Set.copyOf(gone), guard.judge(gone, published, HEARD, true, 0).confirmed());
  }

  @Test
  void judge_nearlyAllAndItWasHeard_isHeldButNotAtTheStop() {
    var published = files("d", 0, 20);
    var gone = files("d", 1, 20);
    assertEquals(Set.copyOf(gone), guard.judge(gone, published, HEARD, false, 0).held());
    assertEquals(Set.of(), guard.judge(gone, published, HEARD, true, 1).held());
  }

  @Test
  void judge_folderUnmountedJustBeforeTheStop_isHeld() {
    var published = both(files("d", 0, 2), files("e", 0, 10));
    var gone = files("d", 0, 2);
    assertEquals(Set.copyOf(gone), guard.judge(gone, published, exchanged("d"), true, 0).held());
  }

  @Test
  void judge_moreIsLostWhileSomeIsHeld_hasAGracePeriodOfItsOwn() {
    var published = files("d", 0, 100);
    judge(files("d", 0, 51), published, 0);
    var verdict = judge(published, published, GRACE);
    assertEquals(Set.copyOf(files("d", 0, 51)), verdict.confirmed());
    assertEquals(49, verdict.held().size());
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
    var verdict = guard.judge(gone, published, HEARD, false, 0);
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
  void judge_severalSuspects_reconsidersAtTheFirst() {
    var published = both(files("d", 0, 10), files("e", 0, 5));
    judge(files("d", 0, 8), published, 0);
    var verdict = judge(files("d", 0, 10), published, 10);
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
        new DeleteGuard(Duration.ZERO).judge(published, published, new Silent(), false, 0);
    assertEquals(Set.copyOf(published), verdict.confirmed());
  }
}
