package io.liteferry.publish;

import io.liteferry.durable.Errno;
import io.liteferry.history.Point;
import io.liteferry.lease.VolumeException;
import io.liteferry.scan.Entry;
import io.liteferry.state.AgentState;
import io.liteferry.state.IndexLog;
import io.liteferry.volume.CutOffRollback;
import io.liteferry.volume.GenerationWriter;
import io.liteferry.volume.HistoryKeeper;
import io.liteferry.volume.HistoryOrder;
import io.liteferry.volume.HistoryRefusedException;
import io.liteferry.volume.Manifest;
import io.liteferry.volume.RecordedPass;
import io.liteferry.volume.Thinning;
import io.liteferry.volume.Volume;
import io.liteferry.volume.VolumeWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes local to one volume, pass by pass. Each pass is the same idempotent comparison of local
 * with what is published; what a failed pass left undone the next one does.
 *
 * <p>For one thread, except {@link PublishContext#progress}. After an {@link IOException} what is
 * known of the volume may be wrong: close this and open another.
 */
public final class Publisher implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Publisher.class);

  static final String SOMEBODY_ELSE =
      "somebody else has published to the volume %s; this agent keeps what is in local, and no"
          + " longer publishes it: stop the other agent, end the application, and start this"
          + " agent again (in Kubernetes: delete the pod)";

  /** How often a pass starts over when a new file vanished after a snapshot that may name it. */
  private static final int RESTARTS = 2;

  final PublishContext context;
  final VolumeWriter writer;
  final GenerationWriter generations;
  final String volumeId;
  final Knowledge knowledge;
  private final IndexLog index;
  final DatabaseTransfer databases;
  final Forms forms;
  final FileTransfer files;
  final Transfers transfers;
  boolean manifestIsDamaged;

  /** Whether what is known of the volume is also durable there: not after a pass that failed. */
  private boolean isPassOver = true;

  private Publisher(
      PublishContext context,
      VolumeWriter writer,
      String volumeId,
      Knowledge knowledge,
      IndexLog index) {
    this.context = context;
    this.writer = writer;
    this.generations =
        new GenerationWriter(
            context.volume, volumeId, writer, context.settings.keep(), context.history);
    this.volumeId = volumeId;
    this.knowledge = knowledge;
    this.index = index;
    this.transfers = new Transfers(context.settings.transfers());
    this.databases = new DatabaseTransfer(context);
    this.forms = new Forms(context, databases);
    this.files = new FileTransfer(context, writer);
  }

  /**
   * How much whoever asked for a pass relies on it.
   *
   * @param isRoutine whether another one follows in any case
   * @param isLast whether no plain file of a database is to be behind afterwards
   * @param goal as {@link RecordedPass#goal}
   * @param rollback the point that local was brought back to: then nothing is held back
   */
  public record Purpose(
      boolean isRoutine, boolean isLast, Optional<Long> goal, Optional<Point.Rollback> rollback) {
    /** Another one follows in any case. */
    public static final Purpose ROUTINE =
        new Purpose(true, false, Optional.empty(), Optional.empty());

    /** Somebody waits until everything is on the volume: new data is not held back. */
    public static final Purpose FLUSH =
        new Purpose(false, false, Optional.empty(), Optional.empty());

    /** The same, and who reads the volume next may know nothing of segments. */
    public static final Purpose STOP = new Purpose(false, true, Optional.empty(), Optional.empty());

    /** The same, before local is brought back to a point. */
    public static Purpose flushBefore(long goal) {
      return new Purpose(false, false, Optional.of(goal), Optional.empty());
    }

    /** Local is what the volume had at a point, and is to be what it has now. */
    public static Purpose goBack(Point.Rollback to) {
      return new Purpose(false, true, Optional.of(to.to()), Optional.of(to));
    }
  }

  /**
   * Local at a moment.
   *
   * @param top the directory itself, before the scan
   * @param begun when the scan began, in nanoseconds since the epoch
   */
  record Look(Inventory inventory, Optional<Entry> top, long begun) {}

  /**
   * Lists the volume. State must be ready for it. After an error of an earlier publisher of this
   * context, claims a new epoch first.
   *
   * @throws VolumeException when the volume is not the one that state names, or does not work
   * @throws io.liteferry.lease.FencedException when another agent has taken the volume over
   */
  public static Publisher open(PublishContext context) throws IOException, InterruptedException {
    var volume = context.volume;
    var state = context.agentState();
    var expected = state.volumeId();
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
      var knowledge = Knowledge.of(volume, context.settings.filter(), index.entries());
      HeapNeed.of(knowledge.names().size()).say(context.notices, log);
      var manifest = volume.manifestIfReadable();
      requireShownIsOurs(volume, state, manifest);
      var writer = VolumeWriter.open(volume, context.lease.staging(), manifest, context::answered);
      var publisher =
          new Publisher(
              context, writer, expected, knowledge, context.state.log(expected, index, knowledge));
      publisher.manifestIsDamaged =
          manifest.isEmpty()
              && (volume.look(volume.manifestFile()).isPresent()
                  || CutOffRollback.hasHistory(volume));
      if (publisher.manifestIsDamaged) {
        log.warn(
            "{} is missing or damaged; the agent writes it anew from what the volume has",
            volume.manifestFile());
        CutOffRollback.uncertain(volume)
            .ifPresent(
                last ->
                    log.warn(
                        "whether the rollback to point {} came to its end is not known; it counts"
                            + " as carried out: liteferry diff {} --from {} says what is different,"
                            + " another rollback or another --request goes back again",
                        last.rollback().to(),
                        volume.root(),
                        last.rollback().to()));
      }
      if (state.pending().isPresent()) {
        // A pass was cut off: names that it left are there, but perhaps not durable.
        writer.mayNotBeDurable(knowledge.directories(volume.root()));
      }
      return publisher;
    } catch (IOException e) {
      context.failed(e);
      throw e;
    }
  }

  /** Only somebody who does not ask for the lease can have put another publication there. */
  static void requireShownIsOurs(Volume volume, AgentState known, Optional<Manifest> manifest)
      throws VolumeException {
    if (manifest.isPresent() && !known.knows(manifest.map(Manifest::publication))) {
      throw new VolumeException(SOMEBODY_ELSE.formatted(volume.root()));
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
    isPassOver = false;
    for (int restart = 0; ; restart++) {
      var report = new Pass(this, purpose, restart < RESTARTS).run();
      if (report.isPresent()) {
        generations.end();
        index.endPass();
        isPassOver = true;
        keepSaid();
        return report.get();
      }
      log.debug("a file vanished behind a snapshot; the pass starts over");
    }
  }

  /**
   * Drops a little of what need not be kept any more; to be called between passes.
   *
   * @param nanos of a monotonic clock
   * @return whether there is more to do at once
   */
  public boolean thin(long nanos) throws IOException {
    return between(() -> generations.thinning().slice(moment(nanos)));
  }

  /** The same to its end, as no pass follows. */
  public void thinWhole() throws IOException {
    between(
        () -> {
          generations.thinning().whole(moment(System.nanoTime()));
          return true;
        });
  }

  /** Whether it publishes to the volume of this id. */
  public boolean isOf(String id) {
    return volumeId.equals(id);
  }

  /** As {@link HistoryKeeper#carryOut}. */
  public Optional<HistoryKeeper.Done> carryOut(HistoryOrder order) throws IOException {
    return between(
        () -> new HistoryKeeper(context.volume, volumeId, writer, generations).carryOut(order));
  }

  /** Whether a pass is to make a point though nothing differs; a rollback is for a start to end. */
  boolean hasToComplete() throws IOException {
    return generations.isUnfinished() && CutOffRollback.of(context.volume).isEmpty();
  }

  private Thinning.Moment moment(long nanos) {
    return new Thinning.Moment(knowledge.bytes(), context.clock.instant(), nanos);
  }

  private interface Work<T> {
    T run() throws IOException;
  }

  /** What is done with the history between passes. */
  private <T> T between(Work<T> work) throws IOException {
    try {
      return work.run();
    } catch (HistoryRefusedException e) {
      throw e;
    } catch (IOException e) {
      context.failed(e);
      throw e;
    }
  }

  /** Only so that the next run need not warn again. */
  private void keepSaid() {
    try {
      context.notices.keep(context.state::writeSaid);
    } catch (IOException e) {
      log.debug("the agent could not save what it has said", e);
    }
  }

  /** As {@link IndexLog#announce}. */
  void announce(Set<Path> names, boolean durable) throws IOException {
    index.announce(names, durable);
  }

  /** As {@link IndexLog#append}. */
  void appendToIndex() {
    index.append();
  }

  /** As {@link IndexLog#isAnnounced}. */
  boolean isAnnounced(Path path) {
    return index.isAnnounced(path);
  }

  /** The databases whose plain files are behind what was published of them. */
  public SortedSet<Path> behind() {
    return writer.manifest().map(Manifest::behind).orElseGet(TreeSet::new);
  }

  /** The last manifest that was read or written; empty before the first publication. */
  public Optional<Manifest> manifest() {
    return writer.manifest();
  }

  /** As {@link IndexLog#save}, for the next start. */
  public void saveIndex() throws IOException {
    index.save();
  }

  @Override
  public void close() {
    transfers.close();
    forms.close();
    if (!isPassOver) {
      return; // what the index has is true; what the pass did may not last
    }
    try {
      saveIndex();
    } catch (IOException e) {
      log.warn(
          "the agent could not save the index; the next start reads files again: {}",
          Errno.describe(e));
    }
  }

  Look look(Inventory.Known known) throws IOException {
    context.requireSameLocal();
    long begun = Inventory.nanos(context.clock);
    var top = Entry.look(context.local, context.local.getFileSystem().getPath(""));
    var filter = context.settings.filter();
    var taken = Inventory.of(context.local, filter, context.beforeListing, known);
    return new Look(taken, top, begun);
  }
}
