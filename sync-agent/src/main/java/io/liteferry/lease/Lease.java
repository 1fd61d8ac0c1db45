package io.liteferry.lease;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import io.liteferry.durable.Durable;
import io.liteferry.durable.UniqueName;
import io.liteferry.lease.Epochs.Beat;
import io.liteferry.lease.Epochs.Top;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The exclusive right to publish to a volume, held from {@link #acquire} until {@link #release}, or
 * until another agent takes it. Being the holder is a matter of fact at the server: see {@link
 * Staging}. What is asked here only saves work that would fail.
 *
 * <p>For the thread that publishes; {@link #beat} runs on a thread of its own.
 */
public final class Lease implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Lease.class);

  /** How many heartbeats a holder sends in the time after which it may be succeeded. */
  private static final int BEATS = 5;

  private static final long SHORTEST_POLL = TimeUnit.MILLISECONDS.toNanos(50);
  private static final long LONGEST_POLL = TimeUnit.SECONDS.toNanos(1);

  /**
   * How many claims are remembered, with the files in the place of their staging directories. A
   * request of a holder that comes after as many epochs is not provided for.
   */
  static final int REMEMBERED = 32;

  private final Path stagingOfAll;
  private final Epochs epochs;
  private final Reserve reserve;
  private final String volume;
  private final LeaseSettings settings;
  private final LeaseClock clock;

  /** What the holder will do. */
  private enum Purpose {
    PUBLISH,
    /** To publish nothing, after one that had everything on the volume. */
    DETACH,
    /** To publish nothing, after whoever it was. */
    DETACH_WITHOUT_FLUSH
  }

  private final Purpose purpose;

  /**
   * Whether it is known that everything is on the volume, for one that publishes nothing: as it was
   * known before.
   */
  private boolean flushed;

  private final Object lock = new Object();

  /** The staging directories made since the last claim that succeeded as a whole. */
  private final Set<String> attempts = new HashSet<>();

  private volatile long epoch;
  private volatile @Nullable Staging staging;
  private volatile @Nullable FencedException fenced;

  /** When the last heartbeat that arrived was begun. */
  private volatile long lastBeat;

  private long counter;
  private boolean ended;
  private Runnable stopBeating = () -> {};
  private volatile Runnable onFenced = () -> {};

  private Lease(Path own, LeaseSettings settings, LeaseClock clock, Purpose purpose) {
    this.stagingOfAll = Dismantling.stagingOf(own);
    this.epochs = new Epochs(Dismantling.epochsOf(own));
    this.reserve = new Reserve(own);
    this.purpose = purpose;
    this.volume = String.valueOf(own.getParent());
    this.settings = settings;
    this.clock = clock;
  }

  /**
   * Who holds the lease of a volume.
   *
   * @param released whether it has stopped in order
   * @param flushed whether it is known that all that was to be published is on the volume
   * @param duration for how long it must be silent before another agent takes over
   * @param heard when its last sign of life was written, by the clock of the volume's file system;
   *     empty when it has been succeeded just now
   */
  public record Holder(
      long epoch,
      String owner,
      boolean released,
      boolean flushed,
      Duration duration,
      Optional<Instant> heard) {}

  /** The last holder; empty when there never was one. Changes nothing. */
  public static Optional<Holder> holder(Path own) throws IOException {
    try {
      var epochs = new Epochs(Dismantling.epochsOf(own));
      var top = epochs.top();
      if (top.isEmpty()) {
        return Optional.empty();
      }
      long epoch = top.get().epoch();
      var claim = top.get().claim();
      return Optional.of(
          new Holder(
              epoch,
              claim.holder(),
              top.get().beat().released(),
              top.get().isFlushed(),
              claim.duration(),
              epochs.heard(epoch)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** By which a lease is held. */
  public static List<Path> directories(Path own) {
    return List.of(Dismantling.stagingOf(own), Dismantling.epochsOf(own));
  }

  /** Files that keep a little room for a lease on a full volume; each may be missing. */
  public static List<Path> reserve(Path own) {
    return Reserve.filesIn(own);
  }

  /** What is among the claims and staging directories and is none. Changes nothing. */
  public static Set<Path> foreignNames(Path own) throws IOException {
    var foreign = new TreeSet<Path>();
    if (Durable.exists(Dismantling.epochsOf(own))) {
      foreign.addAll(new Epochs(Dismantling.epochsOf(own)).foreign());
    }
    var staging = Dismantling.stagingOf(own);
    if (Durable.isDirectory(staging)) {
      for (var name : Durable.names(staging)) {
        if (!UniqueName.isOne(name)) {
          foreign.add(staging.resolve(name));
        }
      }
    }
    return foreign;
  }

  /** Whether a {@link #dismantle} was begun and not ended: nobody can have the lease. */
  public static boolean isDismantled(Path own) throws IOException {
    return Dismantling.hasBegun(own);
  }

  /**
   * Goes on with a {@link #dismantle} that was cut off; several may do so at once.
   *
   * @throws IOException when the volume does not work; to be called again
   */
  public static void completeDismantling(Path own) throws IOException {
    try (var dismantling = Dismantling.of(own)) {
      dismantling.complete();
    } catch (NoSuchFileException e) {
      Dismantling.end(own); // the claims are gone
    }
  }

  /**
   * As {@link #acquire}, for somebody who publishes nothing: takes the lease only from a holder
   * that had everything on the volume when it stopped.
   *
   * @throws LeaseRefusedException when that one stopped without, or died
   */
  public static Lease acquireAfterFlush(Path own, LeaseSettings settings, LeaseClock clock)
      throws IOException, InterruptedException {
    return acquire(own, settings, clock, Purpose.DETACH);
  }

  /**
   * As {@link #acquire}, for somebody who publishes nothing: what was known of the flush of the
   * holder before stays known when this one ends.
   */
  public static Lease acquireWithoutFlush(Path own, LeaseSettings settings, LeaseClock clock)
      throws IOException, InterruptedException {
    return acquire(own, settings, clock, Purpose.DETACH_WITHOUT_FLUSH);
  }

  /**
   * Waits for the lease and takes it. From then on a heartbeat is sent until {@link #release} or
   * {@link #close}.
   *
   * @param own the directory of ours on the volume; made when it is missing
   * @throws LeaseHeldException when another agent has it and stays alive for as long as we wait
   * @throws IOException when the volume does not work
   */
  public static Lease acquire(Path own, LeaseSettings settings, LeaseClock clock)
      throws IOException, InterruptedException {
    return acquire(own, settings, clock, Purpose.PUBLISH);
  }

  private static Lease acquire(Path own, LeaseSettings settings, LeaseClock clock, Purpose purpose)
      throws IOException, InterruptedException {
    var lease = new Lease(own, settings, clock, purpose);
    if (isDismantled(own)) {
      throw new LeaseRefusedException(
          "the volume %s is being taken from Liteferry: complete that by 'liteferry detach'"
              .formatted(lease.volume));
    }
    for (var directory : directories(own)) {
      if (!Durable.isDirectory(directory)) {
        Files.createDirectories(directory);
      }
    }
    // also when they were there: whoever made them may have died before this
    Durable.syncDirectory(own);
    Durable.syncDirectory(Objects.requireNonNull(own.getParent()));
    try {
      lease.awaitAndClaim();
      return lease;
    } catch (IOException | InterruptedException | RuntimeException e) {
      lease.close();
      throw e;
    }
  }

  private void awaitAndClaim() throws IOException, InterruptedException {
    long begun = clock.nanos();
    @Nullable Top seen = null;
    long seenAt = 0;
    while (true) {
      long now = clock.nanos();
      var top = epochs.top();
      boolean silent =
          seen != null && top.equals(Optional.of(seen)) && isSilent(seen, now - seenAt);
      if (silent || top.map(this::isFree).orElse(true)) {
        if (isRefused(top)) {
          throw new LeaseRefusedException(
              "%s, the last to work on the volume %s, %s"
                  .formatted(
                      top.orElseThrow().claim().holder(),
                      volume,
                      top.orElseThrow().beat().released()
                          ? "has stopped with something that is not on it"
                          : "has not stopped in order, so something may not be on it"));
        }
        flushed =
            switch (purpose) {
              case PUBLISH -> false;
              case DETACH -> true;
              case DETACH_WITHOUT_FLUSH -> top.map(Top::isFlushed).orElse(false);
            };
        long last = top.map(Top::epoch).orElse(0L);
        if (claim(last + 1)) {
          return;
        }
        letGo();
        now = clock.nanos();
        top = epochs.top();
      }
      if (top.isPresent() && !top.get().equals(seen)) {
        if (seen == null || !seen.claim().holder().equals(top.get().claim().holder())) {
          log.info(
              "the volume is in use by {}: waiting until it stops, or is silent for {} s",
              top.get().claim().holder(),
              top.get().claim().duration().toSeconds());
        }
        seen = top.get();
        seenAt = clock.nanos(); // after the look, and compared with a time before a later one
      }
      long left = settings.patience().toNanos() - (now - begun);
      if (left <= 0) {
        throw new LeaseHeldException(
            volume,
            top.map(t -> t.claim().holder()).orElse("another agent"),
            settings.patience().toSeconds());
      }
      clock.sleep(Math.min(poll(seen), left));
    }
  }

  private boolean isRefused(Optional<Top> top) {
    return purpose == Purpose.DETACH && !top.map(Top::isFlushed).orElse(true);
  }

  private boolean isFree(Top top) {
    return top.beat().released() || top.claim().owner().equals(settings.owner());
  }

  private boolean isSilent(Top top, long nanos) {
    if (nanos < top.claim().duration().toNanos()) {
      return false;
    }
    log.warn(
        "{} has not been heard of for {} s{}",
        top.claim().holder(),
        TimeUnit.NANOSECONDS.toSeconds(nanos),
        isRefused(Optional.of(top)) ? "" : ": taking the volume over");
    return true;
  }

  private static long poll(@Nullable Top top) {
    long duration = top == null ? 0 : top.claim().duration().toNanos();
    return Math.clamp(duration / (2 * BEATS), SHORTEST_POLL, LONGEST_POLL);
  }

  /**
   * Claims an epoch for ourselves. Afterwards the volume may be read and published to.
   *
   * <p>Where not even the reserve has the room for that, what earlier holders staged makes way
   * before it otherwise would.
   *
   * @return false when somebody else was first
   */
  private boolean claim(long next) throws IOException, InterruptedException {
    try {
      return claimWithRoom(next);
    } catch (IOException e) {
      if (!Durable.isOutOfRoom(e) || !emptyStagingBefore(next, e)) {
        throw e;
      }
      return claimWithRoom(next);
    }
  }

  /** Deletes what earlier holders staged: it was never published, and L5 would delete it. */
  private boolean emptyStagingBefore(long next, IOException because) {
    try {
      for (long earlier : epochs.claimed().headSet(next)) {
        var claim = Claim.read(epochs.claimFile(earlier)).filter(c -> !c.isDamaged());
        if (claim.isPresent()) {
          var directory = stagingOfAll.resolve(claim.get().staging());
          if (Durable.isDirectory(directory)) {
            Durable.empty(directory);
          }
        }
      }
      return true;
    } catch (IOException e) {
      because.addSuppressed(e);
      return false;
    }
  }

  private boolean claimWithRoom(long next) throws IOException, InterruptedException {
    var fresh = reserve.use(() -> Staging.make(stagingOfAll, reserve)); // L1
    attempts.add(fresh.name());
    try {
      if (!isClaimed(next, fresh)) {
        discard(fresh);
        return false;
      }
      hold(next, fresh);
      fence(); // L5
      sweep(); // L6
      // What the one before renamed and did not sync is about to be relied on.
      Durable.syncDirectory(Objects.requireNonNull(stagingOfAll.getParent()));
      if (isSucceeded()) {
        return false; // it took us long, and others had no sign of life
      }
    } catch (IOException e) {
      if (Durable.isDirectory(fresh.directory())) {
        if (epoch != next && Durable.isOutOfRoom(e)) {
          discard(fresh); // what it takes is wanted for the next attempt
        }
        throw e;
      }
      return false; // a holder took it for debris, just before the claim or after it
    }
    attempts.clear();
    log.debug("epoch {} of {}", next, volume);
    return true;
  }

  private boolean isClaimed(long next, Staging fresh) throws IOException {
    var claim = new Claim(settings.owner(), fresh.name(), settings.duration(), flushed);
    var file = reserve.use(() -> fresh.write(claim.bytes())); // L2
    return reserve.use(() -> epochs.claim(next, claim, file)) // L3
        && epochs.claimed().tailSet(next, false).isEmpty(); // L4
  }

  private void hold(long next, Staging fresh) {
    synchronized (lock) {
      epoch = next;
      staging = fresh;
      lastBeat = clock.nanos();
      stopBeating.run();
      stopBeating = clock.every(settings.duration().toNanos() / BEATS, this::beat);
    }
  }

  private boolean isSucceeded() throws IOException {
    return !epochs.claimed().tailSet(epoch, false).isEmpty();
  }

  /** Forgets a claim that came to nothing before anybody relied on it. */
  private void letGo() {
    synchronized (lock) {
      stopBeating.run();
      stopBeating = () -> {};
      staging = null;
      fenced = null;
    }
  }

  private static void discard(Staging unused) {
    try {
      unused.close();
    } catch (IOException e) {
      log.debug("staging is left behind as debris", e);
    }
  }

  /**
   * Takes from every earlier holder the directory without which its requests fail. L5.
   *
   * <p>A file takes the directory's place, as a request to make the directory could be repeated.
   */
  private void fence() throws IOException, InterruptedException {
    var names = new TreeSet<String>();
    for (long earlier : epochs.claimed().headSet(epoch)) {
      Claim.read(epochs.claimFile(earlier))
          .filter(claim -> !claim.isDamaged())
          .ifPresent(claim -> names.add(claim.staging()));
    }
    names.addAll(directoriesInStaging());
    names.remove(staging().name());
    boolean said = false;
    long begun = clock.nanos();
    for (var name : names) {
      var place = stagingOfAll.resolve(name);
      while (!reserve.use(() -> isTakenByFile(place))) {
        try {
          Durable.empty(place);
          Files.delete(place);
        } catch (NoSuchFileException e) {
          // somebody was faster with a name in it, or with all of it
        } catch (IOException e) {
          if (!Durable.isDirectory(place)) {
            continue; // as above, seen through a handle that is stale by now
          }
          if (!isInUse(e) || clock.nanos() - begun > settings.patience().toNanos()) {
            throw e;
          }
          if (!said) {
            log.info("waiting until nothing is open any more in {}", place);
            said = true;
          }
          clock.sleep(SHORTEST_POLL);
        }
      }
    }
    Durable.syncDirectory(stagingOfAll);
  }

  /**
   * Its owner is at work in it, or somebody has a file open that was deleted there: an NFS client
   * then keeps the file under another name until it is closed.
   */
  private static boolean isInUse(IOException e) {
    return e instanceof DirectoryNotEmptyException
        || (e instanceof FileSystemException f
            && "device or resource busy".equalsIgnoreCase(f.getReason()));
  }

  /** Something that is gone when we look was the directory: its place is free by now. */
  private static boolean isTakenByFile(Path place) throws IOException {
    try {
      Files.createFile(place);
      return true;
    } catch (FileAlreadyExistsException e) {
      try {
        return !Files.readAttributes(place, BasicFileAttributes.class, NOFOLLOW_LINKS)
            .isDirectory();
      } catch (NoSuchFileException gone) {
        return false;
      }
    }
  }

  private Set<String> directoriesInStaging() throws IOException {
    var names = new HashSet<String>();
    for (var name : namesInStaging()) {
      if (Durable.isDirectory(stagingOfAll.resolve(name))) {
        names.add(name);
      }
    }
    return names;
  }

  private Set<String> namesInStaging() throws IOException {
    return Durable.names(stagingOfAll);
  }

  /**
   * Forgets claims of long ago, and what belonged to them. L6.
   *
   * <p>The names in staging are listed before the claims. In the other order, a claim that is made
   * and succeeded between the two looks, while we are stopped, would seem to be forgotten.
   */
  private void sweep() throws IOException {
    for (var beat : epochs.beatsExceptOf(epoch)) {
      staging().remove(beat);
    }
    var unclaimed = namesInStaging();
    for (long claimed : epochs.claimed()) {
      var file = epochs.claimFile(claimed);
      if (claimed <= epoch - REMEMBERED) {
        staging().remove(file);
      } else {
        Claim.read(file).ifPresent(claim -> unclaimed.remove(claim.staging()));
      }
    }
    for (var name : unclaimed) {
      var path = stagingOfAll.resolve(name);
      if (!Durable.isDirectory(path)) {
        staging().remove(path);
      }
    }
  }

  /** Grows each time the lease changes hands. */
  public long epoch() {
    return epoch;
  }

  /** Through which every change of the volume goes; belongs to the current epoch. */
  public Staging staging() {
    var current = staging;
    if (current == null) {
      throw new IllegalStateException("not held");
    }
    return current;
  }

  /** Is run once, on any thread, when it turns out that another agent has taken over. */
  public void onFenced(Runnable action) {
    onFenced = action;
    if (fenced != null) {
      action.run();
    }
  }

  /**
   * Claims the next epoch, after an error: whatever became of requests that were answered with the
   * error, or not at all, none is executed from now on.
   *
   * @throws FencedException when another agent has the next epoch
   * @throws IOException when the volume does not work; to be called again
   */
  public void renew() throws IOException, InterruptedException {
    throwIfFenced();
    long last = requireOurs();
    requireOurClaim();
    if (!claim(last + 1)) {
      requireOurs();
      throw new IOException("the volume %s was claimed by another agent".formatted(volume));
    }
  }

  /**
   * Deletes what is staged, after an error that left no request in doubt: without a new epoch,
   * nobody else does. To be called while nothing is being staged by others than the heartbeat.
   */
  public void discardStaged() throws IOException {
    throwIfFenced();
    synchronized (lock) {
      Durable.empty(staging().directory());
    }
  }

  /**
   * Who has another volume, or an older copy, in the place of ours has no right to claim there:
   * that would fence whoever works on it.
   */
  private void requireOurClaim() throws IOException {
    var claim = Claim.read(epochs.claimFile(epoch));
    if (claim.map(Claim::staging).filter(staging().name()::equals).isEmpty()) {
      throw new IOException(
          "the volume %s does not have the claim of this agent, epoch %d: is it another volume?"
              .formatted(volume, epoch));
    }
  }

  /** The highest epoch, if it is one of ours. A claim can succeed and fail to tell us so. */
  private long requireOurs() throws IOException {
    long last = epochs.claimed().stream().max(Long::compare).orElse(epoch);
    if (last > epoch
        && !attempts.contains(Claim.read(epochs.claimFile(last)).map(Claim::staging).orElse(""))) {
      throw fencedBy(last);
    }
    return Math.max(last, epoch);
  }

  /**
   * Makes sure, before work that would be in vain, that nobody has taken over as far as we know,
   * and that we have been heard of lately.
   */
  public void ensureValid() throws IOException {
    throwIfFenced();
    if (!isFresh()) {
      // We may have been stopped for a long time, or the volume has hung.
      sendBeat();
    }
  }

  /**
   * Makes sure, by a sign of life, that nobody has taken over until now: what was read since this
   * was acquired is of one publication.
   */
  public void confirm() throws IOException {
    sendBeat();
  }

  /**
   * Whether nobody can have taken over yet: by a sign of life that is younger than the lease's
   * duration. Does not ask the volume and waits for nothing; for any thread.
   */
  public boolean isFresh() {
    return fenced == null && clock.nanos() - lastBeat <= settings.duration().toNanos();
  }

  /** Whether it is known that another agent has taken over. As {@link #isFresh} otherwise. */
  public boolean isFenced() {
    return fenced != null;
  }

  /** Throws when it is known that another agent has taken over. Does not ask the volume. */
  public void throwIfFenced() throws FencedException {
    var by = fenced;
    if (by != null) {
      throw by;
    }
  }

  private FencedException fencedBy(long other) {
    String holder;
    try {
      holder = Claim.read(epochs.claimFile(other)).map(Claim::holder).orElse("another agent");
    } catch (IOException e) {
      holder = "another agent";
    }
    var by = new FencedException(volume, other, holder);
    if (fenced == null) {
      fenced = by;
      stopBeating.run();
      onFenced.run();
    }
    return by;
  }

  /** Sends a sign of life. L8. */
  void beat() {
    try {
      sendBeat();
      keepReserve();
    } catch (IOException e) {
      // Passes meet the same error and report it; when we are fenced, that is known by now.
      log.debug("heartbeat failed", e);
    }
  }

  private void sendBeat() throws IOException {
    synchronized (lock) {
      if (ended || staging == null) {
        return;
      }
      throwIfFenced();
      long now = clock.nanos();
      if (epochs.isClaimed(epoch + 1)) {
        throw fencedBy(epoch + 1);
      }
      send(new Beat(counter++, false, false));
      lastBeat = now;
    }
  }

  /**
   * Makes what is missing of the room that a lease needs on a full volume, as far as there is any.
   * For whoever ends before the first heartbeat, and whoever has just used it for a moment: else
   * the next file takes what that gave back.
   */
  public void refillReserve() {
    var current = staging;
    if (current != null && purpose == Purpose.PUBLISH && fenced == null) {
      reserve.refill(current);
    }
  }

  private void keepReserve() {
    var current = staging;
    if (current != null && purpose == Purpose.PUBLISH && fenced == null) {
      reserve.keep(current);
    }
  }

  private void send(Beat beat) throws IOException {
    try {
      replaceBeat(beat);
    } catch (IOException e) {
      if (!Durable.isOutOfRoom(e)) {
        throw e;
      }
      // Written over in place only as it says no more than that somebody lives.
      if (beat.released() || !epochs.overwrite(epoch, beat)) {
        reserve.use(() -> replaceBeat(beat));
      }
    }
  }

  private Beat replaceBeat(Beat beat) throws IOException {
    var file = staging().write(Epochs.bytes(beat));
    try {
      staging().publish(file, epochs.beatFile(epoch));
      return beat;
    } catch (IOException e) {
      staging().discard(file, e);
      throw e;
    }
  }

  /** As {@link #release(boolean)}, with nothing known of what this holder has published. */
  public void release() {
    release(flushed);
  }

  /**
   * Gives the lease back: the next agent need not wait. It fences us like any other. L11.
   *
   * @param flushed whether everything that was to be published is on the volume
   */
  public void release(boolean flushed) {
    synchronized (lock) {
      if (!ended && fenced == null && staging != null) {
        try {
          send(new Beat(counter++, true, flushed));
          staging().close();
        } catch (IOException e) {
          log.debug("not released; a successor waits for the lease's duration", e);
        }
      }
      close();
    }
  }

  /**
   * Takes everything by which a lease is held off the volume. Nobody has the lease afterwards, nor
   * could anybody take it in between: an agent that comes meanwhile is refused, until this has
   * ended. When this throws, it is to be begun again, by {@link #completeDismantling} if {@link
   * #isDismantled} and else with a lease.
   *
   * @throws FencedException when another agent was faster; what was removed until then is gone
   */
  public void dismantle() throws IOException {
    var own = Objects.requireNonNull(stagingOfAll.getParent());
    try (var dismantling = Dismantling.of(own)) {
      close();
      for (var name : namesInStaging()) { // D4
        if (!name.equals(staging().name())) {
          staging().removeTree(stagingOfAll.resolve(name));
        }
      }
      for (var file : reserve(own)) {
        staging().remove(file);
      }
      staging().close();
      while (!isTakenByFile(stagingOfAll)) { // D5
        try {
          Files.delete(stagingOfAll);
        } catch (NoSuchFileException e) {
          // its place is free by now
        } catch (DirectoryNotEmptyException e) {
          if (isSucceeded()) {
            throw fencedBy(epoch + 1);
          }
          throw e;
        }
      }
      Durable.syncDirectory(own);
      dismantling.complete();
    }
  }

  /**
   * Ends the heartbeat and keeps the claim: the same owner takes it up at once, others wait for the
   * duration of the lease.
   */
  @Override
  public void close() {
    synchronized (lock) {
      ended = true;
      stopBeating.run();
    }
  }
}
