package io.liteferry.restore;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import io.liteferry.durable.Digest;
import io.liteferry.publish.Inventory;
import io.liteferry.scan.Entry;
import io.liteferry.scan.Stamp;
import io.liteferry.sqlite.DatabaseCheck;
import io.liteferry.sqlite.DatabaseHeader;
import io.liteferry.sqlite.SideFile;
import io.liteferry.sqlite.Snapshot;
import io.liteferry.state.IndexEntry;
import io.liteferry.volume.LazyTips;
import io.liteferry.volume.Manifest;
import io.liteferry.volume.Volume;
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
  private static final String OLDER_COUNTER = "has an older change counter than what was published";

  private final Path local;
  private final Volume volume;
  private final DatabaseCheck check;
  private final LocalImage.Source images;
  private final LazyTips tips;

  AfterReboot(Path local, Volume volume, DatabaseCheck check, LocalImage.Source images) {
    this.tips = new LazyTips(volume);
    this.local = local;
    this.volume = volume;
    this.check = check;
    this.images = images;
  }

  /** What makes a database look older than what was published, or damaged. */
  private record Suspicion(String why, boolean sure) {
    static Optional<Suspicion> sure(String why) {
      return Optional.of(new Suspicion(why, true));
    }

    static Optional<Suspicion> doubt(String why) {
      return Optional.of(new Suspicion(why, false));
    }

    Suspicion asDoubt() {
      return new Suspicion(why, false);
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
      var unreadable = inventory.unreadable().get(path);
      if (known.database() && unreadable != null && isDatabaseOnVolume(path)) {
        doubtful.put(path, "cannot be read: " + unreadable);
        continue;
      }
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
    return volume.look(path).map(e -> e.kind() == Entry.Kind.FILE).orElse(false)
        && volume.header(path).isPresent();
  }

  /** What the volume has, or was about to have. */
  private PublishedContent published(Path path, IndexEntry known, Optional<Manifest> manifest)
      throws IOException {
    var there = volume.look(path);
    if (there.isPresent() && known.isStillOnVolume(there.get().stamp())) {
      return published(path, Set.of(known.digest()), known.digest());
    }
    var found = volume.digest(path);
    var listed = manifest.flatMap(m -> m.database(path)).map(Manifest.Database::digest);
    return listed.isPresent() && !listed.get().equals(found)
        ? published(path, Set.of(found, listed.get()), found)
        : published(path, Set.of(found), found);
  }

  private PublishedContent published(Path path, Set<Digest> files, Digest plain)
      throws IOException {
    var file = volume.root().resolve(path);
    return PublishedContent.of(files, volume.call(() -> tips.get().of(path, plain, file)));
  }

  /** A file that is no database any more. One that a crash left begins with zeros, or is empty. */
  private Optional<Suspicion> suspectFile(Entry here, IndexEntry known) throws IOException {
    boolean isEmpty = here.stamp().size() == 0;
    if (!isEmpty && !DatabaseHeader.isUnwritten(local.resolve(here.path()))) {
      return Optional.empty();
    }
    var why = isEmpty ? "is empty" : "begins with zeros";
    for (var side : SideFile.withContentOf(here.path())) {
      if (hasContent(side)) {
        return Suspicion.doubt(why + ", and what was committed last may be in " + side);
      }
    }
    return suspect(here, known, why);
  }

  private Optional<Suspicion> suspect(
      Inventory.Item here, IndexEntry known, PublishedContent published, boolean differs)
      throws IOException {
    var entry = here.entry();
    var file = local.resolve(entry.path());
    var withoutWal = likeThere(file, entry.path());
    if (here.wal().isEmpty()
        && !hasContent(SideFile.JOURNAL.of(entry.path()))
        && published.isIn(file, withoutWal)) {
      return Optional.empty();
    }
    try (var image = images.take(entry.path())) {
      var found =
          image.isTaken()
              ? suspectImage(image, here, known, published, differs, withoutWal)
              : suspectUnread(image, here, known, differs);
      // While somebody works on it, what was read may be torn, and may be newer by now.
      return found.map(s -> image.atRest() ? s : s.asDoubt());
    }
  }

  private Optional<Suspicion> suspectImage(
      LocalImage image,
      Inventory.Item here,
      IndexEntry known,
      PublishedContent published,
      boolean differs,
      Digest withoutWal)
      throws IOException {
    var entry = here.entry();
    var digest = Digest.of(image.image());
    // Of an image that another version of SQLite made the header differs, and nothing else.
    var file = image.image();
    if (published.isIn(file, digest) || published.isIn(file, likeThere(file, entry.path()))) {
      return Optional.empty();
    }
    if (!differs) {
      return Suspicion.sure("has the size and times of what was published, but other content");
    }
    if (isCheckpointLost(here, known) && !withoutWal.equals(known.digest())) {
      return Suspicion.sure("has lost what was in its WAL, and the checkpoint of it");
    }
    if (known.digest().equals(digest)
        || known.past().earlier().contains(digest)
        || published.wasIn(file)) {
      return suspect(entry, known, "is what was published earlier");
    }
    if (hasOlderCounter(local.resolve(entry.path()), known)) {
      return suspect(entry, known, OLDER_COUNTER);
    }
    if (check.check(image.image()) instanceof DatabaseCheck.Outcome.Corrupt corrupt) {
      return suspectDamaged(image, here, known, differs, String.join("; ", corrupt.findings()));
    }
    long newest = Math.max(entry.stamp().mtime(), here.wal().map(Stamp::mtime).orElse(0L));
    return newest < known.volumeMtime()
        ? Suspicion.doubt("was last changed before what was published")
        : Optional.empty();
  }

  /** One of which SQLite gave no image. Only what it says of the content makes it damaged. */
  private Optional<Suspicion> suspectUnread(
      LocalImage image, Inventory.Item here, IndexEntry known, boolean differs) throws IOException {
    var path = here.entry().path();
    if (hasOlderCounter(local.resolve(path), known)) {
      return suspect(here.entry(), known, OLDER_COUNTER);
    }
    return switch (image.outcome()) {
      case Snapshot.Outcome.NoDatabase none ->
          suspectDamaged(image, here, known, differs, "has only the header of a database");
      case Snapshot.Outcome.Failed failed when failed.damaged() ->
          suspectDamaged(image, here, known, differs, failed.message());
      // The application alone can end some transactions, as those over several databases.
      case Snapshot.Outcome.Failed failed when hasContent(SideFile.JOURNAL.of(path)) ->
          Optional.empty();
      case Snapshot.Outcome.Failed failed -> unread(failed.message());
      case Snapshot.Outcome.Busy busy -> unread(busy.message());
      case Snapshot.Outcome.NotWritten full -> unread(full.message());
      case Snapshot.Outcome.Gone gone -> unread("it is gone");
      case Snapshot.Outcome.Taken taken -> Optional.empty();
    };
  }

  private static Optional<Suspicion> unread(String why) {
    return Suspicion.doubt(
        "cannot be read: %s; start again when nobody works on it".formatted(why));
  }

  /**
   * A check may have failed for weeks, with an application that went on to commit. So damage makes
   * it behind for sure only where nothing was committed since.
   */
  private Optional<Suspicion> suspectDamaged(
      LocalImage image, Inventory.Item here, IndexEntry known, boolean differs, String finding)
      throws IOException {
    var why = "is damaged: " + finding;
    if (!differs) {
      return Suspicion.sure(why);
    }
    return here.wal().isEmpty() && hasSameCounter(image.copy(), known)
        ? suspect(here.entry(), known, why)
        : Suspicion.doubt(why + ", and may have commits that are not on the volume");
  }

  /** The digest with those fields of the header that SQLite writes anew as the volume has them. */
  private Digest likeThere(Path file, Path published) throws IOException {
    var there =
        volume.call(
            () -> DatabaseHeader.head(volume.root().resolve(published), DatabaseHeader.BYTES));
    return Digest.ofWithHead(Snapshot.expectedHeader(file, there), file);
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

  /**
   * Whether no transaction was committed since, but for those that were rolled back. In WAL mode
   * the counter says nothing of that: most commits leave it as it is.
   */
  private static boolean hasSameCounter(Path copy, IndexEntry known) throws IOException {
    var now = DatabaseHeader.read(copy);
    var then = known.past().changes();
    return now.isPresent()
        && !now.get().wal()
        && then.isPresent()
        && now.get().changes() == then.getAsLong();
  }

  private boolean hasContent(Path side) throws IOException {
    return Entry.look(local, side).map(found -> found.stamp().size() > 0).orElse(false);
  }
}
