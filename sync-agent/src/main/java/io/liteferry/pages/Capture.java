package io.liteferry.pages;

import io.liteferry.pages.Outcome.Found;
import io.liteferry.sqlite.ReadTransaction;
import io.liteferry.sqlite.ReadTransaction.UnreadableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Finds out which pages of one database in use differ from what is published, and writes them as a
 * segment.
 *
 * <p>In WAL mode nobody waits for it; else writers wait for a read of the database. It remembers
 * where in the log the last captures ended. There is nothing to undo when a segment is not
 * published: the page map says which of these is good, and with none, all pages are read. For one
 * thread at a time.
 */
public final class Capture {
  /** A log that is begun anew while it is read has frames to pin it at the next try. */
  private static final int TRIES = 5;

  private final Path database;
  private final Duration busyTimeout;
  private final Seam seam;

  /** Where the state of the map ended, and that of the last segment, which may be published yet. */
  private List<Position> positions = List.of();

  /**
   * Makes captures of a database.
   *
   * @param database absolute, with no symbolic link in it
   * @param busyTimeout how long to wait for a lock at most
   */
  public Capture(Path database, Duration busyTimeout) {
    this(database, busyTimeout, Seam.NONE);
  }

  Capture(Path database, Duration busyTimeout, Seam seam) {
    this.seam = seam;
    this.database = database;
    this.busyTimeout = busyTimeout;
  }

  /**
   * Makes a segment from the state of the map to that of the database.
   *
   * @param published stands at the state that is published, and is only read
   * @throws IOException when the segment or the map fails, or a file of the database; there is no
   *     segment then
   */
  public Outcome take(PageMap published, Target target) throws IOException {
    return take(published, target, busyTimeout);
  }

  /** The same, with another time to wait for a lock. */
  public Outcome take(PageMap published, Target target, Duration wait) throws IOException {
    return within(target, wait, transaction -> capture(transaction, published, target, log -> {}));
  }

  /**
   * The same, of a database in WAL mode that nobody changes and that has no side files; the caller
   * makes sure of both, before and after. Takes no lock, and makes no side file.
   */
  public Outcome takeAtRest(PageMap published, Target target) throws IOException {
    return orNoSegment(
        target,
        () -> {
          try {
            return ReadTransaction.atRest(
                database,
                transaction -> {
                  requirePageSize(transaction.pageSize(), published);
                  return allOf(file(transaction), published, target, "it is at rest");
                });
          } catch (UnreadableException e) {
            return unreadable(e);
          }
        });
  }

  private static Outcome unreadable(UnreadableException e) {
    var why = String.valueOf(e.getMessage());
    return e.isBusy() ? new Outcome.Busy(why) : new Outcome.Whole(why);
  }

  /** Sees the state that a capture has read. */
  @FunctionalInterface
  public interface Witness {
    /** Looks, within a transaction that sees this state. */
    void look(ReadTransaction transaction) throws IOException;
  }

  /**
   * The same, before a witness, which a writer that commits all the time can prevent.
   *
   * @param witness is called when there is an outcome other than {@link Outcome.Busy} and {@link
   *     Outcome.Whole}
   */
  public Outcome take(PageMap published, Target target, Duration wait, Witness witness)
      throws IOException {
    return within(
        target,
        wait,
        transaction -> {
          var before = WalIndex.read(transaction);
          transaction.beginAgain(); // so it sees a state between the two looks
          var outcome = capture(transaction, published, target, log -> requireAt(log, before));
          witness.look(transaction);
          return outcome;
        });
  }

  private static void requireAt(LogReader log, Optional<WalIndex> before) throws AgainException {
    if (before.isEmpty() || !log.isAt(before.get())) {
      throw new AgainException();
    }
  }

  /** What has to hold of a log that is read. */
  @FunctionalInterface
  private interface Requirement {
    void of(LogReader log) throws IOException;
  }

  private Outcome within(Target target, Duration wait, ReadTransaction.Work<Outcome> work)
      throws IOException {
    return orNoSegment(
        target,
        () -> {
          for (int i = 0; i < TRIES; i++) {
            try {
              return ReadTransaction.within(database, wait, work);
            } catch (AgainException e) {
              Files.deleteIfExists(target.file());
            } catch (UnreadableException e) {
              return unreadable(e);
            }
          }
          return new Outcome.Busy("its log is begun anew all the time");
        });
  }

