package io.liteferry.publish;

import io.liteferry.durable.Beneath;
import io.liteferry.durable.Digest;
import io.liteferry.durable.Durable;
import io.liteferry.durable.User;
import io.liteferry.history.CheckLevel;
import io.liteferry.publish.Knowledge.Published;
import io.liteferry.scan.Entry;
import io.liteferry.sqlite.DatabaseCheck;
import io.liteferry.sqlite.DatabaseHeader;
import io.liteferry.sqlite.SideFile;
import io.liteferry.sqlite.Snapshot;
import io.liteferry.state.StateDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes snapshots of databases into state and decides which of them to publish. */
final class DatabaseTransfer {
  private static final Logger log = LoggerFactory.getLogger(DatabaseTransfer.class);

  /** Before the path: the key of the notice that a check was not made in full. */
  static final String PARTLY = "partly ";

  /** What came of one database. */
  sealed interface Outcome {
    /** To be published, once {@link #syncLocal} was called. */
    record Differs(Ready ready) implements Outcome {}

    /** The volume has this content already. */
    record Same(Published.Known known) implements Outcome {}

    /** There is no database at this path any more. */
    record Gone() implements Outcome {}

    /** Another connection has it locked; what the volume has stays. */
    record Locked() implements Outcome {}

    /** The check did not end in time; what the volume has stays. */
    record Unchecked(String why) implements Outcome {}

    /**
     * Not to be published now; what the volume has stays.
     *
     * @param lasting whether the reason is the content, and so stays until that changes
     */
    record Withheld(Problem problem, boolean lasting) implements Outcome {}
  }

  /**
   * What came of one database, and how long that took in nanoseconds.
   *
   * @param check empty when none was made
   */
  record Attempt(Outcome outcome, long snapshot, Optional<Long> check) {}

  /** Longer than the time within which two changes can have the same stamp. */
  private static final Duration UNTIL_CONCLUSIVE = Duration.ofMillis(25);

  private final PublishContext context;
  private final Path local;
  private final StateDirectory state;
  private final PassSettings settings;
  private final NodeWork node;

  DatabaseTransfer(PublishContext context) {
    this.context = context;
    this.local = context.local;
    this.state = context.state;
    this.settings = context.settings;
    this.node = context.node;
  }

  /**
   * Looks at a database, for {@link #snapshot}. Opens it, so no connection of this process to any
   * database may be open: one could be to a hard link to it.
   *
   * @return empty when there is no database
   * @throws IOException when it cannot be read
   */
  Optional<DatabaseLook> look(Path path) throws IOException, InterruptedException {
    var look = DatabaseLook.at(local, path, context.clock);
    if (look.isPresent() && look.get().looksAtRest() && !look.get().isAtRest()) {
      // Just closed. To read it now in the ordinary way would leave side files in local.
      var wait = look.get().untilWritten();
      Thread.sleep(wait.compareTo(UNTIL_CONCLUSIVE) > 0 ? wait : UNTIL_CONCLUSIVE);
      return DatabaseLook.at(local, path, context.clock);
    }
    return look;
  }

  /**
   * Takes and checks a snapshot. Opens no file of local but through SQLite, so several may be taken
   * at once.
   *
   * @param force publish also when the volume's content is the same, because of side files there
   * @param busyTimeout how long to wait for a lock
   * @return an {@link Outcome.Differs} owns its image: the caller deletes it
   * @throws IOException when state or the volume fails
   */
  Attempt snapshot(
      DatabaseLook look, @Nullable Published published, boolean force, Duration busyTimeout)
      throws IOException {
    return snapshot(look, published, force, image -> take(look, image, busyTimeout));
  }

  /** Makes the image. */
  @FunctionalInterface
  interface Taking {
    /** Returns what came of it; empty when the database's owner would be locked out. */
    Optional<Snapshot.Outcome> into(Path image) throws IOException;
  }

