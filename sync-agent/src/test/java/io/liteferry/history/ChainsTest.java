package io.liteferry.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.pages.Identity;
import io.liteferry.pages.SegmentName;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Segments and what they were merged into are beside each other for a while. */
final class ChainsTest {
  private static final long SEED = Long.getLong("liteferry.test.seed", 20260101L);
  private static final String ID = "database";
  private static final long NEWEST = 12;

  private static PageFile segment(long first, long last) {
    return PageFile.segment(
        ID, new SegmentName(first, last, identity(first - 1), identity(last)), last - first + 1);
  }

  private static Identity identity(long state) {
    return new Identity(state, state);
  }

  private static List<PageFile> parts() {
    return LongStream.rangeClosed(1, NEWEST).mapToObj(n -> segment(n, n)).toList();
  }

  private static Chains chains(Set<PageFile> files, long inPlace) {
    return new Chains(files, Map.of(ID, inPlace));
  }

  private static List<PageFile> with(List<PageFile> parts, PageFile... more) {
    var all = new ArrayList<>(parts);
    all.addAll(List.of(more));
    return all;
  }

  @Test
  void of_partsAndWhatTheyWereMergedInto_takesThatAlone() {
    var merged = segment(3, 9);
    var chains = chains(new HashSet<>(with(parts(), merged)), 0);
    assertEquals(Optional.of(List.of(segment(1, 1), segment(2, 2), merged)), chains.of(ID, 9));
    assertEquals(
        List.of(
            segment(1, 1),
            segment(2, 2),
            merged,
            segment(10, 10),
            segment(11, 11),
            segment(12, 12)),
        chains.after(ID, 0));
  }

  @Test
  void of_stateWithinAMergedOne_takesTheParts() {
    var chains = chains(new HashSet<>(with(parts(), segment(3, 9))), 0);
    assertEquals(Optional.of(parts().subList(0, 5)), chains.of(ID, 5));
    assertEquals(parts().subList(5, 12), chains.after(ID, 5));
  }

  @Test
  void of_mergedAgain_takesTheLongest() {
    var files = with(parts(), segment(1, 4), segment(5, 8), segment(1, 8));
    var chains = chains(new HashSet<>(files), 0);
    assertEquals(Optional.of(List.of(segment(1, 8))), chains.of(ID, 8));
    assertEquals(segment(1, 8), chains.after(ID, 0).getFirst());
  }

  @Test
  void of_someOfThePartsAreGone_takesWhatTheyWereMergedInto() {
    var merged = segment(3, 9);
    var random = new Random(SEED);
    for (int run = 0; run < 200; run++) {
      var files = new HashSet<>(with(parts(), merged));
      files.removeIf(
          f -> !f.equals(merged) && f.state() > 2 && f.state() < 10 && random.nextBoolean());
      var chains = chains(files, 0);
      assertEquals(
          Optional.of(List.of(segment(1, 1), segment(2, 2), merged)),
          chains.of(ID, 9),
          files::toString);
      assertEquals(NEWEST, chains.after(ID, 0).getLast().state(), files::toString);
    }
  }

  /** Whatever was merged, and whatever is left of the parts. */
  @Test
  void of_whateverWasMerged_leadsThereIfThereIsAWay() {
    var random = new Random(SEED);
    for (int run = 0; run < 2_000; run++) {
      var files = new HashSet<>(parts());
      for (int merges = random.nextInt(5); merges > 0; merges--) {
        long first = random.nextLong(1, NEWEST + 1);
        long last = random.nextLong(first, NEWEST + 1);
        files.add(segment(first, last));
      }
      files.removeIf(file -> random.nextInt(4) == 0);
      long base = random.nextLong(6);
      long state = random.nextLong(base, NEWEST + 1);
      boolean isReached = reached(files, base).contains(state);
      var chain = chains(files, base).of(ID, state);
      assertEquals(isReached, chain.isPresent(), () -> base + " to " + state + " by " + files);
      chain.ifPresent(way -> assertLeads(way, base, state));
      var after = chains(files, base).after(ID, base);
      long tip = reached(files, base).stream().mapToLong(n -> n).max().orElseThrow();
      assertLeads(after, base, tip);
    }
  }

  private static Set<Long> reached(Set<PageFile> files, long base) {
    var reached = new HashSet<>(Set.of(base));
    for (long at = base; at <= NEWEST; at++) {
      for (var file : files) {
        if (file.from().orElseThrow() == at && reached.contains(at)) {
          reached.add(file.state());
        }
      }
    }
    return reached;
  }

  private static void assertLeads(List<PageFile> way, long from, long to) {
    long at = from;
    for (var file : way) {
      assertEquals(at, file.from().orElseThrow(), way::toString);
      at = file.state();
    }
    assertTrue(at == to, () -> from + " to " + to + " by " + way);
  }
}
