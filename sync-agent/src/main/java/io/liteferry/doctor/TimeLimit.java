package io.liteferry.doctor;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Asks on a thread of its own, which is left alone when it does not come back: a request to a hung
 * mount cannot be ended.
 */
public final class TimeLimit {
  private final Duration limit;

  public TimeLimit(Duration limit) {
    this.limit = limit;
  }

  /** No answer came in time. */
  public static final class Exceeded extends Exception {
    @java.io.Serial private static final long serialVersionUID = 1;

    Exceeded(Duration limit) {
      super("no answer within %d s".formatted(limit.toSeconds()));
    }
  }

  /** Waits for the answer, or throws what asking threw. */
  public <T> T ask(Callable<T> question) throws Exception {
    var answer = new FutureTask<>(question);
    Thread.ofPlatform().daemon().name("time-limit").start(answer);
    try {
      return answer.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new Exceeded(limit);
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case Exception cause -> throw cause;
        case Error cause -> throw cause;
        case null, default -> throw e;
      }
    }
  }
}
