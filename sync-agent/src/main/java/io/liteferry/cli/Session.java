package io.liteferry.cli;

import io.liteferry.agent.Agent;
import io.liteferry.agent.AgentObserver;
import io.liteferry.agent.AgentSettings;
import io.liteferry.agent.Surroundings;
import io.liteferry.control.Control;
import io.liteferry.durable.DamagedFileException;
import io.liteferry.durable.UniqueName;
import io.liteferry.lease.Lease;
import io.liteferry.lease.LeaseClock;
import io.liteferry.log.Event;
import io.liteferry.publish.DryRun;
import io.liteferry.publish.Site;
import io.liteferry.restore.InspectionCopy;
import io.liteferry.restore.RefusedException;
import io.liteferry.restore.RestorePlan;
import io.liteferry.restore.RestoreProgress;
import io.liteferry.restore.RestoreSite;
import io.liteferry.restore.Restorer;
import io.liteferry.restore.Rollback;
import io.liteferry.restore.UnsoundDatabaseException;
import io.liteferry.state.AgentState;
import io.liteferry.state.StateDirectory;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One command at work on a local directory and a volume: holds the locks and wires the parts. */
final class Session implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Session.class);
  private static final Duration RELEASE_PATIENCE = Duration.ofSeconds(2);

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

  /**
   * Refuses as {@link #goBack(Rollback.Choice)} would, as far as that is known without the lease.
   */
  void requireRollback() throws IOException {
    rollback().requirePossible(Rollback.Scope.ANY_LOCAL);
  }

  /** Goes back to a point, once what local has beyond the volume is a point, too. */
  Rollback.Done goBack(Rollback.Choice choice) throws IOException, InterruptedException {
    signals.haltOnlyIf(() -> true);
    var done = rollback().back(choice, "by hand " + UniqueName.make(), Rollback.Scope.ANY_LOCAL);
    everythingIsOnVolume = true;
    return done;
  }

  /** Goes back when that is asked for and was not done, or was not done to its end. */
  void goBack(Optional<GoingBack> asked, Rollback.Scope scope)
      throws IOException, InterruptedException {
    signals.haltOnlyIf(() -> !keptLocal);
    rollback().finish(scope);
    if (asked.isPresent()) {
      asked.get().run(rollback(), scope);
    }
  }

  private Rollback rollback() {
    return new Rollback(site(), options.passSettings(new PassOptions()), this::lease);
  }

  /**
   * Restores as far as needed.
   *
   * @param acceptOlder whether to go back to a sound point when the volume's databases are not
   */
  void restore(boolean keepLocal, boolean acceptOlder) throws IOException, InterruptedException {
    try {
      restore(keepLocal);
    } catch (UnsoundDatabaseException e) {
      if (!acceptOlder) {
        throw e;
      }
      rollback().backToSound(e);
      signals.haltOnlyIf(() -> false);
    }
  }

  private void restore(boolean keepLocal) throws IOException, InterruptedException {
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
    rollback().requireFinishable();
    restorer(new RestoreProgress()).requireReadyWithoutLease();
    return DryRun.of(new Site(directories.local(), volume, state), options.passSettings(passes));
  }

  void requireReady() throws IOException, InterruptedException {
    signals.haltOnlyIf(() -> lease == null && !keptLocal);
    rollback().finishKeepingLocal();
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
    passes.warn();
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
        stopped(
            "incomplete",
            incomplete.missing().size(),
            () -> OneSync.sayMissing(directories.local(), incomplete.missing()));
        yield ExitCode.INCOMPLETE;
      }
      case Agent.End.Fenced fenced -> {
        stopped(
            "taken-over",
            fenced.missing().size(),
            () -> log.error("{}; this agent publishes nothing more", fenced.by()));
        OneSync.sayMissing(directories.local(), fenced.missing());
        yield ExitCode.FENCED;
      }
    };
  }

  private static void stopped(String result, int missing, Runnable line) {
    Event.of("stopped").with("result", result).with("missing", missing).log(line);
  }

  ExitCode sync(PassOptions passes) throws IOException, InterruptedException {
    passes.warn();
    signals.haltOnlyIf(() -> true);
    var sync = new OneSync(new Site(directories.local(), volume, state), lease(), clock);
    boolean isComplete = sync.run(options.passSettings(passes));
    everythingIsOnVolume = isComplete;
    return isComplete ? ExitCode.OK : ExitCode.INCOMPLETE;
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