  /** The same, with an image that is made in another way. */
  Attempt snapshot(DatabaseLook look, @Nullable Published published, boolean force, Taking how)
      throws IOException {
    var path = look.path();
    var image = state.scratch();
    boolean keep = false;
    long begun = System.nanoTime();
    long taking = 0;
    Optional<Long> checking = Optional.empty();
    // read and written, read for its digest and for its check
    try (var _ = node.bytes(3 * look.bytes())) {
      var taken = how.into(image);
      taking = System.nanoTime() - begun;
      var why = taken.map(this::withoutImage).orElse(Optional.of(lockedOut(look)));
      if (why.isPresent()) {
        return new Attempt(why.get(), taking, checking);
      }
      var header = DatabaseHeader.read(image);
      if (header.isEmpty()) {
        // an empty file, just about to become a database
        return new Attempt(new Outcome.Gone(), taking, checking);
      }
      if (look.source().stamp().size() % header.get().pageSize() != 0) {
        // SQLite would fill up the last page with zeros, and its check would not mind
        return new Attempt(
            withheld(Problem.Kind.CHANGING, "it is incomplete: is it being overwritten?"),
            taking,
            checking);
      }
      var digest = Digest.of(image);
      long bytes = Files.size(image);
      if (!force) {
        var same = SameOnVolume.findDatabase(context, path, digest, bytes, published);
        if (same.isPresent()) {
          var known = same.get().seenAs(look.conclusiveSource(), look.wal());
          return new Attempt(new Outcome.Same(new Published.Known(known)), taking, checking);
        }
      }
      long checkBegun = System.nanoTime();
      var checked = check(path, image);
      checking = Optional.of(System.nanoTime() - checkBegun);
      if (checked.refusal().isPresent()) {
        return new Attempt(checked.refusal().get(), taking, checking);
      }
      keep = true;
      var ready =
          new Ready(
              look.source(),
              look.conclusiveSource(),
              look.wal(),
              image,
              bytes,
              digest,
              header.get(),
              checked.level(),
              OptionalLong.empty(),
              Optional.empty());
      return new Attempt(new Outcome.Differs(ready), taking, checking);
    } finally {
      if (!keep) {
        Files.deleteIfExists(image);
        for (var side : SideFile.allOf(image)) {
          Files.deleteIfExists(side);
        }
      }
    }
  }

  /** Without a lock or a side file, as long as that is right; else as any reader does. */
  Optional<Snapshot.Outcome> take(DatabaseLook look, Path image, Duration busyTimeout)
      throws IOException {
    var database = local.resolve(look.path());
    if (look.isAtRest()) {
      var taken = Snapshot.takeAtRest(database, image);
      if (look.isStillAtRest(local)) {
        return Optional.of(taken);
      }
      Files.deleteIfExists(image);
    }
    return wouldLockOutOwner(look)
        ? Optional.empty()
        : Optional.of(Snapshot.take(database, image, busyTimeout));
  }

  private static Outcome lockedOut(DatabaseLook look) {
    int owner = look.source().uid();
    return withheld(
        Problem.Kind.UNREADABLE,
        "it belongs to user %d, and reading it as another user would leave files that lock its owner"
                .formatted(owner)
            + " out: run liteferry as user "
            + owner);
  }

  /** What follows when there is no image; empty when there is one. */
  private Optional<Outcome> withoutImage(Snapshot.Outcome taken) {
    return switch (taken) {
      case Snapshot.Outcome.Taken ok -> Optional.empty();
      case Snapshot.Outcome.Gone gone -> Optional.of(new Outcome.Gone());
      case Snapshot.Outcome.Busy busy -> Optional.of(new Outcome.Locked());
      case Snapshot.Outcome.NotWritten full ->
          Optional.of(withheld(Problem.Kind.STATE_UNWRITABLE, state.unwritable(full.message())));
      case Snapshot.Outcome.NoDatabase none ->
          Optional.of(
              new Outcome.Withheld(
                  new Problem(
                      Problem.Kind.UNREADABLE,
                      "it has the header of a database, but SQLite cannot read it: it is damaged"
                          + " or encrypted; let the application repair it, or leave it out with"
                          + " --exclude"),
                  true));
      case Snapshot.Outcome.Failed failed ->
          Optional.of(
              new Outcome.Withheld(
                  new Problem(Problem.Kind.UNREADABLE, "its snapshot failed: " + failed.message()),
                  failed.damaged()));
    };
  }

