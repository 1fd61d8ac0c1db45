package io.liteferry.volume;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is known of a volume's history beyond the writer that found it out, which ends with an error
 * of the volume. The passes' thread writes; any thread reads, and waits for nothing.
 */
public final class HistoryBoard {
  private static final Logger log = LoggerFactory.getLogger(HistoryBoard.class);

  private static final Duration CLOCKS_DIFFER = Duration.ofMinutes(1);

  private final Set<Path> denied = ConcurrentHashMap.newKeySet();
  private final AtomicLong lost = new AtomicLong();
  private volatile Optional<HistoryStatus> status = Optional.empty();
  private volatile boolean filledByOthers;
  private boolean saidClocksDiffer;

  /** Empty until all of the history was read, and when none is kept. */
  public Optional<HistoryStatus> status() {
    return status;
  }

  void show(HistoryStatus found) {
    status = Optional.of(found);
  }

  /** So many bytes are still there that no point needs. */
  void showWaiting(long bytes) {
    status = status.map(known -> known.waiting(bytes));
  }

  /** How many versions passes have replaced or removed that were not kept. */
  public long lost() {
    return lost.get();
  }

  void addLost(long versions) {
    lost.addAndGet(versions);
  }

  /**
   * Nothing could be kept of some files that a pass replaces or removes. Said once of each, however
   * often that is tried.
   */
  void sayDenied(Path volume, Set<Path> tried, Set<Path> now) {
    denied.removeIf(path -> tried.contains(path) && !now.contains(path));
    for (var path : now) {
      if (denied.add(path)) {
        log.warn(
            "what {} was is not kept, as the agent may neither link nor read it: make the agent's"
                + " user its owner (chown), or let that read it (chmod)",
            volume.resolve(path));
      }
    }
  }

  /**
   * Says once when the clocks of node and volume differ, as points have their times by both. How
   * long the pass took is no difference.
   *
   * @param begin by the node's clock, before the record of the pass was written
   * @param written when that was, by the volume's clock
   * @param end by the node's clock
   */
  void compareClocks(long point, Instant begin, Instant written, Instant end) {
    var ahead = Duration.between(written, begin);
    var behind = Duration.between(end, written);
    boolean isAhead = ahead.compareTo(CLOCKS_DIFFER) > 0;
    boolean differs = isAhead || behind.compareTo(CLOCKS_DIFFER) > 0;
    if (differs && !saidClocksDiffer) {
      log.warn(
          "the clock that made point {} is {} s {} the volume's, by which older points are shown:"
              + " set the clocks of the node and of the volume's server",
          point,
          (isAhead ? ahead : behind).toSeconds(),
          isAhead ? "ahead of" : "behind");
    }
    saidClocksDiffer = differs;
  }

  /** Whether history made room, and there was none: it goes no further until there is some. */
  boolean isFilledByOthers() {
    return filledByOthers;
  }

  /** There is room, or there is none although history made some. */
  public void setFilledByOthers(boolean filled) {
    filledByOthers = filled;
  }
}
