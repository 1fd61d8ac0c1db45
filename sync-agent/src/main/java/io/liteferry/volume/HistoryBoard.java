package io.liteferry.volume;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What is known of a volume's history beyond the writer that found it out, which ends with an error
 * of the volume. The passes' thread writes; any thread reads, and waits for nothing.
 */
public final class HistoryBoard {
  private final AtomicLong lost = new AtomicLong();
  private volatile Optional<HistoryStatus> status = Optional.empty();
  private volatile boolean filledByOthers;

  /** Empty until all of the history was read, and when none is kept. */
  public Optional<HistoryStatus> status() {
    return status;
  }

  void show(HistoryStatus found) {
    status = Optional.of(found);
  }

  /** How many versions passes have replaced or removed that were not kept. */
  public long lost() {
    return lost.get();
  }

  void addLost(long versions) {
    lost.addAndGet(versions);
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
