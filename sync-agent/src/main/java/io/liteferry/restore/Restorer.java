package io.liteferry.restore;

import io.liteferry.durable.DamagedFileException;
import io.liteferry.durable.Digest;
import io.liteferry.durable.Durable;
import io.liteferry.lease.Lease;
import io.liteferry.log.Event;
import io.liteferry.publish.Attributes;
import io.liteferry.publish.DirectUse;
import io.liteferry.publish.Inventory;
import io.liteferry.publish.Manifest;
import io.liteferry.publish.Transfers;
import io.liteferry.publish.Volume;
import io.liteferry.publish.VolumeException;
import io.liteferry.scan.Entry;
import io.liteferry.scan.PathFilter;
import io.liteferry.scan.Tree;
import io.liteferry.sqlite.DatabaseCheck;
import io.liteferry.sqlite.DatabaseHeader;
import io.liteferry.sqlite.SideFile;
import io.liteferry.sqlite.SideFileRecovery;
import io.liteferry.state.AgentState;
import io.liteferry.state.IndexEntry;
import io.liteferry.state.StateDirectory;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings local into the state that the decision table demands. For one thread.
 *
 * <p>What is refused is refused before the lease is asked for, so that it changes nothing; what is
 * done is decided again with the lease in hand, when what an agent before us flushed is there.
 */
public final class Restorer {
  private static final Logger log = LoggerFactory.getLogger(Restorer.class);

  /** Longer than a tick of the clock that stamps files: after it, the copies' stamps are old. */
  private static final long TICK_MILLIS = 25;

  /** How often a copy for inspection is begun while somebody publishes. */
  private static final int COPY_ATTEMPTS = 5;

  private static final long COPY_AGAIN_MILLIS = 500;

  private static final String RESTORE_FIRST =
      "run 'liteferry restore' first, or 'liteferry run', which does both";

  private final Path local;
  private final Volume volume;
  private final StateDirectory state;
  private final PathFilter filter;
  private final DatabaseCheck check;
  private final int transfers;
  private final Clock clock;
  private final RestoreProgress progress;
  private final LeaseSource leases;
  private final Set<String> said = new HashSet<>();

  /** Found once; what a look found amiss is looked at again, as local may be at work. */
  private boolean isIntactAfterReboot;

  /** Where the lease comes from when it is needed. */
  @FunctionalInterface
  public interface LeaseSource {
    /** Waits for the lease; its owner releases it. */
    Lease acquire() throws IOException, InterruptedException;
  }

  /**
   * Prepares a restore; does nothing yet.
   *
   * @param state held by the caller
   * @param check how each database is checked before local counts as ready
   * @param transfers how many files are copied at the same time
   */
  public Restorer(
      Path local,
      Volume volume,
      StateDirectory state,
      PathFilter filter,
      DatabaseCheck check,
      int transfers,
      Clock clock,
      RestoreProgress progress,
      LeaseSource leases) {
    this.local = local;
    this.volume = volume;
    this.state = state;
    this.filter = filter;
    this.check = check;
    this.transfers = transfers;
    this.clock = clock;
    this.progress = progress;
    this.leases = leases;
  }

  /**
   * Restores as far as needed. Afterwards state is ready for this volume.
   *
   * @throws RefusedException when nothing can be done safely; nothing was changed
   * @throws UnsoundDatabaseException when the volume's content is not fit to run with
   * @throws VolumeException when the volume does not work
   * @throws io.liteferry.lease.LeaseHeldException when another agent has the volume
   */
  public void restore() throws IOException, InterruptedException {
    restore(false);
  }

  /**
   * The same, where the application may be at work on local.
   *
   * @param keepLocal whether to refuse where a local with data would be replaced
   */
  public void restore(boolean keepLocal) throws IOException, InterruptedException {
    try {
      restoreAsDecided(keepLocal);
    } catch (FileSystemException e) {
      throw asOfVolume(e);
    }
  }

  private void restoreAsDecided(boolean keepLocal) throws IOException, InterruptedException {
    throwIfRefused(decide(), keepLocal);
    var lease = acquire();
    var decision = decide();
    throwIfRefused(decision, keepLocal);
    if (decision instanceof Decision.CopyAll) {
      copy(prepare(lease), lease, "restoring from the volume");
    } else if (decision instanceof Decision.CopyAgain) {
      checkVolume();
      copy(
          prepare(lease),
          lease,
          "somebody else published, and local has nothing of its own: restoring again");
    } else if (decision instanceof Decision.Recover recover) {
      checkVolume();
      var content = prepare(lease);
      var aside =
          new SetAside(local, state)
              .keep(recover.databases().keySet(), bytesNeeded(content.inventory()));
      Event.of("set-back")
          .with("databases", recover.databases().size())
          .log(
              () ->
                  log.warn(
                      "a crash of the node has set local back behind the volume, or damaged it: {};"
                          + " copies of these are kept in {}",
                      Decision.named(recover.databases()),
                      aside));
      copy(content, lease, "restoring what was published");
    } else {
      begin(lease, decision);
    }
  }

