package io.liteferry.publish;

import io.liteferry.durable.Beneath;
import io.liteferry.durable.Digest;
import io.liteferry.durable.Durable;
import io.liteferry.lease.Staging;
import io.liteferry.publish.Knowledge.Published;
import io.liteferry.scan.Entry;
import io.liteferry.scan.Stamp;
import io.liteferry.sqlite.DatabaseHeader;
import io.liteferry.state.IndexEntry;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Publishes one file or link that is no database. Used by several threads at once. */
final class FileTransfer {
  /** How often a file that changes under the copy is tried in one pass. */
  private static final int ATTEMPTS = 3;

  /** How often a pass looks whether the stamp of a file that was just written has aged. */
  private static final int LOOKS = 100;

  private static final long LOOK_MILLIS = 25;

  /** What came of it. */
  sealed interface Outcome {
    /** The volume has it now. */
    record Done(Published published, long bytes) implements Outcome {}

    /** The volume had it already; only our knowledge is new. */
    record Same(Published published) implements Outcome {}

    /** It is not there any more, or has become something else. The next pass sees to it. */
    record Gone() implements Outcome {}

    /** It was written to whenever we tried. */
    record Changing() implements Outcome {}

    /** Local does not let us read it. */
    record Unreadable(String why) implements Outcome {}

    /** The volume refused this file. */
    record Refused(IOException error) implements Outcome {}
  }

  private final Path local;

  /** From this size on, room is looked for before a file is staged: in bytes. */
  private static final long LARGE = 1 << 20;

  private final Volume volume;
  private final Staging staging;
  private final Clock clock;
  private final LongConsumer progress;

  FileTransfer(Path local, Volume volume, Staging staging, Clock clock, LongConsumer progress) {
    this.local = local;
    this.volume = volume;
    this.staging = staging;
    this.clock = clock;
    this.progress = progress;
  }

