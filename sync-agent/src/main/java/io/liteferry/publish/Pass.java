package io.liteferry.publish;

import io.liteferry.durable.Durable;
import io.liteferry.durable.JsonFile;
import io.liteferry.lease.Staging;
import io.liteferry.publish.Knowledge.Published;
import io.liteferry.scan.Entry;
import io.liteferry.sqlite.DatabaseHeader;
import io.liteferry.sqlite.SideFile;
import io.liteferry.state.AgentState;
import io.liteferry.state.IndexEntry;
import io.liteferry.state.StateDirectory;
import java.io.IOException;
import java.io.Serial;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One pass. The steps bear the numbers of docs/crash-safety.md. */
final class Pass {
  private static final Logger log = LoggerFactory.getLogger(Pass.class);

  /** When to look again at deletions that a database may still depend on. */
  private static final long UNSETTLED = TimeUnit.SECONDS.toNanos(1);

  private final Publisher publisher;
  private final Publisher.Context context;
  private final Path local;
  private final Volume volume;
  private final StateDirectory state;
  private final PassSettings settings;
  private final Notices notices;
  private final Staging staging;
  private final Knowledge knowledge;
  private final boolean mayStartOver;
  private final String publication = Volume.newId();
  private final NavigableMap<Path, Problem> problems = new TreeMap<>();
  private final Map<Path, DatabaseTransfer.Ready> ready = new LinkedHashMap<>();
  private final Map<Path, Long> heldReplacements = new HashMap<>();
  private final long bytesBefore;
  private boolean begun;
  private long begunAt;
  private int publishedFiles;
  private int deletions;

  Pass(Publisher publisher, boolean mayStartOver) {
    this.publisher = publisher;
    this.context = publisher.context;
    this.local = context.local;
    this.volume = context.volume;
    this.state = context.state;
    this.settings = context.settings;
    this.notices = context.notices;
    this.staging = publisher.staging;
    this.knowledge = publisher.knowledge;
    this.mayStartOver = mayStartOver;
    this.bytesBefore = context.progress.get();
  }

  Optional<PassReport> run() throws IOException, InterruptedException {
    try {
      return Optional.of(steps());
    } catch (StartOver e) {
      return Optional.empty();
    } catch (IOException e) {
      boolean onVolume = VolumeException.concernsAll(e) || isOnVolume(e);
      context.needsNewEpoch |= onVolume || begun;
      throw onVolume ? VolumeException.of(volume.root(), e) : e;
    } catch (RuntimeException e) {
      context.needsNewEpoch |= begun;
      throw e;
    } finally {
      context.workingOnNode = false;
      for (var database : ready.values()) {
        Files.deleteIfExists(database.image());
      }
    }
  }

  private PassReport steps() throws IOException, InterruptedException {
    context.workingOnNode = true;
    var first = publisher.inventory(); // P1
    new Snapshots(publisher).take(first, ready, problems); // P2
    // A file that is renamed while we look can be seen in neither place, so what seems gone is
    // looked for twice.
    var second = ready.isEmpty() && !isAnythingGone(first) ? first : publisher.inventory(); // P3
    context.workingOnNode = false;
    noteUntaken(second);
    publishFiles(second); // P4
    publishDatabases(); // P5, P6
    var verdict = delete(first, second); // P7
    long generation = publisher.manifest.map(Manifest::generation).orElse(0L);
    if (publisher.manifestIsDamaged) {
      begin();
    }
    if (begun) {
      generation = finish(); // P8, P9
      context.timings.took(Timings.Step.PUBLISH, System.nanoTime() - begunAt);
    } else {
      requireOurs(); // whoever asked for this relies on what is there
    }
    context.unpublishedBytes = second.bytesOf(problems.keySet());
    return new PassReport(
        generation,
        publishedFiles,
        ready.size(),
        deletions,
        context.progress.get() - bytesBefore,
        problems,
        verdict.held().size() + heldReplacements.size(),
        earliest(verdict.reconsiderAt()));
  }

  /** Before the first change of the volume in this pass: names it in state, so that it is known. */
  private void begin() throws IOException {
    if (!begun) {
      context.lease.ensureValid();
      requireOurs();
      context.write(
          AgentState.ready(publisher.volumeId, publisher.manifest.map(Manifest::publication))
              .begin(publication));
      begun = true;
      begunAt = System.nanoTime();
      publisher.indexIsStale = true;
    }
  }

