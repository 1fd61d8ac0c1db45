package io.liteferry.publish;

import io.liteferry.durable.Durable;
import io.liteferry.durable.JsonFile;
import io.liteferry.lease.Staging;
import io.liteferry.publish.Knowledge.Published;
import io.liteferry.sqlite.DatabaseHeader;
import io.liteferry.state.AgentState;
import io.liteferry.state.IndexEntry;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What one pass changes on the volume: the steps from P4 on share it. It begins with the first
 * change, and a pass that finds none never begins it. For one thread.
 */
final class Publication {
  final Publisher publisher;
  final Publisher.Context context;
  final Volume volume;
  final Staging staging;
  final Knowledge knowledge;
  final NavigableMap<Path, Problem> problems = new TreeMap<>();

  private final String id = Volume.newId();
  private boolean begun;
  private long begunAt;
  private int files;
  private int deletions;
  private boolean isAnythingTaken;

  Publication(Publisher publisher) {
    this.publisher = publisher;
    this.context = publisher.context;
    this.volume = context.volume;
    this.staging = publisher.staging;
    this.knowledge = publisher.knowledge;
  }

  /** Before the first change of the volume in this pass: names it in state, so that it is known. */
  void begin() throws IOException {
    if (!begun) {
      context.lease.ensureValid();
      requireOurs();
      context.write(AgentState.ready(publisher.volumeId, publicationBefore()).begin(id));
      begun = true;
      begunAt = System.nanoTime();
      publisher.indexIsStale = true;
    }
  }

  boolean hasBegun() {
    return begun;
  }

  /**
   * Makes sure that the volume is the one that we published to, and shows what we published. With
   * the lease in hand, only somebody who does not ask for it can have put anything else there.
   */
  void requireOurs() throws IOException {
    Publisher.requireSameVolume(volume, publisher.volumeId);
    var found = volume.manifestIfReadable().map(Manifest::publication);
    if (found.isPresent() && !found.equals(publicationBefore())) {
      throw new VolumeException(Publisher.SOMEBODY_ELSE.formatted(volume.root()));
    }
  }

  private Optional<String> publicationBefore() {
    return publisher.manifest.map(Manifest::publication);
  }

  /** Of the volume now; 0 before the first publication. */
  long generation() {
    return publisher.manifest.map(Manifest::generation).orElse(0L);
  }

  void problem(Path path, Problem.Kind kind, String why) {
    problems.put(path, new Problem(kind, why));
  }

  /** What the volume refuses for one name is that name's problem; what concerns all is thrown. */
  void refuse(Path path, IOException e) throws IOException {
    if (VolumeException.isOutOfRoom(e)) {
      problem(path, Problem.Kind.NO_ROOM, VolumeException.describe(e));
    } else if (e instanceof NoSuchFileException || VolumeException.concernsAll(e)) {
      // A directory that we published, or our staging, is gone: what we know is wrong.
      throw e;
    } else {
      // It does not hold databases back: it may be refused for ever, as for its name.
      problem(path, Problem.Kind.REFUSED, VolumeException.describe(e));
    }
  }

  /** What the volume had no room for. */
  Set<Path> withoutRoom() {
    return problems.entrySet().stream()
        .filter(problem -> problem.getValue().kind() == Problem.Kind.NO_ROOM)
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }

  /** A file, link or directory was published. */
  void published(Path path, Published now) {
    knowledge.remove(path); // with all below it, if it was a directory
    knowledge.put(path, now);
    changed(path);
    files++;
  }

  /** The permissions of a published directory were set. */
  void publishedModeOf(Path directory, Published.Directory now) {
    context.directoriesToSync.add(volume.root().resolve(directory));
    knowledge.put(directory, now);
    files++;
  }

  /** Takes a name off the volume, one of a file, a link or an empty directory. */
  void delete(Path path) throws IOException {
    takeAway(path);
    deletions++;
  }

  /** As {@link #delete}, to put something else in its place. */
  void takeAway(Path path) throws IOException {
    begin();
    staging.remove(volume.root().resolve(path));
    knowledge.remove(path);
    changed(path);
    isAnythingTaken = true;
  }

  /** A name came, went or was replaced. */
  void changed(Path path) {
    context.answered();
    var parent = path.getParent();
    context.directoriesToSync.add(parent == null ? volume.root() : volume.root().resolve(parent));
  }

  void syncDirectories() throws IOException {
    for (var directory : context.directoriesToSync) {
      try {
        Durable.syncDirectory(directory);
        context.answered();
      } catch (NoSuchFileException e) {
        // deleted in this pass, after something in it
      }
    }
    context.directoriesToSync.clear();
  }

  /**
   * A directory on the volume makes way for a file once it is empty. What is in it is deleted with
   * the care that all deletions get, or is not ours.
   *
   * @return whether the place is free; if not, the problem says why
   */
  boolean clearEmptyDirectory(Path path) throws IOException {
    if (!(knowledge.get(path) instanceof Published.Directory)) {
      return true;
    }
    begin();
    try {
      if (!Durable.isEmptyDirectory(volume.root().resolve(path))) {
        problem(
            path,
            Problem.Kind.REFUSED,
            "the volume has a directory of this name that is not empty yet");
        return false;
      }
      takeAway(path);
      return true;
    } catch (IOException e) {
      refuse(path, e);
      return false;
    }
  }

