package io.liteferry.publish;

import java.util.BitSet;

/**
 * Lets transfers that are prepared several at once take effect one after the other, in the order in
 * which they were given their numbers. A transfer whose number is 0 waits for none.
 *
 * <p>Nobody waits for ever when transfers are started in the order of their numbers, and each tells
 * that it is {@linkplain #over over}, whatever came of it, also when it was never started.
 */
final class Turns {
  private final BitSet over = new BitSet();
  private boolean closed;

  /**
   * Waits until every transfer with a lower number is over.
   *
   * @return whether this one may take effect: not after an older one that the others wait for
   */
  synchronized boolean await(int number) throws InterruptedException {
    while (over.nextClearBit(0) < number) {
      wait();
    }
    return !closed;
  }

  /** This transfer has taken effect, or never will. */
  synchronized void over(int number) {
    over.set(number);
    notifyAll();
  }

  /** Nothing takes effect any more; to be called by a transfer before it is over. */
  synchronized void close() {
    closed = true;
  }

  synchronized boolean isClosed() {
    return closed;
  }
}
