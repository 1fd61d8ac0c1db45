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
    long made = publish(to, lease, pin);
    long from = before.timeline().current().generation();
    done(from, to.to(), made)
        .log(
            () ->
                log.info(
                    "point {} is what point {} was; what was there before stays as point {}",
                    made,
                    to.to(),
                    from));
    return made;
  }

  /** Makes that of a rollback that was cut off: the application may have been at work since. */
  void finish(History before, Point.Rollback to, Lease lease)
      throws IOException, InterruptedException {
    long made = publish(to, lease, Optional.empty());
    if (before.timeline().points().isEmpty()) {
      log.warn(
          "point {} is what point {} was, with what changed in LOCAL since, if anything; no older"
              + " point is left",
          made,
          to.to());
      return;
    }
    long from = before.timeline().current().generation();
    done(from, to.to(), made)
        .log(
            () ->
                log.info(
                    "point {} is what point {} was, with what changed in LOCAL since, if anything;"
                        + " what was there before stays as point {}",
                    made,
                    to.to(),
                    from));
  }

  private long publish(Point.Rollback to, Lease lease, Optional<HistoryOrder.Pin> pin)
      throws IOException, InterruptedException {
    var report = publication.make(lease, Publisher.Purpose.goBack(to), pin);
    if (!report.isComplete()) {
      throw new VolumeException(
          "volume %s: not all that was at point %d is there again: %s. Remedy that, then start the agent on LOCAL, or go back again"
              .formatted(site.volume().root(), to.to(), WholePublication.reasons(report)));
    }
    return report.generation();
  }

  private static Event done(long from, long to, long made) {
    return Event.of("rolled-back").with("from", from).with("to", to).with("generation", made);
  }
}
