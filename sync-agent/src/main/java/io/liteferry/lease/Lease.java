package io.liteferry.lease;

import io.liteferry.durable.Durable;
import io.liteferry.durable.UnknownFormatException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The exclusive right to publish to a volume, held from {@link #acquire} until {@link #release}, or
 * until another agent takes it. Being the holder is a matter of fact at the server: see {@link
 * Staging}. What is asked here only saves work that would fail.
 *
 * <p>For the thread that publishes; {@link #beat} runs on a thread of its own.
 */
public final class Lease implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Lease.class);

  /** How many heartbeats a holder sends in the time after which it may be succeeded. */
  static final int BEATS = 5;

  private final LeaseFiles files;
  private final LeaseAcquisition acquisition;
  private final LeaseSettings settings;
  private final LeaseClock clock;
  private final LeasePurpose purpose;
  private final Heartbeat heartbeat;
  private final Object lock = new Object();
  private volatile long epoch;
  private volatile @Nullable Staging staging;
  private volatile @Nullable FencedException fenced;

  /** When the last heartbeat that arrived was begun. */
  private volatile long lastBeat;

  private boolean ended;
  private Runnable stopBeating = () -> {};
  private volatile Runnable onFenced = () -> {};

  private Lease(Path own, LeaseSettings settings, LeaseClock clock, LeasePurpose purpose) {
    this.files = new LeaseFiles(own);
    this.acquisition = new LeaseAcquisition(files, settings, clock, purpose);
    this.settings = settings;
    this.clock = clock;
    this.purpose = purpose;
    this.heartbeat = new Heartbeat(files);
  }

  /** As {@link #acquire(Path, LeaseSettings, LeaseClock, LeasePurpose)}, to publish. */
  public static Lease acquire(Path own, LeaseSettings settings, LeaseClock clock)
      throws IOException, InterruptedException {
    return acquire(own, settings, clock, LeasePurpose.PUBLISH);
  }

  /**
   * Waits for the lease and takes it. From then on a heartbeat is sent until {@link #release} or
   * {@link #close}.
   *
   * @param own the directory of ours on the volume; made when it is missing
   * @throws LeaseHeldException when another agent has it and stays alive for as long as we wait
   * @throws LeaseRefusedException when it is not to be had for this purpose as things are
   * @throws VolumeException when the volume does not work
   */
  public static Lease acquire(
      Path own, LeaseSettings settings, LeaseClock clock, LeasePurpose purpose)
      throws IOException, InterruptedException {
    var lease = new Lease(own, settings, clock, purpose);
    try {
      lease.acquisition.prepare();
      lease.acquisition.await(lease);
      return lease;
    } catch (UnknownFormatException | InterruptedException | RuntimeException e) {
      lease.close();
      throw e;
    } catch (IOException e) {
      lease.close();
      throw VolumeException.of(lease.files.volume(), e);
    }
  }

  /** A claim of ours has succeeded: changes go through its directory, and it beats from now on. */
  void hold(long claimed, Staging fresh) {
    synchronized (lock) {
      epoch = claimed;
      staging = fresh;
      lastBeat = clock.nanos();
      stopBeating.run();
      stopBeating = clock.every(settings.duration().toNanos() / BEATS, this::beat);
    }
  }

  /** Forgets a claim that came to nothing before anybody relied on it. */
  void letGo() {
    synchronized (lock) {
      stopBeating.run();
      stopBeating = () -> {};
      staging = null;
      fenced = null;
    }
  }

  /** Grows each time the lease changes hands. */
  public long epoch() {
    return epoch;
  }

  /** Through which every change of the volume goes, L7; belongs to the current epoch. */
  public Staging staging() {
    var current = staging;
    if (current == null) {
      throw new IllegalStateException("the lease is not held");
    }
    return current;
  }

  /** Is run once, on any thread, when it turns out that another agent has taken over. */
  public void onFenced(Runnable action) {
    onFenced = action;
    if (fenced != null) {
      action.run();
    }
  }

  /**
   * Claims the next epoch, after an error: whatever became of requests that were answered with the
   * error, or not at all, none is executed from now on. L10.
   *
   * @throws FencedException when another agent has the next epoch
   * @throws VolumeException when the volume does not work; to be called again
   */
  public void renew() throws VolumeException, InterruptedException {
    throwIfFenced();
    try {
      long last = requireOurs();
      files.requireClaim(epoch, staging());
      if (!acquisition.claim(last + 1, this)) {
        requireOurs();
        throw new IOException("another agent has claimed the volume %s".formatted(files.volume()));
      }
    } catch (IOException e) {
      throw VolumeException.of(files.volume(), e);
    }
  }

  /**
   * Deletes what is staged, after an error that left no request in doubt: without a new epoch,
   * nobody else does. To be called while nothing is being staged by others than the heartbeat.
   */
  public void discardStaged() throws VolumeException {
    throwIfFenced();
    synchronized (lock) {
      staging().run(() -> Durable.empty(staging().directory()));
    }
  }

  /** The highest epoch, if it is one of ours. A claim can succeed and fail to tell us so. */
  private long requireOurs() throws IOException {
    long last = files.epochs().claimed().stream().max(Long::compare).orElse(epoch);
    if (last > epoch && !acquisition.isAttempt(last)) {
      throw fencedBy(last);
    }
    return Math.max(last, epoch);
  }

  /**
   * Makes sure, before work that would be in vain, that nobody has taken over as far as we know,
   * and that we have been heard of lately.
   */
  public void ensureValid() throws VolumeException {
    throwIfFenced();
    if (!isFresh()) {
      // We may have been stopped for a long time, or the volume has hung.
      confirm();
    }
  }

  /**
   * Whether nobody can have taken over yet: by a sign of life that is younger than the lease's
   * duration. Does not ask the volume and waits for nothing; for any thread.
   */
  public boolean isFresh() {
    return fenced == null && clock.nanos() - lastBeat <= settings.duration().toNanos();
  }

  /** Whether it is known that another agent has taken over. As {@link #isFresh} otherwise. */
  public boolean isFenced() {
    return fenced != null;
  }

  /** Throws when it is known that another agent has taken over. Does not ask the volume. */
  public void throwIfFenced() throws FencedException {
    var by = fenced;
    if (by != null) {
      throw by;
    }
  }

  private FencedException fencedBy(long other) {
    var by = files.fencedBy(other);
    if (fenced == null) {
      fenced = by;
      stopBeating.run();
      onFenced.run();
    }
    return by;
  }

  /** Sends a sign of life. L8. */
  void beat() {
    try {
      confirm();
      stagingToPublish().ifPresent(files.reserve()::keep);
    } catch (IOException e) {
      // Passes meet the same error and report it; when we are fenced, that is known by now.
      log.debug("heartbeat failed", e);
    }
  }

  /**
   * Makes sure, by a sign of life, that nobody has taken over until now: what was read since this
   * was acquired is of one publication.
   */
  public void confirm() throws VolumeException {
    synchronized (lock) {
      if (ended || staging == null) {
        return;
      }
      throwIfFenced();
      try {
        long now = clock.nanos();
        if (files.epochs().isClaimed(epoch + 1)) {
          throw fencedBy(epoch + 1);
        }
        heartbeat.send(epoch, staging(), false, false);
        lastBeat = now;
      } catch (IOException e) {
        throw VolumeException.of(files.volume(), e);
      }
    }
  }

  /**
   * Makes what is missing of the room that a lease needs on a full volume, as far as there is any.
   * For whoever ends before the first heartbeat, and whoever has just used it for a moment: else
   * the next file takes what that gave back.
   */
  public void refillReserve() {
    stagingToPublish().ifPresent(files.reserve()::refill);
  }

  /** Empty for whoever needs no reserve: it publishes nothing, or no more. */
  private Optional<Staging> stagingToPublish() {
    return purpose == LeasePurpose.PUBLISH && fenced == null
        ? Optional.ofNullable(staging)
        : Optional.empty();
  }

  /** As {@link #release(boolean)}, for a holder that has published nothing. */
  public void release() {
    giveBack(acquisition.knowsFlushed());
  }

  /**
   * Gives the lease back: the next agent need not wait. It fences us like any other. L11. On a full
   * volume it finds the room that it needs, as far as there is any.
   *
   * @param flushed whether everything that was to be published is on the volume
   */
  public void release(boolean flushed) {
    synchronized (lock) {
      if (!ended) {
        stagingToPublish().ifPresent(files.reserve()::refillAtEnd);
      }
      giveBack(flushed);
    }
  }

  private void giveBack(boolean flushed) {
    synchronized (lock) {
      if (!ended && fenced == null && staging != null) {
        try {
          heartbeat.send(epoch, staging(), true, flushed);
          staging().close();
        } catch (IOException e) {
          log.debug("not released; a successor waits for the lease's duration", e);
        }
      }
      close();
    }
  }

  /**
   * Takes everything by which a lease is held off the volume, D4 to D7. Nobody has the lease
   * afterwards, nor could anybody take it in between: an agent that comes meanwhile is refused,
   * until this has ended. When this throws, it is to be begun again, by {@link Dismantling#resume}
   * if it {@link Dismantling#hasBegun} and else with a lease.
   *
   * @throws FencedException when another agent was faster; what was removed until then is gone
   */
  public void dismantle() throws IOException {
    try (var dismantling = Dismantling.of(files)) {
      close();
      dismantling.begin(epoch, staging());
      dismantling.complete();
    }
  }

  /**
   * Ends the heartbeat and keeps the claim: the same owner takes it up at once, others wait for the
   * duration of the lease.
   */
  @Override
  public void close() {
    synchronized (lock) {
      ended = true;
      stopBeating.run();
    }
  }
}
