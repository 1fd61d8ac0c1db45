package io.liteferry.publish;

import io.liteferry.durable.Beneath;
import io.liteferry.durable.Digest;
import io.liteferry.durable.Durable;
import io.liteferry.durable.Errno;
import io.liteferry.lease.Staging;
import io.liteferry.lease.VolumeException;
import io.liteferry.publish.Knowledge.Published;
import io.liteferry.scan.Entry;
import io.liteferry.sqlite.DatabaseHeader;
import io.liteferry.sqlite.Encrypted;
import io.liteferry.sqlite.SideFile;
import io.liteferry.state.IndexEntry;
import io.liteferry.volume.Attributes;
import io.liteferry.volume.VolumeWriter;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Publishes one file or link that is no database. Used by several threads at once. */
final class FileTransfer {
  /** How often a file that changes under the copy is tried in one pass. */
  private static final int ATTEMPTS = 3;

  /**
   * From this size on, room is looked for before a file is staged, and a file that changed under
   * the copy is not copied again at once: in bytes.
   */
  static final long LARGE = 1 << 20;

  /** Waits until what is older has taken effect. */
  @FunctionalInterface
  interface Turn {
    /** Returns whether this may take effect now; if not, something older is to go before. */
    boolean await() throws InterruptedException;
  }

  private final PublishContext context;
  private final Path local;
  private final SteadyFiles steady;
  private final VolumeWriter writer;
  private final Staging staging;

  FileTransfer(PublishContext context, VolumeWriter writer) {
    this.context = context;
    this.local = context.local;
    this.steady = new SteadyFiles(local, context.clock);
    this.writer = writer;
    this.staging = writer.staging();
  }

  /**
   * Publishes a regular file when its content or attributes differ from what the volume has.
   *
   * @param turn is awaited before the volume shows the file
   */
  Outcome publishFile(TransferRequest request, Turn turn) throws InterruptedException {
    long begun = System.nanoTime();
    try {
      int attempts = request.scanned().stamp().size() >= LARGE ? 1 : ATTEMPTS;
      for (int attempt = 0; attempt < attempts; attempt++) {
        var outcome = attempt(request, turn);
        if (outcome.isPresent()) {
          return outcome.get();
        }
      }
      return new Outcome.Changing(System.nanoTime() - begun);
    } catch (IOException e) {
      return ofError(e);
    }
  }

  /**
   * A file in staging, copied before the scan by which it is published.
   *
   * @param seen what it was when it was copied
   */
  record Early(Entry seen, Path staged, IndexEntry index) {}

  /**
   * Copies a file ahead of the scan: one that is replaced again and again is younger than every
   * scan. Empty when it does not come to rest, or cannot be read.
   */
  Optional<Early> copyEarly(Entry scanned) throws IOException, InterruptedException {
    try (var in = Beneath.open(local, scanned.path())) {
      Durable.sync(in, local.resolve(scanned.path()));
      var seen =
          steady.awaitConclusive(scanned.path()).filter(entry -> entry.kind() == Entry.Kind.FILE);
      return seen.isEmpty() || seen.get().stamp().size() >= LARGE
          ? Optional.empty()
          : copyEarly(in, seen.get());
    } catch (FileSystemException e) {
      return Optional.empty(); // local's; P4 says so, if it is still like that
    }
  }

  private Optional<Early> copyEarly(FileChannel in, Entry seen) throws IOException {
    var staged = stage(in, seen, seen.stamp().size());
    try {
      if (!steady.isUnchanged(seen)
          || staging.call(() -> DatabaseHeader.read(staged.path()).isPresent())) {
        staging.run(() -> Files.delete(staged.path()));
        return Optional.empty();
      }
      return Optional.of(
          new Early(seen, staged.path(), index(seen, staged, seen.stamp().size(), true)));
    } catch (IOException e) {
      staging.discard(staged.path(), e);
      throw e;
    }
  }

  /** Publishes what was copied early, whatever the file is by now. */
  Outcome publishEarly(Early early, TransferRequest request, Turn turn)
      throws InterruptedException {
    try {
      syncNewName(early.seen(), request.published());
      if (!turn.await()) {
        return new Outcome.Waiting();
      }
      writer.put(early.staged(), request.path());
      var known = new Published.Known(early.index());
      return steady.isUnchanged(early.seen()) ? new Outcome.Done(known) : new Outcome.Older(known);
    } catch (IOException e) {
      return ofError(e);
    }
  }

