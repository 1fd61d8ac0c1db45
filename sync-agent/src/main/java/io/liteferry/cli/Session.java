package io.liteferry.cli;

import io.liteferry.agent.Agent;
import io.liteferry.agent.AgentObserver;
import io.liteferry.agent.AgentSettings;
import io.liteferry.agent.PublicationLog;
import io.liteferry.agent.Surroundings;
import io.liteferry.control.Control;
import io.liteferry.durable.DamagedFileException;
import io.liteferry.lease.Lease;
import io.liteferry.lease.LeaseClock;
import io.liteferry.log.Event;
import io.liteferry.publish.Amount;
import io.liteferry.publish.DryRun;
import io.liteferry.publish.Notices;
import io.liteferry.publish.PassReport;
import io.liteferry.publish.PublishContext;
import io.liteferry.publish.Publisher;
import io.liteferry.publish.Site;
import io.liteferry.publish.Timings;
import io.liteferry.restore.InspectionCopy;
import io.liteferry.restore.RefusedException;
import io.liteferry.restore.RestorePlan;
import io.liteferry.restore.RestoreProgress;
import io.liteferry.restore.RestoreSite;
import io.liteferry.restore.Restorer;
import io.liteferry.scan.Tree;
import io.liteferry.state.AgentState;
import io.liteferry.state.StateDirectory;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One command at work on a local directory and a volume: holds the locks and wires the parts. */
final class Session implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Session.class);
  private static final int MOST_NAMED = 20;
  private static final Duration RELEASE_PATIENCE = Duration.ofSeconds(2);

  /** For how long a sync waits, beyond the delete guard's time, for local to come to rest. */
  private static final Duration SYNC_PATIENCE = Duration.ofSeconds(10);

  private final TreeOptions options;
  private final LeaseOptions leases;
  private final Directories directories;
  private final StateDirectory state;
  private final Volume volume;
  private final AgentObserver observer;
  private final Clock clock = Clock.systemUTC();
  private final StopSignals signals = StopSignals.ofProcess();
  private volatile @Nullable Lease lease; // the thread of signals asks for it, too

  private Optional<Control> control = Optional.empty();

  /** Whether a stop is to flush before there was a pass. */
  private boolean keptLocal;

  /** Whether the next process of the same owner is to take the lease up where we leave it. */
  private boolean handsOver;

  /** Whether everything of local is on the volume, as far as this command has seen to it. */
  private boolean everythingIsOnVolume;

  private Session(
      TreeOptions options,
      LeaseOptions leases,
      Directories directories,
      StateDirectory state,
      AgentObserver observer) {
    this.options = options;
    this.leases = leases;
    this.directories = directories;
    this.state = state;
    this.observer = observer;
    this.volume = new Volume(directories.volume());
    signals.take();
  }

  /**
   * Takes the locks.
   *
   * @param observer closed by the caller
   */
  static Session open(TreeOptions options, LeaseOptions leases, AgentObserver observer)
      throws BadPathException, IOException {
    return open(options.directories(Argument.LOCAL, Argument.VOLUME), options, leases, observer);
  }

  /** The same, to {@link #copy} or {@link #plan} from a volume that need not be writable. */
  static Session openToRead(TreeOptions options, LeaseOptions leases)
      throws BadPathException, IOException {
    return open(options.directories(Argument.LOCAL), options, leases, AgentObserver.NOBODY);
  }

  private static Session open(
      Directories directories, TreeOptions options, LeaseOptions leases, AgentObserver observer)
      throws BadPathException, IOException {
    var state = StateDirectory.open(directories.state(), directories.local());
    return new Session(options, leases, directories, state, observer);
  }

  /** From now on programs on this node may ask how it goes. */
  void answer() throws IOException {
    control = Control.open(state, directories.local(), new Version().number(), clock);
  }

  /**
   * A stop flushes also before {@link #watch} has begun, when local was kept from an earlier run
   * and may be ahead of the volume: in a pod, local is gone with the stop.
   *
   * @param patience how long such a stop waits for the volume
   */
  void flushKeptLocal(Duration patience) throws IOException {
    try {
      keptLocal = state.read().filter(s -> s.phase() == AgentState.Phase.READY).isPresent();
    } catch (DamagedFileException e) {
      keptLocal = true; // the restore says so, and finds out
    }
    if (keptLocal) {
      signals.haltOnlyIf(() -> false);
      signals.waitFor(new StopSignals.Patience(patience, () -> giveUpFlush(patience)));
    } else {
      signals.haltOnlyIf(() -> true);
    }
  }

  private void giveUpFlush(Duration patience) {
    stopped(
        "incomplete",
        1,
        () ->
            log.error(
                "NOT on the volume, kept in {}: any changes that the volume does not have; the"
                    + " agent could not begin to publish within {} s",
                directories.local(),
                patience.toSeconds()));
    Main.halt(ExitCode.INCOMPLETE.code);
  }

  void restore(boolean keepLocal) throws IOException, InterruptedException {
    long begun = System.nanoTime();
    var progress = new RestoreProgress();
    signals.haltOnlyIf(() -> (lease == null && !keptLocal) || progress.hasBegun());
    var shown = ProgressReporter.start(progress);
    try {
      if (keepLocal) {
        restorer(progress).restoreKeepingLocal();
      } else {
        restorer(progress).restore();
      }
    } finally {
      shown.stop();
    }
    observer.restored(Duration.ofNanos(System.nanoTime() - begun));
    signals.haltOnlyIf(() -> false);
  }

  /** Copies the volume to an empty local, for somebody to look at. */
  void copy() throws IOException, InterruptedException {
    if (state.read().isPresent()) {
      throw new RefusedException(
          "LOCAL %s belongs to an agent, as %s says".formatted(directories.local(), state.path()),
          "give another directory, an empty one");
    }
    var progress = new RestoreProgress();
    var shown = ProgressReporter.start(progress);
    try {
      new InspectionCopy(site(), options.databaseCheck(), options.transfers, progress).copy();
    } finally {
      shown.stop();
    }
  }

  /** What {@link #restore} would do, as far as it is known without the lease. */
  RestorePlan plan() throws IOException {
    return restorer(new RestoreProgress()).plan();
  }

  /** What {@link #sync} would do, as far as it is known without the lease. */
  DryRun plan(PassOptions passes) throws IOException {
    restorer(new RestoreProgress()).requireReadyWithoutLease();
    return DryRun.of(new Site(directories.local(), volume, state), options.passSettings(passes));
  }

  void requireReady() throws IOException, InterruptedException {
    signals.haltOnlyIf(() -> lease == null && !keptLocal);
    restorer(new RestoreProgress()).requireReady();
    signals.haltOnlyIf(() -> false);
  }

  /** At the end keeps the lease, for a process that goes on where this one stops. */
  void handOver() {
    handsOver = true;
  }

  private Lease lease() throws IOException, InterruptedException {
    var held = lease;
    if (held == null) {
      held = Lease.acquire(volume.own(), leases.settings(state), LeaseClock.SYSTEM);
      lease = held;
    }
    return held;
  }

  private Restorer restorer(RestoreProgress progress) {
    return new Restorer(site(), options.databaseCheck(), options.transfers, progress, this::lease);
  }

  private RestoreSite site() {
    return new RestoreSite(directories.local(), volume, state, options.filter(), clock);
  }

  ExitCode watch(PassOptions passes, AgentSettings settings)
      throws IOException, InterruptedException {
    var agent =
        new Agent(
            new Site(directories.local(), volume, state),
            lease(),
            options.passSettings(passes),
            settings,
            Surroundings.ofMachine(observer));
    control.ifPresent(c -> c.began(agent));
    signals.onStop(agent::stop);
    return switch (agent.run()) {
      case Agent.End.Flushed flushed -> {
        stopped("flushed", 0, () -> log.info("stopped: everything is on the volume"));
        everythingIsOnVolume = true;
        yield ExitCode.OK;
      }
      case Agent.End.Incomplete incomplete -> {
        stopped("incomplete", incomplete.missing().size(), () -> sayMissing(incomplete.missing()));
        yield ExitCode.INCOMPLETE;
      }
      case Agent.End.Fenced fenced -> {
        stopped(
            "taken-over",
            fenced.missing().size(),
            () -> log.error("{}; this agent publishes nothing more", fenced.by()));
        sayMissing(fenced.missing());
        yield ExitCode.FENCED;
      }
    };
  }

  private static void stopped(String result, int missing, Runnable line) {
    Event.of("stopped").with("result", result).with("missing", missing).log(line);
  }

  ExitCode sync(PassOptions passes) throws IOException, InterruptedException {
    var context =
        new PublishContext(
            new Site(directories.local(), volume, state),
            lease(),
            options.passSettings(passes),
            new PublishContext.Listeners(
                new Notices(state.readSaid()), Tree.BeforeListing.NOTHING, Timings.NOBODY),
            clock);
    signals.haltOnlyIf(() -> true);
    try (var publisher = Publisher.open(context)) {
      var report = publisher.pass(Publisher.Purpose.FLUSH);
      say(report);
      long begun = System.nanoTime();
      long patience = options.passSettings(passes).deleteGuard().plus(SYNC_PATIENCE).toNanos();
      while (report.reconsiderAt().isPresent() && System.nanoTime() - begun < patience) {
        long wait = report.reconsiderAt().get() - System.nanoTime();
        Thread.sleep(Math.max(0, wait / 1_000_000) + 1);
        report = publisher.pass(Publisher.Purpose.FLUSH);
        say(report);
      }
      if (report.held() > 0) {
        log.warn(
            "the delete guard still holds back {}; these files stay on the volume",
            Amount.of(report.held(), "deletion"));
      }
      context.outwardLinks().sayAtEnd();
      lease().refillReserve();
      if (report.isComplete()) {
        everythingIsOnVolume = true;
        publisher.thinWhole();
        return ExitCode.OK;
      }
      sayMissing(report.reasons());
      return ExitCode.INCOMPLETE;
    }
  }

  private static void say(PassReport report) {
    if (report.changedVolume()) {
      long now = System.nanoTime();
      new PublicationLog(now).add(report, now);
    } else if (report.held() == 0) {
      log.info("nothing differs; the volume is at generation {}", report.generation());
    }
  }

  private void sayMissing(SortedMap<Path, String> missing) {
    if (missing.isEmpty()) {
      return;
    }
    var named =
        missing.entrySet().stream()
            .map(e -> "%s (%s)".formatted(AgentAnswers.nameOf(e.getKey()), e.getValue()));
    log.error(
        "NOT on the volume, kept in {}: {}",
        directories.local(),
        Amount.some(named, MOST_NAMED, missing.size()));
  }

  @Override
  public void close() throws IOException {
    var held = lease;
    if (held != null) {
      // On a thread of its own: with a volume that hangs, the end of the process must not wait.
      boolean everything = everythingIsOnVolume;
      var giving =
          Thread.ofPlatform()
              .daemon()
              .start(handsOver ? held::close : () -> held.release(everything));
      try {
        giving.join(RELEASE_PATIENCE);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    control.ifPresent(Control::close);
    state.close();
  }
}
