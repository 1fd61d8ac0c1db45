package io.liteferry.lease;

import java.util.concurrent.TimeUnit;

/** Time as one process sees it pass, and what is to be done in it. Tests stop and skew it. */
public interface LeaseClock {
  /** Nanoseconds since some moment; never goes back. */
  long nanos();

  /** Waits. */
  void sleep(long nanos) throws InterruptedException;

  /**
   * Runs something again and again until it is told to end.
   *
   * @return ends it; does not wait for a run under way, which may hang with the volume
   */
  Runnable every(long nanos, Runnable action);

  /** The machine's. */
  LeaseClock SYSTEM =
      new LeaseClock() {
        @Override
        public long nanos() {
          return System.nanoTime();
        }

        @Override
        public void sleep(long nanos) throws InterruptedException {
          TimeUnit.NANOSECONDS.sleep(nanos);
        }

        @Override
        public Runnable every(long nanos, Runnable action) {
          var thread =
              Thread.ofPlatform()
                  .name("heartbeat")
                  .daemon()
                  .start(
                      () -> {
                        try {
                          while (true) {
                            TimeUnit.NANOSECONDS.sleep(nanos);
                            action.run();
                          }
                        } catch (InterruptedException e) {
                          // told to end
                        }
                      });
          return thread::interrupt;
        }
      };
}
