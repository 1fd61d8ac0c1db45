package io.liteferry.cli;

import io.liteferry.restore.RestoreProgress;
import java.io.Console;
import java.io.PrintStream;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows a long restore: a line that renews itself on a terminal, a log line now and then elsewhere.
 */
final class ProgressReporter {
  private static final Logger log = LoggerFactory.getLogger(ProgressReporter.class);
  private static final long TERMINAL_MILLIS = 200;
  private static final long LOG_MILLIS = 5_000;
  private static final String CLEAR_LINE = "\r\u001b[K";

  private final RestoreProgress progress;
  private final boolean terminal;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread;

  private ProgressReporter(RestoreProgress progress, boolean terminal) {
    this.progress = progress;
    this.terminal = terminal;
    thread = Thread.ofPlatform().name("progress").daemon().unstarted(this::report);
  }

  static ProgressReporter start(RestoreProgress progress) {
    // a runtime without the module jdk.internal.le has no console where there is no terminal
    boolean terminal = Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
    var reporter = new ProgressReporter(progress, terminal);
    reporter.thread.start();
    return reporter;
  }

  private void report() {
    PrintStream err = System.err;
    boolean shown = false;
    try {
      while (!closed.await(terminal ? TERMINAL_MILLIS : LOG_MILLIS, TimeUnit.MILLISECONDS)) {
        if (!progress.hasBegun()) {
          continue;
        }
        if (terminal) {
          err.print(CLEAR_LINE + "restoring: " + progress);
          err.flush();
          shown = true;
        } else {
          log.info("restoring: {}", progress);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (shown) {
      err.print(CLEAR_LINE);
      err.flush();
    }
  }

  /** Ends, with the line cleared. */
  void stop() throws InterruptedException {
    closed.countDown();
    thread.join();
  }
}