  /**
   * Makes sure that the volume is the one that we published to, and shows what we published. With
   * the lease in hand, only somebody who does not ask for it can have put anything else there.
   */
  private void requireOurs() throws IOException {
    Publisher.requireSameVolume(volume, publisher.volumeId);
    var found = volume.manifestIfReadable().map(Manifest::publication);
    if (found.isPresent() && !found.equals(publisher.manifest.map(Manifest::publication))) {
      throw new VolumeException(Publisher.SOMEBODY_ELSE.formatted(volume.root()));
    }
  }

  static boolean isUnchanged(Inventory.Item item, @Nullable Published published) {
    return published instanceof Published.Known known && item.isUnchangedSince(known.index());
  }

  private void noteUntaken(Inventory inventory) {
    inventory
        .unreadable()
        .forEach(
            (path, why) -> problems.putIfAbsent(path, new Problem(Problem.Kind.UNREADABLE, why)));
    for (var path : inventory.misnamed()) {
      problem(
          path,
          Problem.Kind.UNREADABLE,
          "bears the name of a side file of the database beside it, and is none");
    }
    once(
        "special ",
        inventory.special(),
        path -> log.warn("{}: skipped, it is a socket, FIFO or device", path));
    once(
        "foreign ",
        inventory.foreign(),
        path ->
            log.warn(
                "{}: has SQLite's side files but is no database that SQLite can read"
                    + " (encrypted?); it travels as a file and may be inconsistent",
                path));
  }

  private void once(String prefix, Set<Path> paths, java.util.function.Consumer<Path> say) {
    notices.retain(prefix, paths.stream().map(p -> prefix + p).collect(Collectors.toSet()));
    paths.forEach(path -> notices.once(prefix + path, () -> say.accept(path)));
  }

  private void publishFiles(Inventory inventory) throws IOException, InterruptedException {
    var tasks = new LinkedHashMap<Path, Transfers.Task<FileTransfer.Outcome>>();
    var refusedDirectories = new HashSet<Path>();
    long differing = 0;
    holdReplacedDatabases(inventory);
    for (var item : inventory.items().values()) {
      var entry = item.entry();
      var path = entry.path();
      @Nullable Published published = knowledge.get(path);
      boolean differs = entry.kind() == Entry.Kind.FILE && !isUnchanged(item, published);
      if (differs) {
        differing += item.bytes();
      }
      if (isBelowReplacedDatabase(path) || isBelow(refusedDirectories, path)) {
        continue;
      }
      switch (entry.kind()) {
        case DIRECTORY -> {
          try {
            publishDirectory(entry, published);
          } catch (IOException e) {
            refuse(path, e);
            refusedDirectories.add(path);
          }
        }
        case LINK -> {
          var target = readLink(path);
          if (target.isPresent()
              && !FileTransfer.isSameLink(published, target.get())
              && !isDirectoryInTheWay(path)) {
            keepReplacedDatabase(path);
            tasks.put(path, () -> publisher.files.publishLink(entry, target.get()));
          }
        }
        case FILE -> {
          if (differs && !item.database() && !isDirectoryInTheWay(path)) {
            keepReplacedDatabase(path);
            tasks.put(path, () -> publisher.files.publishFile(path, published));
          }
        }
        case SPECIAL -> {}
      }
    }
    context.unpublishedBytes = differing;
    if (!tasks.isEmpty()) {
      begin();
      publisher.announce(tasks.keySet());
    }
    var vanished = new ArrayList<Path>();
    publisher.transfers.run(
        tasks,
        (path, outcome) -> {
          switch (outcome) {
            case FileTransfer.Outcome.Done done -> {
              knowledge.remove(path); // with all below it, if it was a directory
              knowledge.put(path, done.published());
              changed(path);
              publishedFiles++;
            }
            case FileTransfer.Outcome.Same same -> {
              knowledge.put(path, same.published());
              publisher.indexIsStale = true;
            }
            case FileTransfer.Outcome.Gone gone -> vanished.add(path);
            case FileTransfer.Outcome.Changing changing ->
                problem(path, Problem.Kind.CHANGING, "is being written to");
            case FileTransfer.Outcome.Unreadable unreadable ->
                problem(path, Problem.Kind.UNREADABLE, unreadable.why());
            case FileTransfer.Outcome.Refused error -> {
              // A directory that we published, or our staging, is gone: what we know is wrong.
              if (error.error() instanceof NoSuchFileException
                  || VolumeException.concernsAll(error.error())) {
                throw VolumeException.of(volume.root(), error.error());
              }
              // It does not hold databases back: it may be refused for ever, as for its name.
              problem(path, Problem.Kind.REFUSED, VolumeException.describe(error.error()));
            }
          }
        });
    syncDirectories();
    if (!ready.isEmpty()) {
      if (!vanished.isEmpty() && mayStartOver) {
        throw new StartOver();
      }
    }
  }