  /**
   * What came of a check.
   *
   * @param refusal what follows when it found something; empty when it is to be published
   * @param level how thorough it was
   */
  private record Checked(Optional<Outcome> refusal, CheckLevel level) {}

  private Checked check(Path path, Path image) {
    DatabaseCheck.Outcome checked;
    try (var _ = node.atMost(settings.check().timeout())) {
      checked = settings.check().check(image);
    }
    return new Checked(refusal(path, checked), level(settings.check(), checked));
  }

  /** How thorough a check was that found nothing. */
  static CheckLevel level(DatabaseCheck check, DatabaseCheck.Outcome checked) {
    var level = CheckLevel.valueOf(check.level().name());
    boolean isPart = checked instanceof DatabaseCheck.Outcome.PartlyChecked;
    return isPart && level == CheckLevel.FULL ? CheckLevel.QUICK : level;
  }

  private Optional<Outcome> refusal(Path path, DatabaseCheck.Outcome checked) {
    return switch (checked) {
      case DatabaseCheck.Outcome.Corrupt corrupt ->
          Optional.of(
              new Outcome.Withheld(
                  new Problem(
                      Problem.Kind.CHECK_FAILED,
                      "it is corrupt: " + String.join("; ", corrupt.findings())),
                  true));
      case DatabaseCheck.Outcome.Unfinished unfinished ->
          Optional.of(new Outcome.Unchecked(unfinished.why()));
      case DatabaseCheck.Outcome.NotChecked not ->
          Optional.of(withheld(Problem.Kind.CHECK_UNFINISHED, not.why()));
      case DatabaseCheck.Outcome.PartlyChecked partly -> {
        context.notices.lasting(
            log,
            PARTLY + path,
            "%s is published without a full check, which needs what only the application has: %s"
                .formatted(path, partly.why()));
        yield Optional.empty();
      }
      case DatabaseCheck.Outcome.Sound sound -> Optional.empty();
    };
  }

  private static Outcome withheld(Problem.Kind kind, String why) {
    return new Outcome.Withheld(new Problem(kind, why), false);
  }

  /**
   * What the volume has must be in local after a power failure of the node, too, also when the
   * application commits without a sync. Any WAL that held a commit of the snapshot is there still,
   * or was copied into the database. The journal of a transaction under way is synced before the
   * database whose pages it protects. The directory is the caller's to sync.
   *
   * <p>Opens the database: see {@link #look}.
   *
   * @return SQLite's change counter in local's file: the least of those before and after the
   *     snapshot, as a transaction under way may have raised it and be rolled back
   */
  OptionalLong syncLocal(DatabaseLook before) throws IOException {
    var path = before.path();
    try (var _ = node.bytes(before.bytes())) {
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
    }
    try {
      var header = DatabaseHeader.read(local.resolve(path));
      return header.isPresent()
          ? OptionalLong.of(Math.min(before.changes(), header.get().changes()))
          : OptionalLong.empty();
    } catch (IOException e) {
      return OptionalLong.empty(); // gone, or being replaced
    }
  }

  /**
   * Reading a WAL database makes its {@code -shm} when that is missing, as this process's user.
   * Root is no problem: SQLite then gives the file to the database's owner.
   */
  static boolean wouldLockOutOwner(DatabaseLook look) throws IOException {
    int self = User.id();
    return self != 0 && self != look.source().uid() && look.walMode();
  }
}
