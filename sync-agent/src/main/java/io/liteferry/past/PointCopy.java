package io.liteferry.past;

import io.liteferry.durable.DamagedFileException;
import io.liteferry.durable.Digest;
import io.liteferry.durable.Durable;
import io.liteferry.durable.FileSystemSync;
import io.liteferry.history.Version;
import io.liteferry.lease.VolumeException;
import io.liteferry.publish.Transfers;
import io.liteferry.sqlite.DatabaseCheck;
import io.liteferry.volume.Attributes;
import io.liteferry.volume.OpenSegments;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Copies a point to an empty directory, without the lease. What is published meanwhile does not
 * make it begin again: the version that was current is then a kept one, and is copied from there.
 */
public final class PointCopy {
  /** How often what changed meanwhile is copied again; each time there is less of it. */
  private static final int ROUNDS = 20;

  private static final String LACKS =
      "point %d lacks %s (%s): liteferry verify --history names all that is missing";

  private final Path directory;
  private final DatabaseCheck check;
  private final int transfers;
  private final Map<Path, Digest> unchanged = new ConcurrentHashMap<>();

  /** What was copied, or is to be. */
  private record Item(Version version, Source source) {}

  /**
   * What there is now.
   *
   * @param history as it was at the end
   * @param items what the copy has, by path
   * @param unchanged the digests of files that are those which are in place now
   * @param shortfalls what it lacks, or has in another form
   */
  public record Result(
      History history,
      SortedMap<Path, Version> items,
      Map<Path, Digest> unchanged,
      List<Shortfall> shortfalls) {}

  /**
   * Prepares a copy; does nothing yet.
   *
   * @param directory an empty one, in which nobody else writes
   * @param check how each database is checked
   * @param transfers how many files are copied at the same time
   */
  public PointCopy(Path directory, DatabaseCheck check, int transfers) {
    this.directory = directory;
    this.check = check;
    this.transfers = transfers;
  }

  /**
   * Copies.
   *
   * @param first the history by which the point was chosen
   * @throws PastRefusedException when the point was thinned meanwhile; the copy is not whole
   */
  public Result copy(History first, long point, Selection selection)
      throws IOException, InterruptedException {
    var history = first;
    var done = new TreeMap<Path, Item>();
    var failed = new TreeMap<Path, IOException>();
    try (var fileSystem = new Sync(FileSystemSync.open(directory))) {
      for (int round = 0; ; round++) {
        history = history.again();
        requireStillThere(history, point);
        SortedMap<Path, Item> wanted;
        try {
          wanted = items(history, point, selection);
        } catch (VolumeException e) {
          if (round < ROUNDS && history.isPast()) {
            continue;
          }
          throw e;
        }
        var due = new TreeMap<>(wanted);
        due.entrySet().removeIf(item -> item.getValue().equals(done.get(item.getKey())));
        if (due.isEmpty()) {
          break;
        }
        if (round == ROUNDS) {
          throw new VolumeException(
              "volume %s: an agent publishes to it all the time: try again"
                  .formatted(history.root()));
        }
        if (done.isEmpty()) {
          requireRoom(due);
        }
        failed.keySet().removeAll(due.keySet());
        failed.putAll(copy(history, due));
        done.putAll(due);
        forget(done.navigableKeySet(), wanted.keySet());
        failed.keySet().retainAll(done.keySet());
      }
      var shortfalls = new ArrayList<Shortfall>();
      addMissing(history, point, done, failed, shortfalls);
      new PastDatabases(history, check).check(point, directory, versions(done), shortfalls);
      finishDirectories(done);
      fileSystem.sync(done.keySet());
      done.keySet().removeAll(failed.keySet());
      unchanged.keySet().retainAll(done.keySet());
      return new Result(history, versions(done), Map.copyOf(unchanged), shortfalls);
    }
  }

  private static SortedMap<Path, Item> items(History history, long point, Selection selection)
      throws IOException {
    var items = new TreeMap<Path, Item>();
    selection
        .of(history.tree(point), history.now().versions())
        .forEach((path, v) -> items.put(path, new Item(v, history.source(path, v))));
    return items;
  }

  private static SortedMap<Path, Version> versions(Map<Path, Item> items) {
    var versions = new TreeMap<Path, Version>();
    items.forEach((path, item) -> versions.put(path, item.version()));
    return versions;
  }

  private void requireRoom(Map<Path, Item> items) throws IOException {
    long bytes = items.values().stream().mapToLong(item -> History.bytes(item.version())).sum();
    long free = Files.getFileStore(directory).getUsableSpace();
    if (free < bytes) {
      throw new IOException(
          "%s has %d bytes free, the copy needs %d: make room or give a directory on a larger disk"
              .formatted(directory, free, bytes));
    }
  }

  private static void requireStillThere(History history, long point) throws PastRefusedException {
    if (history.timeline().point(point).isEmpty()) {
      throw new PastRefusedException(
          ("point %d was thinned while it was copied; pin it first: liteferry history pin %s %d."
                  + " Now liteferry history shows what is left")
              .formatted(point, history.root(), point));
    }
  }

  /** What others had put on the volume, and took away again. */
  private void forget(SortedSet<Path> done, Set<Path> wanted) throws IOException {
    for (var path : new TreeSet<>(done).descendingSet()) {
      if (!wanted.contains(path)) {
        Files.deleteIfExists(directory.resolve(path));
        done.remove(path);
      }
    }
  }