  /** Publishes a regular file when its content or attributes differ from what the volume has. */
  Outcome publishFile(Path path, @Nullable Published published) throws InterruptedException {
    try {
      for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        var seen = awaitConclusive(path);
        if (seen == null) {
          return new Outcome.Changing();
        }
        if (seen.kind() != Entry.Kind.FILE) {
          return new Outcome.Gone();
        }
        var outcome = attempt(seen, published);
        if (outcome.isPresent()) {
          return outcome.get();
        }
      }
      return new Outcome.Changing();
    } catch (java.nio.file.NoSuchFileException e) {
      return isLocal(e) ? new Outcome.Gone() : new Outcome.Refused(e);
    } catch (FileSystemException e) {
      // Without descriptors no file can be read: that must hold the databases back.
      return isLocal(e) && !VolumeException.isOutOfDescriptors(e)
          ? new Outcome.Unreadable(VolumeException.describe(e))
          : new Outcome.Refused(e);
    } catch (IOException e) {
      return new Outcome.Refused(e);
    }
  }

  /** Publishes a symbolic link as the link that it is. */
  Outcome publishLink(Entry entry, Path target) {
    var staged = staging.fresh();
    try {
      Files.createSymbolicLink(staged, target);
      Attributes.setOwner(staged, entry);
      Durable.syncDirectory(Objects.requireNonNull(local.resolve(entry.path()).getParent()));
      staging.publish(staged, volume.root().resolve(entry.path()));
      return new Outcome.Done(new Published.Link(target), 0);
    } catch (IOException e) {
      staging.discard(staged, e);
      return new Outcome.Refused(e);
    }
  }

  /** Empty when the file changed meanwhile. */
  private Optional<Outcome> attempt(Entry seen, @Nullable Published published) throws IOException {
    try (var in = Beneath.open(local, seen.path())) {
      return attempt(in, seen, published);
    }
  }

  private Optional<Outcome> attempt(FileChannel in, Entry seen, @Nullable Published published)
      throws IOException {
    var path = seen.path();
    var source = local.resolve(path);
    if (mayBeSame(seen, published)) {
      var digest = Digest.of(in, source);
      if (!isUnchanged(seen)) {
        return Optional.empty();
      }
      var same = sameOnVolume(seen, digest, published);
      if (same.isPresent()) {
        return same.map(Outcome.Same::new);
      }
    }
    if (seen.stamp().size() >= LARGE) {
      volume.requireRoom(seen.stamp().size(), path);
    }
    var staged =
        staging.copy(
            in, source, copy -> Attributes.set(copy, seen, seen.stamp().mtime()), progress);
    try {
      if (!isUnchanged(seen) || DatabaseHeader.read(staged.path()).isPresent()) {
        Files.delete(staged.path());
        return Optional.empty();
      }
      var index =
          new IndexEntry(
              false,
              Optional.of(seen.stamp()),
              Optional.empty(),
              staged.digest(),
              seen.stamp().size(),
              Knowledge.mtimeOf(staged.path()),
              seen.mode(),
              seen.uid(),
              seen.gid());
      // What the volume has must be in local after a power failure of the node, too: else local,
      // which is kept, would take it away again.
      Durable.sync(in, source);
      if (isNewInLocal(seen, published)) {
        Durable.syncDirectory(Objects.requireNonNull(source.getParent()));
      }
      staging.publish(staged.path(), volume.root().resolve(path));
      return Optional.of(new Outcome.Done(new Published.Known(index), seen.stamp().size()));
    } catch (IOException e) {
      staging.discard(staged.path(), e);
      throw e;
    }
  }

  /** Whether its name may not be durable in local: it is new, or another file was renamed to it. */
  private static boolean isNewInLocal(Entry seen, @Nullable Published published) {
    return !(published instanceof Published.Known known
        && known.index().source().map(s -> s.inode() == seen.stamp().inode()).orElse(false));
  }

  private static boolean mayBeSame(Entry seen, @Nullable Published published) {
    long size =
        switch (published) {
          case Published.Known k -> k.index().volumeSize();
          case Published.Unread u when u.entry().kind() == Entry.Kind.FILE ->
              u.entry().stamp().size();
          case null, default -> -1;
        };
    return size == seen.stamp().size();
  }

  /** What to know from now on, when the volume's file equals local's in content and attributes. */
  private Optional<Published> sameOnVolume(Entry seen, Digest digest, @Nullable Published published)
      throws IOException {
    if (published instanceof Published.Known known) {
      var index = known.index();
      boolean same =
          digest.equals(index.digest())
              && !index.database()
              && seen.mode() == index.mode()
              && seen.uid() == index.uid()
              && seen.gid() == index.gid()
              && index.source().map(s -> s.mtime() == seen.stamp().mtime()).orElse(true);
      return same
          ? Optional.of(
              new Published.Known(index.seenAs(Optional.of(seen.stamp()), Optional.empty())))
          : Optional.empty();
    }
    if (published instanceof Published.Unread unread) {
      var theirs = unread.entry();
      boolean same =
          seen.mode() == theirs.mode()
              && seen.stamp().mtime() == theirs.stamp().mtime()
              && Digest.of(volume.root().resolve(seen.path())).equals(digest);
      return same
          ? Optional.of(
              new Published.Known(
                  new IndexEntry(
                      false,
                      Optional.of(seen.stamp()),
                      Optional.empty(),
                      digest,
                      theirs.stamp().size(),
                      theirs.stamp().mtime(),
                      seen.mode(),
                      seen.uid(),
                      seen.gid())))
          : Optional.empty();
    }
    return Optional.empty();
  }

  /**
   * Looks until the file's stamp is conclusive, so that a change during the copy cannot go unseen;
   * null when it is written to all the time.
   */
  private @Nullable Entry awaitConclusive(Path path) throws IOException, InterruptedException {
    @Nullable Stamp last = null;
    int changes = 0;
    for (int look = 0; look < LOOKS && changes <= ATTEMPTS; look++) {
      var seen = Entry.look(local, path).orElseThrow(() -> gone(path));
      if (seen.kind() != Entry.Kind.FILE || seen.stamp().isConclusiveAt(Inventory.nanos(clock))) {
        return seen;
      }
      if (last != null && !last.equals(seen.stamp())) {
        changes++;
      }
      last = seen.stamp();
      Thread.sleep(LOOK_MILLIS);
    }
    return null;
  }

  private boolean isUnchanged(Entry seen) throws IOException {
    return Entry.look(local, seen.path()).map(seen::equals).orElse(false);
  }

  private java.nio.file.NoSuchFileException gone(Path path) {
    return new java.nio.file.NoSuchFileException(local.resolve(path).toString());
  }

  /** Whether an error arose at local and not at the volume. */
  private boolean isLocal(FileSystemException e) {
    return e.getFile() != null && Path.of(e.getFile()).startsWith(local);
  }

  /** Whether a link on the volume is the same. */
  static boolean isSameLink(@Nullable Published published, Path target) {
    return published instanceof Published.Link link && link.target().equals(target);
  }
}
