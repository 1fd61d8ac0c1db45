package io.liteferry.lease;

import io.liteferry.durable.Durable;
import io.liteferry.lease.Epochs.Top;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a lease is taken: by waiting for whoever has it (L9), and by a claim of the next epoch, after
 * which nothing of earlier holders is executed any more (L1 to L6). A holder claims like that for
 * itself as well (L10). For the thread that publishes.
 */
final class LeaseAcquisition {
  private static final Logger log = LoggerFactory.getLogger(LeaseAcquisition.class);

  /**
   * How many claims are remembered, with the files in the place of their staging directories. A
   * request of a holder that comes after as many epochs is not provided for.
   */
  static final int REMEMBERED = 32;

  private static final long SHORTEST_POLL = TimeUnit.MILLISECONDS.toNanos(50);
  private static final long LONGEST_POLL = TimeUnit.SECONDS.toNanos(1);

  private final LeaseFiles files;
  private final Epochs epochs;
  private final Reserve reserve;
  private final LeaseSettings settings;
  private final LeaseClock clock;
  private final LeasePurpose purpose;
  private final Fence fence;

  /** The staging directories made since the last claim that succeeded as a whole. */
  private final Set<String> attempts = new HashSet<>();

  private boolean knowsFlushed;

  LeaseAcquisition(
      LeaseFiles files, LeaseSettings settings, LeaseClock clock, LeasePurpose purpose) {
    this.files = files;
    this.epochs = files.epochs();
    this.reserve = files.reserve();
    this.settings = settings;
    this.clock = clock;
    this.purpose = purpose;
    this.fence = new Fence(files, clock, settings.patience());
  }

  /**
   * Makes the directories by which a lease is held, durably, when they are missing.
   *
   * @throws LeaseRefusedException when nobody can have the lease
   */
  void prepare() throws IOException {
    if (files.isDismantled()) {
      throw new LeaseRefusedException(
          "a detach of the volume %s was begun and not completed: complete it with 'liteferry detach'"
              .formatted(files.volume()));
    }
    for (var directory : new Path[] {files.staging(), epochs.directory()}) {
      if (!Durable.isDirectory(directory)) {
        Files.createDirectories(directory);
      }
    }
    // also when they were there: whoever made them may have died before this
    Durable.syncDirectory(files.own());
    Durable.syncDirectory(files.volume());
  }

  /**
   * Waits until the lease is free or its holder silent, and claims it for this one. L9.
   *
   * @throws LeaseHeldException when another agent has it and stays alive for as long as we wait
   * @throws LeaseRefusedException when the purpose forbids to take it from the last holder
   */
  void await(Lease lease) throws IOException, InterruptedException {
    long begun = clock.nanos();
    @Nullable Top seen = null;
    long seenAt = 0;
    while (true) {
      long now = clock.nanos();
      var top = epochs.top();
      boolean silent =
          seen != null
              && top.equals(Optional.of(seen))
              && now - seenAt >= seen.claim().duration().toNanos();
      if (silent) {
        log.warn(
            "{} has given no sign of life for {} s{}",
            top.orElseThrow().claim().holder(),
            TimeUnit.NANOSECONDS.toSeconds(now - seenAt),
            purpose.refuses(top) ? "" : ": this agent takes the volume over");
      }
      if (silent || top.map(this::isFree).orElse(true)) {
        if (claimAfter(top, lease)) {
          return;
        }
        lease.letGo();
        now = clock.nanos();
        top = epochs.top();
      }
      if (top.isPresent() && !top.get().equals(seen)) {
        if (seen == null || !seen.claim().holder().equals(top.get().claim().holder())) {
          log.info(
              "the volume is in use by {}: waiting until it stops, or is silent for {} s",
              top.get().claim().holder(),
              top.get().claim().duration().toSeconds());
        }
        seen = top.get();
        seenAt = clock.nanos(); // after the look, and compared with a time before a later one
      }
      long left = settings.patience().toNanos() - (now - begun);
      if (left <= 0) {
        throw new LeaseHeldException(
            files.volume(),
            top.map(t -> t.claim().holder()).orElse("another agent"),
            settings.patience().toSeconds());
      }
      clock.sleep(Math.min(poll(seen), left));
    }
  }

  private boolean isFree(Top top) {
    return top.beat().released() || top.claim().owner().equals(settings.owner());
  }

  private static long poll(@Nullable Top top) {
    long duration = top == null ? 0 : top.claim().duration().toNanos();
    return Math.clamp(duration / (2 * Lease.BEATS), SHORTEST_POLL, LONGEST_POLL);
  }