  /**
   * A database that has become something else, often an empty file, looks as much like an accident
   * as one that is gone: the volume keeps it for as long.
   */
  private void holdReplacedDatabases(Inventory inventory) {
    long now = System.nanoTime();
    long grace = settings.deleteGuard().toNanos();
    var replaced = new HashSet<Path>();
    for (var item : inventory.items().values()) {
      var path = item.entry().path();
      if (!item.database() && isPublishedDatabase(path)) {
        replaced.add(path);
        long due = context.replacedSince.computeIfAbsent(path, p -> now) + grace;
        if (now - due < 0) {
          heldReplacements.put(path, due);
          notices.once(
              "replaced " + path,
              () ->
                  log.warn(
                      "{}: is no database any more; the volume keeps the last one for {}s",
                      path,
                      settings.deleteGuard().toSeconds()));
        }
      }
    }
    context.replacedSince.keySet().retainAll(replaced);
    notices.retain(
        "replaced ", replaced.stream().map(p -> "replaced " + p).collect(Collectors.toSet()));
  }

  private Optional<Long> earliest(Optional<Long> deletions) {
    var earliest = deletions;
    for (long due : heldReplacements.values()) {
      earliest = Optional.of(earliest.map(e -> e - due < 0 ? e : due).orElse(due));
    }
    return earliest;
  }

  private boolean isBelowReplacedDatabase(Path path) {
    return isBelow(heldReplacements.keySet(), path);
  }

  private static boolean isBelow(Set<Path> any, Path path) {
    if (any.isEmpty()) {
      return false;
    }
    for (var p = path; p != null; p = p.getParent()) {
      if (any.contains(p)) {
        return true;
      }
    }
    return false;
  }

  /** What the volume refuses for one name is that name's problem; what concerns all is thrown. */
  private void refuse(Path path, IOException e) throws IOException {
    if (e instanceof NoSuchFileException || VolumeException.concernsAll(e)) {
      throw e;
    }
    problem(path, Problem.Kind.REFUSED, VolumeException.describe(e));
  }

  private void problem(Path path, Problem.Kind kind, String why) {
    problems.put(path, new Problem(kind, why));
  }

  /**
   * A directory on the volume makes way for a file once it is empty. What is in it is deleted with
   * the care that all deletions get, or is not ours.
   */
  private boolean isDirectoryInTheWay(Path path) throws IOException {
    if (!(knowledge.get(path) instanceof Published.Directory)) {
      return false;
    }
    begin();
    try {
      var directory = volume.root().resolve(path);
      if (!Durable.isEmptyDirectory(directory)) {
        problem(
            path,
            Problem.Kind.REFUSED,
            "the volume has a directory of this name that is not empty yet");
        return true;
      }
      staging.remove(directory);
    } catch (IOException e) {
      refuse(path, e);
      return true;
    }
    knowledge.remove(path);
    changed(path);
    return false;
  }

  private void keepReplacedDatabase(Path path) throws IOException {
    if (isPublishedDatabase(path)) {
      begin();
      kept()
          .keepIfWanted(path, generation())
          .ifPresent(
              copy -> log.warn("{}: is no database any more; the last is kept as {}", path, copy));
    }
  }

  private KeptCopies kept() {
    return new KeptCopies(volume, staging, settings.shrinkGuard());
  }

  private long generation() {
    return publisher.manifest.map(Manifest::generation).orElse(0L);
  }

  private Optional<Path> readLink(Path path) {
    try {
      return Optional.of(Files.readSymbolicLink(local.resolve(path)));
    } catch (IOException e) {
      return Optional.empty(); // gone, or no link any more: the next pass sees to it
    }
  }

