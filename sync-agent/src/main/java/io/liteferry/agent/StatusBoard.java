package io.liteferry.agent;

import io.liteferry.lease.Lease;
import io.liteferry.publish.PassReport;
import io.liteferry.publish.PublishContext;
import io.liteferry.publish.Site;
import io.liteferry.publish.Space;
import io.liteferry.volume.Manifest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is known of the last pass, and from it and all others the {@linkplain #status status}. The
 * passes' thread writes; any thread reads, and waits for nothing.
 */
final class StatusBoard {
  private static final Logger log = LoggerFactory.getLogger(StatusBoard.class);
  private static final long LOOK_EVERY = TimeUnit.SECONDS.toNanos(30);

  /**
   * How long after it was due a pass may begin on the busiest of nodes, and how long one may do
   * nothing in local and state.
   */
  private static final long STUCK = TimeUnit.MINUTES.toNanos(5);

  private final Site site;
  private final Lease lease;
  private final PublishContext context;
  private final Agenda agenda;
  private final LocalWatch watch;

  private volatile SortedMap<Path, String> unpublished = new TreeMap<>();
  private volatile Optional<String> failure = Optional.empty();
  private volatile Optional<Instant> lastSuccess = Optional.empty();
  private volatile Optional<Manifest> published = Optional.empty();
  private volatile Optional<Space> volumeSpace = Optional.empty();

  /** When the pass under way began; empty between passes. */
  private volatile Optional<Long> passing = Optional.empty();

  // Of the last look around.
  private Optional<Long> looked = Optional.empty();
  private boolean saidVolumeWorks;

  StatusBoard(Site site, Lease lease, PublishContext context, Agenda agenda, LocalWatch watch) {
    this.site = site;
    this.lease = lease;
    this.context = context;
    this.agenda = agenda;
    this.watch = watch;
  }

  /** How it is now. */
  AgentStatus status(long now) {
    return new AgentStatus(
        agenda.phase(),
        agenda.wakesBy().map(by -> now - by < STUCK).orElse(true)
            && context.stillOnNode().map(still -> still.toNanos() < STUCK).orElse(true),
        agenda.lag().since().map(since -> Duration.ofNanos(now - since)),
        lastSuccess,
        Collections.unmodifiableSortedMap(unpublished),
        failure,
        passing.map(since -> Duration.ofNanos(Math.max(0, now - since))),
        failure.isEmpty() && (lease.isFresh() || lease.isFenced()),
        lease.isFresh(),
        lease.isFenced(),
        lease.epoch(),
        agenda.resting(),
        watch.isWatching(),
        watch.lost(),
        context.unpublishedBytes(),
        site.local(),
        site.state().path(),
        volumeSpace,
        published,
        context.history().status(),
        context.history().lost(),
        context.scrubs().lastAgreed(),
        context.scrubs().disagreements());
  }

  /** Whether every change in local is heard of. */
  boolean isWatching() {
    return watch.isWatching();
  }

  /** A pass begins. */
  void passBegan(long now) {
    passing = Optional.of(now);
  }

  /** There is no pass under way any more, however it ended. */
  void passIsOver() {
    passing = Optional.empty();
  }

  /** The pass under way has listed the volume. */
  void listed(Optional<Manifest> manifest) {
    published = manifest;
  }

  /** The pass under way worked, though it may have left something undone. */
  void worked(PassReport report, Optional<Manifest> manifest, Instant now) {
    unpublished = report.reasons();
    failure = Optional.empty();
    published = manifest;
    if (report.isComplete()) {
      lastSuccess = Optional.of(now);
    }
  }

  /** The pass under way failed as a whole, or no more are made. */
  void failed(String why) {
    failure = Optional.of(why);
  }

  /** What the last pass that worked could not publish, with the reason. */
  SortedMap<Path, String> unpublished() {
    return unpublished;
  }

  /** Why the last pass failed as a whole; empty when it did not. */
  Optional<String> failure() {
    return failure;
  }

  /**
   * What no pass finds out: the room that the volume has, or, while it does not work, how much
   * waits for it. Not at the flush, which must not wait for this. For the passes' thread.
   */
  void lookAround(boolean volumeWorks, long now) {
    if (!volumeWorks) {
      volumeSpace = Optional.empty();
    }
    if (volumeWorks == saidVolumeWorks
        && looked.map(then -> now - then < LOOK_EVERY).orElse(false)) {
      return;
    }
    saidVolumeWorks = volumeWorks;
    looked = Optional.of(now);
    try {
      if (volumeWorks) {
        volumeSpace = Space.of(site.volume().root());
      } else if (agenda.lag().since().isPresent()) {
        context.lookAtUnpublished();
      }
    } catch (IOException e) {
      log.debug("cannot tell how much is unpublished", e); // why the pass failed was said
    } catch (RuntimeException e) {
      log.error("internal error in a pass; please report it", e);
    }
  }
}
