package io.liteferry.publish;

import java.io.IOException;
import java.util.function.Consumer;

/**
 * A pass of somebody who makes no others. History gives way only to what the pass before had no
 * room for, so one without room is made again.
 *
 * @param each is told of every pass
 */
public record LonePass(Publisher publisher, Consumer<PassReport> each) {
  /** The second lets go what stands in the way; the third also for a lack that does not show. */
  private static final int MOST = 3;

  /** As {@link Publisher#pass(Publisher.Purpose)}; returns what the last one reports. */
  public PassReport make(Publisher.Purpose purpose) throws IOException, InterruptedException {
    var report = pass(purpose);
    for (int made = 1; made < MOST && report.lacksRoom(); made++) {
      report = pass(purpose);
    }
    return report;
  }

  private PassReport pass(Publisher.Purpose purpose) throws IOException, InterruptedException {
    var report = publisher.pass(purpose);
    each.accept(report);
    return report;
  }
}
