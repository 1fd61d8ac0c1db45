package io.liteferry.restore;

import io.liteferry.publish.Amount;
import java.util.concurrent.atomic.AtomicLong;

/** How far a restore is; written by the restoring threads, read by whoever shows it. */
public final class RestoreProgress {
  private final AtomicLong totalBytes = new AtomicLong();
  private final AtomicLong doneBytes = new AtomicLong();
  private final AtomicLong totalFiles = new AtomicLong();
  private final AtomicLong doneFiles = new AtomicLong();

  void expect(VolumeContent content) {
    doneFiles.set(0);
    doneBytes.set(0);
    totalFiles.set(content.files().size());
    totalBytes.set(RestoreSite.bytes(content.entries()));
  }

  void copied(long bytes) {
    doneBytes.addAndGet(bytes);
  }

  void finishedFile() {
    doneFiles.incrementAndGet();
  }

  /** Whether there is anything to show. */
  public boolean hasBegun() {
    return totalFiles.get() > 0;
  }

  /** For people: how much is done of all. */
  @Override
  public String toString() {
    long total = totalBytes.get();
    return "%d of %s, %s of %s"
        .formatted(
            doneFiles.get(),
            Amount.of(totalFiles.get(), "file"),
            size(doneBytes.get()),
            size(total));
  }

  private static String size(long bytes) {
    return bytes < 1_000_000 ? Amount.of(bytes, "byte") : "%.1f MB".formatted(bytes / 1e6);
  }
}
