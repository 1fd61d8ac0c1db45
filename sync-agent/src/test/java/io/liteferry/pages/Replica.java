package io.liteferry.pages;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.sqlite.Snapshot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** What an agent publishes of one database: a base, the segments after it, and the page map. */
final class Replica implements AutoCloseable {
  static final Duration TIMEOUT = Duration.ofMillis(100);
  private static final Instant TIME = Instant.parse("2026-01-01T00:00:00Z");
  private static final String NAME = "a.db";

  private final Path database;
  private final Path directory;
  private final Random random;
  private final Seam seam;
  private final List<Segment> segments = new ArrayList<>();
  private Capture capture;
  private Optional<PageMap> map = Optional.empty();
  private Path base;
  private long number;
  private int files;

  Replica(Path database, Path directory, Random random, Seam seam) throws IOException {
    this.database = database;
    this.directory = Files.createDirectories(directory);
    this.random = random;
    this.seam = seam;
    base = directory.resolve("none");
    capture = new Capture(database, TIMEOUT, seam);
  }

  private Path newFile() {
    return directory.resolve("f" + files++);
  }

  /** Captures the database; whole where that is needed. */
  Outcome pass() throws IOException {
    if (map.isEmpty()) {
      return whole("nothing is published");
    }
    if (random.nextInt(20) == 0) {
      capture = new Capture(database, TIMEOUT, seam); // a new process
      reopenMap();
    }
    var file = newFile();
    var outcome =
        capture.take(
            map.get(),
            new Target(file, NAME, number + 1, number + 1, 7, TIME, false, Long.MAX_VALUE));
    switch (outcome) {
      case Outcome.Whole whole -> {
        return whole(whole.why());
      }
      case Outcome.Changed changed -> {
        publish(file, changed.heading());
        tidy();
      }
      case Outcome.Busy _, Outcome.Unchanged _ -> {}
    }
    return outcome;
  }

  /** A capture that cannot be published: nothing of it may be needed later. */
  void failedPass() throws IOException {
    if (map.isPresent()) {
      var file = newFile();
      capture.take(
          map.get(),
          new Target(file, NAME, number + 1, number + 1, 7, TIME, false, Long.MAX_VALUE));
      Files.deleteIfExists(file);
    }
  }

  private void publish(Path file, Heading heading) throws IOException {
    number++;
    var published = directory.resolve(heading.name().text());
    Files.move(file, published);
    var segment = Segment.open(published, NAME);
    segments.add(segment);
    assertTrue(map.orElseThrow().apply(segment), "the segment begins at the map's state");
  }

  private void reopenMap() throws IOException {
    var old = map.orElseThrow();
    var identity = old.identity();
    old.close();
    var path = directory.resolve("map");
    map = PageMap.open(path);
    assertTrue(map.isPresent(), "a map that is whole opens");
    if (random.nextInt(3) == 0) {
      map.get().close();
      try (var state = state()) {
        map = Optional.of(PageMap.build(path, state.pages()));
      }
    }
    assertEquals(identity, map.get().identity(), "a map stands where it stood");
  }

  /** Merges some segments, or folds all. */
  private void tidy() throws IOException {
    int all = segments.size();
    if (all > 30 || (all > 1 && random.nextInt(10) == 0)) {
      int from = random.nextInt(all - 1);
      var part = segments.subList(from, all > 30 ? all : from + 2 + random.nextInt(all - from - 1));
      var file = newFile();
      var heading = Folded.merge(part, file);
      part.forEach(Replica::close);
      part.clear();
      var merged = directory.resolve(heading.name().text());
      Files.move(file, merged);
      segments.add(from, Segment.open(merged, NAME));
    }
    if (random.nextInt(20) == 0) {
      var folded = newFile();
      try (var plain = PlainFile.open(base)) {
        assertTrue(
            Folded.of(plain, segments).write(folded).equals(map.orElseThrow().identity()),
            "a fold leads to the map's state");
      }
      base = folded;
      if (random.nextBoolean()) { // else the segments are laid over what they led to
        segments.forEach(Replica::close);
        segments.clear();
      }
    }
  }

  private Outcome whole(String why) throws IOException {
    segments.forEach(Replica::close);
    segments.clear();
    var image = newFile();
    if (!(Snapshot.take(database, image, TIMEOUT) instanceof Snapshot.Outcome.Taken)) {
      return new Outcome.Busy("no snapshot");
    }
    base = image;
    number++;
    if (map.isPresent()) {
      map.get().close();
    }
    try (var plain = PlainFile.open(base)) {
      map = Optional.of(PageMap.build(directory.resolve("map"), plain));
    }
    return new Outcome.Whole(why);
  }

  /** What is published; good until the next pass. */
  State state() throws IOException {
    var plain = PlainFile.open(base);
    return new State(plain, segments.isEmpty() ? plain : Folded.of(plain, segments));
  }

  /** To be closed after reading. */
  record State(PlainFile plain, PageSource pages) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      plain.close();
    }
  }

  Identity identity() {
    return map.orElseThrow().identity();
  }

  /** Whether anything is published. */
  boolean isEmpty() {
    return map.isEmpty();
  }

  private static void close(Segment segment) {
    try {
      segment.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    segments.forEach(Replica::close);
    if (map.isPresent()) {
      map.get().close();
    }
  }
}
