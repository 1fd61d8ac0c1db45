package io.liteferry.publish;

import io.liteferry.durable.Beneath;
import io.liteferry.durable.Digest;
import io.liteferry.durable.Durable;
import io.liteferry.durable.User;
import io.liteferry.publish.Knowledge.Published;
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
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes snapshots of databases into state and decides which of them to publish. */
final class DatabaseTransfer {
  private static final Logger log = LoggerFactory.getLogger(DatabaseTransfer.class);

  /** A snapshot that passed its check and differs from what the volume has. */
  record Ready(
      Entry source,
      Optional<Stamp> sourceStamp,
      Optional<Stamp> wal,
      Path image,
      long bytes,
      Digest digest,
      DatabaseHeader header) {

    long mtime() {
      // The database's own mtime stands still while commits go to the WAL; backup programs on the
      // server, which look at size and time, would miss them.
      return wal.map(w -> Math.max(w.mtime(), source.stamp().mtime()))
          .orElse(source.stamp().mtime());
    }
  }

  /** What came of one database. */
  sealed interface Outcome {
    /** To be published. */
    record Differs(Ready ready) implements Outcome {}

    /** The volume has this content already. */
    record Same(Published.Known known) implements Outcome {}

    /** There is no database at this path any more. */
    record Gone() implements Outcome {}

    /** The check did not end in time; what the volume has stays. */
    record Unchecked(String why) implements Outcome {}

    /** Not to be published now; what the volume has stays. */
    record Withheld(Problem problem) implements Outcome {}
  }

  private final Path local;
  private final Volume volume;
  private final StateDirectory state;
  private final PassSettings settings;
  private final Clock clock;
  private final Notices notices;
  private final Timings timings;

  DatabaseTransfer(
      Path local,
      Volume volume,
      StateDirectory state,
      PassSettings settings,
      Clock clock,
      Notices notices,
      Timings timings) {
    this.local = local;
    this.volume = volume;
    this.state = state;
    this.settings = settings;
    this.clock = clock;
    this.notices = notices;
    this.timings = timings;
  }

  /**
   * Takes and checks a snapshot.
   *
   * @param force publish also when the volume's content is the same, because of side files there
   * @return a {@link Outcome.Differs} owns its image: the caller deletes it
   * @throws IOException when state or the volume fails
   */
  Outcome snapshot(Path path, @Nullable Published published, boolean force) throws IOException {
    var source = Entry.look(local, path);
    if (source.isEmpty() || source.get().kind() != Entry.Kind.FILE) {
      return new Outcome.Gone();
    }
    var wal = Entry.look(local, SideFile.WAL.of(path)).map(Entry::stamp).filter(s -> s.size() > 0);
    long looked = Inventory.nanos(clock);
    boolean conclusive =
        source.get().stamp().isConclusiveAt(looked)
            && wal.map(w -> w.isConclusiveAt(looked)).orElse(true);
    if (wouldLockOutOwner(source.get())) {
      return withheld(
          Problem.Kind.UNREADABLE,
          "belongs to user %d, and reading it as another user would leave files that lock its"
                  .formatted(source.get().uid())
              + " owner out: run liteferry as user "
              + source.get().uid());
    }
    var image = state.scratch();
    boolean keep = false;
    try {
      long begun = System.nanoTime();
      var taken = Snapshot.take(local.resolve(path), image, settings.busyTimeout());
      timings.took(Timings.Step.SNAPSHOT, System.nanoTime() - begun);
      switch (taken) {
        case Snapshot.Outcome.Gone gone -> {
          return hasHeader(path)
              ? withheld(
                  Problem.Kind.UNREADABLE, "has the header of a database, and is none to SQLite")
              : new Outcome.Gone();
        }
        case Snapshot.Outcome.Busy busy -> {
          return withheld(
              Problem.Kind.LOCKED,
              "%s for more than %d ms"
                  .formatted(busy.message(), settings.busyTimeout().toMillis()));
        }
        case Snapshot.Outcome.Failed failed -> {
          return withheld(Problem.Kind.UNREADABLE, "snapshot failed: " + failed.message());
        }
        case Snapshot.Outcome.NotWritten full -> {
          return withheld(Problem.Kind.STATE_UNWRITABLE, state.unwritable(full.message()));
        }
        case Snapshot.Outcome.Taken ok -> {}
      }
      var header = DatabaseHeader.read(image);
      if (header.isEmpty()) {
        return new Outcome.Gone(); // an empty file, just about to become a database
      }
      if (source.get().stamp().size() % header.get().pageSize() != 0) {
        // SQLite would fill up the last page with zeros, and its check would not mind
        return withheld(Problem.Kind.CHANGING, "is not whole: is it being overwritten?");
      }
      var digest = Digest.of(image);
      long bytes = Files.size(image);
      if (!force) {
        var same = sameOnVolume(path, digest, bytes, published);
        if (same.isPresent()) {
          return new Outcome.Same(
              new Published.Known(
                  same.get().seenAs(conclusive(conclusive, source.get().stamp()), wal)));
        }
      }
      long checking = System.nanoTime();
      var checked = settings.check().check(image);
      timings.took(Timings.Step.CHECK, System.nanoTime() - checking);
      switch (checked) {
        case DatabaseCheck.Outcome.Corrupt corrupt -> {
          return withheld(
              Problem.Kind.CHECK_FAILED, "corrupt: " + String.join("; ", corrupt.findings()));
        }
        case DatabaseCheck.Outcome.Unfinished unfinished -> {
          return new Outcome.Unchecked(unfinished.why());
        }
        case DatabaseCheck.Outcome.PartlyChecked partly ->
            notices.lasting(
                log,
                "partly " + path,
                "%s: published without a full check, which needs what only the application has: %s"
                    .formatted(path, partly.why()));
        case DatabaseCheck.Outcome.Sound sound -> {}
      }
      syncLocal(path);
      keep = true;
      return new Outcome.Differs(
          new Ready(
              source.get(),
              conclusive(conclusive, source.get().stamp()),
              wal,
              image,
              bytes,
              digest,
              header.get()));
    } finally {
      if (!keep) {
        Files.deleteIfExists(image);
        for (var side : SideFile.allOf(image)) {
          Files.deleteIfExists(side);
        }
      }
    }
  }

