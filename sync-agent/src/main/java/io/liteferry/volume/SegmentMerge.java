package io.liteferry.volume;

import io.liteferry.durable.DamagedFileException;
import io.liteferry.durable.Durable;
import io.liteferry.history.PageFile;
import io.liteferry.history.Usage;
import io.liteferry.lease.VolumeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes one segment in place of several in a row, where nobody needs a state between them: T5 of
 * docs/crash-safety-history.md. It only adds: which of two ways to a state is taken, {@link
 * io.liteferry.history.Chains} says, and the parts then are what no point needs, as anything else.
 *
 * <p>A large segment is merged only with half as much at least, so that few bytes are written again
 * and again. For one thread.
 */
final class SegmentMerge {
  private static final Logger log = LoggerFactory.getLogger(SegmentMerge.class);

  private static final int LEAST_FILES = 4;
  private static final int MOST_FILES = 16;
  private static final long MOST_BYTES = 4 << 20;
  private static final long MOST_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final Volume volume;
  private final VolumeWriter writer;
  private final GenerationWriter generations;
  private final GenerationFiles files;
  private final int unmerged;
  private final Deque<Usage.Run> due = new ArrayDeque<>();
  private final Set<PageFile> unreadable = new HashSet<>();

  /** How much of {@link #MOST_FILES} and {@link #MOST_BYTES} this volume does in time. */
  private int share = MOST_FILES;

  private boolean isLookDue = true;

  /**
   * For one publisher.
   *
   * @param unmerged as {@link KeepSettings#unmerged}
   */
  SegmentMerge(Volume volume, VolumeWriter writer, GenerationWriter generations, int unmerged) {
    this.volume = volume;
    this.writer = writer;
    this.generations = generations;
    this.files = new GenerationFiles(volume);
    this.unmerged = unmerged;
  }

  /** A point went, which may have needed what others do not. */
  void lookAgain() {
    isLookDue = true;
  }

  /** Whether there may be something to merge. */
  boolean isDue() {
    return isLookDue || !due.isEmpty();
  }

  /**
   * Finds what may be merged, or merges a few; only if it is due.
   *
   * @return whether any were merged
   */
  boolean slice(Thinning thinning) throws IOException {
    if (due.isEmpty()) {
      isLookDue = false;
      look(thinning);
      return false;
    }
    long begun = System.nanoTime();
    var parts = due.remove();
    isLookDue |= due.isEmpty();
    if (known().listPages().containsAll(parts.segments())) { // else even they are not needed now
      merge(parts);
      pace(System.nanoTime() - begun);
    }
    return true;
  }

  private void pace(long nanos) {
    if (nanos <= MOST_NANOS) {
      share = Math.min(MOST_FILES, share + 1);
    } else if (share > LEAST_FILES) {
      share = Math.max(LEAST_FILES, share / 2);
      isLookDue = true;
      due.clear();
    }
  }

  private void look(Thinning thinning) throws IOException {
    boolean isCertain = writer.manifest().map(Manifest::complete).orElse(false);
    if (isCertain && known().listPages().stream().anyMatch(file -> file.segment().isPresent())) {
      var staying = newest();
      staying.addAll(unreadable);
      for (var run : thinning.usage().runs()) {
        addWindows(run, staying);
      }
    }
  }

  private Generations known() throws IOException {
    return generations.known();
  }

  /** The newest segments ahead of each plain file. */
  private Set<PageFile> newest() throws IOException {
    var newest = new HashSet<PageFile>();
    for (var database : writer.databases().values()) {
      if (database.state().isPresent()) {
        var ahead = known().after(database.state().get().id(), database.state().get().number());
        newest.addAll(ahead.subList(Math.max(0, ahead.size() - unmerged), ahead.size()));
      }
    }
    return newest;
  }

  private void addWindows(Usage.Run run, Set<PageFile> staying) {
    var segments = run.segments();
    for (int from = 0; from < segments.size(); ) {
      int end = end(segments, from, staying);
      if (end > from + 1) {
        due.add(new Usage.Run(run.path(), segments.subList(from, end)));
      }
      from = end;
    }
  }

  /** Where the most end that may become one, of which none has twice the bytes of all others. */
  private int end(List<PageFile> segments, int from, Set<PageFile> staying) {
    int end = from + 1;
    long bytes = 0;
    long largest = 0;
    for (int i = from; i < segments.size() && i < from + share; i++) {
      long size = segments.get(i).bytes();
      bytes += size;
      largest = Math.max(largest, size);
      if (staying.contains(segments.get(i)) || bytes > MOST_BYTES / MOST_FILES * share) {
        break;
      }
      if (largest <= 2 * (bytes - largest)) {
        end = i + 1;
      }
    }
    return end;
  }

  private void merge(Usage.Run parts) throws IOException {
    var places = parts.segments().stream().map(files::place).toList();
    OpenSegments open;
    try {
      open = OpenSegments.of(volume, parts.path(), places);
    } catch (IOException e) {
      leave(parts, e); // whatever it is: nothing but an answer was asked for
      return;
    }
    try (open) {
      publish(parts, open);
    }
  }

  private void leave(Usage.Run parts, IOException because) {
    unreadable.addAll(parts.segments());
    log.warn("segments of {} stay as they are: {}", parts.path(), because.getMessage());
  }

  private void publish(Usage.Run parts, OpenSegments open) throws IOException {
    var last = parts.segments().getLast();
    var staged = writer.staging().fresh();
    try {
      var name = open.mergeInto(staged);
      finish(staged, files.place(last));
      long bytes = volume.call(() -> Files.size(staged));
      var merged = PageFile.segment(last.database(), name, bytes);
      writer.putOwn(staged, files.place(merged)); // T5
      known().add(merged);
    } catch (DamagedFileException e) {
      writer.staging().discard(staged, e);
      leave(parts, e);
    } catch (VolumeException e) {
      writer.staging().discard(staged, e);
      if (!VolumeException.isOutOfRoom(e)) {
        throw e;
      }
      isLookDue = false;
      due.clear();
      log.debug("no room to merge segments", e);
    }
    volume.syncDirectory(volume.pages().resolve(last.database()));
  }

  /** It says of a state of the database what the last part said. */
  private void finish(Path staged, Path last) throws IOException {
    var entry = volume.look(volume.root().relativize(last)).orElseThrow();
    volume.run(() -> Attributes.set(staged, entry, entry.stamp().mtime()));
    volume.run(() -> Durable.sync(staged));
  }
}
