package io.liteferry.agent;

import io.liteferry.lease.FencedException;
import io.liteferry.lease.LeaseClock;
import io.liteferry.publish.Amount;
import io.liteferry.publish.PassReport;
import io.liteferry.publish.Problem;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The passes after a stop. For the passes' thread. */
final class FlushLoop {
  private static final Logger log = LoggerFactory.getLogger(FlushLoop.class);

  /** What a pass leaves for so short a time, the end waits for; not for the delete guard. */
  private static final long SOON = TimeUnit.SECONDS.toNanos(1);

  private static final int MOST_LAST_LOOKS = 5;
  private static final long RETRY = TimeUnit.MILLISECONDS.toNanos(500);

  private final Pass pass;
  private final BooleanSupplier isChanging;
  private final long patience;
  private final LeaseClock ticks;

  /** Makes one pass; empty when it failed as a whole. */
  @FunctionalInterface
  interface Pass {
    Optional<PassReport> make() throws InterruptedException, FencedException;
  }

  /**
   * Prepares it.
   *
   * @param isChanging whether a change was heard of that no pass has looked at
   * @param patience how long to go on without any progress
   */
  FlushLoop(Pass pass, BooleanSupplier isChanging, Duration patience, LeaseClock ticks) {
    this.pass = pass;
    this.isChanging = isChanging;
    this.patience = patience.toNanos();
    this.ticks = ticks;
  }

  /**
   * Passes until nothing differs; or until the flush has made no progress for its time, or has for
   * as long only followed an application that goes on writing.
   *
   * @return false when it gave up following: there is more in local than on the volume
   */
  boolean run() throws InterruptedException, FencedException {
    log.info("stopping: flushing to the volume");
    long deadline = ticks.nanos() + patience;
    long stubbornSince = ticks.nanos();
    @Nullable SortedMap<Path, Problem.Kind> stubborn = null;
    int looks = 0;
    @Nullable Long followingSince = null;
    while (true) {
      var report = pass.make();
      boolean changed = report.map(PassReport::changedVolume).orElse(false);
      if (report.isPresent() && !changed && report.get().isComplete()) {
        looks++;
        if (isChanging.getAsBoolean() && looks == 1) {
          continue; // what was renamed just now may be under neither name
        }
        if (isReconsideredSoon(report.get()) && looks < MOST_LAST_LOOKS) {
          ticks.sleep(SOON); // deletions wait for the next look alone
          continue;
        }
        if (report.get().held() > 0) {
          log.warn(
              "the delete guard still holds back {}; these files stay on the volume",
              Amount.of(report.get().held(), "deletion"));
        }
        return true;
      }
      long now = ticks.nanos();
      if (!changed || !report.map(PassReport::isComplete).orElse(false)) {
        followingSince = null;
      } else if (followingSince == null) {
        followingSince = now;
      } else if (now - followingSince >= patience && isChanging.getAsBoolean()) {
        return false;
      }
      var problems = report.map(PassReport::kinds).orElse(null);
      if (problems == null || changed || !problems.equals(stubborn)) {
        stubborn = problems;
        stubbornSince = now;
      } else if (now - stubbornSince > Agenda.STUBBORN.toNanos()) {
        return true; // the volume works, and these files do not: waiting longer would not help
      }
      if (changed) {
        deadline = now + patience;
      } else if (now - deadline >= 0) {
        return true;
      } else {
        ticks.sleep(Math.min(RETRY, deadline - now));
      }
    }
  }

  private boolean isReconsideredSoon(PassReport report) {
    return report.reconsiderAt().map(at -> at - ticks.nanos() < SOON).orElse(false);
  }
}
