package io.liteferry.publish;

import io.liteferry.durable.Digest;
import io.liteferry.durable.Durable;
import io.liteferry.publish.Knowledge.Published;
import io.liteferry.scan.Entry;
import io.liteferry.scan.Stamp;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether files of local are at rest, or have only been appended to.
 *
 * @param clock the one that stamps them
 */
record SteadyFiles(Path local, Clock clock) {
  /** How often it is looked whether the stamp of a file that was just written has aged. */
  private static final int LOOKS = 100;

  private static final long LOOK_MILLIS = 25;

  /** After so many changes a file counts as one that is written to all the time. */
  private static final int MOST_CHANGES = 3;

  /**
   * Looks until the file's stamp is conclusive, so that a change during the copy cannot go unseen;
   * empty when it is written to all the time.
   */
  Optional<Entry> awaitConclusive(Path path) throws IOException, InterruptedException {
    @Nullable Stamp last = null;
    int changes = 0;
    for (int look = 0; look < LOOKS && changes <= MOST_CHANGES; look++) {
      var seen = Entry.look(local, path).orElseThrow(() -> gone(path));
      if (seen.kind() != Entry.Kind.FILE || seen.stamp().isConclusiveAt(Inventory.nanos(clock))) {
        return Optional.of(seen);
      }
      if (last != null && !last.equals(seen.stamp())) {
        changes++;
      }
      last = seen.stamp();
      Thread.sleep(LOOK_MILLIS);
    }
    return Optional.empty();
  }

  boolean isUnchanged(Entry seen) throws IOException {
    return Entry.look(local, seen.path()).map(seen::equals).orElse(false);
  }

  NoSuchFileException gone(Path path) {
    return new NoSuchFileException(local.resolve(path).toString());
  }

  /**
   * Syncs a file that is longer by now, if it begins with what was copied and has only been
   * appended to as far as can be told: what was published of it before must be its beginning, too.
   *
   * @return whether it is so
   */
  boolean syncBeginning(
      FileChannel in, Entry seen, long bytes, Digest copied, @Nullable Published published)
      throws IOException {
    var source = local.resolve(seen.path());
    var now = Entry.look(local, seen.path());
    if (bytes == 0
        || now.isEmpty()
        || now.get().kind() != Entry.Kind.FILE
        || now.get().stamp().inode() != seen.stamp().inode()
        || now.get().stamp().size() <= bytes) {
      return false;
    }
    if (published instanceof Published.Known known
        && !known.index().database()
        && (known.index().volumeSize() > bytes
            || !Digest.ofBeginning(in, known.index().volumeSize(), source)
                .equals(known.index().digest()))) {
      return false;
    }
    boolean same = Digest.ofBeginning(in, bytes, source).equals(copied);
    if (same) {
      Durable.sync(in, source); // it was written to since it was synced
    }
    return same;
  }

  static boolean hasGrownSince(Entry scanned, Entry now) {
    return now.kind() == Entry.Kind.FILE
        && now.stamp().inode() == scanned.stamp().inode()
        && now.stamp().size() > scanned.stamp().size();
  }
}
