package io.liteferry.publish;

import io.liteferry.scan.Entry;
import io.liteferry.scan.Stamp;
import io.liteferry.sqlite.DatabaseHeader;
import io.liteferry.sqlite.SideFile;
import io.liteferry.sqlite.Surroundings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;

/**
 * What a database looked like before it was read.
 *
 * <p><b>At rest</b> is a database in WAL mode that has no side file, as its last user leaves it.
 * Its file holds every commit, so it can be read without SQLite's locks and without the {@code
 * -wal} and {@code -shm} that any other reader would leave beside it. Why what was read is right
 * when the same is found afterwards, with the same stamp:
 *
 * <ul>
 *   <li>Whoever writes in WAL mode makes the {@code -wal} first and keeps it until every commit in
 *       it is in the database's file, the last one to close included. So, when there is none after
 *       the stamp was taken, the file holds every commit then.
 *   <li>The file changes afterwards only by a checkpoint, a change of the journal mode, or a copy
 *       over it. Each of them writes to it, and a write that begins after a conclusive stamp gives
 *       another stamp. A page that is written through a mapping gives one when it is first touched.
 *   <li>A write that began before has set the stamp then, and may still copy: SQLite writes page by
 *       page, but whoever copies over a database may do that in one large write. So the stamp of a
 *       large database must be as old as such a write takes. One that takes longer than that is not
 *       seen here; nor would it be by any other reader.
 *   <li>A commit after that is in a {@code -wal} alone until a checkpoint. It is not in what was
 *       read, which is one earlier commit.
 * </ul>
 *
 * @param wal the stamp of the WAL, when it has content
 * @param conclusive whether a change that begins from now on shows in the stamps
 * @param age of the stamp of the file, in nanoseconds; of the younger of its times
 * @param walMode by the database's header
 * @param changes SQLite's change counter in local's file
 */
record DatabaseLook(
    Entry source,
    Optional<Stamp> wal,
    boolean conclusive,
    long age,
    boolean walMode,
    long changes,
    Surroundings surroundings) {
  /** In bytes. One write of so much ends within the time after which a stamp is conclusive. */
  private static final long SHORT_WRITE = 8 << 20;

  /** The kernel takes 2 GiB in one write at the most. */
  private static final Duration LONG_WRITE = Duration.ofMillis(100);

  /**
   * Looks. Opens the database for its first bytes: see the invariants of the package {@code
   * sqlite}.
   *
   * @return empty when there is no database
   */
  static Optional<DatabaseLook> at(Path local, Path path, Clock clock) throws IOException {
    var source = Entry.look(local, path).filter(entry -> entry.kind() == Entry.Kind.FILE);
    if (source.isEmpty()) {
      return Optional.empty();
    }
    var wal = Entry.look(local, SideFile.WAL.of(path)).map(Entry::stamp).filter(s -> s.size() > 0);
    long looked = Inventory.nanos(clock);
    boolean conclusive =
        source.get().stamp().isConclusiveAt(looked)
            && wal.map(w -> w.isConclusiveAt(looked)).orElse(true);
    // in this order, after the stamp: see above
    var header = DatabaseHeader.read(local.resolve(path));
    var surroundings = Surroundings.of(local.resolve(path));
    return header.map(
        h ->
            new DatabaseLook(
                source.get(),
                wal,
                conclusive,
                // one in the future comes from a clock that was set back: it is as good as an old
                // one
                Math.abs(looked - newest(source.get().stamp())),
                h.wal(),
                h.changes(),
                surroundings));
  }

  Path path() {
    return source.path();
  }

  /** With the WAL, if it has one. */
  long bytes() {
    return source.stamp().size() + wal.map(Stamp::size).orElse(0L);
  }

  /** Whether it is at rest, or would be if it had not just been written to. */
  boolean looksAtRest() {
    return walMode && surroundings.areEmpty();
  }

  boolean isAtRest() {
    return looksAtRest() && conclusive && untilWritten().isZero();
  }

  /** How long until a write that may have begun before this look has ended. */
  Duration untilWritten() {
    boolean large = source.stamp().size() > SHORT_WRITE;
    return Duration.ofNanos(large ? Math.max(0, LONG_WRITE.toNanos() - age) : 0);
  }

  private static long newest(Stamp stamp) {
    return Math.max(stamp.mtime(), stamp.ctime());
  }

  /** Whether what was read since, by nobody but us, is what the database had at rest. */
  boolean isStillAtRest(Path local) throws IOException {
    return Entry.look(local, path()).map(now -> now.stamp().equals(source.stamp())).orElse(false)
        && Surroundings.of(local.resolve(path())).areEmpty();
  }

  Optional<Stamp> conclusiveSource() {
    return conclusive ? Optional.of(source.stamp()) : Optional.empty();
  }
}
