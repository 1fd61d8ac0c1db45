package io.liteferry.restore;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import io.liteferry.durable.Digest;
import io.liteferry.publish.Inventory;
import io.liteferry.publish.Manifest;
import io.liteferry.publish.Volume;
import io.liteferry.scan.Entry;
import io.liteferry.scan.Stamp;
import io.liteferry.sqlite.DatabaseCheck;
import io.liteferry.sqlite.DatabaseHeader;
import io.liteferry.sqlite.SideFile;
import io.liteferry.sqlite.Snapshot;
import io.liteferry.state.IndexEntry;
import io.liteferry.state.StateDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Finds the databases of local that a crash of the node has set back behind what was published, or
 * damaged: the rule of docs/adr/0016-local-after-a-crash.md. Changes nothing in local.
 *
 * <p>Times alone never make local older for sure, as clocks are set back: what only they say is a
 * doubt.
 */
final class AfterReboot {
  private final Path local;
  private final Volume volume;
  private final StateDirectory state;
  private final DatabaseCheck check;

  AfterReboot(Path local, Volume volume, StateDirectory state, DatabaseCheck check) {
    this.local = local;
    this.volume = volume;
    this.state = state;
    this.check = check;
  }

  /** What makes a database look older than what was published, or damaged. */
  private record Suspicion(String why, boolean sure) {
    static Optional<Suspicion> sure(String why) {
      return Optional.of(new Suspicion(why, true));
    }

    static Optional<Suspicion> damaged(DatabaseCheck.Outcome.Corrupt corrupt) {
      return sure("is damaged: " + String.join("; ", corrupt.findings()));
    }
  }

  /**
   * Looks at each published database that is in its place on the volume.
   *
   * @param index what was published
   * @param inventory of local
   */
  Decision.Lookback look(
      Map<Path, IndexEntry> index, Inventory inventory, Optional<Manifest> manifest)
      throws IOException {
    var behind = new TreeMap<Path, String>();
    var doubtful = new TreeMap<Path, String>();
    var differing = inventory.differingFrom(index);
    for (var entry : index.entrySet()) {
      var path = entry.getKey();
      var known = entry.getValue();
      var here = inventory.items().get(path);
      // What is gone, or has become a directory or a link, is so on purpose: names are durable.
      if (!known.database()
          || here == null
          || here.entry().kind() != Entry.Kind.FILE
          || !isDatabaseOnVolume(path)) {
        continue;
      }
      var suspicion =
          here.database()
              ? suspect(here, known, published(path, known, manifest), differing.contains(path))
              : suspectFile(here.entry(), known);
      suspicion.ifPresent(s -> (s.sure() ? behind : doubtful).put(path, s.why()));
    }
    return new Decision.Lookback(behind, doubtful);
  }

  private boolean isDatabaseOnVolume(Path path) throws IOException {
    return Entry.look(volume.root(), path).map(e -> e.kind() == Entry.Kind.FILE).orElse(false)
        && DatabaseHeader.read(volume.root().resolve(path)).isPresent();
  }

  /** The digests of what the volume's file is, or was about to become. */
  private Set<Digest> published(Path path, IndexEntry known, Optional<Manifest> manifest)
      throws IOException {
    var there = Entry.look(volume.root(), path);
    if (there.isPresent() && known.isStillOnVolume(there.get().stamp())) {
      return Set.of(known.digest());
    }
    var found = Digest.of(volume.root().resolve(path));
    var listed = manifest.map(m -> m.databases().get(path)).map(Manifest.Database::digest);
    return listed.isPresent() && !listed.get().equals(found)
        ? Set.of(found, listed.get())
        : Set.of(found);
  }

  /** A file that is no database any more. One that a crash left begins with zeros, or is empty. */
  private Optional<Suspicion> suspectFile(Entry here, IndexEntry known) throws IOException {
    if (here.stamp().size() == 0) {
      return suspect(here, known, "is empty");
    }
    return DatabaseHeader.isUnwritten(local.resolve(here.path()))
        ? suspect(here, known, "begins with zeros")
        : Optional.empty();
  }