  private static Outcome withheld(Problem.Kind kind, String why) {
    return new Outcome.Withheld(new Problem(kind, why));
  }

  /**
   * What the volume has must be in local after a power failure of the node, too, also when the
   * application commits without a sync. Any WAL that held a commit of the snapshot is there still,
   * or was copied into the database. The journal of a transaction under way is synced before the
   * database whose pages it protects.
   */
  private void syncLocal(Path path) throws IOException {
    for (var file : List.of(SideFile.JOURNAL.of(path), SideFile.WAL.of(path), path)) {
      if (Entry.look(local, file).isEmpty()) {
        continue; // also where no file could have such a name
      }
      try (var channel = Beneath.open(local, file)) {
        Durable.sync(channel, local.resolve(file));
      } catch (NoSuchFileException e) {
        // gone meanwhile; if it is the database, the next pass sees to that
      }
    }
    Durable.syncDirectory(Objects.requireNonNull(local.resolve(path).getParent()));
  }

  private boolean hasHeader(Path path) {
    try {
      return DatabaseHeader.read(local.resolve(path)).isPresent();
    } catch (IOException e) {
      return false; // gone, or being replaced
    }
  }

  /**
   * Reading a WAL database makes its {@code -shm} when that is missing, as this process's user.
   * Root is no problem: SQLite then gives the file to the database's owner.
   */
  private boolean wouldLockOutOwner(Entry source) throws IOException {
    int self = User.id();
    return self != 0
        && self != source.uid()
        && DatabaseHeader.read(local.resolve(source.path())).map(DatabaseHeader::wal).orElse(false);
  }

  private static Optional<Stamp> conclusive(boolean conclusive, Stamp stamp) {
    return conclusive ? Optional.of(stamp) : Optional.empty();
  }

  private Optional<IndexEntry> sameOnVolume(
      Path path, Digest digest, long size, @Nullable Published published) throws IOException {
    if (published instanceof Published.Known known) {
      var index = known.index();
      return index.digest().equals(digest)
          ? Optional.of(
              new IndexEntry(
                  true,
                  index.source(),
                  index.wal(),
                  digest,
                  index.volumeSize(),
                  index.volumeMtime(),
                  index.mode(),
                  index.uid(),
                  index.gid()))
          : Optional.empty();
    }
    if (published instanceof Published.Unread unread
        && unread.entry().kind() == Entry.Kind.FILE
        && unread.entry().stamp().size() == size
        && Digest.of(volume.root().resolve(path)).equals(digest)) {
      var entry = unread.entry();
      return Optional.of(
          new IndexEntry(
              true,
              Optional.empty(),
              Optional.empty(),
              digest,
              size,
              entry.stamp().mtime(),
              entry.mode(),
              entry.uid(),
              entry.gid()));
    }
    return Optional.empty();
  }
}