  private boolean claimAfter(Optional<Top> last, Lease lease)
      throws IOException, InterruptedException {
    if (purpose.refuses(last)) {
      throw new LeaseRefusedException(
          "%s, the last agent on the volume %s, %s"
              .formatted(
                  last.orElseThrow().claim().holder(),
                  files.volume(),
                  last.orElseThrow().beat().released()
                      ? "stopped before everything was on it"
                      : "did not stop cleanly: something may not be on it"));
    }
    knowsFlushed = purpose.knowsFlushed(last);
    return claim(last.map(Top::epoch).orElse(0L) + 1, lease);
  }

  /** Whether it is known, of whoever holds the lease by this, that everything is on the volume. */
  boolean knowsFlushed() {
    return knowsFlushed;
  }

  /** Whether a claim is one of ours that came to nothing, as far as we were told. */
  boolean isAttempt(long claimed) throws IOException {
    return Claim.read(epochs.claimFile(claimed))
        .filter(claim -> attempts.contains(claim.staging()))
        .isPresent();
  }

  /**
   * Claims an epoch, L1 to L6, which the lease holds from L4 on. Afterwards the volume may be read
   * and published to.
   *
   * <p>Where not even the reserve has the room for that, what earlier holders staged makes way
   * before it otherwise would.
   *
   * @return false when somebody else was first
   */
  boolean claim(long next, Lease lease) throws IOException, InterruptedException {
    try {
      return claimWithRoom(next, lease);
    } catch (IOException e) {
      if (!Durable.isOutOfRoom(e) || !emptyStagingBefore(next, e)) {
        throw e;
      }
      return claimWithRoom(next, lease);
    }
  }

  /** Deletes what earlier holders staged: it was never published, and L5 would delete it. */
  private boolean emptyStagingBefore(long next, IOException because) {
    try {
      for (var claim : epochs.claimsBefore(next)) {
        var directory = files.staging().resolve(claim.staging());
        if (Durable.isDirectory(directory)) {
          Durable.empty(directory);
        }
      }
      return true;
    } catch (IOException e) {
      because.addSuppressed(e);
      return false;
    }
  }

  private boolean claimWithRoom(long next, Lease lease) throws IOException, InterruptedException {
    var fresh = reserve.use(() -> Staging.make(files.staging(), reserve)); // L1
    attempts.add(fresh.name());
    try {
      boolean first =
          linkClaim(next, fresh) // L2, L3
              && !epochs.isSucceeded(next); // L4
      if (!first) {
        discard(fresh);
        return false;
      }
      lease.hold(next, fresh);
      fence.fence(next, fresh); // L5
      forgetOld(next, fresh); // L6
      // What the one before renamed and did not sync is about to be relied on.
      Durable.syncDirectory(files.own());
      if (epochs.isSucceeded(next)) {
        return false; // it took us long, and others had no sign of life
      }
    } catch (IOException e) {
      if (Durable.isDirectory(fresh.directory())) {
        if (lease.epoch() != next && Durable.isOutOfRoom(e)) {
          discard(fresh); // what it takes is wanted for the next attempt
        }
        throw e;
      }
      return false; // a holder took it for debris, just before the claim or after it
    }
    attempts.clear();
    log.debug("epoch {} of {}", next, files.volume());
    return true;
  }

  /** Writes the claim, synced (L2), and links it to its epoch (L3); false if that is another's. */
  private boolean linkClaim(long next, Staging fresh) throws IOException {
    var claim = new Claim(settings.owner(), fresh.name(), settings.duration(), knowsFlushed);
    var file = reserve.use(() -> fresh.write(claim.bytes()));
    return reserve.use(() -> epochs.claim(next, claim, file));
  }

  private static void discard(Staging unused) {
    try {
      unused.close();
    } catch (IOException e) {
      log.debug("staging is left behind as debris", e);
    }
  }

  /**
   * Forgets claims of long ago, and what belonged to them. L6.
   *
   * <p>The names in staging are listed before the claims. In the other order, a claim that is made
   * and succeeded between the two looks, while we are stopped, would seem to be forgotten.
   */
  private void forgetOld(long epoch, Staging ours) throws IOException {
    for (var beat : epochs.beatsExceptOf(epoch)) {
      ours.remove(beat);
    }
    var unclaimed = Durable.names(files.staging());
    for (long claimed : epochs.claimed()) {
      var file = epochs.claimFile(claimed);
      if (claimed <= epoch - REMEMBERED) {
        ours.remove(file);
      } else {
        Claim.read(file).ifPresent(claim -> unclaimed.remove(claim.staging()));
      }
    }
    for (var name : unclaimed) {
      var path = files.staging().resolve(name);
      if (!Durable.isDirectory(path)) {
        ours.remove(path);
      }
    }
  }
}
