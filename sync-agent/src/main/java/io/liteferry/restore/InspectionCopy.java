package io.liteferry.restore;

import io.liteferry.lease.VolumeException;
import io.liteferry.past.History;
import io.liteferry.past.PointCopy;
import io.liteferry.past.Selection;
import io.liteferry.past.Shortfall;
import io.liteferry.publish.Amount;
import io.liteferry.sqlite.DatabaseCheck;
import io.liteferry.volume.Manifest;
import java.io.IOException;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies a volume to an empty local, for inspection: without the lease, without state, and without
 * any change of the volume. An agent may be at work there: what it publishes meanwhile makes the
 * copy begin again, as one of the newest point, which stays.
 */
public final class InspectionCopy {
  private static final Logger log = LoggerFactory.getLogger(InspectionCopy.class);

  /** How often a copy is begun while somebody publishes. */
  private static final int ATTEMPTS = 5;

  private static final long AGAIN_MILLIS = 500;

  private final RestoreSite site;
  private final RestoreProgress progress;
  private final DatabaseRecovery databases;
  private final TreeCopy files;
  private final DatabaseCheck check;
  private final int transfers;

  /**
   * Prepares a copy; does nothing yet.
   *
   * @param check how each database is checked
   * @param transfers how many files are copied at the same time
   */
  public InspectionCopy(
      RestoreSite site, DatabaseCheck check, int transfers, RestoreProgress progress) {
    this.site = site;
    this.progress = progress;
    this.check = check;
    databases = new DatabaseRecovery(site, check);
    files = new TreeCopy(site, transfers, progress);
    this.transfers = transfers;
  }

  /** What came of a copy of all that is there. */
  private enum Copied {
    WHOLE,
    /** Somebody published meanwhile, and so may have made of it what never was. */
    CHANGED,
    /** What is there may never have been: a pass is under way, or was cut off. */
    INCOMPLETE
  }

  /**
   * Copies.
   *
   * @throws RefusedException when local is not empty
   * @throws UnsoundDatabaseException when a database failed its check; the copy is there
   * @throws VolumeException when the volume does not work, or never stands still
   */
  public void copy() throws IOException, InterruptedException {
    if (!DataSearch.localIsEmpty(site)) {
      throw new RefusedException(
          "%s is not empty".formatted(site.local()), "give another directory for --copy");
    }
    for (int attempt = 1; ; attempt++) {
      boolean last = attempt == ATTEMPTS;
      try {
        var copied = copyAll(last);
        if (copied == Copied.WHOLE) {
          log.info("copied {}", progress);
          return;
        }
        if (copyNewestPoint(copied)) {
          return;
        }
        if (last) {
          throw new VolumeException(
              "volume %s: an agent publishes to it all the time: try again"
                  .formatted(site.volume().root()));
        }
      } catch (UnsoundDatabaseException e) {
        throw e;
      } catch (IOException e) {
        if (last) {
          throw e;
        }
        log.debug("the volume changed during the copy", e);
      }
      Thread.sleep(AGAIN_MILLIS);
      LocalContent.list(site).remove();
    }
  }

  private Copied copyAll(boolean last) throws IOException, InterruptedException {
    var before = site.volume().manifestIfReadable();
    try {
      copyOnce();
    } catch (UnsoundDatabaseException | VolumeException e) {
      if (site.volume().manifestIfReadable().equals(before)) {
        throw e;
      }
      return Copied.CHANGED;
    }
    if (!site.volume().manifestIfReadable().equals(before)) {
      return Copied.CHANGED;
    }
    return before.map(Manifest::complete).orElse(true) || last ? Copied.WHOLE : Copied.INCOMPLETE;
  }

  /** False where there are no points. */
  private boolean copyNewestPoint(Copied instead) throws IOException, InterruptedException {
    LocalContent.list(site).remove();
    var history = History.read(site.volume());
    var points = history.timeline().points();
    if (points.isEmpty()) {
      return false;
    }
    long point = points.getLast().generation();
    if (instead == Copied.INCOMPLETE) {
      log.info("the last pass is under way, or was cut off: copying point {} before it", point);
    } else {
      log.info("somebody publishes to the volume meanwhile: copying its point {}", point);
    }
    var selection = new Selection(Set.of(), site.filter()).withCurrentForLost();
    var copied = new PointCopy(site.local(), check, transfers).copy(history, point, selection);
    var broken = copied.shortfalls().stream().filter(Shortfall::broken).map(Shortfall::text);
    var why = broken.collect(Collectors.joining("; "));
    if (!why.isEmpty()) {
      throw UnsoundDatabaseException.ofPoint(why);
    }
    log.info("copied point {}: {}", point, Amount.of(copied.items().size(), "name"));
    return true;
  }

  private void copyOnce() throws IOException, InterruptedException {
    var there = VolumeContent.list(site);
    var here = LocalContent.list(site);
    here.requireRoom(there.bytes());
    progress.expect(there);
    log.info("copying the volume, for inspection: {}", progress);
    try (var durable = TreeSync.open(site, transfers)) {
      var digests = files.copy(there, durable);
      databases.recoverAndCheck(there, digests);
      files.finishDirectories(there);
      durable.sync(here, there, digests.keySet());
    }
  }
}