  /**
   * What {@link #restore} would decide now. Changes nothing; the state may be one {@linkplain
   * StateDirectory#look only looked at}.
   *
   * @throws RefusedException when a damaged file alone makes it refuse
   * @throws DamagedFileException when it would have to compare local with the volume first
   */
  public Decision preview() throws IOException {
    state.read();
    return decide();
  }

  /**
   * Copies the volume to an empty local, for inspection: without the lease, without state, and
   * without any change of the volume. An agent may be at work there; what it publishes meanwhile
   * makes the copy begin again.
   *
   * @throws RefusedException when local is not empty
   * @throws UnsoundDatabaseException when a database failed its check; the copy is there
   * @throws VolumeException when the volume does not work, or never stands still
   */
  public void copyOnly() throws IOException, InterruptedException {
    if (!isEmpty()) {
      throw new RefusedException("LOCAL %s is not empty".formatted(local), "give an empty one");
    }
    for (int attempt = 1; ; attempt++) {
      var before = volume.manifestIfReadable();
      try {
        var inventory = readableInventory();
        log.info("copying the volume, for inspection: {}", progress);
        var digests = copyTree(inventory);
        recoverAndCheck(inventory, digests);
        syncDirectories(inventory);
        boolean whole = before.map(Manifest::complete).orElse(true) || attempt == COPY_ATTEMPTS;
        if (whole && volume.manifestIfReadable().equals(before)) {
          log.info("copied {}", progress);
          return;
        }
        if (attempt == COPY_ATTEMPTS) {
          throw new VolumeException(
              "volume %s: an agent publishes to it all the time: try again"
                  .formatted(volume.root()));
        }
      } catch (UnsoundDatabaseException e) {
        throw e;
      } catch (IOException e) {
        if (attempt == COPY_ATTEMPTS) {
          throw e instanceof FileSystemException f ? asOfVolume(f) : e;
        }
        log.debug("the volume changed under the copy", e);
      }
      Thread.sleep(COPY_AGAIN_MILLIS);
      clearLocal(localTree());
    }
  }

  private IOException asOfVolume(FileSystemException e) {
    return e.getFile() != null && Path.of(e.getFile()).startsWith(volume.root())
        ? new VolumeException("volume %s: %s".formatted(volume.root(), VolumeException.describe(e)))
        : e;
  }

  private Lease acquire() throws IOException, InterruptedException {
    try {
      return leases.acquire();
    } catch (IOException e) {
      throw VolumeException.of(volume.root(), e);
    }
  }

  /**
   * Makes sure that passes may begin without a restore.
   *
   * @throws RefusedException when a restore is needed first; nothing was changed
   */
  public void requireReady() throws IOException, InterruptedException {
    try {
      requireNoCopy(decide());
      var lease = acquire();
      var decision = decide();
      requireNoCopy(decision);
      begin(lease, decision);
    } catch (FileSystemException e) {
      throw asOfVolume(e);
    }
  }

  private void requireNoCopy(Decision decision) throws IOException {
    throwIfRefused(decision);
    if (decision instanceof Decision.CopyAll) {
      throw new RefusedException(
          "the volume has data and local is " + (isEmpty() ? "empty" : "incomplete"),
          RESTORE_FIRST);
    }
    if (decision instanceof Decision.CopyAgain) {
      throw new RefusedException(
          "somebody else published to the volume since local was restored", RESTORE_FIRST);
    }
    if (decision instanceof Decision.Recover recover) {
      throw new RefusedException(
          "after a crash of the node local is older than the volume or damaged: "
              + Decision.named(recover.databases()),
          RESTORE_FIRST);
    }
  }

  private void throwIfRefused(Decision decision, boolean keepLocal) throws IOException {
    throwIfRefused(decision);
    if (keepLocal && decision instanceof Decision.CopyAgain) {
      throw refusal(
          new Decision.Refuse(
              "somebody else published to the volume, and --keep-local forbids to replace local:"
                  + " the application may be at work there",
              "look which side is right, and copy local if it is; then end the application: in"
                  + " Kubernetes delete the pod, elsewhere start once without --keep-local"));
    }
    // After a reboot the application has not been started, as no start of ours succeeded since.
    if (keepLocal
        && decision instanceof Decision.Recover recover
        && !state.read().map(state::isOfAnotherBoot).orElse(false)) {
      throw refusal(
          new Decision.Refuse(
              "local is older than the volume or damaged, and --keep-local forbids to replace"
                  + " local, as the application may be at work there: "
                  + Decision.named(recover.databases()),
              "look which side is right, and copy local if it is; then end the application, and"
                  + " start once without --keep-local"));
    }
  }