  /** Copies, and returns what failed: the volume may have changed under it. */
  private Map<Path, IOException> copy(History history, SortedMap<Path, Item> items)
      throws IOException, InterruptedException {
    var tasks = new LinkedHashMap<Path, Transfers.Task<Optional<IOException>>>();
    for (var item : items.entrySet()) {
      var path = item.getKey();
      var version = item.getValue().version();
      var to = directory.resolve(path);
      if (version instanceof Version.Directory) {
        Files.createDirectories(to);
      } else {
        Files.deleteIfExists(to); // of an earlier round
        tasks.put(path, () -> copied(history, path, item.getValue()));
      }
    }
    var failed = new TreeMap<Path, IOException>();
    try (var pool = new Transfers(transfers)) {
      pool.run(tasks, (path, failure) -> failure.ifPresent(e -> failed.put(path, e)));
    }
    return failed;
  }

  private Optional<IOException> copied(History history, Path path, Item item) throws IOException {
    try {
      if (item.version() instanceof Version.Link link) {
        Files.createSymbolicLink(directory.resolve(path), link.target());
        Attributes.setOwner(directory.resolve(path), Original.entry(path, link));
      } else {
        copyFile(history, path, item);
      }
      return Optional.empty();
    } catch (VolumeException | DamagedFileException e) {
      return Optional.of(e);
    }
  }

  private void copyFile(History history, Path path, Item item) throws IOException {
    var to = directory.resolve(path);
    unchanged.remove(path);
    switch (item.source()) {
      case Source.None _ -> {
        Files.createFile(to);
        Attributes.set(to, Original.entry(path, item.version()), Original.mtime(item.version()));
      }
      case Source.Whole whole -> {
        var digest = copyWhole(history, path, item.version(), whole);
        if (Files.size(to) != History.bytes(item.version())) {
          throw another(to, whole);
        }
        if (!whole.kept() && whole.place().equals(path)) {
          unchanged.put(path, digest);
        }
      }
      case Source.Segments segments -> {
        var unused = copyWhole(history, path, item.version(), segments.base());
        try (var open = OpenSegments.of(history.volume(), path, segments.segments())) {
          open.foldInto(to);
          Attributes.set(to, Original.entry(path, item.version()), Original.mtime(item.version()));
        } catch (IOException e) {
          Files.delete(to);
          throw e;
        }
      }
      case Source.Missing _ -> {}
    }
  }

  private Digest copyWhole(History history, Path path, Version version, Source.Whole whole)
      throws IOException {
    var to = directory.resolve(path);
    var digest =
        history
            .volume()
            .copyOut(
                whole.place(),
                to,
                Attributes.ofNewCopy(Original.entry(path, version)),
                piece -> {},
                false);
    if (!whole.kept() && !history.isInPlace(whole.place())) {
      throw another(to, whole);
    }
    return digest;
  }

  private static DamagedFileException another(Path copy, Source.Whole whole) throws IOException {
    Files.delete(copy);
    return new DamagedFileException(whole.place(), "it is not the version that was published");
  }

  /** What the point lacks, and what failed although the volume did not change under it. */
  private void addMissing(
      History history,
      long point,
      Map<Path, Item> done,
      SortedMap<Path, IOException> failed,
      List<Shortfall> shortfalls)
      throws IOException {
    for (var item : done.entrySet()) {
      var path = item.getKey();
      @Nullable IOException failure = failed.get(path);
      if (failure != null) {
        shortfalls.add(broken(history, point, path, item.getValue().source(), failure));
      }
    }
    done.forEach(
        (path, item) -> {
          switch (item.source()) {
            case Source.Missing missing ->
                shortfalls.add(missing(point, path, item.version(), missing.why()));
            case Source.None _, Source.Whole _, Source.Segments _ -> {}
          }
        });
    shortfalls.forEach(s -> failed.putIfAbsent(s.path(), new IOException(s.text())));
  }

  /** Throws the error when it is not about this one path. */
  private static Shortfall broken(
      History history, long point, Path path, Source source, IOException failure)
      throws IOException {
    boolean isGone =
        source instanceof Source.Whole whole
            && whole.kept()
            && history.volume().look(whole.place()).isEmpty();
    if (VolumeException.concernsAll(failure) && !isGone) {
      throw failure;
    }
    return new Shortfall(path, true, LACKS.formatted(point, path, VolumeException.why(failure)));
  }

  private static Shortfall missing(long point, Path path, Version version, String why) {
    return version instanceof Version.Lost
        ? new Shortfall(
            path, false, "point %d lacks %s: it was not kept (%s)".formatted(point, path, why))
        : new Shortfall(path, true, LACKS.formatted(point, path, why));
  }

  /** At last: one that may not be written to could not be filled. */
  private void finishDirectories(SortedMap<Path, Item> done) throws IOException {
    for (var item : new TreeMap<>(done).descendingMap().entrySet()) {
      if (item.getValue().version() instanceof Version.Directory version) {
        Attributes.set(directory.resolve(item.getKey()), Original.entry(item.getKey(), version));
      }
    }
  }

  /** Makes the copy durable, by one sync where that is as good. */
  private final class Sync implements AutoCloseable {
    private final Optional<FileSystemSync> whole;

    Sync(Optional<FileSystemSync> whole) {
      this.whole = whole;
    }

    void sync(Iterable<Path> paths) throws IOException {
      if (whole.isPresent()) {
        whole.get().sync();
        return;
      }
      for (var path : paths) {
        var copy = directory.resolve(path);
        if (Durable.isFile(copy) || Durable.isDirectory(copy)) {
          Durable.sync(copy);
        }
      }
      Durable.syncDirectory(directory);
    }

    @Override
    public void close() throws IOException {
      if (whole.isPresent()) {
        whole.get().close();
      }
    }
  }
}