  boolean isPublishedDatabase(Path path) {
    return switch (knowledge.get(path)) {
      case Published.Known known -> known.index().database();
      case Published.Unread unread ->
          publisher.manifest.map(m -> m.databases().containsKey(path)).orElse(false);
      case null, default -> false;
    };
  }

  KeptCopies kept() {
    long published =
        publisher.manifest.map(Manifest::databases).orElseGet(TreeMap::new).values().stream()
            .mapToLong(Manifest.Database::bytes)
            .sum();
    return new KeptCopies(volume, staging, context.settings.shrinkGuard(), published);
  }

  /** For so many bytes: see {@link KeptCopies#makeRoom}. */
  boolean makeRoom(long bytes) throws IOException {
    if (bytes == 0 || volume.keptCopies().isEmpty()) {
      return false;
    }
    begin();
    return kept().makeRoom(bytes);
  }

  /**
   * Before a published database goes, or becomes something else.
   *
   * @return the copy that is kept; empty when it is no database, or copies are not wanted
   */
  Optional<Path> keepDatabase(Path path) throws IOException {
    if (!isPublishedDatabase(path)) {
      return Optional.empty();
    }
    begin();
    return kept().keepIfWanted(path, generation());
  }

  /**
   * P8 and P9, when something was changed; else only makes sure that the volume is ours, as whoever
   * asked for the pass relies on what is there.
   *
   * @param databases that were published
   * @return the volume's generation
   */
  long finish(Map<Path, DatabaseTransfer.Ready> databases) throws IOException {
    if (publisher.manifestIsDamaged) {
      begin();
    }
    if (!begun) {
      requireOurs();
      return generation();
    }
    if (files + databases.size() == 0 && !isAnythingTaken && !publisher.manifestIsDamaged) {
      // Nothing came of it: the volume still shows the publication before.
      context.write(AgentState.ready(publisher.volumeId, publicationBefore()));
    } else {
      writeManifest(databases, Set.of(), true); // P8
      publisher.manifestIsDamaged = false;
      context.write(AgentState.ready(publisher.volumeId, Optional.of(id))); // P9
    }
    context.timings.took(Timings.Step.PUBLISH, System.nanoTime() - begunAt);
    return generation();
  }

  /**
   * Replaces the manifest.
   *
   * @param databases that are published by this pass, now or before
   * @param going databases that are about to be deleted
   * @param complete whether all of them are in their place
   */
  void writeManifest(Map<Path, DatabaseTransfer.Ready> databases, Set<Path> going, boolean complete)
      throws IOException {
    var now = context.clock.instant();
    var before = publisher.manifest.map(Manifest::databases).orElseGet(TreeMap::new);
    var databasesNow = new TreeMap<Path, Manifest.Database>();
    before.forEach(
        (path, database) -> {
          if (isPublishedDatabase(path)) {
            databasesNow.put(path, complete ? database.completed() : database);
          }
        });
    boolean sameGeneration = publicationBefore().equals(Optional.of(id));
    long generation = sameGeneration ? generation() : generation() + 1;
    databases.forEach(
        (path, database) ->
            databasesNow.put(path, entry(path, database, now, generation, complete)));
    addUnlisted(databasesNow, now, generation);
    databasesNow.keySet().removeAll(going);
    var next = new Manifest(publisher.volumeId, generation, id, complete, now, databasesNow);
    staging.replace(volume.manifestFile(), JsonFile.bytes(next.toJson()));
    publisher.manifest = Optional.of(next);
  }

  private Manifest.Database entry(
      Path path, DatabaseTransfer.Ready database, Instant now, long generation, boolean complete) {
    var before =
        publisher.manifest.map(m -> m.databases().get(path)).map(Manifest.Database::digest);
    return new Manifest.Database(
        database.bytes(),
        database.header().pageSize(),
        database.header().wal(),
        database.digest(),
        complete ? Optional.empty() : before,
        now,
        Optional.of(generation));
  }

  /** Databases that the volume had before its manifest knew of them. */
  private void addUnlisted(
      NavigableMap<Path, Manifest.Database> listed, Instant now, long generation)
      throws IOException {
    for (var name : knowledge.names().entrySet()) {
      if (name.getValue() instanceof Published.Known known
          && known.index().database()
          && !listed.containsKey(name.getKey())) {
        var header = DatabaseHeader.read(volume.root().resolve(name.getKey()));
        if (header.isPresent()) {
          listed.put(name.getKey(), unlisted(known.index(), header.get(), now, generation));
        }
      }
    }
  }

  private static Manifest.Database unlisted(
      IndexEntry known, DatabaseHeader header, Instant now, long generation) {
    return new Manifest.Database(
        known.volumeSize(),
        header.pageSize(),
        header.wal(),
        known.digest(),
        Optional.empty(),
        now,
        Optional.of(generation));
  }

  int files() {
    return files;
  }

  int deletions() {
    return deletions;
  }
}