  private void throwIfRefused(Decision decision) throws RefusedException {
    if (decision instanceof Decision.Refuse refuse) {
      throw refusal(refuse);
    }
  }

  /** What needs no copy. Not a switch: its bootstrap would be a tenth of the time to start. */
  private void begin(Lease lease, Decision decision) throws IOException {
    throwIfRefused(decision);
    var id = volumeId(lease);
    var publication = volume.manifestIfReadable().map(Manifest::publication);
    lease.confirm(); // what was decided, and this publication, are of one moment
    if (decision instanceof Decision.KeepLocal) {
      Event.of("restore")
          .with("decision", "keep")
          .log(() -> log.info("local is the same as the volume or newer: kept"));
      if (isStateDamaged()) {
        state.write(AgentState.ready(id, publication));
      } else {
        state.noteBoot();
      }
      return;
    }
    boolean adopt = decision instanceof Decision.Adopt;
    Event.of("restore")
        .with("decision", adopt ? "adopt" : "first-start")
        .log(
            () ->
                log.info(
                    adopt
                        ? "local has data and the volume none: it will be published"
                        : "first start: local and volume are empty"));
    state.write(AgentState.ready(id, publication));
  }

  /** The volume's id; a volume without one, or with a damaged one, gets it now. */
  private String volumeId(Lease lease) throws IOException {
    try {
      var id = volume.id();
      return id.isPresent() ? id.get() : volume.mark(lease.staging(), Volume.newId());
    } catch (DamagedFileException e) {
      var id = volumeId(state.read(), volume.manifestIfReadable());
      return volume.mark(lease.staging(), id.orElseThrow());
    } catch (IOException e) {
      throw VolumeException.of(volume.root(), e);
    }
  }

  private RefusedException refusal(Decision.Refuse refuse) {
    return new RefusedException(
        "%s (LOCAL %s, VOLUME %s)".formatted(refuse.why(), local, volume.root()), refuse.remedy());
  }

  private Decision decide() throws IOException {
    var known = knownState();
    var manifest = volume.manifestIfReadable();
    var comparison = new LazyComparison(manifest, known);
    boolean hasData = !isEmpty(volume.root());
    var facts =
        new Decision.VolumeFacts(
            hasData,
            volumeId(known, manifest),
            manifest.map(Manifest::publication),
            (manifest.isPresent() && !hasData)
                ? comparison.missesDatabases(manifest.get())
                : manifest.map(m -> !m.databases().isEmpty()).orElse(false));
    return Decision.decide(isEmpty(), known, facts, comparison);
  }

  /** A damaged state file says nothing; whether that is harmless, what is on disk decides. */
  private Optional<AgentState> knownState() throws IOException {
    try {
      return state.read();
    } catch (DamagedFileException e) {
      var id = volume.id();
      if (id.isPresent() && (isEmpty() || compareAllWithVolume())) {
        warnOnce(e.getMessage() + "; local agrees with the volume, so the state is made anew");
        return Optional.of(
            AgentState.ready(id.get(), volume.manifestIfReadable().map(Manifest::publication)));
      }
      throw new RefusedException(
          e.getMessage() + ", and local is not the same as the volume",
          "to take the volume's data, move LOCAL's content and STATE away");
    }
  }

  private boolean isStateDamaged() throws IOException {
    try {
      state.read();
      return false;
    } catch (DamagedFileException e) {
      return true;
    }
  }

  /** A damaged marker is as good as a whole one when the manifest and state agree on the id. */
  private Optional<String> volumeId(Optional<AgentState> known, Optional<Manifest> manifest)
      throws IOException {
    try {
      return volume.id();
    } catch (DamagedFileException e) {
      var id = manifest.map(Manifest::volumeId);
      if (id.isPresent() && (known.isEmpty() || id.equals(known.map(AgentState::volumeId)))) {
        warnOnce(e.getMessage() + "; made anew from the manifest");
        return id;
      }
      throw new RefusedException(
          e.getMessage() + ", and nothing else says which volume this is",
          "move the volume's .liteferry away; the volume then counts as new");
    }
  }

