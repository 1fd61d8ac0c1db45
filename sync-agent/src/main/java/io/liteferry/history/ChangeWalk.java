package io.liteferry.history;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;

/**
 * Goes through several records side by side, path by path: one change of each is in memory, however
 * long they are.
 */
final class ChangeWalk implements Closeable {
  /**
   * What some records say of one path.
   *
   * @param steps from the oldest record to the youngest, never empty
   */
  record OfPath(String name, List<Step> steps) {
    /** What the path was before the oldest of these, as far as they know. */
    Change whole() {
      return steps.stream().map(Step::change).reduce(Change::then).orElseThrow();
    }
  }

  /** What one record says. */
  record Step(long generation, Change change) {}

  /** A record with the next of its changes. */
  private record Open(long generation, ChangeSource source, Change next) {}

  private static final Comparator<Open> ORDER =
      Comparator.comparing(Open::next, Change.ORDER).thenComparingLong(Open::generation);

  private final PriorityQueue<Open> open = new PriorityQueue<>(ORDER);
  private final List<ChangeSource> sources = new ArrayList<>();

  /** Opens records; all are closed with this. */
  ChangeWalk(RecordFiles files, Collection<Long> generations) throws IOException {
    try {
      for (long generation : generations) {
        add(generation, files.open(generation));
      }
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  private void add(long generation, ChangeSource source) throws IOException {
    sources.add(source);
    advance(generation, source);
  }

  private void advance(long generation, ChangeSource source) throws IOException {
    source.next().ifPresent(next -> open.add(new Open(generation, source, next)));
  }

  /** The next path; empty after the last, when all records were found whole. */
  Optional<OfPath> next() throws IOException {
    if (open.isEmpty()) {
      return Optional.empty();
    }
    var name = open.element().next().name();
    var steps = new ArrayList<Step>();
    while (!open.isEmpty() && open.element().next().name().equals(name)) {
      var first = open.remove();
      steps.add(new Step(first.generation(), first.next()));
      advance(first.generation(), first.source());
    }
    return Optional.of(new OfPath(name, steps));
  }

  @Override
  public void close() throws IOException {
    for (var source : sources) {
      source.close();
    }
  }
}
