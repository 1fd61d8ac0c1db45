package io.liteferry.agent;

import io.liteferry.lease.FencedException;
import io.liteferry.lease.LeaseClock;
import io.liteferry.publish.PassReport;
import io.liteferry.volume.HistoryOrder;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * What the passes' thread has to do next, and when: what was heard, asked for and left undone comes
 * together here. For several threads. Nothing is done under its lock that could take long, so
 * nobody who tells or asks something waits for a pass.
 */
final class Agenda {
  private static final long TIDY_AFTER = TimeUnit.SECONDS.toNanos(2);

  /** Between slices of thinning, so that they take a third of the volume's time at most. */
  private static final long THIN_AFTER = TimeUnit.MILLISECONDS.toNanos(200);

  private static final Duration FLUSH_RETRY = Duration.ofMillis(500);

  /** For how long the same files must fail on a volume that works, before waiting is given up. */
  static final Duration STUBBORN = Duration.ofSeconds(5);

  private final AgentSettings settings;
  private final LeaseClock ticks;
  private final Schedule schedule;
  private final Linger linger;
  private final Backoff backoff;
  private final FlushRequests flushRequests = new FlushRequests(STUBBORN);
  private final Errands errands = new Errands();
  private final Lag lag;

  private Rest rest = Rest.TIDY;
  private volatile boolean rescan;
  private volatile AgentStatus.Phase phase = AgentStatus.Phase.WATCHING;
  private volatile Duration resting = Duration.ZERO;

  /** When the loop wakes up at the latest; empty while it makes a pass, and from the stop on. */
  private volatile Optional<Long> wakesBy = Optional.empty();

  Agenda(AgentSettings settings, LeaseClock ticks, RandomGenerator random) {
    this.settings = settings;
    this.ticks = ticks;
    this.schedule =
        new Schedule(settings.settle(), settings.maxDelay(), settings.rescan(), ticks.nanos());
    this.linger = new Linger(settings.linger());
    this.backoff = new Backoff(random);
    this.lag = new Lag(ticks.nanos());
  }

  /** What comes next. */
  enum Next {
    PASS,
    /** The passes after a stop. No other comes after it. */
    FLUSH,
    /** An order for the volume's history: it waits for no file, and so comes first. */
    ERRAND,
    /** What the last pass has left behind, as nothing has happened since for a while. */
    TIDY,
    /** A little more of what need not be kept. */
    THIN
  }

  /** What is left to be done while nothing happens, and after how long. */
  private enum Rest {
    UNTIDY(TIDY_AFTER),
    THINNING(THIN_AFTER),
    TIDY(Long.MAX_VALUE);

    private final long after;

    Rest(long after) {
      this.after = after;
    }
  }

  /** Throws when it is known that another agent has taken over; asks nobody. */
  @FunctionalInterface
  interface Fence {
    void check() throws FencedException;
  }

  /**
   * Waits for what comes next, as long as we are not fenced; {@link #changed} has it look again.
   */
  synchronized Next await(Fence fence) throws InterruptedException, FencedException {
    while (!linger.isOver(ticks.nanos())) {
      fence.check();
      if (errands.next().isPresent()) {
        return begin(Next.ERRAND);
      }
      long now = ticks.nanos();
      long wait = schedule.due() - now;
      if (wait <= 0) {
        rescan = schedule.isRescan();
        schedule.started(now);
        return begin(Next.PASS);
      }
      if (linger.hasBegun()) {
        wait = Math.min(wait, linger.left(now));
      }
      wakesBy = Optional.of(now + wait);
      TimeUnit.NANOSECONDS.timedWait(this, Math.min(wait, rest.after));
      if (wait > rest.after && ticks.nanos() - now >= rest.after) {
        var next = rest == Rest.UNTIDY ? Next.TIDY : Next.THIN;
        rest = Rest.THINNING;
        return next;
      }
    }
    phase = AgentStatus.Phase.STOPPING;
    rescan = false;
    return begin(Next.FLUSH);
  }

  private Next begin(Next next) {
    rest = Rest.UNTIDY;
    wakesBy = Optional.empty();
    return next;
  }