  private Optional<Suspicion> suspect(
      Inventory.Item here, IndexEntry known, Set<Digest> published, boolean differs)
      throws IOException {
    var entry = here.entry();
    var file = local.resolve(entry.path());
    var withoutWal = likeThere(file, entry.path());
    if (here.wal().isEmpty() && !hasJournal(entry.path()) && published.contains(withoutWal)) {
      return Optional.empty();
    }
    try (var image = LocalImage.take(local, entry.path(), state)) {
      if (image.snapshot().isEmpty()) {
        return corruption(image.copy()); // if it is none, the first pass says what it is
      }
      var snapshot = image.snapshot().get();
      var digest = Digest.of(snapshot);
      // Of an image that another version of SQLite made the header differs, and nothing else.
      if (published.contains(digest) || published.contains(likeThere(snapshot, entry.path()))) {
        return Optional.empty();
      }
      if (!differs) {
        return Suspicion.sure("has the size and times of what was published, and other content");
      }
      if (isCheckpointLost(here, known) && !withoutWal.equals(known.digest())) {
        return Suspicion.sure("has lost what was in its WAL, and the checkpoint of it");
      }
      if (known.digest().equals(digest) || known.past().earlier().contains(digest)) {
        return suspect(entry, known, "is what was published earlier");
      }
      if (hasOlderCounter(file, known)) {
        return suspect(entry, known, "has an older change counter than what was published");
      }
      var corruption = corruption(snapshot);
      if (corruption.isPresent()) {
        return corruption;
      }
      long newest = Math.max(entry.stamp().mtime(), here.wal().map(Stamp::mtime).orElse(0L));
      return newest < known.volumeMtime()
          ? Optional.of(new Suspicion("was changed last before what was published", false))
          : Optional.empty();
    }
  }

  /** The digest with those fields of the header that SQLite writes anew as the volume has them. */
  private Digest likeThere(Path file, Path published) throws IOException {
    var head = Snapshot.expectedHeader(file, volume.root().resolve(published));
    return Digest.ofWithHead(head, file);
  }

  /** Sure of the file that was published; another one in its place may be there on purpose. */
  private Optional<Suspicion> suspect(Entry here, IndexEntry known, String why) throws IOException {
    boolean sure = known.source().isPresent() && isSameFile(here, known.source().get());
    return Optional.of(new Suspicion(why, sure));
  }

  /**
   * Whether it has the same number, and was not made since: numbers are given again. Where a file
   * system keeps no time of birth, that of the last change stands for it.
   */
  private boolean isSameFile(Entry here, Stamp then) throws IOException {
    var born =
        Files.readAttributes(local.resolve(here.path()), BasicFileAttributes.class, NOFOLLOW_LINKS)
            .creationTime()
            .to(TimeUnit.NANOSECONDS);
    return here.stamp().inode() == then.inode() && born <= Math.max(then.ctime(), then.mtime());
  }

  private Optional<Suspicion> corruption(Path image) {
    return check.check(image) instanceof DatabaseCheck.Outcome.Corrupt corrupt
        ? Suspicion.damaged(corrupt)
        : Optional.empty();
  }

  /**
   * Whether the database's file was not written to since, and yet the WAL beside it does not have
   * any more what it had then. Only a checkpoint empties a WAL, and it writes to the file before.
   */
  private static boolean isCheckpointLost(Inventory.Item here, IndexEntry known) {
    if (known.wal().isEmpty() || !known.source().equals(Optional.of(here.entry().stamp()))) {
      return false;
    }
    var then = known.wal().get();
    return here.wal().map(w -> w.inode() != then.inode() || w.size() < then.size()).orElse(true);
  }

  private static boolean hasOlderCounter(Path file, IndexEntry known) throws IOException {
    var now = DatabaseHeader.read(file);
    var then = known.past().changes();
    return now.isPresent()
        && then.isPresent()
        && (int) (now.get().changes() - then.getAsLong()) < 0; // it may wrap around
  }

  private boolean hasJournal(Path path) throws IOException {
    return Entry.look(local, SideFile.JOURNAL.of(path))
        .map(journal -> journal.stamp().size() > 0)
        .orElse(false);
  }
}
