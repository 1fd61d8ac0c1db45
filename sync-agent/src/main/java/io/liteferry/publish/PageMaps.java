package io.liteferry.publish;

import io.liteferry.durable.DamagedFileException;
import io.liteferry.durable.Errno;
import io.liteferry.durable.PortableName;
import io.liteferry.durable.UnknownFormatException;
import io.liteferry.history.PageFile;
import io.liteferry.lease.VolumeException;
import io.liteferry.pages.Capture;
import io.liteferry.pages.PageMap;
import io.liteferry.pages.PlainFile;
import io.liteferry.pages.Segment;
import io.liteferry.pages.SegmentName;
import io.liteferry.state.StateException;
import io.liteferry.volume.GenerationFiles;
import io.liteferry.volume.Manifest;
import io.liteferry.volume.OpenSegments;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The page maps of databases, each at the state that the volume has. They are a cache in state: one
 * that is lost, or stands elsewhere, is made anew from the volume. For one thread.
 */
final class PageMaps {
  private static final Logger log = LoggerFactory.getLogger(PageMaps.class);

  /** Before the path: the key of the notice. */
  private static final String FAILS = "page map ";

  private final PublishContext context;
  private final Map<Path, Tracked> tracked = new HashMap<>();

  PageMaps(PublishContext context) {
    this.context = context;
  }

  /**
   * The pages of a database.
   *
   * @param id the database's
   * @param at the number of the state at which the map stands
   * @param capture remembers where in the log it ended
   */
  record Tracked(String id, long at, PageMap map, Capture capture) {
    Tracked movedTo(long number) {
      return new Tracked(id, number, map, capture);
    }
  }

  /**
   * The map of a state that the volume has; empty when there is none to be had.
   *
   * @param run the segments that lead to the state from the plain file
   * @throws StateException when state has no room for it
   */
  Optional<Tracked> at(Path path, String id, long state, List<PageFile> run) throws IOException {
    var known = Optional.ofNullable(tracked.get(path)).filter(t -> t.id().equals(id));
    if (known.filter(t -> t.at() == state).isPresent()) {
      return known;
    }
    var database = context.local.toRealPath().resolve(path);
    try {
      var found = context.state.inRoom(() -> caughtUp(database, path, id, state, run));
      tracked.put(path, found);
      context.notices.over(FAILS + path);
      return Optional.of(found);
    } catch (DamagedFileException | UnknownFormatException e) {
      log.warn("{} is published whole, as {}", path, e.getMessage());
      return Optional.empty();
    } catch (VolumeException | StateException e) {
      throw e;
    } catch (IOException e) {
      context.notices.once(
          FAILS + path,
          () ->
              log.warn(
                  "{} is published whole, each time it changes, as STATE {} fails for what is known"
                      + " of its pages, a cache: let the agent write there, or delete {}: {}",
                  path,
                  context.state.path(),
                  file(id),
                  Errno.describe(e)));
      return Optional.empty();
    }
  }

  /** The map, moved on to the state, or made anew. */
  private Tracked caughtUp(Path database, Path path, String id, long state, List<PageFile> run)
      throws IOException {
    var before = Optional.ofNullable(tracked.get(path)).filter(t -> t.id().equals(id));
    if (before.isPresent()) {
      tracked.remove(path);
    } else {
      forget(path);
    }
    var map = before.isPresent() ? before.map(Tracked::map) : PageMap.open(file(id));
    boolean isThere = false;
    try {
      isThere = map.isPresent() && !run.isEmpty() && catchUp(path, map.get(), run);
    } finally {
      if (!isThere) {
        map.ifPresent(PageMaps::close);
      }
    }
    return isThere
        ? new Tracked(
            id,
            state,
            map.orElseThrow(),
            before.map(Tracked::capture).orElseGet(() -> capture(database)))
        : new Tracked(id, state, read(path, id, run), capture(database));
  }

  private Capture capture(Path database) {
    return new Capture(database, context.settings.busyTimeout());
  }

  /** Moves on by what was published since; false when the map is not on the way. */
  private boolean catchUp(Path path, PageMap map, List<PageFile> run) throws IOException {
    var files = new GenerationFiles(context.volume);
    for (var file : run) {
      SegmentName name = file.segment().orElseThrow();
      if (name.from().equals(map.identity())) {
        if (!OpenSegments.moveOn(context.volume, path, files.place(file), map)) {
          return false;
        }
      }
    }
    SegmentName last = run.getLast().segment().orElseThrow();
    return last.to().equals(map.identity());
  }

  /** Reads what the volume has. */
  private PageMap read(Path path, String id, List<PageFile> run) throws IOException {
    var files = new GenerationFiles(context.volume);
    Files.createDirectories(file(id).getParent());
    long bytes = run.stream().mapToLong(PageFile::bytes).sum();
    try (var _ = context.node.bytesOfVolume(bytes)) {
      if (run.isEmpty()) {
        return OpenSegments.mapOf(context.volume, path, file(id));
      }
      var places = run.stream().map(files::place).toList();
      try (var segments = OpenSegments.of(context.volume, path, places)) {
        return segments.mapOver(path, file(id));
      }
    }
  }

  private Path file(String id) {
    return context.state.path().resolve("pages").resolve(id);
  }

  /** A database was published: its pages are at hand. */
  void published(Ready database, Manifest.State now) {
    var path = database.source().path();
    try {
      if (database.segment().isPresent()) {
        var plan = database.step().orElseThrow().plan();
        var before = plan.tracked();
        try (var segment = Segment.open(database.segment().get(), PortableName.of(path))) {
          if (before.map().apply(segment)) {
            tracked.put(path, before.movedTo(plan.number()));
            return;
          }
        }
      } else if (database.step().isPresent()) {
        return; // the state is the same
      }
      forget(path);
      Files.createDirectories(file(now.id()).getParent());
      var capture = capture(context.local.toRealPath().resolve(path));
      try (var image = PlainFile.open(database.image())) {
        var map = PageMap.build(file(now.id()), image);
        tracked.put(path, new Tracked(now.id(), now.number(), map, capture));
      }
    } catch (IOException e) {
      log.debug("the pages of {} are to be read again", path, e);
      forget(path);
    }
  }

  void close() {
    List.copyOf(tracked.keySet()).forEach(this::forget);
  }

  private void forget(Path path) {
    var gone = tracked.remove(path);
    if (gone != null) {
      close(gone.map());
    }
  }

  private static void close(PageMap map) {
    try {
      map.close();
    } catch (IOException e) {
      log.debug("a page map was not closed", e);
    }
  }
}