  /** What was asked for by {@link Next#THIN} is done, to its end or in part. */
  synchronized void thinned(boolean isMore) {
    rest = isMore ? rest : Rest.TIDY;
  }

  /** Something in local changed, or another agent has taken over. */
  synchronized void changed() {
    lag.changed(ticks.nanos());
    schedule.changed(ticks.nanos());
    linger.changed(ticks.nanos());
    notifyAll();
  }

  /** A stop was asked for. Only the first time counts. */
  synchronized void stop() {
    if (!linger.hasBegun()) {
      linger.stop(ticks.nanos());
      phase = settings.linger().isZero() ? AgentStatus.Phase.STOPPING : AgentStatus.Phase.LINGERING;
    }
    notifyAll();
  }

  /** Somebody waits until what local has now is on the volume. */
  synchronized CompletableFuture<FlushResult> flush() {
    long now = ticks.nanos();
    var result = flushRequests.add(now);
    schedule.hurry(now);
    notifyAll();
    return result;
  }

  /** Somebody wants something of the volume's history. */
  synchronized CompletableFuture<OrderResult> order(String volumeId, HistoryOrder order) {
    var result = errands.add(volumeId, order);
    notifyAll();
    return result;
  }

  /** The order that is due. */
  Optional<Errands.Errand> errand() {
    return errands.next();
  }

  /**
   * An order can be carried out only after a pass.
   *
   * @return false when it has waited for one already, in vain
   */
  synchronized boolean putOff(Errands.Errand errand) {
    if (!errands.waitForPass(errand)) {
      return false;
    }
    schedule.hurry(ticks.nanos());
    return true;
  }

  /**
   * A pass ended, and may have left something undone.
   *
   * @param began when the pass did
   * @param ended when it did
   * @param unheard whether there may be changes that nobody hears of
   */
  synchronized void passEnded(PassReport report, long began, long ended, boolean unheard) {
    errands.passEnded();
    schedule.ended(ticks.nanos(), !report.changedVolume());
    if (report.changedVolume()) {
      linger.changed(began); // also when nothing was heard of it
      if (!report.hasFolded()) { // else it tells nothing of what the next one costs
        schedule.cost(ended - began, report.bytes());
      }
    }
    report.reconsiderAt().ifPresent(schedule::again);
    flushRequests.passEnded(began, report, ended);
    if (report.problems().isEmpty()) {
      backoff.succeeded();
      resting = Duration.ZERO;
    } else {
      resting = restAfterFailure();
      schedule.again(ended + resting.toNanos());
    }
    if (unheard) {
      schedule.poll(ticks.nanos());
    }
    if (flushRequests.isAnyOpen()) {
      schedule.hurry(ended + resting.toNanos());
    }
  }

  /** A pass failed as a whole. */
  synchronized void passFailed() {
    errands.passEnded();
    flushRequests.passFailed();
    resting = restAfterFailure();
    schedule.waitUntil(ticks.nanos() + resting.toNanos());
  }

  /** Whoever waits for a flush does not make the backoff longer for the time after it. */
  private Duration restAfterFailure() {
    return flushRequests.isAnyOpen() ? FLUSH_RETRY : backoff.afterFailure();
  }

  /** No pass follows. */
  void end(String why) {
    flushRequests.end(why);
    errands.end(why);
  }

  /** Since when something is not on the volume. */
  Lag lag() {
    return lag;
  }

  /** Whether somebody waits for a {@link #flush}. */
  boolean isFlushAsked() {
    return flushRequests.isAnyOpen();
  }

  /** Whether nothing but the time asked for the pass under way. */
  boolean isRescan() {
    return rescan;
  }

  synchronized boolean isTimeToFlush() {
    return phase == AgentStatus.Phase.STOPPING || linger.isOver(ticks.nanos());
  }

  /** Whether local would be quiet by now if it could, since a stop was asked for. */
  synchronized boolean isLingeringLong() {
    return linger.isLong(ticks.nanos());
  }

  AgentStatus.Phase phase() {
    return phase;
  }

  /** How long the agent rests after the last pass that left something undone. */
  Duration resting() {
    return resting;
  }

  /** Since when the loop should have been awake; later than now while it may sleep. */
  Optional<Long> wakesBy() {
    return wakesBy;
  }
}
