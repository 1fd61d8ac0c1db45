package io.liteferry.publish;

import io.liteferry.durable.Digest;
import io.liteferry.lease.Lease;
import io.liteferry.lease.VolumeException;
import io.liteferry.scan.Entry;
import io.liteferry.scan.NameEvents;
import io.liteferry.scan.Tree;
import io.liteferry.state.AgentState;
import io.liteferry.state.StateDirectory;
import io.liteferry.volume.HistoryBoard;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** What outlives a publisher that has failed. */
public final class PublishContext {
  private static final Set<String> IN_MEMORY = Set.of("tmpfs", "ramfs");

  final Path local;
  final Volume volume;
  final StateDirectory state;
  final Lease lease;
  final PassSettings settings;
  final Clock clock;
  final Notices notices;
  final Tree.BeforeListing beforeListing;
  final Timings timings;
  final AtomicLong progress = new AtomicLong();
  private final AtomicLong requests = new AtomicLong();
  final DeleteGuard guard;
  final OutwardLinks outwardLinks;
  final RestlessFiles restless = new RestlessFiles();
  HeardNames heard = new HeardNames(NameEvents.DEAF);

  /** In how many passes in a row deletions waited for what may have been renamed. */
  int deletionsPutOff;

  /** In how many passes in a row replaced files waited for new ones. */
  int replacedPutOff;

  /** In how many passes in a row a file was found younger than the scan. */
  final Map<Path, Integer> postponed = new HashMap<>();

  /**
   * What the volume had no room for in the last pass, with the number of passes in a row; the empty
   * path stands for all.
   */
  Map<Path, Integer> withoutRoom = Map.of();

  /** When to check a database again whose check did not end; by {@link System#nanoTime}. */
  final Map<Path, Long> checkAgain = new HashMap<>();

  final HistoryBoard history = new HistoryBoard();
  final Scrubs scrubs = new Scrubs();

  final LockedDatabases locked;
  final RefusedDatabases refused = new RefusedDatabases();
  final NodeWork node = new NodeWork(System::nanoTime);

  volatile long unpublishedBytes;

  /** After an error nobody knows which requests were executed, or will be. */
  boolean needsNewEpoch;

  /** After an error that said what became of every request, what is staged is of no use. */
  boolean hasLeftovers;

  private volatile @Nullable AgentState lastState;
  private @Nullable Object localKey;

  /**
   * Who is told of passes.
   *
   * @param notices what was said already, and need not be said again
   * @param beforeListing is told of each directory of local before it is listed
   * @param timings is told how long the steps of passes took
   */
  public record Listeners(Notices notices, Tree.BeforeListing beforeListing, Timings timings) {}

  /**
   * For one agent.
   *
   * @param lease held by the caller, who releases it
   * @param clock the one that stamps files of local
   */
  public PublishContext(
      Site site, Lease lease, PassSettings settings, Listeners listeners, Clock clock) {
    var beforeListing = listeners.beforeListing();
    this.local = site.local();
    this.volume = site.volume();
    this.state = site.state();
    this.lease = lease;
    this.settings = settings;
    this.clock = clock;
    this.notices = listeners.notices();
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
    this.timings = listeners.timings();
    this.guard = new DeleteGuard(settings.deleteGuard());
    this.outwardLinks = new OutwardLinks(local, List.of(local, state.path(), volume.root()), clock);
  }

  /** For a process that publishes and ends, and that nobody listens to; otherwise the same. */
  public static PublishContext once(Site site, Lease lease, PassSettings settings, Clock clock)
      throws IOException {
    var notices = new Notices(site.state().readSaid());
    var nobody = new Listeners(notices, Tree.BeforeListing.NOTHING, Timings.NOBODY);
    return new PublishContext(site, lease, settings, nobody, clock);
  }

  /** What is known of the volume's history. For any thread. */
  public HistoryBoard history() {
    return history;
  }

  /** What is known of short cuts. For any thread. */
  public Scrubs scrubs() {
    return scrubs;
  }

  /** Who tells of names that come and go in local; without it nobody does. */
  public void listenTo(NameEvents events) {
    heard = new HeardNames(events);
  }

  /** The digest of what the volume has under a name, which is read. */
  Digest digestOnVolume(Path path, long size) throws IOException {
    try (var _ = node.bytesOfVolume(size)) {
      return volume.digest(path);
    }
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
   * To claim an epoch needs room itself, which would keep a full volume from the deletions by which
   * there is room again.
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
   * How long the pass under way has not got on with local and state; zero within the time that what
   * it does there may take. Empty when it is not at work there, or cannot go on for the volume.
   */
  public Optional<Duration> stillOnNode() {
    return node.still();
  }

  /**
   * The files and databases of local that are not on the volume as they are, by what was known when
   * the volume was last reached. Does not touch the volume; for any thread, and so by stamps alone:
   * what the index does not know counts as unpublished.
   */
  public SortedSet<Path> unpublished() throws IOException {
    return new StampLook(
            local, settings.filter(), state.readIndex(agentState().volumeId()).entries())
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
    var index = state.readIndex(agentState().volumeId()).entries();
    unpublishedBytes = inventory.bytesOf(inventory.differingFrom(index));
  }

  void write(AgentState next) throws IOException {
    state.write(next);
    lastState = next;
  }

  /** The state, as last seen when somebody deleted it under us. */
  AgentState agentState() throws IOException {
    lastState = state.read().or(() -> Optional.ofNullable(lastState)).orElse(null);
    if (lastState == null) {
      throw new IOException("the state in " + state.path() + " is gone");
    }
    return lastState;
  }
}
