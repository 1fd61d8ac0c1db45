package io.liteferry.agent;

import io.liteferry.publish.PassReport;
import io.liteferry.publish.Problem;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Who waits until what local had at a moment is on the volume. A pass that begins after that moment
 * and leaves nothing undone has published it, but for what is renamed while that pass lists local
 * and is seen under neither name: so two have to. Pure: all times are nanoseconds of one monotonic
 * clock, given by the caller. For several threads.
 */
final class FlushRequests {
  /** For how long the same files must fail on a volume that works. */
  private final long stubborn;

  private final List<Request> open = new ArrayList<>();
  private @Nullable String over;

  private static final class Request {
    private final long asked;
    private final CompletableFuture<FlushResult> result = new CompletableFuture<>();
    private @Nullable SortedMap<Path, Problem.Kind> problems;
    private long problemsSince;

    /** Whether a pass has left nothing undone since it was asked. */
    private boolean looked;

    Request(long asked) {
      this.asked = asked;
    }
  }

  FlushRequests(Duration stubborn) {
    this.stubborn = stubborn.toNanos();
  }

  /** One more; whoever asks may cancel it. */
  synchronized CompletableFuture<FlushResult> add(long now) {
    var request = new Request(now);
    if (over != null) {
      request.result.complete(new FlushResult.Ended(over));
    } else {
      open.add(request);
    }
    return request.result;
  }

  /** Whether anybody waits. */
  synchronized boolean isAnyOpen() {
    open.removeIf(request -> request.result.isDone());
    return !open.isEmpty();
  }

  /** A pass ended. */
  synchronized void passEnded(long began, PassReport report, long now) {
    for (var request : open) {
      if (began - request.asked < 0) {
        continue; // it may have looked before that moment
      }
      var problems = report.kinds();
      if (report.isComplete() && !request.looked) {
        request.looked = true;
      } else if (report.isComplete()) {
        request.result.complete(new FlushResult.Published(report.generation(), report.held()));
      } else if (report.changedVolume() || !problems.equals(request.problems)) {
        request.problems = problems;
        request.problemsSince = now;
      } else if (now - request.problemsSince > stubborn) {
        request.result.complete(new FlushResult.Incomplete(report.reasons()));
      }
    }
  }

  /** A pass failed as a whole: nobody can tell which files are the cause. */
  synchronized void passFailed() {
    open.forEach(request -> request.problems = null);
  }

  /** No pass follows. */
  synchronized void end(String why) {
    over = why;
    open.forEach(request -> request.result.complete(new FlushResult.Ended(why)));
  }
}