  /**
   * Makes a segment from the state of the map to that of an image, for instance one that has passed
   * SQLite's check. This capture has no part in it.
   *
   * @param published stands at the state that is published, and is only read
   * @throws IOException as in {@link #take}
   */
  public static Outcome ofImage(PageMap published, PageSource image, Target target)
      throws IOException {
    return orNoSegment(
        target,
        () -> {
          requirePageSize(image.shape().pageSize(), published);
          return allOf(image, published, target, "it is an image");
        });
  }

  private static Outcome allOf(PageSource state, PageMap published, Target target, String why)
      throws IOException {
    var shape = state.shape();
    try (var difference = new Difference(published, state, target)) {
      for (long page = 1; page <= shape.pageCount(); page++) {
        if (!shape.isOfLocks(page)) {
          difference.look(page);
        }
      }
      return outcome(difference.end(), shape, new Found(Way.SCAN, why));
    }
  }

  private interface Attempt {
    Outcome make() throws IOException;
  }

  private static Outcome orNoSegment(Target target, Attempt attempt) throws IOException {
    boolean made = false;
    try {
      var outcome = attempt.make();
      made = outcome instanceof Outcome.Changed;
      return outcome;
    } catch (WholeException e) {
      return new Outcome.Whole(String.valueOf(e.getMessage()));
    } finally {
      if (!made) {
        Files.deleteIfExists(target.file());
      }
    }
  }

  private static void requirePageSize(int pageSize, PageMap published) throws WholeException {
    if (pageSize != published.shape().pageSize()) {
      throw new WholeException("its pages have another size");
    }
  }

  private static Outcome outcome(Optional<Heading> heading, Shape shape, Found how) {
    return heading.isPresent()
        ? new Outcome.Changed(heading.get(), shape, how)
        : new Outcome.Unchanged(how);
  }

  private Outcome capture(
      ReadTransaction transaction, PageMap published, Target target, Requirement required)
      throws IOException {
    requirePageSize(transaction.pageSize(), published);
    if (transaction.pageCount() > Integer.MAX_VALUE) {
      throw new WholeException("it has more than 2^31 pages");
    }
    var state = published.identity();
    var log = LogReader.of(transaction, seam);
    if (log.isPresent()) {
      required.of(log.get());
    }
    seam.meanwhile();
    var reading =
        log.isPresent() ? reading(log.get(), state, published.shape()) : rollback(transaction);
    try (var difference = new Difference(published, reading.state(), target)) {
      var pages = reading.candidates().iterator();
      while (pages.hasNext()) {
        seam.meanwhile();
        difference.look(pages.nextLong());
      }
      var heading = difference.end();
      reading.validity().require();
      var to = heading.map(Heading::to).orElse(state);
      // Not published, the map stays where it is: then the next capture begins where this one did.
      var before = heading.isPresent() ? position(state) : Optional.<Position>empty();
      var after = log.map(l -> l.position(to));
      positions = Stream.of(before, after).flatMap(Optional::stream).toList();
      return outcome(heading, reading.state().shape(), reading.how());
    }
  }

  private Reading reading(LogReader log, Identity state, Shape shape) throws IOException {
    try {
      return log.after(position(state), shape);
    } catch (NoShortCutException e) {
      return log.all(String.valueOf(e.getMessage()));
    }
  }

  private Optional<Position> position(Identity state) {
    return positions.stream().filter(p -> p.state().equals(state)).findFirst();
  }

  /** SQLite's shared lock is held: the file stands still, and no transaction is half in it. */
  private static Reading rollback(ReadTransaction transaction) throws IOException {
    return new Reading(
        file(transaction), Optional.empty(), new Found(Way.SCAN, "it has no log"), () -> {});
  }

  /** The file alone, as large as SQLite says by its header: it refuses one that is shorter. */
  private static LiveState file(ReadTransaction transaction) throws IOException {
    var shape = new Shape(transaction.pageSize(), transaction.pageCount());
    return LiveState.of(shape, transaction.open(), Optional.empty(), new FrameIndex());
  }
}