  /** Publishes a symbolic link as the link that it is. */
  Outcome publishLink(Change.PutLink link, Turn turn) throws InterruptedException {
    var staged = staging.fresh();
    try {
      staging.run(
          () -> {
            Files.createSymbolicLink(staged, link.target());
            Attributes.setOwner(staged, link.entry());
          });
      syncName(link.path());
      return putInTurn(staged, link, turn)
          ? new Outcome.Done(new Published.Link(link.target()))
          : new Outcome.Waiting();
    } catch (IOException e) {
      staging.discard(staged, e);
      return ofError(e);
    }
  }

  /** Gives what is staged its name; deletes it where something older is to go before. */
  private boolean putInTurn(Path staged, Change.Put put, Turn turn)
      throws IOException, InterruptedException {
    if (!turn.await()) {
      staging.run(() -> Files.delete(staged));
      return false;
    }
    writer.put(staged, put.path());
    return true;
  }

  /** What an error says, by the side on which it arose: what is not the volume's is local's. */
  private Outcome ofError(IOException e) {
    if (e instanceof VolumeException) {
      return new Outcome.Refused(e);
    }
    var errno = Errno.of(e);
    if (errno == Errno.ENOENT) {
      return new Outcome.Gone();
    }
    // Without descriptors no file can be read: that must hold the databases back.
    return errno.isOutOfDescriptors()
        ? new Outcome.Refused(e)
        : new Outcome.Unreadable(Errno.describe(e));
  }

  /** Empty when the file changed meanwhile. */
  private Optional<Outcome> attempt(TransferRequest request, Turn turn)
      throws IOException, InterruptedException {
    try (var in = Beneath.open(local, request.path())) {
      // What the volume has must be in local after a power failure of the node, too: else local,
      // which is kept, would take it away again. And a write through a mapping shows in the stamp
      // only when the page was clean before.
      Durable.sync(in, local.resolve(request.path()));
      var seen = steady.awaitConclusive(request.path());
      if (seen.isPresent() && seen.get().kind() != Entry.Kind.FILE) {
        return Optional.of(new Outcome.Gone());
      }
      if (seen.isPresent()
          && (seen.get().stamp().isOlderThan(request.scannedAt(), Inventory.nanos(context.clock))
              || request.anyAge().isAllowed())) {
        return publishWhole(in, seen.get(), request, turn);
      }
      var now = Entry.look(local, request.path()).orElseThrow(() -> steady.gone(request.path()));
      if (!request.maybeInPart() || !SteadyFiles.hasGrownSince(request.scanned(), now)) {
        return seen.isPresent() ? Optional.of(new Outcome.Younger()) : Optional.empty();
      }
      // Something is appended to it all the time, as to a log: its beginning goes, as long as it
      // was at the scan.
      return publishCopy(in, now, request.scanned().stamp().size(), request, turn);
    }
  }

  private Optional<Outcome> publishWhole(
      FileChannel in, Entry seen, TransferRequest request, Turn turn)
      throws IOException, InterruptedException {
    if (SameOnVolume.mayBeSame(seen, request.published())) {
      var digest = Digest.of(in, local.resolve(seen.path()));
      if (!steady.isUnchanged(seen)) {
        return Optional.empty();
      }
      var same = SameOnVolume.find(context.volume, seen, digest, request.published());
      if (same.isPresent()) {
        return same.map(Outcome.Same::new);
      }
    }
    if (request.twin().isPresent()) {
      var linked = publishTwin(in, seen, request.twin().get(), request, turn);
      if (linked.isPresent()) {
        return linked;
      }
    }
    return publishCopy(in, seen, seen.stamp().size(), request, turn);
  }