  private void publishDirectory(Entry entry, @Nullable Published published) throws IOException {
    var target = volume.root().resolve(entry.path());
    if (published instanceof Published.Directory there) {
      if ((there.mode() | Attributes.OWNER_ALL) != (entry.mode() | Attributes.OWNER_ALL)) {
        begin();
        Attributes.setOfDirectory(target, entry);
        context.directoriesToSync.add(target);
        knowledge.put(entry.path(), new Published.Directory(entry.mode()));
        publishedFiles++;
      }
      return;
    }
    begin();
    if (published == null) {
      syncInLocal(entry.path());
    } else {
      keepReplacedDatabase(entry.path());
      staging.remove(target);
      knowledge.remove(entry.path());
    }
    var staged = staging.fresh();
    Files.createDirectory(staged);
    Attributes.setOfDirectory(staged, entry);
    Durable.syncDirectory(staged);
    Durable.rename(staged, target);
    knowledge.put(entry.path(), new Published.Directory(entry.mode()));
    changed(entry.path());
    publishedFiles++;
  }

  /** The name of a directory that is new: what is published in it must be found there again. */
  private void syncInLocal(Path directory) throws IOException {
    try {
      Durable.syncDirectory(Objects.requireNonNull(local.resolve(directory).getParent()));
    } catch (NoSuchFileException e) {
      // gone meanwhile: the next pass sees to that
    }
  }

  private void publishDatabases() throws IOException {
    if (ready.isEmpty()) {
      return;
    }
    long generationBefore = generation();
    begin();
    volume.requireRoom(
        ready.values().stream().mapToLong(DatabaseTransfer.Ready::bytes).sum(),
        "a copy of " + Amount.of(ready.size(), "database"));
    for (var path : List.copyOf(ready.keySet())) {
      var why = prepare(path);
      if (why.isPresent()) {
        problems.put(path, why.get());
        Files.deleteIfExists(Objects.requireNonNull(ready.remove(path)).image());
      }
    }
    if (ready.isEmpty()) {
      return;
    }
    publisher.announce(ready.keySet());
    var staged = new LinkedHashMap<Path, Path>();
    for (var entry : ready.entrySet()) { // P5
      var database = entry.getValue();
      var copy =
          staging.copy(
              database.image(),
              file -> Attributes.set(file, database.source(), database.mtime()),
              context.progress::addAndGet);
      if (!copy.digest().equals(database.digest())) {
        throw new IOException(
            "the snapshot of %s changed between its check and its copy".formatted(entry.getKey()));
      }
      staged.put(entry.getKey(), copy.path());
    }
    context.lease.ensureValid();
    writeManifest(false);
    for (var entry : staged.entrySet()) { // P6
      var path = entry.getKey();
      var database = Objects.requireNonNull(ready.get(path));
      long mtime = Knowledge.mtimeOf(entry.getValue());
      kept()
          .keepIfShrunk(path, database.header(), generationBefore)
          .ifPresent(
              kept ->
                  log.warn(
                      "{}: has shrunk from {} to {} bytes in use; in case that is an accident, the"
                          + " last copy is kept as {}",
                      path,
                      kept.bytesBefore(),
                      kept.bytesNow(),
                      kept.copy()));
      staging.publish(entry.getValue(), volume.root().resolve(path));
      knowledge.remove(path); // with all below it, if it was a directory
      knowledge.put(
          path,
          new Published.Known(
              new IndexEntry(
                  true,
                  database.sourceStamp(),
                  database.wal(),
                  database.digest(),
                  database.bytes(),
                  mtime,
                  database.source().mode(),
                  database.source().uid(),
                  database.source().gid())));
      changed(path);
    }
    syncDirectories();
  }

  /**
   * Clears the place of a database.
   *
   * @return why it cannot be published now; empty when it can
   */
  private Optional<Problem> prepare(Path path) throws IOException {
    if (!isInDirectories(path)) {
      return Optional.of(
          new Problem(Problem.Kind.CHANGING, "its directory was moved or replaced just now"));
    }
    if (isDirectoryInTheWay(path)) {
      return Optional.ofNullable(problems.get(path));
    }
    var sides = DirectUse.sideFiles(volume, path);
    if (sides.isEmpty()) {
      return Optional.empty();
    }
    var why = DirectUse.end(volume, state, staging, path, sides, settings.check());
    if (!why.isEmpty()) {
      return Optional.of(new Problem(Problem.Kind.REFUSED, why));
    }
    sides.forEach(knowledge::remove);
    return Optional.empty();
  }

