package io.liteferry.past;

import io.liteferry.durable.Digest;
import io.liteferry.durable.Errno;
import io.liteferry.history.Chains;
import io.liteferry.history.CheckLevel;
import io.liteferry.history.PageFile;
import io.liteferry.history.Version;
import io.liteferry.publish.Inventory;
import io.liteferry.scan.Entry;
import io.liteferry.scan.PathFilter;
import io.liteferry.volume.Manifest;
import io.liteferry.volume.OpenSegments;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * What is on a volume, as versions. Which state of which database a plain file is, manifest and
 * records tell by its digest: the manifest's, or that of the file where the manifest does not know.
 */
final class CurrentTree {
  /** What records say that a path was, the youngest first. */
  interface RecordedStates {
    List<Version.Database> of(Path path);
  }

  private final Volume volume;
  private final Map<Path, Version> entries = new TreeMap<>();
  private final Map<Path, Entry> databases = new TreeMap<>();
  private final Map<Path, Digest> digests = new HashMap<>();

  private CurrentTree(Volume volume) {
    this.volume = volume;
  }

  /** Lists the volume; what cannot be read there is {@link Version.Lost}. */
  static CurrentTree scan(Volume volume) throws IOException {
    var tree = new CurrentTree(volume);
    var inventory = Inventory.of(volume, PathFilter.ALL);
    for (var item : inventory.items().values()) {
      tree.putIfThere(item.entry(), item::database);
    }
    inventory
        .unreadable()
        .forEach((path, why) -> tree.entries.put(path, new Version.Lost("unreadable: " + why)));
    return tree;
  }

  /** As of a link that became a file, or a file that became a directory or a link. */
  private static final Set<Errno> ANOTHER_KIND = Set.of(Errno.EINVAL, Errno.EISDIR, Errno.ELOOP);

  /** What is asked of the volume about a name that may go at any moment. */
  private interface Question<T> {
    T ask() throws IOException;
  }

  /** Empty when the name went, or became something else, since: a record has what it was. */
  private static <T> Optional<T> ifThere(Question<T> question) throws IOException {
    try {
      return Optional.of(question.ask());
    } catch (IOException e) {
      var errno = Errno.of(e);
      if (errno.isNothingThere() || ANOTHER_KIND.contains(errno)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private void putIfThere(Entry entry, Question<Boolean> isDatabase) throws IOException {
    var unused =
        ifThere(
            () -> {
              put(entry, isDatabase.ask());
              return entry;
            });
  }

  private void put(Entry entry, boolean database) throws IOException {
    var path = entry.path();
    switch (entry.kind()) {
      case DIRECTORY ->
          entries.put(path, new Version.Directory(entry.mode(), entry.uid(), entry.gid()));
      case LINK ->
          entries.put(path, new Version.Link(volume.readLink(path), entry.uid(), entry.gid()));
      case FILE -> {
        if (database) {
          databases.put(path, entry);
        } else {
          entries.put(
              path,
              new Version.File(
                  Optional.empty(),
                  entry.stamp().size(),
                  entry.stamp().mtime(),
                  entry.mode(),
                  entry.uid(),
                  entry.gid()));
        }
      }
      case SPECIAL -> {}
    }
  }

  /** Looks at one path again, which changed or may have. */
  void lookAgain(Path path) throws IOException {
    entries.remove(path);
    databases.remove(path);
    digests.remove(path);
    if (!Volume.isNeverTaken(path)) {
      var entry = volume.look(path);
      if (entry.isPresent()) {
        putIfThere(entry.get(), () -> volume.hasDatabase(path));
      }
    }
  }

  /** Its parts, now that the records are known. */
  Known known(Optional<Manifest> manifest, RecordedStates recorded, Chains segments)
      throws IOException {
    var versions = new TreeMap<>(entries);
    var states = new HashMap<String, Long>();
    var places = new HashMap<String, Path>();
    for (var entry : databases.values()) {
      var path = entry.path();
      var known = recorded.of(path);
      var there = ifThere(() -> digest(entry, manifest, known));
      if (there.isEmpty()) {
        continue;
      }
      var digest = there.get();
      var found = state(manifest.flatMap(m -> m.database(path)), known, digest);
      // nobody knows it, so it is what it was at every point
      var id = found.map(Manifest.State::id).orElse("in place: " + places.size());
      long state = found.map(Manifest.State::number).orElse(0L);
      states.put(id, state);
      places.put(id, path);
      var plain =
          new Version.Database(
              id,
              state,
              entry.stamp().size(),
              digest,
              found.map(Manifest.State::checked).orElse(CheckLevel.NONE),
              entry.mode(),
              entry.uid(),
              entry.gid(),
              entry.stamp().mtime());
      versions.put(path, ahead(path, plain, segments.after(id, state), known));
    }
    return new Known(versions, states, places, Map.copyOf(databases));
  }

  /** What segments lead to from the plain file; itself, if none do. */
  private Version.Database ahead(
      Path path, Version.Database plain, List<PageFile> segments, List<Version.Database> recorded)
      throws IOException {
    if (segments.isEmpty()) {
      return plain;
    }
    var last = segments.getLast();
    var known =
        recorded.stream()
            .filter(v -> v.id().equals(plain.id()) && v.state() == last.state())
            .findFirst();
    return known.isPresent() ? known.get() : OpenSegments.versionAfter(volume, path, plain, last);
  }

  /** Which content it is: by the manifest, or by the youngest record that has it. */
  private static Optional<Manifest.State> state(
      Optional<Manifest.Database> listed, List<Version.Database> recorded, Digest digest) {
    var known = listed.flatMap(Manifest.Database::state);
    var number = listed.flatMap(database -> database.numberOf(digest));
    if (known.isPresent() && number.isPresent()) {
      boolean isNewest = known.get().number() == number.get();
      var checked = isNewest ? known.get().checked() : CheckLevel.NONE;
      return Optional.of(
          new Manifest.State(known.get().id(), number.get(), checked, Optional.empty()));
    }
    return recorded.stream()
        .filter(version -> version.digest().equals(digest))
        .findFirst()
        .map(v -> new Manifest.State(v.id(), v.state(), v.checked(), Optional.empty()));
  }

  /**
   * The current tree.
   *
   * @param versions by path
   * @param states which state the plain file of a database is, by its id
   * @param places where that is
   * @param plain what the plain file of a database looks like, by its path
   */
  record Known(
      Map<Path, Version> versions,
      Map<String, Long> states,
      Map<String, Path> places,
      Map<Path, Entry> plain) {}

  /** The manifest's, unless there is a sign that the file is another one. */
  private Digest digest(
      Entry database, Optional<Manifest> manifest, List<Version.Database> recorded)
      throws IOException {
    var path = database.path();
    var listed =
        manifest
            .flatMap(m -> m.database(path))
            .filter(d -> d.previous().isEmpty() && d.bytes() == database.stamp().size())
            .map(Manifest.Database::digest);
    boolean isOfAnotherTime =
        recorded.stream()
            .filter(state -> listed.equals(Optional.of(state.digest())))
            .noneMatch(state -> seconds(state.mtime()) == seconds(database.stamp().mtime()));
    if (listed.isPresent() && (recorded.isEmpty() || !isOfAnotherTime)) {
      return listed.get();
    }
    var known = digests.get(path);
    if (known == null) {
      known = volume.digest(path);
      digests.put(path, known);
    }
    return known;
  }

  /** Volumes may keep no more of a time. */
  private static long seconds(long nanos) {
    return TimeUnit.NANOSECONDS.toSeconds(nanos);
  }
}
