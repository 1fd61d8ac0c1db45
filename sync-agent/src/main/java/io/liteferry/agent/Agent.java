package io.liteferry.agent;

import io.liteferry.agent.Agenda.Next;
import io.liteferry.lease.FencedException;
import io.liteferry.lease.Lease;
import io.liteferry.lease.LeaseClock;
import io.liteferry.publish.Amount;
import io.liteferry.publish.Notices;
import io.liteferry.publish.PassReport;
import io.liteferry.publish.PassSettings;
import io.liteferry.publish.PlainFold;
import io.liteferry.publish.Problem;
import io.liteferry.publish.PublishContext;
import io.liteferry.publish.Publisher;
import io.liteferry.publish.Site;
import io.liteferry.volume.HistoryOrder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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
  private static final long PROGRESS_LOOK_MILLIS = 250;

  /** How long the flush waits at least for a pass that does not get on in local or state. */
  private static final long NODE_PATIENCE = TimeUnit.SECONDS.toNanos(30);

  /** How long the end waits for a look at local, whose disk may hang. */
  private static final Duration LAST_LOOK = Duration.ofSeconds(10);

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
  private final Lease lease;
  private final AgentSettings settings;
  private final LeaseClock ticks;
  private final AgentObserver observer;
  private final Agenda agenda;
  private final LocalWatch watch;
  private final PublishContext context;
  private final StatusBoard board;
  private final Passes passes;
  private final CountDownLatch finished = new CountDownLatch(1);

  // How the passes' thread ended.
  private volatile @Nullable Throwable failure;
  private volatile @Nullable FencedException fenced;

  /** Everything was on the volume before files that are behind were to be brought up to date. */
  private volatile boolean isFlushed;

  /** The databases whose files on the volume are not up to date. */
  private volatile SortedSet<Path> behind = new TreeSet<>();

  // Of the caller's thread.
  private boolean saidLingering;
  private boolean saidLong;

  /**
   * Prepares an agent; nothing runs yet.
   *
   * @param site its state must be ready
   * @param lease held by the caller, who releases it
   */
  public Agent(
      Site site, Lease lease, PassSettings passing, AgentSettings settings, Surroundings around) {
    this.local = site.local();
    this.lease = lease;
    this.settings = settings;
    this.ticks = around.ticks();
    this.observer = around.observer();
    var notices = new Notices(site.state().readSaid());
    this.agenda = new Agenda(settings, ticks, around.random());
    this.watch = LocalWatch.open(local, agenda::changed);
    this.context =
        new PublishContext(
            site,
            lease,
            passing,
            new PublishContext.Listeners(notices, watch.beforeListing(), observer),
            around.clock());
    watch.tell(context);
    lease.onFenced(agenda::changed);
    this.board = new StatusBoard(site, lease, context, agenda, watch);
    var said = new PassLog(site.volume().root(), notices, ticks.nanos());
    this.passes = new Passes(context, agenda, board, said, around);
  }

  /** Runs until {@link #stop}, and through the flush. */
  public End run() throws InterruptedException {
    log.info(
        "watching {}: settle {} ms, max delay {} ms",
        local,
        settings.settle().toMillis(),
        settings.maxDelay().toMillis());
    Thread.ofPlatform().name("passes").daemon().start(this::makePasses);
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

  private void makePasses() {
    try {
      Agenda.Fence fence = lease::throwIfFenced;
      for (var next = agenda.await(fence); next != Next.FLUSH; next = agenda.await(fence)) {
        switch (next) {
          case TIDY -> passes.tidy();
          case THIN -> agenda.thinned(passes.thin());
          case ERRAND -> passes.carryOutErrand();
          case PASS -> passWhileWatching();
          case FLUSH -> {} // ends the loop
        }
      }
      var flush =
          new FlushLoop(
              () -> passes.pass(Publisher.Purpose.FLUSH),
              agenda.lag()::isChanging,
              settings.flushTimeout(),
              ticks);
      if (!flush.run()) {
        board.failed("the application is still writing: stop it before its agent");
      }
      behind = passes.behind().orElse(behind);
      if (!behind.isEmpty()) { // last, as nothing is lost when it is cut off
        isFlushed = board.failure().isEmpty() && board.unpublished().isEmpty();
        if (isFlushed) {
          log.info(
              "stopping: everything is on the volume; its files of {} are brought up to date, which"
                  + " may be cut off",
              Amount.some(behind));
        }
        isFlushed &= passes.pass(Publisher.Purpose.STOP).map(Agent::isSound).orElse(true);
        behind = passes.behind().orElse(behind);
      }
    } catch (FencedException e) {
      fenced = e;
    } catch (InterruptedException e) {
      board.failed("interrupted");
    } catch (OutOfMemoryError e) {
      failure = e; // whoever runs us tells how to give it more
    } catch (RuntimeException | Error e) {
      failure = e;
      log.error("internal error: the agent makes no more passes; please report it", e);
    } finally {
      try {
        passes.close();
        watch.close();
      } finally {
        agenda.end(fenced == null ? "it was stopped" : "another agent has taken over");
        finished.countDown();
      }
    }
  }

  /** What segments lead to is known to be damaged once its fold failed its check. */
  private static boolean isSound(PassReport last) {
    return !last.kinds().containsValue(Problem.Kind.CHECK_FAILED);
  }

  private void passWhileWatching() throws InterruptedException, FencedException {
    var purpose = agenda.isFlushAsked() ? Publisher.Purpose.FLUSH : Publisher.Purpose.ROUTINE;
    boolean volumeWorks = passes.pass(purpose).isPresent();
    if (!agenda.isTimeToFlush()) {
      board.lookAround(volumeWorks, ticks.nanos());
    }
  }

  private End end() {
    var by = fenced;
    if (by != null) {
      return new End.Fenced(String.valueOf(by.getMessage()), unpublished("not published"));
    }
    var failed = board.failure().or(() -> board.unpublished().values().stream().findFirst());
    boolean isAllThere =
        failed.isEmpty() || (isFlushed && !agenda.lag().isChanging() && isAllThere());
    if (isAllThere) {
      if (!behind.isEmpty()) {
        PlainFold.sayBehind(behind, failed);
      }
      return new End.Flushed();
    }
    if (board.failure().isPresent()) {
      return new End.Incomplete(everything(board.failure().get()));
    }
    return new End.Incomplete(board.unpublished());
  }

  /**
   * Begins to linger, and then the flush; {@link #run} returns when it is done. Returns at once.
   */
  public void stop() {
    agenda.stop();
  }

  /**
   * Asks for a pass at once, and again, until everything that local has at this moment is on the
   * volume. Returns at once, on any thread; whoever gives up waiting cancels the result.
   */
  public CompletableFuture<FlushResult> flush() {
    return agenda.flush();
  }

  /**
   * Has something done with the volume's history, between passes. Returns at once, on any thread;
   * whoever gives up waiting cancels the result, and an order that was not begun is forgotten.
   *
   * @param volumeId of the volume that is meant
   */
  public CompletableFuture<OrderResult> order(String volumeId, HistoryOrder order) {
    return agenda.order(volumeId, order);
  }

  /** How it is now. For any thread; waits neither for the volume nor for a pass. */
  public AgentStatus status() {
    return board.status(ticks.nanos());
  }

  /** The passes' thread may hang with the volume for ever; the end must not. */
  private void awaitEnd() throws InterruptedException {
    long seen = context.progress();
    long since = ticks.nanos();
    while (!finished.await(PROGRESS_LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
      long now = ticks.nanos();
      sayLingering();
      long progress = context.progress();
      var still = context.stillOnNode();
      if (!agenda.isTimeToFlush()
          || progress != seen
          || still.map(Duration::isZero).orElse(false)) {
        seen = progress;
        since = now;
      }
      long patience = settings.flushTimeout().toNanos();
      if (still.isPresent()) {
        patience = Math.max(patience, NODE_PATIENCE);
      }
      if (now - since > patience + TimeUnit.SECONDS.toNanos(1)) {
        if (board.failure().isEmpty()) {
          var silent = still.isPresent() ? "local or state does" : "the volume does";
          board.failed(silent + " not answer");
        }
        return;
      }
    }
  }

  /** Not on the passes' thread, which may hang. */
  private void sayLingering() {
    if (agenda.phase() != AgentStatus.Phase.LINGERING) {
      return;
    }
    long millis = settings.linger().toMillis();
    if (!saidLingering) {
      saidLingering = true;
      log.info("stopping: lingering until {} has been quiet for {} ms", local, millis);
    }
    if (agenda.isLingeringLong() && !saidLong) {
      saidLong = true;
      log.warn(
          "still lingering, as {} changes again and again: passes publish its changes, and the"
              + " flush follows when it has been quiet for {} ms",
          local,
          millis);
    }
  }

  /** Whether nothing of local differs from what was published, as far as can be told. */
  private boolean isAllThere() {
    return lastLook().filter(Set::isEmpty).isPresent();
  }

  private SortedMap<Path, String> unpublished(String why) {
    var all = new TreeMap<Path, String>();
    lastLook().orElse(Set.of()).forEach(path -> all.put(path, why));
    return all;
  }

  /** What of local is not published; empty when that cannot be told. */
  private Optional<Set<Path>> lastLook() {
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
      return Optional.of(looked.get(LAST_LOOK.toSeconds(), TimeUnit.SECONDS));
    } catch (ExecutionException | TimeoutException e) {
      log.debug("cannot tell what is unpublished", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return Optional.empty();
  }

  /** What differs, by what was known when the volume was last reached; never empty. */
  private SortedMap<Path, String> everything(String why) {
    var all = unpublished(why);
    if (all.isEmpty()) {
      all.put(Path.of(""), why);
    }
    return all;
  }
}
