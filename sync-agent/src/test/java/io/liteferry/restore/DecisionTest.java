package io.liteferry.restore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.Lists;
import io.liteferry.restore.Decision.VolumeFacts;
import io.liteferry.state.AgentState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The whole decision table, written out. */
final class DecisionTest {
  private static final Optional<String> OURS = Optional.of("ours");
  private static final Optional<String> PENDING = Optional.of("pending");
  private static final Optional<String> THEIRS = Optional.of("X");

  private static Optional<AgentState> state(String word) {
    return switch (word) {
      case "none" -> Optional.empty();
      case "restoring" -> Optional.of(AgentState.restoring("V"));
      case "new" -> Optional.of(AgentState.ready("V", Optional.empty()));
      case "ready" -> Optional.of(AgentState.ready("V", OURS));
      case "pending" -> Optional.of(AgentState.ready("V", OURS).begin("pending"));
      default -> throw new IllegalArgumentException(word);
    };
  }

  private static Optional<String> publication(String word) {
    return switch (word) {
      case "-" -> Optional.empty();
      case "ours" -> OURS;
      case "pending" -> PENDING;
      case "theirs" -> THEIRS;
      default -> throw new IllegalArgumentException(word);
    };
  }

  private static Optional<String> id(String word) {
    return word.equals("-") ? Optional.empty() : Optional.of(word);
  }

  private static Decision.Comparison comparison(boolean localChanged, boolean volumeChanged) {
    return new Decision.Comparison() {
      @Override
      public boolean localHasUnpublishedChanges() {
        return localChanged;
      }

      @Override
      public boolean volumeWasChangedByOthers() {
        return volumeChanged;
      }

      @Override
      public Decision.Lookback localAfterReboot() {
        return Decision.Lookback.INTACT;
      }

      @Override
      public boolean localHasChangesBeside(Set<Path> databases) {
        throw new AssertionError("read local");
      }
    };
  }

