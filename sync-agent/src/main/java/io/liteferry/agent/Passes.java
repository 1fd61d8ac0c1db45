package io.liteferry.agent;

import io.liteferry.durable.Errno;
import io.liteferry.lease.FencedException;
import io.liteferry.lease.LeaseClock;
import io.liteferry.publish.PassReport;
import io.liteferry.publish.PublishContext;
import io.liteferry.publish.Publisher;
import io.liteferry.volume.HistoryRefusedException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.SortedSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes passes, one after the other, with a new publisher after each that failed as a whole; tells
 * everybody how they ended. For one thread.
 */
final class Passes implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Passes.class);
  private static final long INDEX_EVERY = TimeUnit.SECONDS.toNanos(30);
  private static final long SMALL_HEAP = 16L << 20;
  private static final long LARGE_HEAP = 64L << 20;

  private static final OrderResult CUT_OFF =
      new OrderResult.Refused(
          "a pass was cut off, and the next one did not complete it; try again after one that"
              + " does");

  private final PublishContext context;
  private final Agenda agenda;
  private final StatusBoard board;
  private final PassLog said;
  private final Surroundings around;
  private final LeaseClock ticks;
  private @Nullable Publisher publisher;

  /** Empty at first, so that the first publication is kept: what it knows no one else does. */
  private Optional<Long> indexSaved = Optional.empty();

  /** After the last collection that we asked for. */
  private long leastHeap;

  Passes(
      PublishContext context, Agenda agenda, StatusBoard board, PassLog said, Surroundings around) {
    this.context = context;
    this.agenda = agenda;
    this.board = board;
    this.said = said;
    this.around = around;
    this.ticks = around.ticks();
  }

  /**
   * One pass; afterwards the agenda knows when to make the next one.
   *
   * @return empty when it failed as a whole
   * @throws FencedException when another agent has taken over: none is to follow
   */
  Optional<PassReport> pass(Publisher.Purpose purpose)
      throws InterruptedException, FencedException {
    long began = ticks.nanos();
    agenda.lag().began(began, !board.isWatching());
    board.passBegan(began);
    var since = agenda.lag().since();
    Optional<PassReport> report;
    try {
      report = attempt(began, purpose);
    } finally {
      board.passIsOver();
    }
    long now = ticks.nanos();
    var took = Duration.ofNanos(now - began);
    PublicationLog.trace(report, took, since.map(s -> now - s));
    around
        .observer()
        .passEnded(report, took, since.map(s -> Duration.ofNanos(now - s)), !agenda.isRescan());
    keepHeapBelow(2 * leastHeap + LARGE_HEAP);
    return report;
  }

  private Optional<PassReport> attempt(long began, Publisher.Purpose purpose)
      throws InterruptedException, FencedException {
    try {
      var open = open();
      var report = open.pass(purpose);
      worked(open, report, began);
      if (purpose.isRoutine()) {
        thin();
      }
      return Optional.of(report);
    } catch (FencedException e) {
      throw e;
    } catch (IOException e) {
      failed(e);
      return Optional.empty();
    } catch (RuntimeException e) {
      log.error("internal error in a pass; please report it", e);
      failed(new IOException("internal error: " + e, e));
      return Optional.empty();
    }
  }

  private Publisher open() throws IOException, InterruptedException {
    var open = publisher;
    if (open == null) {
      open = Publisher.open(context);
      publisher = open;
      board.listed(open.manifest());
    }
    return open;
  }

  /**
   * Does with the volume's history what somebody waits for.
   *
   * @throws FencedException when another agent has taken over
   */
  void carryOutErrand() throws InterruptedException, FencedException {
    var next = agenda.errand();
    if (next.isPresent()) {
      var errand = next.get();
      var result = carryOut(errand);
      if (result.isPresent() || !agenda.putOff(errand)) {
        errand.result().complete(result.orElse(CUT_OFF));
      }
    }
  }

  /** Empty when a pass has to come first. */
  private Optional<OrderResult> carryOut(Errands.Errand errand)
      throws InterruptedException, FencedException {
    try {
      var open = open();
      if (!open.isOf(errand.volumeId())) {
        return Optional.of(
            new OrderResult.Refused("the agent that uses this state directory has another volume"));
      }
      return open.carryOut(errand.order()).map(OrderResult.Done::new);
    } catch (FencedException e) {
      throw e;
    } catch (HistoryRefusedException e) {
      return Optional.of(new OrderResult.Refused(String.valueOf(e.getMessage())));
    } catch (IOException e) {
      failed(e);
      return Optional.of(new OrderResult.Failed(Errno.describe(e)));
    } catch (RuntimeException e) {
      log.error("internal error in an order for the history; please report it", e);
      failed(new IOException("internal error: " + e, e));
      return Optional.of(new OrderResult.Failed("internal error: " + e));
    }
  }

  private void worked(Publisher open, PassReport report, long began) {
    said.worked(report, board.failure().isPresent(), ticks.nanos());
    long now = ticks.nanos();
    board.worked(report, open.manifest(), around.clock().instant());
    agenda.lag().ended(report.reasons().keySet(), now);
    if (indexSaved.map(then -> now - then > INDEX_EVERY).orElse(true)) {
      saveIndex();
    }
    agenda.passEnded(report, began, now, !board.isWatching());
  }

  private void failed(IOException e) {
    if (publisher != null) {
      publisher.close();
      publisher = null;
    }
    var why = Errno.describe(e);
    board.failed(why);
    said.failed(e, why);
    agenda.passFailed();
    log.debug(
        "the next pass, after one that failed, follows in {} ms", agenda.resting().toMillis(), e);
  }

  /**
   * Keeps the index, so that from now on nothing is written until something changes, and gives what
   * a large pass took of memory back to the node. Of a large tree it takes long.
   */
  void tidy() {
    saveIndex();
    keepHeapBelow(Math.max(SMALL_HEAP, leastHeap / 4 * 5));
  }

  /**
   * What of the history need not stay goes while nothing else is to be done. That it could not says
   * nothing of what was published: the next pass tells whether the volume works.
   *
   * @return whether there is more that may go at once
   */
  boolean thin() {
    var open = publisher;
    try {
      return open != null && open.thin(ticks.nanos());
    } catch (IOException e) {
      log.debug("points that need not stay are left to a later pass", e);
      publisher = null;
      open.close();
      return false;
    }
  }

  /** The collector itself would let garbage grow to the most that the heap may have. */
  private void keepHeapBelow(long bytes) {
    if (Runtime.getRuntime().totalMemory() > bytes) {
      System.gc();
      leastHeap = Runtime.getRuntime().totalMemory();
    }
  }

  private void saveIndex() {
    try {
      if (publisher != null) {
        publisher.saveIndex();
        indexSaved = Optional.of(ticks.nanos());
      }
    } catch (IOException e) {
      log.debug("the agent could not save the index, which only spares reading files again", e);
    }
  }

  /** The databases whose files on the volume are behind what was published; empty if unknown. */
  Optional<SortedSet<Path>> behind() {
    return Optional.ofNullable(publisher).map(Publisher::behind);
  }

  /** No pass follows. */
  @Override
  public void close() {
    said.end(ticks.nanos());
    if (publisher != null) {
      publisher.close();
    }
  }
}
