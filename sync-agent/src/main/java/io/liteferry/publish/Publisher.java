package io.liteferry.publish;

import io.liteferry.durable.Errno;
import io.liteferry.lease.Lease;
import io.liteferry.lease.Staging;
import io.liteferry.lease.VolumeException;
import io.liteferry.scan.Entry;
import io.liteferry.scan.NameEvents;
import io.liteferry.scan.Tree;
import io.liteferry.state.AgentState;
import io.liteferry.state.StateDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
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

  static final String SOMEBODY_ELSE =
      "somebody else has published to the volume %s; what is in local is kept and no longer"
          + " published: stop the other agent, end the application, and start this one again"
          + " (in Kubernetes: delete the pod)";

  /** How often a pass starts over when a new file vanished after a snapshot that may name it. */
  private static final int RESTARTS = 2;

  private static final Set<String> IN_MEMORY = Set.of("tmpfs", "ramfs");

  final Context context;
  final Staging staging;
  final String volumeId;
  private final Set<Path> announced = new HashSet<>();
  final Knowledge knowledge;
  final DatabaseTransfer databases;
  final FileTransfer files;
  final Transfers transfers;
  Optional<Manifest> manifest;
  boolean manifestIsDamaged;

  /** Whether what is known has changed since it was last kept. */
  boolean indexIsStale;

  private Map<Path, Long> lastDirectories = Map.of();

  private Publisher(Context context, String volumeId, Knowledge knowledge, Optional<Manifest> m) {
    this.context = context;
    this.staging = context.lease.staging();
    this.volumeId = volumeId;
    this.knowledge = knowledge;
    this.manifest = m;
    this.transfers = new Transfers(context.settings.transfers());
    this.databases =
        new DatabaseTransfer(
            context.local,
            context.volume,
            context.state,
            context.settings,
            context.clock,
            context.notices,
            context.node);
    this.files =
        new FileTransfer(
            context.local, context.volume, staging, context.clock, context.progress::addAndGet);
  }

  /** How much whoever asked for a pass relies on it. */
  public enum Purpose {
    /** Another one follows in any case. */
    ROUTINE,
    /** Somebody waits until everything is on the volume: new data is not held back. */
    FLUSH,
    /** The same, at the end of an orderly run: deletions are not held back, too. */
    STOP
  }

  /**
   * Local at a moment.
   *
   * @param top the directory itself, before the scan
   * @param begun when the scan began, in nanoseconds since the epoch
   */
  record Look(Inventory inventory, Optional<Entry> top, long begun) {}

  /** What outlives a publisher that has failed. */
  public static final class Context {
    final Path local;
    final Volume volume;
    final StateDirectory state;
    final Lease lease;
    final PassSettings settings;
    final Clock clock;
    final Notices notices;
    private final Tree.BeforeListing beforeListing;
    final Timings timings;
    final AtomicLong progress = new AtomicLong();
    private final AtomicLong requests = new AtomicLong();
    final DeleteGuard guard;
    final OutwardLinks outwardLinks;
    final ReplacedDatabases replaced;
    final RestlessFiles restless = new RestlessFiles();
    HeardNames heard = new HeardNames(NameEvents.DEAF);

    /** In how many passes in a row deletions waited for what may have been renamed. */
    int deletionsPutOff;

    /** In how many passes in a row replaced files waited for new ones. */
    int replacedPutOff;

    /** In how many passes in a row a file was found younger than the scan. */
    final Map<Path, Integer> postponed = new HashMap<>();

    /**
     * What the volume had no room for in the last pass, with the number of passes in a row; the
     * empty path stands for all.
     */
    Map<Path, Integer> withoutRoom = Map.of();

    /** When to check a database again whose check did not end; by {@link System#nanoTime}. */
    final Map<Path, Long> checkAgain = new HashMap<>();

    /**
     * Outlives a pass that fails: what it renamed must be durable before a later one relies on it.
     */
    final Set<Path> directoriesToSync = new TreeSet<>();

    final LockedDatabases locked;
    final RefusedDatabases refused = new RefusedDatabases();
    final NodeWork node = new NodeWork(System::nanoTime);

    volatile long unpublishedBytes;

    /** After an error nobody knows which requests were executed, or will be. */
    boolean needsNewEpoch;

    /** After an error that said what became of every request, what is staged is of no use. */
    private boolean hasLeftovers;

    private volatile @Nullable AgentState lastState;
    private @Nullable Object localKey;

    /**
     * Collects it.
     *
     * @param local the local directory
     * @param state held by the caller, who closes it
     * @param lease held by the caller, who releases it
     * @param clock the one that stamps files of local
     * @param beforeListing is told of each directory of local before it is listed
     * @param timings is told how long the steps of passes took
     */
    public Context(
        Path local,
        Volume volume,
        StateDirectory state,
        Lease lease,
        PassSettings settings,
        Clock clock,
        Notices notices,
        Tree.BeforeListing beforeListing,
        Timings timings) {
      this.local = local;
      this.volume = volume;
      this.state = state;
      this.lease = lease;
      this.settings = settings;
      this.clock = clock;
      this.notices = notices;
      this.beforeListing =
          new Tree.BeforeListing() {
            @Override
            public void directory(Path directory, Entry entry) throws IOException {
              node.sign();
              beforeListing.directory(directory, entry);
            }

            @Override
            public void listed(Tree tree) {
              beforeListing.listed(tree);
            }
          };
      this.locked = new LockedDatabases(settings.busyTimeout());
      this.timings = timings;
      this.guard = new DeleteGuard(settings.deleteGuard());
      this.replaced = new ReplacedDatabases(settings.deleteGuard());
      this.outwardLinks =
          new OutwardLinks(local, List.of(local, state.path(), volume.root()), clock);
    }

    /** Who tells of names that come and go in local; without it nobody does. */
    public void listenTo(NameEvents events) {
      heard = new HeardNames(events);
    }

    /** Whether the last pass could not publish everything for want of room on the volume. */
    boolean hasNoRoom() {
      return !withoutRoom.isEmpty();
    }

    /** In how many passes in a row, up to the last one, there was no room for it. */
    int passesWithoutRoom(Path path) {
      return Math.max(withoutRoom.getOrDefault(path, 0), withoutRoom.getOrDefault(Path.of(""), 0));
    }

    /** Whether local is a file system in memory. */
    boolean isLocalInMemory() throws IOException {
      return IN_MEMORY.contains(Files.getFileStore(local).type());
    }

    /** A mount that has gone away leaves another directory under the same name. */
    void requireSameLocal() throws IOException {
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

    /** Symbolic links that lead out of local, as the last pass saw them. */
    public OutwardLinks outwardLinks() {
      return outwardLinks;
    }

    /**
     * A pass or the opening of a publisher has failed at the volume.
     *
     * <p>That there is no room is a definite answer: the request was not executed, and will not be.
     * To claim an epoch needs room itself, which would keep a full volume from the deletions by
     * which there is room again.
     */
    void failed(IOException e) {
      if (VolumeException.isOutOfRoomAlone(e)) {
        hasLeftovers = true;
      } else {
        needsNewEpoch = true;
      }
    }

    /**
     * Moves whenever the volume has done something, or the pass gets on with what it does on the
     * node; by it a long pass is told from a hung one.
     */
    public long progress() {
      return progress.get() + requests.get() + node.signs();
    }

    /** The volume has answered a request that is no write. */
    void answered() {
      requests.incrementAndGet();
    }

    /**
     * How long the pass under way has not got on with local and state; zero within the time that
     * what it does there may take. Empty when it is not at work there, or cannot go on for the
     * volume.
     */
    public Optional<Duration> stillOnNode() {
      return node.still();
    }

    /**
     * The files and databases of local that are not on the volume as they are, by what was known
     * when the volume was last reached. Does not touch the volume; for any thread, and so by stamps
     * alone: what the index does not know counts as unpublished.
     */
    public SortedSet<Path> unpublished() throws IOException {
      return new StampLook(local, settings.filter(), state.readIndex(agentState().volumeId()))
          .differing();
    }

    /**
     * The sizes of the files and databases that a pass found changed, and that were not published
     * since; as the last look saw it.
     */
    public long unpublishedBytes() {
      return unpublishedBytes;
    }

    /**
     * Looks at local while no pass gets as far as that, by what was known when the volume was last
     * reached. Does not touch the volume; for the passes' thread.
     */
    public void lookAtUnpublished() throws IOException {
      requireSameLocal();
      var inventory = Inventory.of(local, settings.filter(), Tree.BeforeListing.NOTHING);
      var index = state.readIndex(agentState().volumeId());
      unpublishedBytes = inventory.bytesOf(inventory.differingFrom(index));
    }

    void write(AgentState next) throws IOException {
      state.write(next);
      lastState = next;
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
   * Lists the volume. State must be ready for it. After an error of an earlier publisher of this
   * context, claims a new epoch first.
   *
   * @throws VolumeException when the volume is not the one that state names, or does not work
   * @throws io.liteferry.lease.FencedException when another agent has taken the volume over
   */
  public static Publisher open(Context context) throws IOException, InterruptedException {
    var volume = context.volume;
    var expected = context.agentState().volumeId();
    try {
      requireSameVolume(volume, expected);
      if (context.needsNewEpoch) {
        context.lease.renew();
        context.needsNewEpoch = false;
        context.hasLeftovers = false;
      } else if (context.hasLeftovers) {
        context.lease.discardStaged();
        context.hasLeftovers = false;
      }
      var index = context.state.readIndex(expected);
      var knowledge = Knowledge.of(volume, context.settings.filter(), index);
      var manifest = volume.manifestIfReadable();
      if (manifest.isPresent()
          && !context.agentState().knows(manifest.map(Manifest::publication))) {
        throw new VolumeException(SOMEBODY_ELSE.formatted(volume.root()));
      }
      var publisher = new Publisher(context, expected, knowledge, manifest);
      publisher.manifestIsDamaged =
          manifest.isEmpty() && volume.look(volume.manifestFile()).isPresent();
      if (publisher.manifestIsDamaged) {
        log.warn("{} is damaged; it is made anew from what is there", volume.manifestFile());
      }
      publisher.announced.addAll(context.state.readAnnounced(expected));
      publisher.indexIsStale = index.isEmpty() || !publisher.announced.isEmpty();
      if (context.agentState().pending().isPresent()) {
        // A pass was cut off: names that it left are there, but perhaps not durable.
        context.directoriesToSync.addAll(knowledge.directories(volume.root()));
      }
      return publisher;
    } catch (IOException e) {
      context.failed(e);
      throw e;
    }
  }

  static void requireSameVolume(Volume volume, String expected) throws IOException {
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
    return pass(Purpose.ROUTINE);
  }

  /** As {@link #pass()}, for whom it matters what is held back. */
  public PassReport pass(Purpose purpose) throws IOException, InterruptedException {
    for (int restart = 0; ; restart++) {
      var report = new Pass(this, purpose, restart < RESTARTS).run();
      if (report.isPresent()) {
        keepSaid();
        return report.get();
      }
      log.debug("a file vanished behind a snapshot; the pass starts over");
    }
  }

  /** Only so that the next run need not warn again. */
  private void keepSaid() {
    try {
      context.notices.keep(context.state::writeSaid);
    } catch (IOException e) {
      log.debug("what was said could not be kept", e);
    }
  }

  /**
   * Remembers that names are ours before they are on the volume: else, after a kill, a file that
   * was deleted in local meanwhile would be taken for somebody else's.
   *
   * @param durable for what takes a database's place: else the start after a power failure would
   *     take it for somebody else's
   */
  void announce(Set<Path> names, boolean durable) throws IOException {
    var unknown = new HashSet<>(names);
    unknown.removeAll(announced);
    if (durable || !unknown.isEmpty()) {
      context.state.announce(volumeId, unknown, durable);
      announced.addAll(unknown);
      indexIsStale = true;
    }
  }

  /** Whether we announced this name and have not read it since. */
  boolean isAnnounced(Path path) {
    return announced.contains(path);
  }

  /** The last manifest that was read or written; empty before the first publication. */
  public Optional<Manifest> manifest() {
    return manifest;
  }

  /** Keeps what is known for the next start, when it has changed. */
  public void saveIndex() throws IOException {
    if (indexIsStale) {
      // What was never read again since it was announced is known by its name alone.
      announced.removeIf(path -> !(knowledge.get(path) instanceof Knowledge.Published.Unread));
      context.state.writeIndex(volumeId, knowledge.index(), announced);
      indexIsStale = false;
    }
  }

  @Override
  public void close() {
    transfers.close();
    try {
      saveIndex();
    } catch (IOException e) {
      log.warn(
          "the index could not be kept; the next start reads files again: {}", Errno.describe(e));
    }
  }

  /** The directories of local when {@link #look} was called last, by inode. */
  Map<Path, Long> lastDirectories() {
    return lastDirectories;
  }

  Look look(Inventory.Known known) throws IOException {
    context.requireSameLocal();
    long begun = Inventory.nanos(context.clock);
    var top = Entry.look(context.local, context.local.getFileSystem().getPath(""));
    var filter = context.settings.filter();
    var taken = Inventory.of(context.local, filter, context.beforeListing, known);
    lastDirectories = taken.directories();
    return new Look(taken, top, begun);
  }
}