  /**
   * A star stands for every value. The columns: whether the volume has data, its id, its manifest's
   * publication, and whether that manifest names databases. The last two are what reading would
   * find: unpublished changes in local, databases on the volume that somebody else changed.
   */
  private static final String TABLE =
      """
      local  state      data  id     manifest names | changed foreign | decision
      empty  none       no    *      *        no    | *       *       | Nothing
      empty  none       yes   *      *        *     | *       *       | CopyAll
      data   none       no    *      -        no    | *       *       | Adopt
      data   none       no    *      ours     no    | *       *       | Refuse
      data   none       no    *      pending  no    | *       *       | Refuse
      data   none       no    *      theirs   no    | *       *       | Refuse
      data   none       yes   *      *        *     | *       *       | Refuse
      *      restoring  *     -      *        *     | *       *       | Refuse
      *      restoring  *     W      *        *     | *       *       | Refuse
      *      restoring  no    V      -        *     | *       *       | Refuse
      *      restoring  no    V      ours     no    | *       *       | CopyAll
      *      restoring  no    V      ours     yes   | *       *       | Refuse
      *      restoring  no    V      pending  no    | *       *       | CopyAll
      *      restoring  no    V      pending  yes   | *       *       | Refuse
      *      restoring  no    V      theirs   no    | *       *       | CopyAll
      *      restoring  no    V      theirs   yes   | *       *       | Refuse
      *      restoring  yes   V      *        *     | *       *       | CopyAll
      *      new        *     -      *        *     | *       *       | Refuse
      *      new        *     W      *        *     | *       *       | Refuse
      *      ready      *     -      *        *     | *       *       | Refuse
      *      ready      *     W      *        *     | *       *       | Refuse
      *      pending    *     -      *        *     | *       *       | Refuse
      *      pending    *     W      *        *     | *       *       | Refuse
      empty  new        no    V      *        no    | *       *       | Nothing
      empty  new        yes   V      *        *     | *       *       | CopyAll
      empty  ready      no    V      *        no    | *       *       | Nothing
      empty  ready      yes   V      *        *     | *       *       | CopyAll
      empty  pending    no    V      *        no    | *       *       | Nothing
      empty  pending    yes   V      *        *     | *       *       | CopyAll
      data   new        no    V      -        no    | *       *       | KeepLocal
      data   new        no    V      ours     no    | *       *       | Refuse
      data   new        no    V      pending  no    | *       *       | Refuse
      data   new        no    V      theirs   no    | *       *       | Refuse
      data   new        yes   V      -        *     | *       no      | KeepLocal
      data   new        yes   V      -        *     | no      yes     | CopyAgain
      data   new        yes   V      -        *     | yes     yes     | Refuse
      data   new        yes   V      ours     *     | no      *       | CopyAgain
      data   new        yes   V      ours     *     | yes     *       | Refuse
      data   new        yes   V      pending  *     | no      *       | CopyAgain
      data   new        yes   V      pending  *     | yes     *       | Refuse
      data   new        yes   V      theirs   *     | no      *       | CopyAgain
      data   new        yes   V      theirs   *     | yes     *       | Refuse
      data   ready      no    V      -        no    | *       *       | Refuse
      data   ready      no    V      ours     no    | *       no      | KeepLocal
      data   ready      no    V      ours     no    | *       yes     | Refuse
      data   ready      no    V      pending  no    | *       *       | Refuse
      data   ready      no    V      theirs   no    | *       *       | Refuse
      data   ready      yes   V      -        *     | *       no      | KeepLocal
      data   ready      yes   V      -        *     | no      yes     | CopyAgain
      data   ready      yes   V      -        *     | yes     yes     | Refuse
      data   ready      yes   V      ours     *     | *       no      | KeepLocal
      data   ready      yes   V      ours     *     | no      yes     | CopyAgain
      data   ready      yes   V      ours     *     | yes     yes     | Refuse
      data   ready      yes   V      pending  *     | no      *       | CopyAgain
      data   ready      yes   V      pending  *     | yes     *       | Refuse
      data   ready      yes   V      theirs   *     | no      *       | CopyAgain
      data   ready      yes   V      theirs   *     | yes     *       | Refuse
      data   pending    no    V      -        no    | *       *       | Refuse
      data   pending    no    V      ours     no    | *       no      | KeepLocal
      data   pending    no    V      ours     no    | *       yes     | Refuse
      data   pending    no    V      pending  no    | *       no      | KeepLocal
      data   pending    no    V      pending  no    | *       yes     | Refuse
      data   pending    no    V      theirs   no    | *       *       | Refuse
      data   pending    yes   V      -        *     | *       no      | KeepLocal
      data   pending    yes   V      -        *     | no      yes     | CopyAgain
      data   pending    yes   V      -        *     | yes     yes     | Refuse
      data   pending    yes   V      ours     *     | *       no      | KeepLocal
      data   pending    yes   V      ours     *     | no      yes     | CopyAgain
      data   pending    yes   V      ours     *     | yes     yes     | Refuse
      data   pending    yes   V      pending  *     | *       no      | KeepLocal
      data   pending    yes   V      pending  *     | no      yes     | CopyAgain
      data   pending    yes   V      pending  *     | yes     yes     | Refuse
      data   pending    yes   V      theirs   *     | no      *       | CopyAgain
      data   pending    yes   V      theirs   *     | yes     *       | Refuse
      *      none       no    *      *        yes   | *       *       | Refuse
      *      new        no    V      *        yes   | *       *       | Refuse
      *      ready      no    V      *        yes   | *       *       | Refuse
      *      pending    no    V      *        yes   | *       *       | Refuse
      """;

  private static boolean matches(String cell, String value) {
    return cell.equals("*") || cell.equals(value);
  }

  private static Map<String, String> rowsFor(List<String> facts) {
    var found = new LinkedHashMap<String, String>();
    for (var line : TABLE.lines().skip(1).toList()) {
      var cells = line.replace("|", " ").strip().split(" +", -1);
      boolean all = true;
      for (int i = 0; i < facts.size(); i++) {
        all &= matches(cells[i], facts.get(i));
      }
      if (all) {
        found.put(line, cells[facts.size()]);
      }
    }
    return found;
  }

  @Test
  void decide_everyCombination_isInTheTableOnceAndDecidedSo() throws IOException {
    var values =
        List.of(
            List.of("empty", "data"),
            List.of("none", "restoring", "new", "ready", "pending"),
            List.of("no", "yes"),
            List.of("-", "V", "W"),
            List.of("-", "ours", "pending", "theirs"),
            List.of("no", "yes"),
            List.of("no", "yes"),
            List.of("no", "yes"));
    var combinations = Lists.cartesianProduct(values);
    assertEquals(2 * 5 * 2 * 3 * 4 * 2 * 2 * 2, combinations.size());
    for (var facts : combinations) {
      var rows = rowsFor(facts);
      assertEquals(1, rows.size(), "rows for " + facts + ": " + rows);
      var decision =
          Decision.decide(
              facts.get(0).equals("empty"),
              state(facts.get(1)),
              new VolumeFacts(
                  facts.get(2).equals("yes"),
                  id(facts.get(3)),
                  publication(facts.get(4)),
                  facts.get(5).equals("yes")),
              comparison(facts.get(6).equals("yes"), facts.get(7).equals("yes")));
      assertEquals(
          rows.values().iterator().next(), decision.getClass().getSimpleName(), facts.toString());
      if (decision instanceof Decision.Refuse refuse) {
        assertFalse(refuse.why().isBlank() || refuse.remedy().isBlank(), facts.toString());
      }
    }
  }