  /**
   * The snapshot is older than the scan by which P4 went: a directory on the way may have become a
   * link since, which leads out of the volume.
   */
  private boolean isInDirectories(Path path) {
    for (var above = path.getParent(); above != null; above = above.getParent()) {
      if (!(knowledge.get(above) instanceof Published.Directory)) {
        return false;
      }
    }
    return true;
  }

  private boolean isAnythingGone(Inventory inventory) {
    return knowledge.names().entrySet().stream()
        .anyMatch(
            name ->
                !(name.getValue() instanceof Published.Unread)
                    && !inventory.mayHave(name.getKey())
                    && settings.filter().takes(name.getKey())
                    && !isSideFileOnVolume(name.getKey()));
  }

  /**
   * Whether every published database is as young as the scan. One that is not may still name a file
   * that is gone.
   */
  private boolean areDatabasesSettled(Inventory second) {
    return problems.keySet().stream().noneMatch(this::isPublishedDatabase)
        && second.items().values().stream()
            .filter(Inventory.Item::database)
            .allMatch(
                item ->
                    ready.containsKey(item.entry().path())
                        || !isFileOnVolume(item.entry().path())
                        || isUnchanged(item, knowledge.get(item.entry().path())));
  }

  private boolean isFileOnVolume(Path path) {
    return knowledge.get(path) instanceof Published.Known
        || knowledge.get(path) instanceof Published.Unread;
  }

  private DeleteGuard.Verdict delete(Inventory first, Inventory second) throws IOException {
    var foreign = new ArrayList<Path>();
    var gone = new ArrayList<Path>();
    var goneDirectories = new ArrayList<Path>();
    for (var name : knowledge.names().entrySet()) {
      var path = name.getKey();
      // What came or went after the snapshots is left to the next pass: the databases just
      // published may still name it.
      if (first.mayHave(path) || second.mayHave(path) || isSideFileOnVolume(path)) {
        continue;
      }
      if (!settings.filter().takes(path)) {
        continue;
      }
      if (name.getValue() instanceof Published.Unread && !publisher.isAnnounced(path)) {
        // Neither restored nor published by this agent: somebody else put it there, or restore
        // ran with other globs. It is not ours to delete.
        foreign.add(path);
        continue;
      }
      (name.getValue() instanceof Published.Directory ? goneDirectories : gone).add(path);
    }
    if (!gone.isEmpty() && !areDatabasesSettled(second)) {
      return new DeleteGuard.Verdict(
          Set.of(), Set.copyOf(gone), Optional.of(System.nanoTime() + UNSETTLED));
    }
    var verdict =
        context.guard.judge(
            gone,
            gone.isEmpty() ? List.of() : publishedFilePaths(),
            this::isPublishedDatabase,
            path -> second.items().containsKey(path),
            System.nanoTime());
    sayHeld(verdict);
    sayForeign(foreign);
    for (var path : gone) {
      if (verdict.confirmed().contains(path)) {
        begin();
        try {
          staging.remove(volume.root().resolve(path));
        } catch (IOException e) {
          refuse(path, e);
          continue;
        }
        knowledge.remove(path);
        changed(path);
        deletions++;
      }
    }
    for (var path : goneDirectories.reversed()) {
      try {
        deleteDirectory(path);
      } catch (IOException e) {
        refuse(path, e);
      }
    }
    syncDirectories();
    return verdict;
  }

  /** A side file of direct use goes with the next publication of its database, not before. */
  private boolean isSideFileOnVolume(Path path) {
    return SideFile.parse(path).map(name -> knowledge.get(name.base()) != null).orElse(false);
  }

  private boolean isPublishedDatabase(Path path) {
    return switch (knowledge.get(path)) {
      case Published.Known known -> known.index().database();
      case Published.Unread unread ->
          publisher.manifest.map(m -> m.databases().containsKey(path)).orElse(false);
      case null, default -> false;
    };
  }

