package io.liteferry.cli;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/**
 * SIGTERM and SIGINT: the first stops in order, the second at once. Before there is anything to
 * stop in order, the first stops at once, too: each step of a restore may be the last. Unless local
 * may be ahead of the volume, or it is not known yet whether it is: then the first waits until a
 * flush is possible, for so long.
 *
 * <p>A shutdown hook would not do: it can neither set the exit code nor see a second signal.
 */
@SuppressWarnings("sunapi") // java.base has no signals; jdk.unsupported is kept for such uses
final class StopSignals {
  private static final Logger log = LoggerFactory.getLogger(StopSignals.class);

  /** What a shell reports for a process that died of signal n is this plus n. */
  private static final int DIED_OF_SIGNAL = 128;

  private static final long LOOK_AGAIN_MILLIS = 20;

  private static final String[] NAMES = {"TERM", "INT", "HUP"};

  /** Signals belong to the process, and so does this. */
  private static final StopSignals OF_PROCESS = new StopSignals();

  private final Map<String, SignalHandler> before = new HashMap<>();

  /** Until the command says otherwise a first signal waits: local may have been kept. */
  private volatile BooleanSupplier mayHalt = () -> false;

  private volatile Patience patience = Patience.ENDLESS;
  private volatile boolean inOrder;
  private Optional<Signal> firstSignal = Optional.empty();
  private Runnable onFirst = () -> {};

  /** How long a first signal waits, and what is done when that was not long enough. */
  record Patience(Duration atMost, Runnable givenUp) {
    static final Patience ENDLESS = new Patience(Duration.ofDays(10_000), () -> {});
  }

  private StopSignals() {}

  /** Those of this process; they are handled once {@link #take} was called. */
  static StopSignals ofProcess() {
    return OF_PROCESS;
  }

  /**
   * From now on signals are handled here. To be called before anything else: what the runtime does
   * with a signal would end a start that has something to flush, and say nothing.
   */
  synchronized void take() {
    for (var name : NAMES) {
      if (!before.containsKey(name)) {
        before.put(name, Signal.handle(new Signal(name), this::handle));
      }
    }
  }

  /** For a command with nothing to stop in order: the runtime handles signals as it does. */
  synchronized void giveBack() {
    before.forEach((name, handler) -> Signal.handle(new Signal(name), handler));
    before.clear();
    firstSignal.ifPresent(signal -> Main.halt(DIED_OF_SIGNAL + signal.getNumber()));
  }

  /**
   * Until {@link #onStop}, a first signal stops at once where this is true, and waits elsewhere.
   */
  void haltOnlyIf(BooleanSupplier condition) {
    mayHalt = condition;
  }

  /** A first signal that waits does not do so for ever; what is then done ends the process. */
  void waitFor(Patience time) {
    patience = time;
  }

  /** From now on the first signal runs this, which must return at once; also one that waits. */
  synchronized void onStop(Runnable stop) {
    onFirst = stop;
    inOrder = true;
    if (firstSignal.isPresent()) {
      stop.run();
    }
  }

  private synchronized void handle(Signal signal) {
    if (firstSignal.isEmpty() && (inOrder || !mayHalt.getAsBoolean())) {
      firstSignal = Optional.of(signal);
      log.debug("SIG{}", signal.getName());
      if (inOrder) {
        onFirst.run();
      } else {
        Thread.ofPlatform().daemon().name("late-halt").start(() -> haltWhenAllowed(signal));
      }
      return;
    }
    halt(signal);
  }

  /**
   * A signal came while the lease was held and nothing had begun yet, which lasts for moments; or
   * while the lease was waited for, to flush.
   */
  private void haltWhenAllowed(Signal signal) {
    long begun = System.nanoTime();
    try {
      while (!inOrder && !mayHalt.getAsBoolean()) {
        if (System.nanoTime() - begun > patience.atMost().toNanos()) {
          patience.givenUp().run();
        }
        Thread.sleep(LOOK_AGAIN_MILLIS);
      }
    } catch (InterruptedException e) {
      return;
    }
    synchronized (this) {
      if (!inOrder) { // else it was handed on
        halt(signal);
      }
    }
  }

  private void halt(Signal signal) {
    log.warn(
        "SIG{}: stopped at once; {}",
        signal.getName(),
        inOrder ? "the flush was abandoned" : "the next start begins again");
    Main.halt(DIED_OF_SIGNAL + signal.getNumber());
  }
}
