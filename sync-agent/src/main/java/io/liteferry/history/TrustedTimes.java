package io.liteferry.history;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Times in the order of generations, some of them by clocks that were wrong. The longest run that
 * never goes back is trusted, and of several the one that takes the least time; every other
 * generation takes the next trusted time, or the last one when none follows.
 */
final class TrustedTimes {
  private final List<Instant> times;
  private final BitSet trusted;

  private TrustedTimes(List<Instant> times, BitSet trusted) {
    this.times = times;
    this.trusted = trusted;
  }

  static TrustedTimes of(List<Instant> raw) {
    var trusted = new BitSet();
    for (var run = longestRun(raw); run != null; run = run.before()) {
      trusted.set(run.index());
    }
    var times = new ArrayList<Instant>(raw);
    for (int i = 0; i < times.size(); i++) {
      if (!trusted.get(i)) {
        int next = trusted.nextSetBit(i);
        times.set(i, raw.get(next >= 0 ? next : trusted.previousSetBit(i)));
      }
    }
    return new TrustedTimes(times, trusted);
  }

  /** A run that ends with a time, the longest such and of those the one that begins the latest. */
  private record Run(int index, Instant begin, Instant end, @Nullable Run before) {
    Duration length() {
      return Duration.between(begin, end);
    }
  }

  /**
   * Patience sorting. Runs of the same length come in the order of their last index, and their ends
   * only get earlier, so those that a time can continue are the last ones of a list.
   */
  private static @Nullable Run longestRun(List<Instant> raw) {
    var byLength = new ArrayList<List<Run>>();
    for (int i = 0; i < raw.size(); i++) {
      var time = raw.get(i);
      int length = longestThatEndsBy(byLength, time);
      var before = length == 0 ? null : latestBegin(byLength.get(length - 1), time);
      if (length == byLength.size()) {
        byLength.add(new ArrayList<>());
      }
      byLength.get(length).add(new Run(i, before == null ? time : before.begin(), time, before));
    }
    return byLength.isEmpty()
        ? null
        : byLength.getLast().stream().min(Comparator.comparing(Run::length)).orElseThrow();
  }

  private static int longestThatEndsBy(List<List<Run>> byLength, Instant time) {
    int low = 0;
    int high = byLength.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (byLength.get(middle).getLast().end().isAfter(time)) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  private static Run latestBegin(List<Run> runs, Instant time) {
    var best = runs.getLast();
    for (int i = runs.size() - 2; i >= 0 && !runs.get(i).end().isAfter(time); i--) {
      best = runs.get(i).begin().isAfter(best.begin()) ? runs.get(i) : best;
    }
    return best;
  }

  Instant time(int index) {
    return times.get(index);
  }

  boolean isTrusted(int index) {
    return trusted.get(index);
  }
}
