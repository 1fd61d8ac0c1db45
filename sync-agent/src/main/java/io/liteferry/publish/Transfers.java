package io.liteferry.publish;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Runs many small transfers, several at once: a sync over NFS takes 10 to 100 ms, nearly all of it
 * waiting. Its threads end when they are not used.
 */
public final class Transfers implements AutoCloseable {
  /** One transfer; runs on a thread of the pool. */
  @FunctionalInterface
  public interface Task<T> {
    T run() throws IOException, InterruptedException;

    /** It is not run, as another one failed. */
    default void skipped() {}
  }

  /** Takes one result; runs on the caller's thread, in the order of the tasks. */
  @FunctionalInterface
  public interface Result<T> {
    void accept(Path path, T outcome) throws IOException;
  }

  private record Running<T>(Path path, Future<T> future) {}

  private static final int IDLE_SECONDS = 5;

  private final ThreadPoolExecutor pool;
  private final int ahead;

  /** For at most {@code threads} transfers at once. */
  public Transfers(int threads) {
    pool =
        new ThreadPoolExecutor(
            threads,
            threads,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Thread.ofPlatform().name("transfer-", 0).daemon().factory());
    pool.allowCoreThreadTimeOut(true);
    ahead = threads * 4;
  }

  /**
   * Runs all tasks. When a task or a result throws, no further one is started, those under way are
   * waited for and their results taken, and the first exception is thrown. What it suppresses tells
   * of errors that were met at the same time.
   */
  public <T> void run(Map<Path, Task<T>> tasks, Result<T> result)
      throws IOException, InterruptedException {
    var stopped = new AtomicBoolean();
    var running = new ArrayDeque<Running<T>>();
    try {
      for (var task : tasks.entrySet()) {
        if (running.size() >= ahead) {
          take(running.removeFirst(), result);
        }
        running.add(
            new Running<>(
                task.getKey(),
                pool.submit(
                    () -> {
                      if (stopped.get()) {
                        task.getValue().skipped();
                        throw new CancellationException("another transfer has failed");
                      }
                      return task.getValue().run();
                    })));
      }
      while (!running.isEmpty()) {
        take(running.removeFirst(), result);
      }
    } catch (IOException | InterruptedException | RuntimeException | Error e) {
      stopped.set(true);
      takeRest(running, result, e);
      throw e;
    }
  }

  private static <T> void take(Running<T> running, Result<T> result)
      throws IOException, InterruptedException {
    try {
      result.accept(running.path(), running.future().get());
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException io -> throw io;
        case InterruptedException interrupted -> throw interrupted;
        case RuntimeException runtime -> throw runtime;
        case Error error -> throw error;
        case null, default -> throw new IllegalStateException(e);
      }
    }
  }

  /** Nothing may still be written when the caller cleans up. */
  private static <T> void takeRest(
      ArrayDeque<Running<T>> running, Result<T> result, Throwable first)
      throws InterruptedException {
    for (var left : running) {
      try {
        take(left, result);
      } catch (CancellationException e) {
        // was not begun
      } catch (IOException | RuntimeException e) {
        first.addSuppressed(e);
      }
    }
  }

  @Override
  public void close() {
    pool.shutdown();
  }
}