  /**
   * Where the table says that local is kept: what a crash of the node changes. The columns: what is
   * behind for sure, what is perhaps, whether anything else in local is unpublished.
   */
  @ParameterizedTest
  @CsvSource({
    "no, no, no, KeepLocal",
    "no, no, yes, KeepLocal",
    "yes, no, no, Recover",
    "yes, no, yes, Refuse",
    "no, yes, no, Refuse",
    "no, yes, yes, Refuse",
    "yes, yes, no, Refuse",
    "yes, yes, yes, Refuse"
  })
  void decide_localLostInACrashOfTheNode_isNeverPublished(
      String behind, String doubtful, String changed, String decision) throws IOException {
    var behindNow = suspicions(behind, "b.db");
    var comparison =
        new Decision.Comparison() {
          @Override
          public boolean localHasUnpublishedChanges() {
            throw new AssertionError("read local");
          }

          @Override
          public boolean volumeWasChangedByOthers() {
            return false;
          }

          @Override
          public Decision.Lookback localAfterReboot() {
            return new Decision.Lookback(behindNow, suspicions(doubtful, "d.db"));
          }

          @Override
          public boolean localHasChangesBeside(Set<Path> databases) {
            assertEquals(behindNow.keySet(), databases);
            return changed.equals("yes");
          }
        };
    for (var manifest : List.of(OURS, PENDING, Optional.<String>empty())) {
      var facts = new VolumeFacts(true, Optional.of("V"), manifest, true);
      var decided = Decision.decide(false, state("pending"), facts, comparison);
      assertEquals(decision, decided.getClass().getSimpleName());
    }
  }

  private static SortedMap<Path, String> suspicions(String word, String name) {
    return new TreeMap<>(word.equals("yes") ? Map.of(Path.of(name), "is older") : Map.of());
  }

  @Test
  void decide_interruptedAndVolumeHasLostItsDatabases_isRefused() throws IOException {
    var facts = new VolumeFacts(false, Optional.of("V"), OURS, true);
    var decision =
        Decision.decide(
            true, Optional.of(AgentState.restoring("V")), facts, comparison(false, false));
    assertInstanceOf(Decision.Refuse.class, decision);
  }

  /** Reading a whole volume to decide takes long; it must not happen where nothing hangs on it. */
  @ParameterizedTest
  @CsvSource({"true, none", "false, none", "true, ready", "false, restoring"})
  void decide_comparisonIsNotNeeded_readsNothing(boolean localIsEmpty, String state)
      throws IOException {
    Decision.decide(
        localIsEmpty,
        state(state),
        new VolumeFacts(true, Optional.of("V"), OURS, true),
        new Decision.Comparison() {
          @Override
          public boolean localHasUnpublishedChanges() {
            throw new AssertionError("read local");
          }

          @Override
          public boolean volumeWasChangedByOthers() {
            throw new AssertionError("read the volume");
          }

          @Override
          public Decision.Lookback localAfterReboot() {
            throw new AssertionError("read local");
          }

          @Override
          public boolean localHasChangesBeside(Set<Path> databases) {
            throw new AssertionError("read local");
          }
        });
  }

  @Test
  void keepingLocal_localWouldBeReplaced_refuses() {
    var again = new Decision.CopyAgain();
    assertInstanceOf(Decision.Refuse.class, again.keepingLocal(false));
    assertInstanceOf(Decision.Refuse.class, again.keepingLocal(true));
    var recover = new Decision.Recover(new TreeMap<>(Map.of(Path.of("app.db"), "is older")));
    var refuse = assertInstanceOf(Decision.Refuse.class, recover.keepingLocal(false));
    assertTrue(refuse.why().contains("app.db is older"), refuse::why);
    assertEquals(recover, recover.keepingLocal(true));
  }

  @Test
  void keepingLocal_localHasNoDataOrStays_isTheSame() {
    for (var decision :
        List.of(
            new Decision.CopyAll(),
            new Decision.KeepLocal(),
            new Decision.Adopt(),
            new Decision.Nothing())) {
      assertEquals(decision, decision.keepingLocal(false));
    }
  }
}
