package io.liteferry.test;

import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_DELETE;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * Measures passes from outside: a pass that publishes a database begins with a snapshot in the
 * state directory's {@code staging} and ends with its removal. Nothing that the agent says of
 * itself is believed.
 */
final class PassClock implements AutoCloseable {
  private final WatchService watch;
  private final Map<Path, Long> begun = new HashMap<>();
  private long longestNanos;

  private PassClock(WatchService watch) {
    this.watch = watch;
  }

  static PassClock start(Path state) throws IOException {
    var staging = Files.createDirectories(state.resolve("staging"));
    var watch = staging.getFileSystem().newWatchService();
    staging.register(watch, ENTRY_CREATE, ENTRY_DELETE);
    var clock = new PassClock(watch);
    Thread.ofPlatform().name("pass clock").daemon().start(clock::run);
    return clock;
  }

  private void run() {
    try {
      while (true) {
        var key = watch.take();
        long now = System.nanoTime();
        synchronized (this) {
          for (var event : key.pollEvents()) {
            var name = (Path) event.context();
            if (event.kind() == ENTRY_CREATE) {
              begun.put(name, now);
            } else if (event.kind() == ENTRY_DELETE && begun.containsKey(name)) {
              longestNanos = Math.max(longestNanos, now - begun.remove(name));
            }
          }
        }
        key.reset();
      }
    } catch (InterruptedException | ClosedWatchServiceException e) {
      // the end
    }
  }

  /** The longest pass so far, the one under way included. */
  synchronized Duration longest() {
    long now = System.nanoTime();
    long underWay = begun.values().stream().mapToLong(start -> now - start).max().orElse(0);
    return Duration.ofNanos(Math.max(longestNanos, underWay));
  }

  @Override
  public void close() throws IOException {
    watch.close();
  }
}
