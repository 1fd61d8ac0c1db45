package io.liteferry.agent;

import io.liteferry.volume.HistoryOrder;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Orders for the volume's history that wait for the passes' thread. For several threads. */
final class Errands {
  /**
   * One of them.
   *
   * @param volumeId of the volume that is meant
   * @param result cancelled when nobody waits any more
   */
  record Errand(String volumeId, HistoryOrder order, CompletableFuture<OrderResult> result) {}

  private final Deque<Errand> open = new ArrayDeque<>();
  private boolean waitForPass;
  private @Nullable Errand waited;
  private @Nullable String over;

  synchronized CompletableFuture<OrderResult> add(String volumeId, HistoryOrder order) {
    var result = new CompletableFuture<OrderResult>();
    if (over != null) {
      result.complete(new OrderResult.Ended(over));
    } else {
      open.add(new Errand(volumeId, order, result));
    }
    return result;
  }

  /** The one that is due, until its result is there; empty while all wait for a pass. */
  synchronized Optional<Errand> next() {
    open.removeIf(errand -> errand.result().isDone());
    return waitForPass ? Optional.empty() : Optional.ofNullable(open.peek());
  }

  /**
   * One cannot be carried out before a pass, and so the others wait, too.
   *
   * @return false when it has waited for one already, in vain
   */
  synchronized boolean waitForPass(Errand errand) {
    waitForPass = !errand.equals(waited);
    waited = errand;
    return waitForPass;
  }

  synchronized void passEnded() {
    waitForPass = false;
  }

  /** The passes' thread ends. */
  synchronized void end(String why) {
    over = why;
    open.forEach(errand -> errand.result().complete(new OrderResult.Ended(why)));
  }
}
