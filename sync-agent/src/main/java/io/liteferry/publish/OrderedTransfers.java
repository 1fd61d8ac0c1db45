package io.liteferry.publish;

import io.liteferry.durable.Errno;
import io.liteferry.lease.VolumeException;
import io.liteferry.scan.Entry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Runs the transfers of files and links: several at once, and each takes effect when what is older
 * has. Outlives a run; its methods are for one thread.
 */
final class OrderedTransfers {
  private final Transfers transfers;
  private final Transfers.Result<Outcome> results;

  /** Whether a file is one that others wait for when the volume has no room for it. */
  private final Predicate<Path> isWaitedFor;

  /** The size of the smallest file that the volume had no room for: a larger one has none, too. */
  private final AtomicLong tooMuch = new AtomicLong(Long.MAX_VALUE);

  /**
   * One file or link to be published.
   *
   * @param entry what the scan saw of it: what was changed before others goes before them
   * @param isNew whether the volume has no file or link of this name
   * @param needsRoom whether its bytes are to be written
   * @param task what publishes it; awaits its turn before the volume shows it
   */
  record Transfer(
      Entry entry,
      boolean isNew,
      boolean needsRoom,
      Function<FileTransfer.Turn, Transfers.Task<Outcome>> task) {
    Path path() {
      return entry.path();
    }

    long bytes() {
      return entry.stamp().size();
    }

    private long changedAt() {
      return entry.stamp().ctime();
    }
  }

  OrderedTransfers(
      Transfers transfers, Transfers.Result<Outcome> results, Predicate<Path> isWaitedFor) {
    this.transfers = transfers;
    this.results = results;
    this.isWaitedFor = isWaitedFor;
  }

  /** There may be room again. */
  void expectRoom() {
    tooMuch.set(Long.MAX_VALUE);
  }

  /**
   * Runs them.
   *
   * @param inOrder whether younger ones wait for one that the volume has no room for
   * @return whether some of them wait for such a one
   */
  boolean run(List<Transfer> some, boolean inOrder) throws IOException, InterruptedException {
    var turns = new Turns();
    var tasks = new LinkedHashMap<Path, Transfers.Task<Outcome>>();
    some.stream()
        .sorted(Comparator.comparingLong(Transfer::changedAt))
        .forEach(t -> tasks.put(t.path(), new InTurn(t, tasks.size(), turns, inOrder)));
    transfers.run(tasks, results);
    return turns.isClosed();
  }

  /** One transfer among others. */
  private final class InTurn implements Transfers.Task<Outcome> {
    private final Transfer transfer;
    private final int number;
    private final Turns turns;
    private final boolean inOrder;
    private final Transfers.Task<Outcome> task;

    InTurn(Transfer transfer, int number, Turns turns, boolean inOrder) {
      this.transfer = transfer;
      this.number = number;
      this.turns = turns;
      this.inOrder = inOrder;
      this.task = transfer.task().apply(() -> turns.await(number));
    }

    @Override
    public Outcome run() throws IOException, InterruptedException {
      try {
        if (turns.isClosed()) {
          return new Outcome.Waiting();
        }
        var outcome = hasRoom() ? task.run() : noRoom();
        if (outcome instanceof Outcome.Refused refused) {
          noteRoom(refused.error());
          if (inOrder
              && VolumeException.isOutOfRoom(refused.error())
              && isWaitedFor.test(transfer.path())
              && turns.await(number)) {
            turns.close();
          }
        }
        return outcome;
      } finally {
        turns.over(number);
      }
    }

    private boolean hasRoom() {
      return !transfer.needsRoom() || transfer.bytes() < tooMuch.get();
    }

    private void noteRoom(IOException e) {
      if (VolumeException.isOutOfSpace(e)) {
        tooMuch.accumulateAndGet(transfer.bytes(), Math::min);
      }
    }

    private Outcome noRoom() {
      return new Outcome.Refused(
          VolumeException.noRoom(
              "%s: %s needs %d bytes"
                  .formatted(Errno.ENOSPC.words(), transfer.path(), transfer.bytes())));
    }

    @Override
    public void skipped() {
      turns.over(number);
    }
  }
}
