package io.liteferry.restore;

import io.liteferry.lease.Lease;
import io.liteferry.publish.Amount;
import io.liteferry.publish.LonePass;
import io.liteferry.publish.PassReport;
import io.liteferry.publish.PassSettings;
import io.liteferry.publish.PublishContext;
import io.liteferry.publish.Publisher;
import io.liteferry.publish.Site;
import io.liteferry.volume.HistoryOrder;
import java.io.IOException;
import java.util.Optional;

/** Passes until everything that local has is published, or nothing more can be. */
record WholePublication(RestoreSite site, PassSettings passes) {
  private static final int MORE_PASSES = 20;
  private static final long AGAIN_MILLIS = 250;
  private static final int MOST_NAMED = 10;

  PassReport make(Lease lease, Publisher.Purpose purpose) throws IOException, InterruptedException {
    return make(lease, purpose, Optional.empty());
  }

  /** The same; {@code pin} is carried out first. */
  PassReport make(Lease lease, Publisher.Purpose purpose, Optional<HistoryOrder.Pin> pin)
      throws IOException, InterruptedException {
    var here = new Site(site.local(), site.volume(), site.state());
    var context = PublishContext.once(here, lease, passes, site.clock());
    try (var publisher = Publisher.open(context)) {
      if (pin.isPresent()) {
        publisher.carryOut(pin.get());
      }
      var pass = new LonePass(publisher, report -> {});
      var report = pass.make(purpose);
      for (int more = 0; more < MORE_PASSES && mayBeMore(report); more++) {
        Thread.sleep(report.postponed().isEmpty() ? 0 : AGAIN_MILLIS);
        report = pass.make(purpose);
      }
      return report;
    }
  }

  /** What a directory has to make way for needs a second pass. */
  private static boolean mayBeMore(PassReport report) {
    return !report.isComplete() && (report.changedVolume() || !report.postponed().isEmpty());
  }

  static String reasons(PassReport report) {
    var reasons = report.reasons();
    var named = reasons.entrySet().stream().map(r -> "%s (%s)".formatted(r.getKey(), r.getValue()));
    return Amount.some(named, MOST_NAMED, reasons.size());
  }
}
