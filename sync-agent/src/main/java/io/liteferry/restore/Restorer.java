package io.liteferry.restore;

import io.liteferry.durable.DamagedFileException;
import io.liteferry.durable.FileSystemSync;
import io.liteferry.lease.Lease;
import io.liteferry.lease.VolumeException;
import io.liteferry.log.Event;
import io.liteferry.sqlite.DatabaseCheck;
import io.liteferry.state.AgentState;
import io.liteferry.volume.Manifest;
import io.liteferry.volume.Volume;
import io.liteferry.volume.VolumeWriter;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings local into the state that the decision table demands, in the steps R1 to R8 of {@code
 * docs/crash-safety.md}. For one thread.
 *
 * <p>What is refused is refused before the lease is asked for, so that it changes nothing; what is
 * done is decided again with the lease in hand, when what an agent before us flushed is there.
 */
public final class Restorer {
  private static final Logger log = LoggerFactory.getLogger(Restorer.class);

  /** Longer than a tick of the clock that stamps files: after it, the copies' stamps are old. */
  private static final long TICK_MILLIS = 25;

  private final RestoreSite site;
  private final RestoreProgress progress;
  private final LeaseSource leases;
  private final Facts facts;
  private final DatabaseRecovery databases;
  private final TreeCopy files;
  private final int transfers;

  /** Where the lease comes from when it is needed. */
  @FunctionalInterface
  public interface LeaseSource {
    /** Waits for the lease; its owner releases it. */
    Lease acquire() throws IOException, InterruptedException;
  }

  /** Which decision counts: one may be allowed less than another. */
  @FunctionalInterface
  private interface Deciding {
    Decision decide() throws IOException;
  }

  /** What was looked at before state says that local is given up. */
  private record Sides(VolumeContent volume, LocalContent local) {}

  /**
   * Prepares a restore; does nothing yet.
   *
   * @param check how each database is checked before local counts as ready
   * @param transfers how many files are copied at the same time
   */
  public Restorer(
      RestoreSite site,
      DatabaseCheck check,
      int transfers,
      RestoreProgress progress,
      LeaseSource leases) {
    this.site = site;
    this.progress = progress;
    this.leases = leases;
    facts = new Facts(site, check);
    databases = new DatabaseRecovery(site, check);
    files = new TreeCopy(site, transfers, progress);
    this.transfers = transfers;
  }

  /**
   * Restores as far as needed. Afterwards state is ready for this volume.
   *
   * @throws RefusedException when nothing can be done safely; nothing was changed
   * @throws UnsoundDatabaseException when the volume's content is not fit to run with
   * @throws VolumeException when the volume does not work
   * @throws io.liteferry.lease.LeaseHeldException when another agent has the volume
   */
  public void restore() throws IOException, InterruptedException {
    restore(facts::decide);
  }

  /**
   * As {@link #restore()}, where the application may be at work on local: refuses where a local
   * with data would be replaced.
   */
  public void restoreKeepingLocal() throws IOException, InterruptedException {
    restore(facts::decideKeepingLocal);
  }

  /**
   * Makes sure that passes may begin without a restore.
   *
   * @throws RefusedException when a restore is needed first; nothing was changed
   */
  public void requireReady() throws IOException, InterruptedException {
    restore(facts::decideWithoutCopy);
  }

  /** Refuses as {@link #requireReady()} would now, if it got the lease. Changes nothing. */
  public void requireReadyWithoutLease() throws IOException {
    site.requireAllowed(facts.decideWithoutCopy());
  }

  private void restore(Deciding deciding) throws IOException, InterruptedException {
    if (site.requireAllowed(deciding.decide()).replacesLocal()) { // R1
      FileSystemSync.prepare(site.local()); // R1, for R7
    }
    var lease = leases.acquire(); // R1
    var decision = site.requireAllowed(deciding.decide()); // R1
    if (decision.replacesLocal()) {
      replaceLocal(decision, lease);
    } else {
      begin(decision, lease);
    }
  }

  /**
   * What {@link #restore()} would decide now. Changes nothing; the state may be one {@linkplain
   * io.liteferry.state.StateDirectory#look only looked at}.
   *
   * @throws RefusedException when a damaged file alone makes it refuse
   * @throws DamagedFileException when it would have to compare local with the volume first
   */
  public Decision preview() throws IOException {
    site.state().read();
    return facts.decide();
  }

