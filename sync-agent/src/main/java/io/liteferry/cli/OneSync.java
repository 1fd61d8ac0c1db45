package io.liteferry.cli;

import io.liteferry.agent.PublicationLog;
import io.liteferry.lease.Lease;
import io.liteferry.lease.VolumeException;
import io.liteferry.publish.Amount;
import io.liteferry.publish.LonePass;
import io.liteferry.publish.PassReport;
import io.liteferry.publish.PassSettings;
import io.liteferry.publish.PlainFold;
import io.liteferry.publish.PublishContext;
import io.liteferry.publish.Publisher;
import io.liteferry.publish.Site;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.SortedMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Publishes once what differs. State must be ready. */
record OneSync(Site site, Lease lease, Clock clock) {
  private static final Logger log = LoggerFactory.getLogger(OneSync.class);
  private static final int MOST_NAMED = 20;

  /** For how long it waits, beyond the delete guard's time, for local to come to rest. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** Does it; returns whether everything is on the volume, and says what is not. */
  boolean run(PassSettings settings) throws IOException, InterruptedException {
    var context = PublishContext.once(site, lease, settings, clock);
    try {
      return run(context, settings);
    } catch (VolumeException e) {
      if (!VolumeException.isOutOfRoom(e)) {
        throw e;
      }
      log.debug("history gives way in the pass after one without room", e);
      return run(context, settings);
    }
  }

  private boolean run(PublishContext context, PassSettings settings)
      throws IOException, InterruptedException {
    try (var publisher = Publisher.open(context)) {
      var pass = new LonePass(publisher, OneSync::say);
      var report = pass.make(Publisher.Purpose.STOP);
      long begun = System.nanoTime();
      long patience = settings.deleteGuard().plus(PATIENCE).toNanos();
      while (report.reconsiderAt().isPresent() && System.nanoTime() - begun < patience) {
        long wait = report.reconsiderAt().get() - System.nanoTime();
        Thread.sleep(Math.max(0, wait / 1_000_000) + 1);
        report = pass.make(Publisher.Purpose.STOP);
      }
      if (report.held() > 0) {
        log.warn(
            "the delete guard still holds back {}; these files stay on the volume",
            Amount.of(report.held(), "deletion"));
      }
      context.outwardLinks().sayAtEnd();
      lease.refillReserve();
      if (report.isComplete()) {
        if (!publisher.behind().isEmpty()) {
          PlainFold.sayBehind(publisher.behind(), Optional.empty());
        }
        publisher.thinWhole();
      } else {
        sayMissing(site.local(), report.reasons());
      }
      return report.isComplete();
    }
  }

  private static void say(PassReport report) {
    if (report.changedVolume()) {
      long now = System.nanoTime();
      new PublicationLog(now).add(report, now);
    } else if (report.held() == 0 && report.isComplete()) {
      log.info("nothing differs; the volume is at generation {}", report.generation());
    }
  }

  static void sayMissing(Path local, SortedMap<Path, String> missing) {
    if (missing.isEmpty()) {
      return;
    }
    var named =
        missing.entrySet().stream()
            .map(e -> "%s (%s)".formatted(AgentAnswers.nameOf(e.getKey()), e.getValue()));
    log.error(
        "NOT on the volume, kept in {}: {}", local, Amount.some(named, MOST_NAMED, missing.size()));
  }
}
