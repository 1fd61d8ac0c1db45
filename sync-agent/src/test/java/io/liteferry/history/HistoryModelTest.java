package io.liteferry.history;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random trees, passes, passes that are cut off, thinning and collection: each point that is
 * offered is what was published, after every single change. Each run has a seed, which a failure
 * names; {@code -Dliteferry.test.seed} and {@code -Dliteferry.test.historyRuns} make others.
 */
final class HistoryModelTest {
  private static final long SEED = Long.getLong("liteferry.test.seed", 20260101L);
  private static final int RUNS = Integer.getInteger("liteferry.test.historyRuns", 40);
  private static final int PASSES = 25;
  private static final int RUNS_OF_MUTANT = 300;

  @Test
  void points_randomHistory_areWhatWasPublished() throws IOException {
    run(new Rules(), RUNS);
    System.out.printf("%d histories from seed %d on%n", RUNS, SEED);
  }

  /** Without this, the test above could prove anything. */
  @ParameterizedTest
  @MethodSource("io.liteferry.history.Mutants#all")
  void points_aRuleIsWrong_areNotWhatWasPublished(Rules mutant) {
    var caught = assertThrows(AssertionError.class, () -> run(mutant, RUNS_OF_MUTANT));
    System.out.printf("%s: %.100s%n", mutant, caught.getMessage());
  }

  private static void run(Rules rules, int runs) throws IOException {
    for (long seed = SEED; seed < SEED + runs; seed++) {
      try {
        new ModelAgent(new Random(seed * 0x9e3779b97f4a7c15L), rules).run(PASSES);
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed %d: %s".formatted(seed, e), e);
      }
    }
  }
}