  /** What is decided twice is said once. */
  private void warnOnce(String message) {
    if (said.add(message)) {
      log.warn("{}", message);
    }
  }

  private boolean isEmpty() throws IOException {
    return isEmpty(local);
  }

  /**
   * Whether nothing that travels is there but directories: images and mounts make those ahead of
   * any data. What cannot be looked at may be anything, whatever is included.
   */
  private boolean isEmpty(Path directory) throws IOException {
    var found = new boolean[1];
    var failures = new ArrayList<IOException>();
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes) {
            return isSkipped(path, true) ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) {
            try {
              found[0] =
                  !isSkipped(path, false)
                      && filter.takes(directory.relativize(path))
                      && !(directory.equals(local) && isLeftOver(path, attributes));
            } catch (IOException e) {
              failures.add(e);
            }
            return found[0] ? FileVisitResult.TERMINATE : FileVisitResult.CONTINUE;
          }

          /**
           * A socket, or a side file of a database that is gone: else that is found, too. Beside
           * one on the volume, zeros or nothing are what SQLite left.
           */
          private boolean isLeftOver(Path path, BasicFileAttributes attributes) throws IOException {
            if (!attributes.isRegularFile()) {
              return attributes.isOther();
            }
            var parsed = SideFile.parse(path);
            if (parsed.isEmpty()) {
              return false;
            }
            var kind = parsed.get().kind();
            return kind.isContentOf(path)
                || (!kind.isSomethingElse(path)
                    && isDatabase(
                        volume.root().resolve(directory.relativize(parsed.get().base()))));
          }

          @Override
          public FileVisitResult visitFileFailed(Path path, IOException e) throws IOException {
            if (path.equals(directory)) {
              throw e;
            }
            if (!isSkipped(path, false)
                && Durable.exists(path)
                && !isSkipped(path, Durable.isDirectory(path))) {
              failures.add(e);
            }
            return FileVisitResult.CONTINUE;
          }