  private Collection<Path> publishedFilePaths() {
    return knowledge.names().entrySet().stream()
        .filter(name -> !(name.getValue() instanceof Published.Directory))
        .map(Map.Entry::getKey)
        .toList();
  }

  private void deleteDirectory(Path path) throws IOException {
    var target = volume.root().resolve(path);
    try {
      if (!Durable.isEmptyDirectory(target)) {
        return; // holds what was held back, excluded or not ours
      }
    } catch (NoSuchFileException e) {
      knowledge.remove(path);
      return;
    }
    begin();
    staging.remove(target);
    knowledge.remove(path);
    changed(path);
    deletions++;
  }

  private void sayForeign(List<Path> foreign) {
    if (!foreign.isEmpty()) {
      notices.once(
          "not ours",
          () ->
              log.warn(
                  "{} files on the volume are not from here and stay there: {}",
                  foreign.size(),
                  Amount.some(new TreeSet<>(foreign))));
    } else {
      notices.over("not ours");
    }
  }

  private void sayHeld(DeleteGuard.Verdict verdict) {
    if (verdict.held().isEmpty()) {
      notices.over("held");
      return;
    }
    notices.once(
        "held",
        () ->
            log.warn(
                "{} held back for {}s, in case local lost them by accident: {}",
                Amount.of(verdict.held().size(), "deletion"),
                settings.deleteGuard().toSeconds(),
                Amount.some(new TreeSet<>(verdict.held()))));
  }

  private long finish() throws IOException {
    if (publishedFiles + ready.size() + deletions == 0 && !publisher.manifestIsDamaged) {
      // Nothing came of it: the volume still shows the publication before.
      context.write(
          AgentState.ready(publisher.volumeId, publisher.manifest.map(Manifest::publication)));
      return publisher.manifest.map(Manifest::generation).orElse(0L);
    }
    var written = writeManifest(true); // P8
    publisher.manifestIsDamaged = false;
    context.write(AgentState.ready(publisher.volumeId, Optional.of(publication))); // P9
    return written.generation();
  }

  private Manifest writeManifest(boolean complete) throws IOException {
    var now = context.clock.instant();
    var before = publisher.manifest.map(Manifest::databases).orElseGet(TreeMap::new);
    var databasesNow = new TreeMap<Path, Manifest.Database>();
    before.forEach(
        (path, database) -> {
          if (isPublishedDatabase(path)) {
            databasesNow.put(path, complete ? database.completed() : database);
          }
        });
    boolean sameGeneration =
        publisher.manifest.map(m -> m.publication().equals(publication)).orElse(false);
    long generation = sameGeneration ? generation() : generation() + 1;
    ready.forEach(
        (path, database) ->
            databasesNow.put(path, entry(path, database, now, generation, complete)));
    addUnlisted(databasesNow, now, generation);
    var next =
        new Manifest(publisher.volumeId, generation, publication, complete, now, databasesNow);
    staging.replace(volume.manifestFile(), JsonFile.bytes(next.toJson()));
    publisher.manifest = Optional.of(next);
    return next;
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
        var file = volume.root().resolve(name.getKey());
        var header = DatabaseHeader.read(file);
        if (header.isPresent()) {
          listed.put(
              name.getKey(),
              new Manifest.Database(
                  known.index().volumeSize(),
                  header.get().pageSize(),
                  header.get().wal(),
                  known.index().digest(),
                  Optional.empty(),
                  now,
                  Optional.of(generation)));
        }
      }
    }
  }

  private void changed(Path path) {
    context.answered();
    var parent = path.getParent();
    context.directoriesToSync.add(parent == null ? volume.root() : volume.root().resolve(parent));
  }

  private void syncDirectories() throws IOException {
    for (var directory : context.directoriesToSync) {
      try {
        Durable.syncDirectory(directory);
        context.answered();
      } catch (java.nio.file.NoSuchFileException e) {
        // deleted in this pass, after something in it
      }
    }
    context.directoriesToSync.clear();
  }

  private boolean isOnVolume(IOException e) {
    return e instanceof java.nio.file.FileSystemException f
        && f.getFile() != null
        && Path.of(f.getFile()).startsWith(volume.root());
  }

  /** The pass is to be made again from its first step. Not an error. */
  private static final class StartOver extends RuntimeException {
    @Serial private static final long serialVersionUID = 1;

    StartOver() {
      super(null, null, false, false);
    }
  }
}
