package io.liteferry.restore;

import io.liteferry.history.Point;
import io.liteferry.lease.Lease;
import io.liteferry.lease.VolumeException;
import io.liteferry.log.Event;
import io.liteferry.past.History;
import io.liteferry.publish.Publisher;
import io.liteferry.volume.HistoryOrder;
import java.io.IOException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** B6: publishes what a rollback brought to local. */
record RollbackPass(RestoreSite site, WholePublication publication) {
  private static final Logger log = LoggerFactory.getLogger(RollbackPass.class);

  /**
   * Makes it.
   *
   * @param before the history as it is before
   * @param pin is carried out first
   * @return the generation that it makes
   */
  long make(History before, Point.Rollback to, Lease lease, Optional<HistoryOrder.Pin> pin)
      throws IOException, InterruptedException {
    var report = publication.make(lease, Publisher.Purpose.goBack(to), pin);
    if (!report.isComplete()) {
      throw new VolumeException(
          "volume %s: not all that was at point %d is there again: %s. Remedy that, then start the agent on LOCAL, or go back again"
              .formatted(site.volume().root(), to.to(), WholePublication.reasons(report)));
    }
    say(before, to.to(), report.generation());
    return report.generation();
  }

  private static void say(History before, long to, long made) {
    if (before.timeline().points().isEmpty()) {
      log.warn("point {} is what point {} was; no older point is left", made, to);
      return;
    }
    long from = before.timeline().current().generation();
    Event.of("rolled-back")
        .with("from", from)
        .with("to", to)
        .with("generation", made)
        .log(
            () ->
                log.info(
                    "point {} is what point {} was; what was there before stays as point {}",
                    made,
                    to,
                    from));
  }
}
