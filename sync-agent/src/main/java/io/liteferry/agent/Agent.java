package io.liteferry.agent;

import io.liteferry.lease.FencedException;
import io.liteferry.lease.Lease;
import io.liteferry.log.Event;
import io.liteferry.publish.Amount;
import io.liteferry.publish.Manifest;
import io.liteferry.publish.Notices;
import io.liteferry.publish.PassReport;
import io.liteferry.publish.PassSettings;
import io.liteferry.publish.Problem;
import io.liteferry.publish.Publisher;
import io.liteferry.publish.Space;
import io.liteferry.publish.Volume;
import io.liteferry.publish.VolumeException;
import io.liteferry.scan.Tree;
import io.liteferry.state.StateDirectory;
import io.liteferry.watch.TreeWatch;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a volume up to date until it is told to stop, then flushes.
 *
 * <p>Three threads: the caller's, in {@link #run}, waits for the end; one makes the passes; the
 * watch has its own. {@link #stop} may be called from any thread.
 */
public final class Agent {
  private static final Logger log = LoggerFactory.getLogger(Agent.class);
  private static final String FAILED = "failed ";
  private static final String PROBLEM = "problem ";
  private static final String NO_ROOM = "no room";
  private static final long INDEX_EVERY = TimeUnit.SECONDS.toNanos(30);
  private static final long TIDY_AFTER = TimeUnit.SECONDS.toNanos(2);
  private static final long LOOK_EVERY = TimeUnit.SECONDS.toNanos(30);
  private static final long SMALL_HEAP = 16L << 20;
  private static final long LARGE_HEAP = 64L << 20;
  private static final long PROGRESS_LOOK_MILLIS = 250;
  private static final Duration STUBBORN = Duration.ofSeconds(5);

  /**
   * How long after it was due a pass may begin on the busiest of nodes, and how long one may do
   * nothing in local and state.
   */
  private static final long STUCK = TimeUnit.MINUTES.toNanos(5);

  /** How long the flush waits at least for a pass that does not get on in local or state. */
  private static final long NODE_PATIENCE = TimeUnit.SECONDS.toNanos(30);

  /** How long the end waits for a look at local, whose disk may hang. */
  private static final Duration LAST_LOOK = Duration.ofSeconds(10);

  /** What a pass leaves for so short a time, the end waits for; not for the delete guard. */
  private static final long SOON = TimeUnit.SECONDS.toNanos(1);

  private static final int MOST_LAST_LOOKS = 5;
  private static final long FLUSH_RETRY = TimeUnit.MILLISECONDS.toNanos(500);

  /** How a run ended. */
  public sealed interface End {
    /** Everything is on the volume. */
    record Flushed() implements End {}

    /** Something is not; what, by path, with the reason. An empty path stands for all of local. */
    record Incomplete(SortedMap<Path, String> missing) implements End {}

    /** Another agent publishes to the volume from now on; what it does not have, by path. */
    record Fenced(String by, SortedMap<Path, String> missing) implements End {}
  }

  private final Path local;
  private final Volume volume;
  private final StateDirectory state;
  private final Lease lease;
  private final AgentSettings settings;
  private final Notices notices;
  private final Publisher.Context context;
  private final Backoff backoff;
  private final PublicationLog publications = new PublicationLog(System.nanoTime());
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition wake = lock.newCondition();
  private final Schedule schedule;
  private final Linger linger;
  private final FlushRequests flushRequests = new FlushRequests(STUBBORN);
  private final Lag lag = new Lag(System.nanoTime());
  private final Clock clock;
  private final AgentObserver observer;
  private final CountDownLatch finished = new CountDownLatch(1);

  private final Optional<TreeWatch> watch;
  private @Nullable Publisher publisher;

  /** Long ago, so that the first publication is in the index: what it knows no one else does. */
  private long indexSaved = System.nanoTime() - INDEX_EVERY - 1;

  // Of the passes' thread.
  private boolean isTidy = true;

  /** After the last collection that we asked for. */
  private long leastHeap;

  // Of the last look around.
  private long looked = System.nanoTime() - LOOK_EVERY;
  private boolean saidVolumeWorks;

  /** Whether nothing but the time asked for the pass under way. */
  private boolean rescan;

  private volatile AgentStatus.Phase phase = AgentStatus.Phase.WATCHING;
  private boolean saidLingering;
  private boolean saidLong;
  private volatile SortedMap<Path, String> unpublished = new TreeMap<>();

  /** Why the last pass failed as a whole; empty when it did not. */
  private volatile String failed = "";

  private volatile @Nullable Throwable failure;
  private volatile @Nullable FencedException fenced;
  private boolean saidReady;

  // Of the last pass, for whoever asks.
  private volatile Optional<Instant> lastSuccess = Optional.empty();
  private volatile Optional<Manifest> published = Optional.empty();
  private volatile Optional<Space> volumeSpace = Optional.empty();
  private volatile Duration resting = Duration.ZERO;

  /** When the pass under way began; empty between passes. */
  private volatile Optional<Long> passing = Optional.empty();

  /** When the loop wakes up at the latest; empty while it makes a pass, and from the stop on. */
  private volatile Optional<Long> wakesBy = Optional.empty();

  /**
   * Prepares an agent; nothing runs yet.
   *
   * @param state held by the caller; must be ready
   * @param lease held by the caller, who releases it
   * @param observer is told of the run as it goes on
   */
  public Agent(
      Path local,
      Volume volume,
      StateDirectory state,
      Lease lease,
      PassSettings passes,
      AgentSettings settings,
      Clock clock,
      RandomGenerator random,
      AgentObserver observer) {
    this.local = local;
    this.volume = volume;
    this.state = state;
    this.settings = settings;
    this.clock = clock;
    this.observer = observer;
    this.notices = new Notices(state.readSaid());
    this.backoff = new Backoff(random);
    this.schedule =
        new Schedule(settings.settle(), settings.maxDelay(), settings.rescan(), System.nanoTime());
    this.linger = new Linger(settings.linger());
    this.watch = openWatch();
    this.context =
        new Publisher.Context(
            local,
            volume,
            state,
            lease,
            passes,
            clock,
            notices,
            watch.<Tree.BeforeListing>map(w -> w).orElse(Tree.BeforeListing.NOTHING),
            observer);
    watch.ifPresent(context::listenTo);
    lease.onFenced(this::changed);
    this.lease = lease;
  }

  private Optional<TreeWatch> openWatch() {
    try {
      return Optional.of(TreeWatch.open(local, this::changed));
    } catch (IOException e) {
      log.warn("inotify cannot be used ({}); changes are found by scanning alone", e.getMessage());
      return Optional.empty();
    }
  }

  /** Runs until {@link #stop}, and through the flush. */
  public End run() throws InterruptedException {
    log.info(
        "watching {}: settle {} ms, max delay {} ms",
        local,
        settings.settle().toMillis(),
        settings.maxDelay().toMillis());
    Thread.ofPlatform().name("passes").daemon().start(this::passes);
    observer.began(this::status);
    awaitEnd();
    if (failure instanceof OutOfMemoryError outOfMemory) {
      throw outOfMemory;
    }
    if (failure != null) {
      throw new IllegalStateException("the passes have ended", failure);
    }
    context.outwardLinks().sayAtEnd();
    var end = end();
    observer.ended(end);
    return end;
  }

  private End end() {
    var by = fenced;
    if (by != null) {
      return new End.Fenced(String.valueOf(by.getMessage()), unpublished("not published"));
    }
    if (!failed.isEmpty()) {
      return new End.Incomplete(everything(failed));
    }
    return unpublished.isEmpty() ? new End.Flushed() : new End.Incomplete(unpublished);
  }

  /**
   * Begins to linger, and then the flush; {@link #run} returns when it is done. Returns at once.
   */
  public void stop() {
    lock.lock();
    try {
      if (!linger.hasBegun()) {
        linger.stop(System.nanoTime());
        phase =
            settings.linger().isZero() ? AgentStatus.Phase.STOPPING : AgentStatus.Phase.LINGERING;
      }
      wake.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Asks for a pass at once, and again, until everything that local has at this moment is on the
   * volume. Returns at once, on any thread; whoever gives up waiting cancels the result.
   */
  public CompletableFuture<FlushResult> flush() {
    lock.lock();
    try {
      long now = System.nanoTime();
      var result = flushRequests.add(now);
      schedule.hurry(now);
      wake.signalAll();
      return result;
    } finally {
      lock.unlock();
    }
  }

  /** The passes' thread may hang with the volume for ever; the end must not. */
  private void awaitEnd() throws InterruptedException {
    long seen = context.progress();
    long since = System.nanoTime();
    while (!finished.await(PROGRESS_LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
      long now = System.nanoTime();
      sayLingering(now);
      long progress = context.progress();
      var still = context.stillOnNode();
      if (!isTimeToFlush() || progress != seen || still.map(Duration::isZero).orElse(false)) {
        seen = progress;
        since = now;
      }
      long patience = settings.flushTimeout().toNanos();
      if (still.isPresent()) {
        patience = Math.max(patience, NODE_PATIENCE);
      }
      if (now - since > patience + TimeUnit.SECONDS.toNanos(1)) {
        var silent = still.isPresent() ? "local or state does" : "the volume does";
        failed = failed.isEmpty() ? silent + " not answer" : failed;
        return;
      }
    }
  }

  /** Not on the passes' thread, which may hang. */
  private void sayLingering(long now) {
    if (phase != AgentStatus.Phase.LINGERING) {
      return;
    }
    long millis = settings.linger().toMillis();
    if (!saidLingering) {
      saidLingering = true;
      log.info("stopping: lingering until {} has been quiet for {} ms", local, millis);
    }
    boolean isLong;
    lock.lock();
    try {
      isLong = linger.isLong(now);
    } finally {
      lock.unlock();
    }
    if (isLong && !saidLong) {
      saidLong = true;
      log.warn(
          "still lingering: {} changes again and again; its changes are published, and the flush"
              + " comes when it has been quiet for {} ms",
          local,
          millis);
    }
  }

  private boolean isTimeToFlush() {
    lock.lock();
    try {
      return phase == AgentStatus.Phase.STOPPING || linger.isOver(System.nanoTime());
    } finally {
      lock.unlock();
    }
  }

  private SortedMap<Path, String> unpublished(String why) {
    var all = new TreeMap<Path, String>();
    var looked = new CompletableFuture<Set<Path>>();
    Thread.ofPlatform()
        .name("last-look")
        .daemon()
        .start(
            () -> {
              try {
                looked.complete(context.unpublished());
              } catch (IOException | RuntimeException e) {
                looked.completeExceptionally(e);
              }
            });
    try {
      looked.get(LAST_LOOK.toSeconds(), TimeUnit.SECONDS).forEach(path -> all.put(path, why));
    } catch (ExecutionException | TimeoutException e) {
      log.debug("cannot tell what is unpublished", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return all;
  }

  /** What differs, by what was known when the volume was last reached; never empty. */
  private SortedMap<Path, String> everything(String why) {
    var all = unpublished(why);
    if (all.isEmpty()) {
      all.put(Path.of(""), why);
    }
    return all;
  }

  /** How it is now. For any thread; waits neither for the volume nor for a pass. */
  public AgentStatus status() {
    long now = System.nanoTime();
    return new AgentStatus(
        phase,
        wakesBy.map(by -> now - by < STUCK).orElse(true)
            && context.stillOnNode().map(still -> still.toNanos() < STUCK).orElse(true),
        lag.since().map(since -> Duration.ofNanos(now - since)),
        lastSuccess,
        Collections.unmodifiableSortedMap(unpublished),
        Optional.of(failed).filter(why -> !why.isEmpty()),
        passing.map(since -> Duration.ofNanos(Math.max(0, now - since))),
        failed.isEmpty() && (lease.isFresh() || lease.isFenced()),
        lease.isFresh(),
        lease.isFenced(),
        lease.epoch(),
        resting,
        isWatching(),
        watch.map(TreeWatch::lost).orElse(0L),
        context.unpublishedBytes(),
        local,
        state.path(),
        volumeSpace,
        published);
  }

  private boolean isWatching() {
    return watch.isPresent() && !watch.get().isExhausted();
  }

  private void changed() {
    lag.changed(System.nanoTime());
    lock.lock();
    try {
      schedule.changed(System.nanoTime());
      linger.changed(System.nanoTime());
      wake.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void passes() {
    try {
      while (awaitDue()) {
        boolean volumeWorks =
            pass(flushRequests.isAnyOpen() ? Publisher.Purpose.FLUSH : Publisher.Purpose.ROUTINE)
                .isPresent();
        if (!isTimeToFlush()) {
          lookAround(volumeWorks);
        }
      }
      lastPasses();
    } catch (FencedException e) {
      fenced = e;
    } catch (InterruptedException e) {
      failed = "interrupted";
    } catch (OutOfMemoryError e) {
      failure = e; // whoever runs us tells how to give it more
    } catch (RuntimeException | Error e) {
      failure = e;
      log.error("the passes have ended; please report it", e);
    } finally {
      try {
        publications.say(System.nanoTime());
        if (publisher != null) {
          publisher.close();
        }
        closeWatch();
      } finally {
        flushRequests.end(fenced == null ? "it was stopped" : "another agent has taken over");
        finished.countDown();
      }
    }
  }

  /** What the passes' thread has to do next. */
  private enum Next {
    PASS,
    FLUSH,
    /** What the last pass has left behind, as nothing has happened since for a while. */
    TIDY
  }

  /** Waits for the next pass; false when it is time to flush. */
  private boolean awaitDue() throws InterruptedException, FencedException {
    while (true) {
      var next = awaitNext();
      if (next != Next.TIDY) {
        isTidy = false;
        return next == Next.PASS;
      }
      tidy();
    }
  }

  /**
   * Keeps the index, so that from now on nothing is written until something changes, and gives what
   * a large pass took of memory back to the node. Not under the lock: of a large tree it takes
   * long, and whoever tells of changes or asks for a flush would wait.
   */
  private void tidy() {
    isTidy = true;
    saveIndex();
    keepHeapBelow(Math.max(SMALL_HEAP, leastHeap / 4 * 5));
  }

  /** The collector itself would let garbage grow to the most that the heap may have. */
  private void keepHeapBelow(long bytes) {
    if (Runtime.getRuntime().totalMemory() > bytes) {
      System.gc();
      leastHeap = Runtime.getRuntime().totalMemory();
    }
  }

  private Next awaitNext() throws InterruptedException, FencedException {
    lock.lock();
    try {
      while (!linger.isOver(System.nanoTime())) {
        lease.throwIfFenced();
        long now = System.nanoTime();
        long wait = schedule.due() - now;
        if (wait <= 0) {
          rescan = schedule.isRescan();
          schedule.started(now);
          wakesBy = Optional.empty();
          return Next.PASS;
        }
        if (linger.hasBegun()) {
          wait = Math.min(wait, linger.left(now));
        }
        wakesBy = Optional.of(now + wait);
        boolean tidyFirst = !isTidy && wait > TIDY_AFTER;
        if (wake.awaitNanos(tidyFirst ? TIDY_AFTER : wait) <= 0 && tidyFirst) {
          return Next.TIDY;
        }
      }
      phase = AgentStatus.Phase.STOPPING;
      rescan = false;
      wakesBy = Optional.empty();
      return Next.FLUSH;
    } finally {
      lock.unlock();
    }
  }

  /**
   * For whoever asks, what no pass finds out: the room that the volume has, or, while it does not
   * work, how much waits for it. Not at the flush, which must not wait for this.
   */
  private void lookAround(boolean volumeWorks) {
    if (!volumeWorks) {
      volumeSpace = Optional.empty();
    }
    long now = System.nanoTime();
    if (volumeWorks == saidVolumeWorks && now - looked < LOOK_EVERY) {
      return;
    }
    saidVolumeWorks = volumeWorks;
    looked = now;
    try {
      if (volumeWorks) {
        volumeSpace = Space.of(volume.root());
      } else if (lag.since().isPresent()) {
        context.lookAtUnpublished();
      }
    } catch (IOException e) {
      log.debug("cannot tell how much is unpublished", e); // why the pass failed was said
    } catch (RuntimeException e) {
      log.error("internal error in a pass; please report it", e);
    }
  }

  private void saveIndex() {
    try {
      if (publisher != null) {
        publisher.saveIndex();
        indexSaved = System.nanoTime();
      }
    } catch (IOException e) {
      log.debug("the index could not be kept; it only saves reading files again", e);
    }
  }

  /** One pass; afterwards the schedule knows when to make the next one. */
  private Optional<PassReport> pass(Publisher.Purpose purpose)
      throws InterruptedException, FencedException {
    long began = System.nanoTime();
    lag.began(began, !isWatching());
    passing = Optional.of(began);
    var since = lag.since();
    Optional<PassReport> report;
    try {
      report = attempt(began, purpose);
    } finally {
      passing = Optional.empty();
    }
    long now = System.nanoTime();
    PublicationLog.trace(report, Duration.ofNanos(now - began), since.map(s -> now - s));
    observer.passEnded(report, Duration.ofNanos(now - began), !rescan);
    keepHeapBelow(2 * leastHeap + LARGE_HEAP);
    return report;
  }

  private Optional<PassReport> attempt(long began, Publisher.Purpose purpose)
      throws InterruptedException, FencedException {
    try {
      var report = publisher().pass(purpose);
      ended(report, began);
      return Optional.of(report);
    } catch (FencedException e) {
      throw e;
    } catch (IOException e) {
      failed(e);
      return Optional.empty();
    } catch (RuntimeException e) {
      log.error("internal error in a pass; please report it", e);
      failed(new IOException("internal error: " + e, e));
      return Optional.empty();
    }
  }

  private Publisher publisher() throws IOException, InterruptedException {
    if (publisher == null) {
      publisher = Publisher.open(context);
      published = publisher.manifest();
    }
    return publisher;
  }

  private void ended(PassReport report, long began) {
    if (!failed.isEmpty()) {
      notices.retain(FAILED, Set.of());
      Event.of("recovered").log(() -> log.info("the volume works again; nothing was lost"));
    }
    if (!saidReady) {
      saidReady = true;
      Event.of("ready").log(() -> log.info("ready: the first pass is done"));
    }
    publications.add(report, System.nanoTime());
    sayProblems(report.problems());
    unpublished = report.reasons();
    failed = "";
    long now = System.nanoTime();
    lag.ended(report.reasons().keySet(), now);
    published = Objects.requireNonNull(publisher).manifest();
    if (report.isComplete()) {
      lastSuccess = Optional.of(clock.instant());
    }
    if (now - indexSaved > INDEX_EVERY) {
      saveIndex();
    }
    lock.lock();
    try {
      schedule.ended(System.nanoTime(), !report.changedVolume());
      if (report.changedVolume()) {
        linger.changed(began); // also when nothing was heard of it
      }
      report.reconsiderAt().ifPresent(schedule::again);
      flushRequests.passEnded(began, report, now);
      if (report.problems().isEmpty()) {
        backoff.succeeded();
        resting = Duration.ZERO;
      } else {
        resting = restAfterFailure();
        schedule.again(now + resting.toNanos());
      }
      if (!isWatching()) {
        schedule.poll(System.nanoTime());
      }
      if (flushRequests.isAnyOpen()) {
        schedule.hurry(now + resting.toNanos());
      }
    } finally {
      lock.unlock();
    }
  }

  /** Whoever waits for a flush does not make the backoff longer for the time after it. */
  private Duration restAfterFailure() {
    return flushRequests.isAnyOpen() ? Duration.ofNanos(FLUSH_RETRY) : backoff.afterFailure();
  }

  private void sayProblems(SortedMap<Path, Problem> problems) {
    var noRoom = new TreeSet<Path>();
    var said = new HashSet<String>();
    problems.forEach(
        (path, problem) -> {
          if (problem.kind() == Problem.Kind.NO_ROOM) {
            noRoom.add(path);
          } else {
            said.add(PROBLEM + path);
            notices.once(PROBLEM + path, () -> sayProblem(path, problem.why()));
          }
        });
    notices.retain(PROBLEM, said);
    if (noRoom.isEmpty()) {
      if (notices.over(NO_ROOM)) {
        Event.of("recovered").log(() -> log.info("the volume has room again; nothing was lost"));
      }
    } else {
      notices.once(
          NO_ROOM,
          () ->
              Event.of("no-room")
                  .with("missing", noRoom.size())
                  .log(
                      () ->
                          log.error(
                              "the volume {} has no room, what is published stays as it is;"
                                  + " retrying until it has: {} not published: {} ({})",
                              volume.root(),
                              Amount.of(noRoom.size(), "file"),
                              Amount.some(noRoom),
                              Objects.requireNonNull(problems.get(noRoom.first())).why())));
    }
  }

  private static void sayProblem(Path path, String why) {
    Event.of("not-published")
        .with(path)
        .with("why", why)
        .log(() -> log.warn("{}: not published for now, will be retried: {}", path, why));
  }

  private void failed(IOException e) {
    if (publisher != null) {
      publisher.close();
      publisher = null;
    }
    var why = VolumeException.describe(e);
    failed = why;
    flushRequests.passFailed();
    notices.once(
        FAILED + VolumeException.kind(e),
        () ->
            Event.of("pass-failed")
                .with("why", why)
                .log(
                    () ->
                        log.error(
                            "a pass failed, what is published stays as it is; retrying until it"
                                + " works: {}",
                            why)));
    lock.lock();
    try {
      resting = restAfterFailure();
      schedule.waitUntil(System.nanoTime() + resting.toNanos());
      log.debug("pass failed, next one in {} ms", resting.toMillis(), e);
    } finally {
      lock.unlock();
    }
  }

  /** Passes until nothing differs, or until the flush has made no progress for its time. */
  private void lastPasses() throws InterruptedException, FencedException {
    log.info("stopping: flushing to the volume");
    long deadline = System.nanoTime() + settings.flushTimeout().toNanos();
    long stubbornSince = System.nanoTime();
    @Nullable SortedMap<Path, Problem.Kind> stubborn = null;
    int looks = 0;
    while (true) {
      var report = pass(Publisher.Purpose.STOP);
      boolean changed = report.map(PassReport::changedVolume).orElse(false);
      if (report.isPresent() && !changed && report.get().isComplete()) {
        looks++;
        if (lag.isChanging() && looks == 1) {
          continue; // what was renamed just now may be under neither name
        }
        if (isReconsideredSoon(report.get()) && looks < MOST_LAST_LOOKS) {
          Thread.sleep(Duration.ofNanos(SOON)); // deletions wait for the next look alone
          continue;
        }
        if (report.get().held() > 0) {
          log.warn(
              "{} still held back; these files stay on the volume",
              Amount.of(report.get().held(), "deletion"));
        }
        return;
      }
      long now = System.nanoTime();
      var problems = report.map(PassReport::kinds).orElse(null);
      if (problems == null || changed || !problems.equals(stubborn)) {
        stubborn = problems;
        stubbornSince = now;
      } else if (now - stubbornSince > STUBBORN.toNanos()) {
        return; // the volume works, and these files do not: waiting longer would not help
      }
      if (changed) {
        deadline = now + settings.flushTimeout().toNanos();
      } else if (now - deadline >= 0) {
        return;
      } else {
        Thread.sleep(Duration.ofNanos(Math.min(FLUSH_RETRY, deadline - now)));
      }
    }
  }

  private static boolean isReconsideredSoon(PassReport report) {
    return report.reconsiderAt().map(at -> at - System.nanoTime() < SOON).orElse(false);
  }

  private void closeWatch() {
    try {
      if (watch.isPresent()) {
        watch.get().close();
      }
    } catch (IOException e) {
      log.debug("watch not closed", e);
    }
  }
}