  /**
   * The same file under another name, or perhaps so: gives what the volume has a second name in
   * place of a copy.
   */
  private Optional<Outcome> publishTwin(
      FileChannel in, Entry seen, Twins.Twin twin, TransferRequest request, Turn turn)
      throws IOException, InterruptedException {
    var index = twin.index();
    boolean sameStamp = index.source().equals(Optional.of(seen.stamp()));
    if (!sameStamp && !Digest.of(in, local.resolve(seen.path())).equals(index.digest())) {
      return Optional.empty();
    }
    var link = twin.link(staging, context.volume);
    if (link.isEmpty()) {
      return Optional.empty();
    }
    var staged = link.get();
    try {
      if (!steady.isUnchanged(seen)) {
        staging.run(() -> Files.delete(staged));
        return Optional.empty();
      }
      syncName(seen.path());
      if (!putInTurn(staged, request.put(), turn)) {
        return Optional.of(new Outcome.Waiting());
      }
      return Optional.of(
          new Outcome.Done(
              new Published.Known(index.seenAs(Optional.of(seen.stamp()), Optional.empty()))));
    } catch (IOException e) {
      staging.discard(staged, e);
      throw e;
    }
  }

  private Optional<Outcome> publishCopy(
      FileChannel in, Entry seen, long bytes, TransferRequest request, Turn turn)
      throws IOException, InterruptedException {
    long begun = System.nanoTime();
    if (bytes >= LARGE) {
      context.volume.requireRoom(bytes, seen.path());
    }
    var staged = stage(in, seen, bytes);
    try {
      boolean whole = bytes == seen.stamp().size() && steady.isUnchanged(seen);
      if (isSqlites(seen.path(), staged.path())
          || (!whole
              && !(request.maybeInPart()
                  && steady.syncBeginning(
                      in, seen, bytes, staged.digest(), request.published())))) {
        staging.run(() -> Files.delete(staged.path()));
        return Optional.empty();
      }
      var index = index(seen, staged, bytes, whole);
      syncNewName(seen, request.published());
      if (!putInTurn(staged.path(), request.put(), turn)) {
        return Optional.of(new Outcome.Waiting());
      }
      var known = new Published.Known(index);
      return Optional.of(
          whole ? new Outcome.Done(known) : new Outcome.Begun(known, System.nanoTime() - begun));
    } catch (IOException e) {
      staging.discard(staged.path(), e);
      throw e;
    }
  }

  private Staging.Staged stage(FileChannel in, Entry seen, long bytes) throws IOException {
    return staging.copy(
        in,
        bytes,
        local.resolve(seen.path()),
        copy -> Attributes.set(copy, seen, seen.stamp().mtime()),
        context.progress::addAndGet);
  }

  /** What to know of a copy; its stamp in local only when it is the whole file. */
  private IndexEntry index(Entry seen, Staging.Staged staged, long bytes, boolean whole)
      throws IOException {
    return new IndexEntry(
        false,
        whole ? Optional.of(seen.stamp()) : Optional.empty(),
        Optional.empty(),
        staged.digest(),
        bytes,
        staging.call(() -> Knowledge.mtimeOf(staged.path())),
        seen.mode(),
        seen.uid(),
        seen.gid());
  }

  /** Whether what was copied has become a database meanwhile, or a side file of one. */
  private boolean isSqlites(Path path, Path copy) throws IOException {
    if (staging.call(() -> DatabaseHeader.read(copy).isPresent())) {
      return staging.call(() -> !Encrypted.isOne(copy));
    }
    var side = SideFile.parse(path);
    if (side.isEmpty() || !staging.call(() -> side.get().kind().isContentOf(copy))) {
      return false;
    }
    var base = Entry.look(local, side.get().base()).filter(e -> e.kind() == Entry.Kind.FILE);
    if (base.isEmpty() || base.get().stamp().size() == 0) {
      return true;
    }
    var file = local.resolve(base.get().path());
    return DatabaseHeader.isUnwritten(file)
        || (DatabaseHeader.isClaimed(file) && !Encrypted.isOne(file));
  }

  /** Its name may not be durable in local when it is new, or another file was renamed to it. */
  private void syncNewName(Entry seen, @Nullable Published published) throws IOException {
    if (!(published instanceof Published.Known known
        && known.index().source().map(s -> s.inode() == seen.stamp().inode()).orElse(false))) {
      syncName(seen.path());
    }
  }

  private void syncName(Path path) throws IOException {
    Durable.syncDirectory(Objects.requireNonNull(local.resolve(path).getParent()));
  }
}
