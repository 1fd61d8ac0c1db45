package io.liteferry.test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Does something at the 1st, 2nd, 3rd … point of a scenario until one is not reached, with some
 * workers at once, and collects what went wrong.
 */
final class Sweep {
  private static final int WORKERS = Integer.getInteger("liteferry.test.workers", 2);

  /** From which point on, to look at one again. */
  private static final int FIRST = Integer.getInteger("liteferry.test.first", 1);

  /** More would mean that the end is not found. */
  private static final int MOST_POINTS = 5000;

  private static final int ENOUGH_FAILURES = 10;

  /** Makes a scenario in a directory. */
  interface Maker {
    Scenario make(Path root) throws IOException;
  }

  /** One attempt. */
  interface Attempt {
    /** Returns whether the point was reached; a problem is told to {@link Sweep#fail}. */
    boolean at(Sweep sweep, Scenario scenario, int point) throws Exception;
  }

  private final String name;
  private final Workplace workplace;
  private final long begun = System.nanoTime();
  private final AtomicInteger runs = new AtomicInteger();
  private final Map<String, Integer> counts = new TreeMap<>();
  private final List<String> failures = new ArrayList<>();
  private final Scenario[] scenarios = new Scenario[WORKERS];
  private volatile int end;
  private int points;

  Sweep(String name, Workplace workplace) {
    this.name = name;
    this.workplace = workplace;
  }

  /** Every point. */
  void all(Maker maker, Attempt attempt) throws Exception {
    every(1, FIRST, maker, attempt);
  }

  /** Every so many points, from one on. */
  void every(int stride, int first, Maker maker, Attempt attempt) throws Exception {
    var next = new AtomicInteger(first);
    end = MOST_POINTS;
    try (var executor = Executors.newFixedThreadPool(WORKERS)) {
      var tasks = new ArrayList<Callable<Boolean>>();
      for (int i = 0; i < WORKERS; i++) {
        int worker = i;
        tasks.add(
            () -> {
              var scenario = scenario(worker, maker);
              for (int point = next.getAndAdd(stride);
                  point < end && !enough();
                  point = next.getAndAdd(stride)) {
                if (!attempt.at(this, scenario, point)) {
                  reachedEnd(point);
                }
              }
              return true;
            });
      }
      for (var done : executor.invokeAll(tasks)) {
        done.get();
      }
    }
    if (end == MOST_POINTS && failures().isEmpty()) {
      throw new AssertionError(name + ": no end after " + MOST_POINTS + " points");
    }
    points += end - 1;
  }

  /** Made once, as each attempt resets it. */
  private Scenario scenario(int worker, Maker maker) throws Exception {
    if (scenarios[worker] == null) {
      var scenario = maker.make(workplace.directory(name.replace(' ', '-') + "-" + (worker + 1)));
      scenario.prepare();
      scenarios[worker] = scenario;
    }
    return scenarios[worker];
  }

  private synchronized void reachedEnd(int point) {
    end = Math.min(end, point);
  }

  /** How many points there were, in all. */
  int points() {
    return points;
  }

  /** The command was run once more. */
  void ran() {
    runs.incrementAndGet();
  }

  /** Counts a kind of event for the report. */
  synchronized void count(String kind) {
    counts.merge(kind, 1, Integer::sum);
  }

  /** Notes a failure, and keeps both sides for a look. */
  synchronized void fail(Scenario scenario, String attempt, List<String> problems)
      throws IOException {
    var kept = Path.of(scenario.place.root() + "-failed-" + (failures.size() + 1));
    Files.move(scenario.place.now(), kept);
    Files.createDirectories(scenario.place.now());
    failures.add(
        "%s: %s; both sides are kept in %s:%n    %s"
            .formatted(name, attempt, kept, String.join("\n    ", problems)));
    System.out.println(failures.getLast());
  }

  synchronized List<String> failures() {
    return List.copyOf(failures);
  }

  private synchronized boolean enough() {
    return failures.size() >= ENOUGH_FAILURES;
  }

  /** A line for whoever reads the build's output. */
  synchronized void report() {
    System.out.printf(
        "%s: %d points, %s, %d runs, %d s%n",
        name, points(), counts, runs.get(), (System.nanoTime() - begun) / 1_000_000_000);
  }
}