          private boolean isSkipped(Path path, boolean isDirectory) {
            var name = directory.relativize(path);
            return !path.equals(directory)
                && (Volume.isNeverTaken(name) || filter.excludes(name, isDirectory));
          }
        });
    if (!found[0] && !failures.isEmpty()) {
      throw failures.getFirst();
    }
    return !found[0];
  }

  private boolean compareAllWithVolume() throws IOException {
    var here = Inventory.of(local, filter, Tree.BeforeListing.NOTHING);
    var there = volume.inventory(filter);
    if (!here.items().keySet().equals(there.items().keySet())) {
      return false;
    }
    for (var item : here.items().values()) {
      var path = item.entry().path();
      var other = Objects.requireNonNull(there.items().get(path)).entry();
      boolean same =
          item.entry().kind() == other.kind()
              && item.wal().isEmpty()
              && (item.entry().kind() != Entry.Kind.FILE || compareContent(item))
              && (item.entry().kind() != Entry.Kind.LINK || isSameLink(path));
      if (!same) {
        return false;
      }
    }
    return true;
  }

  /** Takes a snapshot of a database; whether its content, or that of a file, is on the volume. */
  private boolean compareContent(Inventory.Item item) throws IOException {
    var there = volume.root().resolve(item.entry().path());
    return digestOfLocal(item).equals(Optional.of(Digest.of(there)));
  }

  private boolean isSameLink(Path path) throws IOException {
    return Files.readSymbolicLink(local.resolve(path))
        .equals(Files.readSymbolicLink(volume.root().resolve(path)));
  }

  /**
   * Of a database: that of a snapshot, as SQLite writes some header fields anew in each. Empty when
   * that cannot be told.
   */
  private Optional<Digest> digestOfLocal(Inventory.Item item) throws IOException {
    var path = item.entry().path();
    if (!item.database()) {
      return Optional.of(Digest.of(local.resolve(path)));
    }
    try (var image = LocalImage.take(local, path, state)) {
      return image.digest();
    }
  }

  /** What was looked at before state says that local is given up. */
  private record Prepared(String id, Inventory inventory, Tree before) {}

  private Prepared prepare(Lease lease) throws IOException {
    return new Prepared(volumeId(lease), readableInventory(), localTree());
  }

  private void copy(Prepared content, Lease lease, String why)
      throws IOException, InterruptedException {
    Event.of("restore").with("decision", "copy").log(() -> log.info("{}: {}", why, progress));
    state.write(AgentState.restoring(content.id()));
    copyOver(content.before(), lease, content.id(), content.inventory());
  }

  /** What is on the volume, after making sure that it can be read and that local has room. */
  private Inventory readableInventory() throws IOException {
    var inventory = volume.inventory(filter);
    for (var unreadable : inventory.unreadable().entrySet()) {
      throw new VolumeException(
          "volume %s: %s cannot be read (%s); nothing was restored"
              .formatted(volume.root(), unreadable.getKey(), unreadable.getValue()));
    }
    requireRoom(bytesNeeded(inventory));
    long files = 0;
    for (var item : inventory.items().values()) {
      files += item.entry().kind() == Entry.Kind.FILE ? 1 + sideFilesToCopy(item).size() : 0;
    }
    progress.expect(files, bytes(inventory));
    return inventory;
  }

  private long bytes(Inventory inventory) throws IOException {
    long bytes = 0;
    for (var item : inventory.items().values()) {
      if (item.entry().kind() == Entry.Kind.FILE) {
        bytes += item.entry().stamp().size();
        for (var side : sideFilesToCopy(item)) {
          bytes += side.stamp().size();
        }
      }
    }
    return bytes;
  }

  /** How much more than now local takes with it; nothing when that is less. */
  private long bytesNeeded(Inventory inventory) throws IOException {
    return Math.max(0, bytes(inventory) - bytesInLocal());
  }

  /** The side files with content that a database on the volume has. */
  private List<Entry> sideFilesToCopy(Inventory.Item item) throws IOException {
    var found = new ArrayList<Entry>();
    if (item.database()) {
      for (var side : SideFile.withContentOf(item.entry().path())) {
        Entry.look(volume.root(), side)
            .filter(entry -> entry.kind() == Entry.Kind.FILE)
            .ifPresent(found::add);
      }
    }
    return found;
  }

  private void copyOver(Tree before, Lease lease, String id, Inventory inventory)
      throws IOException, InterruptedException {
    clearLocal(before);
    var digests = copyTree(inventory);
    long copied = System.nanoTime();
    var recovered = recoverAndCheck(inventory, digests);
    syncDirectories(inventory);
    syncVolume(inventory);
    Thread.sleep(
        Math.max(0, TICK_MILLIS - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - copied)));
    state.writeIndex(id, index(inventory, digests, recovered), Set.of());
    var publication = volume.manifestIfReadable().map(Manifest::publication);
    lease.confirm();
    state.write(AgentState.ready(id, publication));
    Event.of("restored").log(() -> log.info("restored {}", progress));
  }

  /**
   * Deletes what travels, and side files with their databases. What does not travel and is nowhere
   * else stays: what is excluded, or misnamed.
   */
  private void clearLocal(Tree tree) throws IOException {
    for (var entry : tree.entries().descendingMap().values()) {
      var path = entry.path();
      if (entry.kind() != Entry.Kind.DIRECTORY) {
        if (!isMisnamed(entry) && (filter.takes(path) || isSideFileOfTaken(entry))) {
          Files.delete(local.resolve(path));
        }
      } else {
        try {
          Files.delete(local.resolve(path));
        } catch (FileSystemException e) {
          log.debug("{} stays: it holds what does not travel, or is a mount", path, e);
        }
      }
    }
  }

  /**
   * Whether local alone has a file with the name of a database's side file, and other content. An
   * interrupted restore may have deleted local's database, and not brought the volume's yet.
   */
  private boolean isMisnamed(Entry entry) throws IOException {
    var side = SideFile.parse(entry.path());
    if (entry.kind() != Entry.Kind.FILE
        || side.isEmpty()
        || side.get().kind() == SideFile.SUPER_JOURNAL
        || !side.get().kind().isSomethingElse(local.resolve(entry.path()))) {
      return false;
    }
    var base = side.get().base();
    return (isDatabase(local.resolve(base)) || isDatabase(volume.root().resolve(base)))
        && !Durable.exists(volume.root().resolve(entry.path()));
  }

  private static boolean isDatabase(Path file) throws IOException {
    return Durable.isFile(file) && DatabaseHeader.read(file).isPresent();
  }

  private boolean isSideFileOfTaken(Entry entry) throws IOException {
    var side = SideFile.parse(entry.path());
    return side.isPresent()
        && filter.takes(side.get().base())
        && !(entry.kind() == Entry.Kind.FILE
            && side.get().kind().isSomethingElse(local.resolve(entry.path())));
  }

  private Tree localTree() throws IOException {
    var tree =
        Tree.scan(
            local,
            (path, directory) ->
                Volume.isNeverTaken(path)
                    || (filter.excludes(path, directory)
                        && (directory || SideFile.parse(path).isEmpty())),
            Tree.BeforeListing.NOTHING);
    for (var unlisted : tree.unlisted().values()) {
      throw unlisted;
    }
    return tree;
  }

  /** Before a good local is given up for it: whether every database on the volume is sound. */
  private void checkVolume() throws IOException {
    var inventory = volume.inventory(filter);
    for (var item : inventory.items().values()) {
      if (!item.database()) {
        continue;
      }
      var path = item.entry().path();
      Path copy;
      try {
        copy = DirectUse.foldedCopy(volume, state, path);
      } catch (SideFileRecovery.RecoveryException e) {
        throw notRecovered(path, e);
      }
      try {
        requireSound(path, copy);
      } finally {
        Files.deleteIfExists(copy);
      }
    }
  }

  private UnsoundDatabaseException notRecovered(Path path, SideFileRecovery.RecoveryException e) {
    return UnsoundDatabaseException.corrupt(
        volume.root(), path, List.of(String.valueOf(e.getMessage())));
  }

  private void recoverAndCheck(Path path, Path copy, boolean recover) throws IOException {
    if (recover) {
      try {
        SideFileRecovery.recover(copy);
      } catch (SideFileRecovery.RecoveryException e) {
        throw notRecovered(path, e);
      }
    }
    requireSound(path, copy);
  }

  private void requireSound(Path path, Path copy) throws IOException {
    switch (check.check(copy)) {
      case DatabaseCheck.Outcome.Corrupt corrupt ->
          throw UnsoundDatabaseException.corrupt(volume.root(), path, corrupt.findings());
      case DatabaseCheck.Outcome.Unfinished unfinished ->
          throw UnsoundDatabaseException.unchecked(volume.root(), path, unfinished.why());
      case DatabaseCheck.Outcome.NotChecked not ->
          throw UnsoundDatabaseException.unchecked(volume.root(), path, not.why());
      case DatabaseCheck.Outcome.PartlyChecked partly ->
          log.warn("{}: restored without a full check: {}", path, partly.why());
      case DatabaseCheck.Outcome.Sound sound -> {}
    }
  }

  /** How many bytes an interrupted or earlier restore takes up, which go first. */
  private long bytesInLocal() throws IOException {
    return Inventory.of(local, filter, Tree.BeforeListing.NOTHING).items().values().stream()
        .filter(item -> item.entry().kind() == Entry.Kind.FILE)
        .mapToLong(item -> item.entry().stamp().size())
        .sum();
  }

  private void requireRoom(long bytes) throws IOException {
    long free = Files.getFileStore(local).getUsableSpace();
    if (free < bytes) {
      throw new IOException(
          "%s has %d bytes free, the volume's content needs %d: make room or give a larger disk"
              .formatted(local, free, bytes));
    }
  }

  private Map<Path, Digest> copyTree(Inventory inventory) throws IOException, InterruptedException {
    var tasks = new LinkedHashMap<Path, Transfers.Task<Optional<Digest>>>();
    for (var item : inventory.items().values()) {
      var entry = item.entry();
      switch (entry.kind()) {
        case DIRECTORY -> makeDirectory(local.resolve(entry.path()));
        case FILE -> {
          tasks.put(entry.path(), () -> Optional.of(copyFile(entry)));
          for (var side : sideFilesToCopy(item)) {
            tasks.put(side.path(), () -> Optional.of(copyFile(side)));
          }
        }
        case LINK ->
            tasks.put(
                entry.path(),
                () -> {
                  copyLink(entry);
                  return Optional.empty();
                });
        case SPECIAL -> {}
      }
    }
    var digests = new HashMap<Path, Digest>();
    try (var pool = new Transfers(transfers)) {
      pool.run(
          tasks,
          (path, digest) -> {
            if (digest.isPresent()) {
              digests.put(path, digest.get());
              progress.finishedFile();
            }
          });
    }
    return digests;
  }

  /** A link that stays because it does not travel must not lead what does travel elsewhere. */
  private static void makeDirectory(Path directory) throws IOException {
    if (Durable.look(directory).map(BasicFileAttributes::isSymbolicLink).orElse(false)) {
      throw new RefusedException(
          directory + " is a symbolic link, and a directory on the volume",
          "remove the link, or exclude the directory");
    }
    Files.createDirectories(directory);
  }

  private Digest copyFile(Entry source) throws IOException {
    var from = volume.root().resolve(source.path());
    var to = local.resolve(source.path());
    var digest =
        Durable.copy(
            from,
            to,
            copy -> Attributes.set(copy, source, source.stamp().mtime()),
            progress::copied);
    if (!Entry.look(volume.root(), source.path()).map(source::equals).orElse(false)) {
      throw new VolumeException(
          "volume %s: %s changed while it was restored: does another agent or program write to it?"
              .formatted(volume.root(), source.path()));
    }
    if (Files.size(to) != source.stamp().size()) {
      throw new VolumeException(
          "volume %s: %s has %d bytes, and only %d could be read"
              .formatted(volume.root(), source.path(), source.stamp().size(), Files.size(to)));
    }
    return digest;
  }

  private void copyLink(Entry source) throws IOException {
    var to = local.resolve(source.path());
    Files.createSymbolicLink(to, Files.readSymbolicLink(volume.root().resolve(source.path())));
    Attributes.setOwner(to, source);
  }

  /** Returns the databases whose content is no longer that of the file on the volume. */
  private List<Path> recoverAndCheck(Inventory inventory, Map<Path, Digest> digests)
      throws IOException {
    var recovered = new ArrayList<Path>();
    var manifest = volume.manifestIfReadable();
    for (var item : inventory.items().values()) {
      if (!item.database()) {
        continue;
      }
      var path = item.entry().path();
      if (SideFile.withContentOf(path).stream().anyMatch(digests::containsKey)) {
        log.warn("{}: the volume has side files of a direct use; they are folded in", path);
        recovered.add(path);
      }
      boolean recover = recovered.contains(path);
      recoverAndCheck(path, local.resolve(path), recover);
      if (recover) {
        Attributes.set(local.resolve(path), item.entry());
      }
      sayIfForeign(manifest, path, digests.get(path));
    }
    return recovered;
  }

  private static void sayIfForeign(
      Optional<Manifest> manifest, Path path, @Nullable Digest digest) {
    if (manifest.isPresent() && digest != null) {
      Manifest.@Nullable Database listed = manifest.get().databases().get(path);
      if (listed == null || !listed.names(digest)) {
        log.warn("{}: was put on the volume by somebody else; it is sound and accepted", path);
      }
    }
  }

  /** Directories get their attributes last: one that may not be written to could not be filled. */
  private void syncDirectories(Inventory inventory) throws IOException {
    for (var item : inventory.items().descendingMap().values()) {
      if (item.entry().kind() == Entry.Kind.DIRECTORY) {
        var directory = local.resolve(item.entry().path());
        Attributes.set(directory, item.entry());
        Durable.syncDirectory(directory);
      }
    }
    Durable.syncDirectory(local);
  }

  /**
   * What an agent before us had renamed and not synced is restored as well, and will be relied on:
   * it must not be lost in a crash of the volume that keeps what is published next.
   */
  private void syncVolume(Inventory inventory) throws IOException {
    for (var item : inventory.items().values()) {
      if (item.entry().kind() == Entry.Kind.DIRECTORY) {
        Durable.syncDirectory(volume.root().resolve(item.entry().path()));
      }
    }
    Durable.syncDirectory(volume.root());
  }

  private Map<Path, IndexEntry> index(
      Inventory inventory, Map<Path, Digest> digests, List<Path> recovered) throws IOException {
    var index = new HashMap<Path, IndexEntry>();
    long now = Inventory.nanos(clock);
    for (var item : inventory.items().values()) {
      var source = item.entry();
      @Nullable Digest digest = digests.get(source.path());
      if (digest == null || recovered.contains(source.path())) {
        continue;
      }
      var copy = Entry.look(local, source.path());
      if (copy.isPresent()) {
        index.put(
            source.path(),
            new IndexEntry(
                item.database(),
                copy.map(Entry::stamp).filter(stamp -> stamp.isConclusiveAt(now)),
                Optional.empty(),
                digest,
                source.stamp().size(),
                source.stamp().mtime(),
                copy.get().mode(),
                copy.get().uid(),
                copy.get().gid(),
                item.database() ? pastOf(source.path()) : IndexEntry.Past.UNKNOWN));
      }
    }
    return index;
  }

  private IndexEntry.Past pastOf(Path database) throws IOException {
    var header = DatabaseHeader.read(local.resolve(database));
    return header.isPresent()
        ? IndexEntry.Past.UNKNOWN.withChanges(OptionalLong.of(header.get().changes()))
        : IndexEntry.Past.UNKNOWN;
  }

  /** Reads only what the decision asks for. */
  private final class LazyComparison implements Decision.Comparison {
    private final Optional<Manifest> manifest;
    private final Optional<AgentState> known;

    LazyComparison(Optional<Manifest> manifest, Optional<AgentState> known) {
      this.manifest = manifest;
      this.known = known;
    }

    @Override
    public boolean localHasUnpublishedChanges() throws IOException {
      var index = index();
      var inventory = localInventory();
      long files =
          inventory.items().values().stream()
              .filter(item -> item.entry().kind() == Entry.Kind.FILE)
              .count();
      return !inventory.differingFrom(index).isEmpty()
          || files != index.size()
          || hasWhatNoIndexNames(inventory);
    }

    /**
     * Whether local has something of its own beside files and databases. Directories hold nothing
     * that could be lost.
     */
    private boolean hasWhatNoIndexNames(Inventory inventory) throws IOException {
      if (!inventory.unreadable().isEmpty() || !inventory.misnamed().isEmpty()) {
        return true;
      }
      for (var item : inventory.items().values()) {
        var path = item.entry().path();
        if (item.entry().kind() == Entry.Kind.LINK
            && !(isLink(Entry.look(volume.root(), path)) && isSameLink(path))) {
          return true;
        }
      }
      return false;
    }

    private static boolean isLink(Optional<Entry> there) {
      return there.map(Entry::kind).filter(Entry.Kind.LINK::equals).isPresent();
    }

    @Override
    public boolean volumeWasChangedByOthers() throws IOException {
      var index = index();
      if (index.isEmpty() && manifest.isEmpty() && !hasIndex()) {
        // Nothing is left by which to tell, unless all there is comes from our first publication,
        // which was cut off before it came to the databases.
        return !isFirstPublicationUnderWay() || volumeHasDatabases();
      }
      var found = foreignChanges(index).find();
      found.ifPresent(Restorer.this::warnOnce);
      return found.isPresent();
    }

    /**
     * Whether a volume without data lacks a database, and not as we put a directory in its place,
     * or as it does not travel any more.
     */
    boolean missesDatabases(Manifest listed) throws IOException {
      var foreign = foreignChanges(index());
      for (var path : listed.databases().keySet()) {
        if (filter.takes(path) && !foreign.isReplaced(path)) {
          return true;
        }
      }
      return false;
    }

    private ForeignChanges foreignChanges(Map<Path, IndexEntry> index) {
      var announced = known.map(AgentState::volumeId).map(state::readAnnounced).orElseGet(Set::of);
      return new ForeignChanges(local, volume, index, announced, manifest);
    }

    @Override
    public Decision.Lookback localAfterReboot() throws IOException {
      if (isIntactAfterReboot
          || state.isOnlyForALook()
          || known.map(state::isOfThisBoot).orElse(true)) {
        return Decision.Lookback.INTACT;
      }
      var found =
          new AfterReboot(local, volume, check, path -> LocalImage.take(local, path, state))
              .look(index(), localInventory(), manifest);
      isIntactAfterReboot = found.isIntact();
      return found;
    }

    @Override
    public boolean localHasChangesBeside(Set<Path> databases) throws IOException {
      var index = index();
      var inventory = localInventory();
      if (hasWhatNoIndexNames(inventory)) {
        return true;
      }
      for (var path : inventory.differingFrom(index)) {
        if (!databases.contains(path) && !compareWithVolume(inventory.items().get(path))) {
          return true;
        }
      }
      for (var path : index.keySet()) { // a deletion that the volume does not have yet
        if (filter.takes(path)
            && !inventory.items().containsKey(path)
            && Durable.exists(volume.root().resolve(path))) {
          return true;
        }
      }
      for (var there : volume.scan(filter).entries().values()) {
        if (there.kind() == Entry.Kind.LINK
            && filter.takes(there.path())
            && !inventory.items().containsKey(there.path())) {
          return true;
        }
      }
      return false;
    }

    /** The index may be older than what was published last. */
    private boolean compareWithVolume(Inventory.@Nullable Item item) throws IOException {
      if (item == null || item.wal().isPresent()) {
        return false;
      }
      var there = Entry.look(volume.root(), item.entry().path());
      return there.isPresent()
          && there.get().kind() == Entry.Kind.FILE
          && there.get().stamp().size() == item.entry().stamp().size()
          && compareContent(item);
    }

    private Inventory localInventory() throws IOException {
      return Inventory.of(local, filter, Tree.BeforeListing.NOTHING);
    }

    private boolean isFirstPublicationUnderWay() throws IOException {
      return state
          .read()
          .map(known -> known.publication().isEmpty() && known.pending().isPresent())
          .orElse(false);
    }

    private boolean volumeHasDatabases() throws IOException {
      return volume.inventory(filter).items().values().stream().anyMatch(Inventory.Item::database);
    }

    /** It may be whole and empty: after a restore of nothing but databases with side files. */
    private boolean hasIndex() {
      return known.isPresent() && state.hasIndex(known.get().volumeId());
    }

    private Map<Path, IndexEntry> index() throws IOException {
      return known.isPresent() ? state.readIndex(known.get().volumeId()) : Map.of();
    }
  }
}