  /**
   * What {@link #restore()} would do now, if it got the lease. Changes nothing that lasts: what it
   * needs for a look at databases comes and goes in state.
   *
   * @throws IOException what {@link #restore()} would throw before it changes anything
   */
  public RestorePlan plan() throws IOException {
    var decision = site.requireAllowed(facts.decide());
    if (!decision.replacesLocal()) {
      return new RestorePlan(decision, List.of(), List.of());
    }
    var sides = look(decision);
    return new RestorePlan(
        decision, sides.volume().filesAndLinks(), sides.local().filesAndLinks().reversed());
  }

  /** The volume's id; a volume without one, or with a damaged one, gets it now. */
  private String mark(Lease lease) throws IOException {
    var volume = site.volume();
    var writer = new VolumeWriter(volume, lease.staging());
    try {
      var id = volume.id();
      return id.isPresent() ? id.get() : writer.mark(Volume.newId());
    } catch (DamagedFileException e) {
      var id = facts.volumeId(site.state().read(), volume.manifestIfReadable());
      return writer.mark(id.orElseThrow());
    }
  }

  /** What needs no copy. Not a switch: its bootstrap would be a tenth of the time to start. */
  private void begin(Decision decision, Lease lease) throws IOException {
    var id = mark(lease); // the end of R1
    var publication = site.volume().manifestIfReadable().map(Manifest::publication);
    lease.confirm(); // what was decided, and this publication, are of one moment
    if (decision instanceof Decision.KeepLocal) {
      Event.of("restore")
          .with("decision", "keep")
          .log(() -> log.info("local is the same as the volume or newer: kept"));
      if (facts.isStateDamaged()) {
        site.state().write(AgentState.ready(id, publication));
      } else {
        site.state().noteStart();
      }
      return;
    }
    boolean adopt = decision instanceof Decision.Adopt;
    Event.of("restore")
        .with("decision", adopt ? "adopt" : "first-start")
        .log(
            () ->
                log.info(
                    adopt
                        ? "local has data and the volume has none: the first pass publishes it"
                        : "first start: local and volume are empty"));
    site.state().write(AgentState.ready(id, publication));
  }

  private void replaceLocal(Decision decision, Lease lease)
      throws IOException, InterruptedException {
    var id = mark(lease); // the end of R1
    var sides = look(decision); // R2
    progress.expect(sides.volume());
    if (decision instanceof Decision.Recover recover) {
      setAside(recover, sides); // R2
    }
    Event.of("restore")
        .with("decision", "copy")
        .log(() -> log.info("{}: {}", why(decision), progress));
    site.state().write(AgentState.restoring(id)); // R3
    try (var durable = TreeSync.open(site, transfers)) {
      sides.local().remove(); // R4
      var digests = files.copy(sides.volume(), durable); // R5
      long copied = System.nanoTime();
      databases.recoverAndCheck(sides.volume(), digests); // R6
      files.finishDirectories(sides.volume()); // R7
      durable.sync(sides.local(), sides.volume(), digests.keySet()); // R7
      sides.volume().syncOnVolume(site); // R7
      awaitTickSince(copied);
      site.state().writeIndex(id, RestoredIndex.of(site, sides.volume(), digests), Set.of()); // R8
    }
    var publication = site.volume().manifestIfReadable().map(Manifest::publication);
    lease.confirm(); // R8
    site.state().write(AgentState.ready(id, publication)); // R8: from now on local is kept
    Event.of("restored").log(() -> log.info("restored {}", progress));
  }

  /** R2 without a change: whether the volume can be had, and local has room for it. */
  private Sides look(Decision decision) throws IOException {
    var there = VolumeContent.list(site);
    if (!(decision instanceof Decision.CopyAll)) {
      databases.checkOnVolume(there); // before a good local is given up for it
    }
    var here = LocalContent.list(site);
    here.requireRoom(there.bytes());
    return new Sides(there, here);
  }

  private void setAside(Decision.Recover recover, Sides sides) throws IOException {
    var aside =
        new SetAside(site.local(), site.state())
            .keep(recover.databases().keySet(), sides.local().bytesMissing(sides.volume().bytes()));
    Event.of("set-back")
        .with("databases", recover.databases().size())
        .log(
            () ->
                log.warn(
                    "a crash of the node has set local back behind the volume, or damaged it: {};"
                        + " the agent keeps copies of these in {}",
                    Decision.named(recover.databases()),
                    aside));
  }

  private static String why(Decision decision) {
    if (decision instanceof Decision.CopyAgain) {
      return "somebody else published, and local has no changes of its own: restoring again";
    }
    return decision instanceof Decision.Recover
        ? "restoring what was published"
        : "restoring from the volume";
  }

  static void awaitTickSince(long nanos) throws InterruptedException {
    Thread.sleep(
        Math.max(0, TICK_MILLIS - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos)));
  }
}
