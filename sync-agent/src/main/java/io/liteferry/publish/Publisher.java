package io.liteferry.publish;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import io.liteferry.durable.Durable;
import io.liteferry.durable.JsonFile;
import io.liteferry.publish.Knowledge.Published;
import io.liteferry.scan.Entry;
import io.liteferry.scan.Tree;
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
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
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
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes local to one volume, pass by pass. Each pass is the same idempotent comparison of local
 * with what is published; what a failed pass left undone the next one does.
 *
 * <p>For one thread, except {@link Context#progress}. After an {@link IOException} what is known of
 * the volume may be wrong: close this and open another.
 */
public final class Publisher implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Publisher.class);

  /** When to look again at deletions that a database may still depend on. */
  private static final long UNSETTLED = TimeUnit.SECONDS.toNanos(1);

  private static final String SOMEBODY_ELSE =
      "somebody else has published to the volume %s; what is in local is kept and no longer"
          + " published: stop the other agent, and start this one again";

  /** How often a pass starts over when a new file vanished after a snapshot that may name it. */
  private static final int RESTARTS = 2;

  /** A directory on the volume keeps its owner's rights, else nothing could be published in it. */
  static final int OWNER_ALL = 0700;

  private final Context context;
  private final Path local;
  private final Volume volume;
  private final StateDirectory state;
  private final PassSettings settings;
  private final Clock clock;
  private final Notices notices;
  private final Transfers transfers;

  private final Staging staging;
  private final String volumeId;
  private final Knowledge knowledge;
  private final DatabaseTransfer databases;
  private final FileTransfer files;
  private Optional<Manifest> manifest;
  private Optional<Inventory> lastInventory = Optional.empty();
  private boolean indexIsStale;
  private boolean manifestIsDamaged;

  private Publisher(
      Context context,
      Staging staging,
      String volumeId,
      Knowledge knowledge,
      Optional<Manifest> m) {
    this.context = context;
    this.local = context.local;
    this.volume = context.volume;
    this.state = context.state;
    this.settings = context.settings;
    this.clock = context.clock;
    this.notices = context.notices;
    this.staging = staging;
    this.volumeId = volumeId;
    this.knowledge = knowledge;
    this.manifest = m;
    this.transfers = new Transfers(settings.transfers());
    this.databases = new DatabaseTransfer(local, volume, state, settings, clock, notices);
    this.files = new FileTransfer(local, volume, staging, clock, context.progress::addAndGet);
  }

  /** What outlives a publisher that has failed. */
  public static final class Context {
    private final Path local;
    private final Volume volume;
    private final StateDirectory state;
    private final PassSettings settings;
    private final Clock clock;
    private final Notices notices;
    private final Tree.BeforeListing beforeListing;
    private final AtomicLong progress = new AtomicLong();
    private final DeleteGuard guard;
    private final Map<Path, Long> replacedSince = new HashMap<>();

    /**
     * Outlives a pass that fails: what it renamed must be durable before a later one relies on it.
     */
    private final Set<Path> directoriesToSync = new TreeSet<>();

    private volatile boolean workingOnNode;
    private volatile @Nullable AgentState lastState;
    private @Nullable Object localKey;

    /**
     * Collects it.
     *
     * @param local the local directory
     * @param state held by the caller, who closes it
     * @param clock the one that stamps files of local
     * @param beforeListing is told of each directory of local before it is listed
     */
    public Context(
        Path local,
        Volume volume,
        StateDirectory state,
        PassSettings settings,
        Clock clock,
        Notices notices,
        Tree.BeforeListing beforeListing) {
      this.local = local;
      this.volume = volume;
      this.state = state;
      this.settings = settings;
      this.clock = clock;
      this.notices = notices;
      this.beforeListing = beforeListing;
      this.guard = new DeleteGuard(settings.deleteGuard());
    }

    /** A mount that has gone away leaves another directory under the same name. */
    private void requireSameLocal() throws IOException {
      var now = Files.readAttributes(local, BasicFileAttributes.class).fileKey();
      if (localKey == null) {
        localKey = now;
      }
      if (!Objects.equals(localKey, now)) {
        throw new IOException(
            "local %s is not the directory that it was at the start: is it mounted?"
                .formatted(local));
      }
    }

    /** Moves whenever bytes reach the volume; by it a long pass is told from a hung one. */
    public long progress() {
      return progress.get();
    }

    /**
     * Whether the pass under way is busy with local and state, and so cannot hang on the volume.
     */
    public boolean isWorkingOnNode() {
      return workingOnNode;
    }

    /**
     * The files and databases of local that are not on the volume as they are, by what was known
     * when the volume was last reached. Does not touch the volume; for any thread.
     */
    public SortedSet<Path> unpublished() throws IOException {
      return Inventory.of(local, settings.filter(), Tree.BeforeListing.NOTHING, clock)
          .differingFrom(state.readIndex(agentState().volumeId()));
    }

    /** The state, as last seen when somebody deleted it under us. */
    private AgentState agentState() throws IOException {
      lastState = state.read().or(() -> Optional.ofNullable(lastState)).orElse(null);
      if (lastState == null) {
        throw new IOException("the state in " + state.path() + " is gone");
      }
      return lastState;
    }
  }

  /**
   * Recovers the volume from what an earlier agent left and lists it. State must be ready for it.
   *
   * @throws VolumeException when the volume is not the one that state names, or does not work
   */
  public static Publisher open(Context context) throws IOException {
    var volume = context.volume;
    var expected = context.agentState().volumeId();
    try {
      requireSameVolume(volume, expected);
      var staging = Staging.open(volume);
      SideFileIntent.recover(volume, staging);
      var index = context.state.readIndex(expected);
      var knowledge = Knowledge.of(volume, context.settings.filter(), index);
      var manifest = volume.manifestIfReadable();
      if (manifest.isPresent()
          && !context.agentState().knows(manifest.map(Manifest::publication))) {
        throw new VolumeException(SOMEBODY_ELSE.formatted(volume.root()));
      }
      var publisher = new Publisher(context, staging, expected, knowledge, manifest);
      publisher.manifestIsDamaged =
          manifest.isEmpty() && Files.exists(volume.manifestFile(), NOFOLLOW_LINKS);
      if (publisher.manifestIsDamaged) {
        log.warn("{} is damaged; it is made anew from what is there", volume.manifestFile());
      }
      publisher.indexIsStale = index.isEmpty();
      return publisher;
    } catch (IOException e) {
      throw e instanceof VolumeException ? e : new VolumeException(volume.root(), e);
    }
  }

  private static void requireSameVolume(Volume volume, String expected) throws IOException {
    var found = volume.id();
    if (found.isEmpty()) {
      throw new VolumeException(
          "%s is not the volume it was (its %s is missing): is it mounted?"
              .formatted(volume.root(), Volume.OWN));
    }
    if (!found.get().equals(expected)) {
      throw new VolumeException(
          "%s is another volume (%s, expected %s)".formatted(volume.root(), found.get(), expected));
    }
  }

  /**
   * Makes one pass.
   *
   * @throws IOException when the volume or the node fails; what was published stays sound
   * @throws InterruptedException when interrupted between two files
   */
  public PassReport pass() throws IOException, InterruptedException {
    for (int restart = 0; ; restart++) {
      var report = new Pass(restart < RESTARTS).run();
      if (report.isPresent()) {
        return report.get();
      }
      log.debug("a file vanished behind a snapshot; the pass starts over");
    }
  }

  /** Whether {@link #saveIndex} would write. */
  public boolean hasUnsavedIndex() {
    return indexIsStale;
  }

  /** Keeps what is known for the next start, when it has changed. */
  public void saveIndex() throws IOException {
    if (indexIsStale) {
      state.writeIndex(volumeId, knowledge.index());
      indexIsStale = false;
    }
  }

  @Override
  public void close() {
    transfers.close();
    try {
      saveIndex();
    } catch (IOException e) {
      log.warn("the index could not be kept; the next start reads files again: {}", e.toString());
    }
    try {
      staging.close();
    } catch (IOException e) {
      log.debug("staging was left behind; the next start removes it", e);
    }
  }

  private Inventory inventory() throws IOException {
    context.requireSameLocal();
    var taken =
        lastInventory.isPresent()
            ? lastInventory.get().again(local, settings.filter(), context.beforeListing, clock)
            : Inventory.of(local, settings.filter(), context.beforeListing, clock);
    lastInventory = Optional.of(taken);
    return taken;
  }

  /** The state of one pass. The steps bear the numbers of docs/crash-safety.md. */
  private final class Pass {
    private final boolean mayStartOver;
    private final String publication = Volume.newId();
    private final NavigableMap<Path, String> problems = new TreeMap<>();
    private final Map<Path, DatabaseTransfer.Ready> ready = new LinkedHashMap<>();
    private final Map<Path, Long> heldReplacements = new HashMap<>();
    private final long bytesBefore = context.progress();
    private boolean begun;
    private int publishedFiles;
    private int deletions;

    Pass(boolean mayStartOver) {
      this.mayStartOver = mayStartOver;
    }

    Optional<PassReport> run() throws IOException, InterruptedException {
      try {
        return Optional.of(steps());
      } catch (StartOver e) {
        return Optional.empty();
      } catch (VolumeException e) {
        throw e;
      } catch (IOException e) {
        throw VolumeException.concernsAll(e) || isOnVolume(e)
            ? new VolumeException(volume.root(), e)
            : e;
      } finally {
        context.workingOnNode = false;
        for (var database : ready.values()) {
          Files.deleteIfExists(database.image());
        }
      }
    }

    private PassReport steps() throws IOException, InterruptedException {
      context.workingOnNode = true;
      var first = inventory(); // P1
      takeSnapshots(first); // P2
      // A file that is renamed while we look can be seen in neither place, so what seems gone is
      // looked for twice.
      var second = ready.isEmpty() && !isAnythingGone(first) ? first : inventory(); // P3
      context.workingOnNode = false;
      noteUntaken(second);
      publishFiles(second); // P4
      publishDatabases(); // P5, P6
      var verdict = delete(first, second); // P7
      long generation = manifest.map(Manifest::generation).orElse(0L);
      if (manifestIsDamaged) {
        begin();
      }
      if (begun) {
        generation = finish(); // P8, P9
      }
      return new PassReport(
          generation,
          publishedFiles,
          ready.size(),
          deletions,
          context.progress() - bytesBefore,
          problems,
          verdict.held().size() + heldReplacements.size(),
          earliest(verdict.reconsiderAt()));
    }

    /**
     * Before the first change of the volume in this pass: names it in state, so that it is known.
     */
    private void begin() throws IOException {
      if (!begun) {
        requireSameVolume(volume, volumeId);
        requireNoOtherPublication();
        state.write(
            AgentState.ready(volumeId, manifest.map(Manifest::publication)).begin(publication));
        begun = true;
        indexIsStale = true;
      }
    }

    /** No lease, and no substitute for one: it tells of another agent after the fact. */
    private void requireNoOtherPublication() throws IOException {
      var found = volume.manifestIfReadable().map(Manifest::publication);
      if (found.isPresent() && !found.equals(manifest.map(Manifest::publication))) {
        throw new VolumeException(SOMEBODY_ELSE.formatted(volume.root()));
      }
    }

    private void takeSnapshots(Inventory inventory) throws IOException {
      var corrupt = new HashSet<String>();
      for (var item : inventory.items().values()) {
        var path = item.entry().path();
        if (!item.database()) {
          continue;
        }
        var published = knowledge.get(path);
        boolean force = hasSideFilesOnVolume(path);
        if (!force && isUnchanged(item, published)) {
          continue;
        }
        switch (databases.snapshot(path, published, force)) {
          case DatabaseTransfer.Outcome.Differs differs -> ready.put(path, differs.ready());
          case DatabaseTransfer.Outcome.Same same -> {
            knowledge.put(path, same.known());
            indexIsStale = true;
          }
          case DatabaseTransfer.Outcome.Gone gone -> {}
          case DatabaseTransfer.Outcome.Withheld withheld -> {
            problems.put(path, withheld.why());
            if (withheld.corrupt()) {
              corrupt.add("corrupt " + path);
              notices.once(
                  "corrupt " + path,
                  () ->
                      log.error(
                          "{}: NOT published, the check failed; the volume keeps the last good"
                              + " copy: {}",
                          path,
                          withheld.why()));
            }
          }
        }
      }
      notices.retain("corrupt ", corrupt);
    }

    private boolean hasSideFilesOnVolume(Path database) {
      return SideFile.allOf(database).stream().anyMatch(side -> knowledge.get(side) != null);
    }

    private static boolean isUnchanged(Inventory.Item item, @Nullable Published published) {
      return published instanceof Published.Known known && item.isUnchangedSince(known.index());
    }

    private void noteUntaken(Inventory inventory) {
      inventory.unreadable().forEach((path, why) -> problems.putIfAbsent(path, why));
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
      holdReplacedDatabases(inventory);
      for (var item : inventory.items().values()) {
        var entry = item.entry();
        var path = entry.path();
        if (isBelowReplacedDatabase(path) || isBelow(refusedDirectories, path)) {
          continue;
        }
        @Nullable Published published = knowledge.get(path);
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
            if (target.isPresent() && !FileTransfer.isSameLink(published, target.get())) {
              tasks.put(path, () -> files.publishLink(entry, target.get()));
            }
          }
          case FILE -> {
            if (!item.database() && !isUnchanged(item, published)) {
              tasks.put(path, () -> files.publishFile(path, published));
            }
          }
          case SPECIAL -> {}
        }
      }
      if (!tasks.isEmpty()) {
        begin();
      }
      var vanished = new ArrayList<Path>();
      transfers.run(
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
                indexIsStale = true;
              }
              case FileTransfer.Outcome.Gone gone -> vanished.add(path);
              case FileTransfer.Outcome.Changing changing ->
                  problems.put(path, "is being written to");
              case FileTransfer.Outcome.Unreadable unreadable ->
                  problems.put(path, unreadable.why());
              case FileTransfer.Outcome.Refused error -> {
                // A directory that we published, or our staging, is gone: what we know is wrong.
                if (error.error() instanceof NoSuchFileException
                    || VolumeException.concernsAll(error.error())) {
                  throw new VolumeException(volume.root(), error.error());
                }
                // It does not hold databases back: it may be refused for ever, as for its name.
                problems.put(path, VolumeException.describe(error.error()));
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
     * A database that has become something else, often an empty file, looks as much like an
     * accident as one that is gone: the volume keeps it for as long.
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
      problems.put(path, VolumeException.describe(e));
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
        if ((there.mode() | OWNER_ALL) != (entry.mode() | OWNER_ALL)) {
          begin();
          Staging.setDirectoryAttributes(target, entry);
          knowledge.put(entry.path(), new Published.Directory(entry.mode()));
          publishedFiles++;
        }
        return;
      }
      begin();
      if (published != null) {
        staging.remove(target);
        knowledge.remove(entry.path());
      }
      var staged = staging.fresh();
      Files.createDirectory(staged);
      Staging.setDirectoryAttributes(staged, entry);
      Durable.rename(staged, target);
      knowledge.put(entry.path(), new Published.Directory(entry.mode()));
      changed(entry.path());
      publishedFiles++;
    }

    private void publishDatabases() throws IOException {
      if (ready.isEmpty()) {
        return;
      }
      begin();
      requireRoom(ready.values().stream().mapToLong(DatabaseTransfer.Ready::bytes).sum());
      var staged = new LinkedHashMap<Path, Path>();
      for (var entry : ready.entrySet()) { // P5
        var database = entry.getValue();
        var copy = staging.copy(database.image(), context.progress::addAndGet);
        if (!copy.digest().equals(database.digest())) {
          throw new IOException(
              "the snapshot of %s changed between its check and its copy"
                  .formatted(entry.getKey()));
        }
        Staging.setAttributes(copy.path(), database.source(), database.mtime());
        staged.put(entry.getKey(), copy.path());
      }
      writeManifest(false);
      for (var entry : staged.entrySet()) { // P6
        var path = entry.getKey();
        var database = Objects.requireNonNull(ready.get(path));
        long mtime = Knowledge.mtimeOf(entry.getValue());
        var sides = SideFileIntent.sideFilesOnVolume(volume, path);
        if (sides.isEmpty()) {
          staging.publish(entry.getValue(), volume.root().resolve(path));
        } else {
          SideFileIntent.publish(volume, staging, path, entry.getValue(), database.digest(), sides);
          sides.forEach(knowledge::remove);
        }
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

    /** Refuses to start what cannot end well; the copy would fail later with the same error. */
    private void requireRoom(long bytes) throws IOException {
      long free = Files.getFileStore(volume.root()).getUsableSpace();
      if (free < bytes) {
        throw new VolumeException(
            "volume %s: no space left on device: snapshots of %d bytes, %d are free"
                .formatted(volume.root(), bytes, free));
      }
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
     * Whether every published database is as young as the scan. One that is not may still name a
     * file that is gone.
     */
    private boolean areDatabasesSettled(Inventory second) {
      return problems.keySet().stream().noneMatch(this::isPublishedDatabase)
          && second.items().values().stream()
              .filter(Inventory.Item::database)
              .allMatch(
                  item ->
                      ready.containsKey(item.entry().path())
                          || isUnchanged(item, knowledge.get(item.entry().path())));
    }

    private DeleteGuard.Verdict delete(Inventory first, Inventory second) throws IOException {
      int foreign = 0;
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
        if (name.getValue() instanceof Published.Unread) {
          // Neither restored nor published by this agent: somebody else put it there, or restore
          // ran with other globs. It is not ours to delete.
          foreign++;
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
      return knowledge.get(path) instanceof Published.Known known && known.index().database();
    }

    private Collection<Path> publishedFilePaths() {
      return knowledge.names().entrySet().stream()
          .filter(name -> !(name.getValue() instanceof Published.Directory))
          .map(Map.Entry::getKey)
          .toList();
    }

    private void deleteDirectory(Path path) throws IOException {
      var target = volume.root().resolve(path);
      try (var content = Files.newDirectoryStream(target)) {
        if (content.iterator().hasNext()) {
          return; // holds what was held back, excluded or not ours
        }
      } catch (java.nio.file.NoSuchFileException e) {
        knowledge.remove(path);
        return;
      }
      begin();
      staging.remove(target);
      knowledge.remove(path);
      changed(path);
      deletions++;
    }

    private void sayForeign(int count) {
      if (count > 0) {
        notices.once(
            "not ours",
            () -> log.warn("{} files on the volume are not from here and stay there", count));
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
                  "{} deletions are held back for {}s, in case local lost them by accident: {}",
                  verdict.held().size(),
                  settings.deleteGuard().toSeconds(),
                  abbreviate(verdict.held())));
    }

    private long finish() throws IOException {
      if (publishedFiles + ready.size() + deletions == 0 && !manifestIsDamaged) {
        // Nothing came of it: the volume still shows the publication before.
        state.write(AgentState.ready(volumeId, manifest.map(Manifest::publication)));
        return manifest.map(Manifest::generation).orElse(0L);
      }
      var written = writeManifest(true); // P8
      manifestIsDamaged = false;
      state.write(AgentState.ready(volumeId, Optional.of(publication))); // P9
      return written.generation();
    }

    private Manifest writeManifest(boolean complete) throws IOException {
      var now = clock.instant();
      var before = manifest.map(Manifest::databases).orElseGet(TreeMap::new);
      var databasesNow = new TreeMap<Path, Manifest.Database>();
      before.forEach(
          (path, database) -> {
            if (isPublishedDatabase(path) || knowledge.get(path) instanceof Published.Unread) {
              databasesNow.put(path, complete ? database.completed() : database);
            }
          });
      ready.forEach(
          (path, database) -> databasesNow.put(path, entry(path, database, now, complete)));
      addUnlisted(databasesNow, now);
      long generation = manifest.map(Manifest::generation).orElse(0L);
      boolean sameGeneration = manifest.map(m -> m.publication().equals(publication)).orElse(false);
      var next =
          new Manifest(
              volumeId,
              sameGeneration ? generation : generation + 1,
              publication,
              complete,
              now,
              databasesNow);
      staging.replace(volume.manifestFile(), JsonFile.bytes(next.toJson()));
      manifest = Optional.of(next);
      return next;
    }

    private Manifest.Database entry(
        Path path, DatabaseTransfer.Ready database, Instant now, boolean complete) {
      var before = manifest.map(m -> m.databases().get(path)).map(Manifest.Database::digest);
      return new Manifest.Database(
          database.bytes(),
          database.header().pageSize(),
          database.header().wal(),
          database.digest(),
          complete ? Optional.empty() : before,
          now);
    }

    /** Databases that the volume had before its manifest knew of them. */
    private void addUnlisted(NavigableMap<Path, Manifest.Database> listed, Instant now)
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
                    now));
          }
        }
      }
    }

    private void changed(Path path) {
      var parent = path.getParent();
      context.directoriesToSync.add(parent == null ? volume.root() : volume.root().resolve(parent));
    }

    private void syncDirectories() throws IOException {
      for (var directory : context.directoriesToSync) {
        try {
          Durable.syncDirectory(directory);
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
  }

  /** The pass is to be made again from its first step. Not an error. */
  private static final class StartOver extends RuntimeException {
    @Serial private static final long serialVersionUID = 1;

    StartOver() {
      super(null, null, false, false);
    }
  }

  /** At most a few names, for a log line. */
  static String abbreviate(Collection<Path> paths) {
    int most = 5;
    var shown = paths.stream().sorted().limit(most).map(Path::toString);
    var text = shown.collect(Collectors.joining(", "));
    return paths.size() > most ? text + " and " + (paths.size() - most) + " more" : text;
  }
}
