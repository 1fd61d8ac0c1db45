package io.liteferry.volume;

import io.liteferry.durable.DamagedFileException;
import io.liteferry.durable.Durable;
import io.liteferry.history.KeptPoint;
import io.liteferry.history.Pins;
import io.liteferry.history.RecordHeader;
import io.liteferry.history.RecordMerge;
import io.liteferry.history.Retention;
import io.liteferry.history.Timeline;
import io.liteferry.history.Usage;
import io.liteferry.lease.VolumeException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drops points that need not stay, and what no point needs any more: T0 to T5 of
 * docs/crash-safety-history.md. It works in slices, so that no pass waits for it. For one thread.
 *
 * <p>What is on the volume is read once, as nobody else changes it; what changes later is known.
 */
public final class Thinning {
  private static final Logger log = LoggerFactory.getLogger(Thinning.class);

  private static final Duration BETWEEN_PLANS = Duration.ofMinutes(1);

  private final Volume volume;
  private final VolumeWriter writer;
  private final GenerationWriter generations;
  private final KeepSettings settings;
  private final KnownHistory records = new KnownHistory();
  private final Retention retention;
  private final PinFiles pins;
  private final HistoryBoard board;
  private final SegmentMerge segments;
  private final HistorySweep sweep;
  private final Deque<Long> victims = new ArrayDeque<>();
  private final long foundGeneration;
  private OptionalLong allowed = OptionalLong.empty();
  private OptionalLong planned = OptionalLong.empty();
  private long plannedFor = -1;
  private long roomToWait = Long.MAX_VALUE;
  private boolean isSwept;

  Thinning(
      Volume volume,
      VolumeWriter writer,
      GenerationWriter generations,
      KeepSettings settings,
      HistoryBoard board) {
    this.volume = volume;
    this.writer = writer;
    this.generations = generations;
    this.settings = settings;
    this.retention = new Retention(settings.policy(), settings.zone());
    this.pins = new PinFiles(volume);
    this.board = board;
    this.foundGeneration = writer.manifest().map(Manifest::generation).orElse(0L);
    this.sweep = new HistorySweep(volume, writer, settings, records, pins);
    this.segments = new SegmentMerge(volume, writer, generations, settings.unmerged());
  }

  /**
   * What is to be known when something is to go.
   *
   * @param data the bytes of the current tree
   * @param now by the node's clock
   * @param nanos of a monotonic clock
   */
  public record Moment(long data, Instant now, long nanos) {}

  /**
   * Goes on with what is to go.
   *
   * @return whether there is more to do at once
   */
  public boolean slice(Moment moment) throws IOException {
    if (settings.isNone() || !timeline().unfinished().isEmpty()) { // T0
      return false;
    }
    var slice = new Slice();
    if (!readAll(slice)) {
      return true;
    }
    if (victims.isEmpty()
        && (planned.isEmpty() || moment.nanos() - planned.getAsLong() >= BETWEEN_PLANS.toNanos())) {
      planned = OptionalLong.of(moment.nanos());
      isSwept &= !sweep.isAnyWaiting();
      plan(moment);
    }
    while (!victims.isEmpty()) {
      if (slice.isOver()) {
        return true;
      }
      dropInRoom(victims.remove(), slice);
    }
    if (segments.isDue()) {
      isSwept &= !segments.slice(this);
      return true;
    }
    return planned.isEmpty() || (!isSwept && !sweep(moment.nanos(), slice));
  }

  /**
   * All of it, by a process that makes one pass: what an earlier one left goes at once, and what
   * goes now is left to the next one.
   */
  public void whole(Moment moment) throws IOException {
    if (!settings.isNone() && timeline().unfinished().isEmpty()) {
      readWhole();
      sweepNow();
      while (slice(moment)) {}
    }
  }

  /** Reads all that was not read yet, and removes what a thinning that was cut off left. */
  void readWhole() throws IOException {
    while (!readAll(new Slice())) {}
  }

  /** T4 for all that no point needs, without the hour for readers. */
  void sweepNow() throws IOException {
    sweep.all(known());
    isSwept = true;
  }

  Generations known() throws IOException {
    return generations.known();
  }

  Timeline timeline() throws IOException {
    return known().timeline(writer.manifest());
  }

  /** Returns whether all is known now. */
  private boolean readAll(Slice slice) throws IOException {
    for (long superseded : timeline().superseded()) {
      if (slice.isOver()) {
        return false;
      }
      volume.syncDirectory(volume.generations());
      volume.syncDirectory(known().directory(timeline().spanning(superseded)));
      delete(superseded, slice); // T3, of a thinning that was cut off
    }
    for (var header : timeline().inForce()) {
      if (slice.isOver()) {
        return false;
      }
      read(header.generation(), slice);
    }
    for (long generation : known().unlisted()) {
      if (slice.isOver()) {
        return false;
      }
      known().listObjects(generation);
      slice.took(1);
    }
    known().listPages();
    return true;
  }

  void read(long generation, Slice slice) throws IOException {
    if (!records.has(generation) && known().hasRecord(generation)) {
      try {
        records.read(generation, known());
      } catch (DamagedFileException e) {
        known().damaged(generation, e);
      }
      slice.took(4);
    }
  }

  private void plan(Moment moment) throws IOException {
    var points = timeline().points();
    if (points.isEmpty() || points.getLast().generation() == plannedFor) {
      return;
    }
    var newest = points.getLast();
    compareClocks(newest);
    if (moment.now().isBefore(newest.point().nodeTime())) {
      return; // by a clock that was set back nothing goes
    }
    plannedFor = newest.generation();
    var usage = usage();
    var budget = settings.policy().budget();
    var pinned = pinned();
    long had = had(usage, pinned);
    var allowance = budget.allowance(moment.data(), volume.room(), usage.bytes(), had);
    allowed = OptionalLong.of(allowance.bytes());
    var plan = retention.plan(points, pinned, usage::bytesOf, allowance);
    roomToWait = Math.max(0, allowance.bytes() - plan.bytes());
    victims.addAll(plan.victims());
    board.show(HistoryStatus.of(points, plan, usage, allowance.bytes()));
    board.showWaiting(sweep.waitingBytes());
  }

  /** What others that fill the volume must not take: at first what there was before this agent. */
  private long had(Usage usage, Pins pinned) throws IOException {
    return allowed.isPresent()
        ? allowed.getAsLong()
        : retention.bytesCounted(
            timeline().points(), pinned, usage::bytesOf, point -> point < foundGeneration);
  }

  /** Of records that this agent wrote: in a copy of a volume, others are as old as the copy. */
  private void compareClocks(KeptPoint newest) throws IOException {
    if (newest.generation() > foundGeneration && newest.record().isPresent()) {
      var made = newest.record().get().made();
      var written = known().timed(made).volumeTime().orElse(made.nodeTime());
      board.compareClocks(made.generation(), made.nodeTime(), written, newest.point().nodeTime());
    }
  }

  Pins pinned() throws IOException {
    var users = new HashSet<>(pins.found());
    generations.goal().ifPresent(users::add);
    return Pins.of(users, timeline());
  }

  /** To merge records needs a little room. */
  private void dropInRoom(long point, Slice slice) throws IOException {
    try {
      drop(point, slice);
    } catch (VolumeException e) {
      if (!VolumeException.isOutOfRoom(e)) {
        throw e;
      }
      victims.clear();
      log.debug("no room to merge records: generation {} stays for now", point, e);
    }
  }

  /** Unless somebody wants it to stay: then it is planned again. */
  private void drop(long point, Slice slice) throws IOException {
    if (pins.look(known().directory(point), point)) {
      victims.clear();
      planned = OptionalLong.empty();
      plannedFor = -1;
      return;
    }
    dropThough(point, slice);
  }

  /** Whatever pins say. */
  void dropThough(long point, Slice slice) throws IOException {
    if (timeline().point(point).isEmpty()) {
      return;
    }
    var dropping = timeline().dropping(point);
    if (!dropping.merge().isEmpty()) {
      for (var header : dropping.merge()) {
        if (header.made().volumeTime().isEmpty()) {
          known().reload(header.generation());
        }
      }
      merge(timeline().dropping(point).merge(), slice);
    }
    for (long generation : dropping.delete()) { // T1, T3
      delete(generation, slice);
    }
    isSwept = false;
    segments.lookAgain();
  }

  private void merge(List<RecordHeader> headers, Slice slice) throws IOException {
    long last = headers.getLast().generation();
    var staged = writer.staging().fresh();
    var files = records.files(known());
    try {
      writer
          .staging()
          .run(() -> Durable.write(staged, out -> RecordMerge.merge(headers, files, out)));
    } catch (VolumeException e) {
      writer.staging().discard(staged, e);
      throw e;
    }
    writer.putOwn(staged, known().record(last)); // T2
    volume.syncDirectory(known().directory(last));
    known().reload(last);
    records.forget(last);
    read(last, slice);
    slice.took(8);
  }

  private void delete(long generation, Slice slice) throws IOException {
    writer.removeOwn(known().record(generation));
    volume.syncDirectory(known().directory(generation));
    known().removeRecord(generation);
    records.forget(generation);
    slice.took(4);
  }

  /** T4. Returns whether all went that may. */
  private boolean sweep(long nanos, Slice slice) throws IOException {
    isSwept = sweep.slice(known(), nanos, roomToWait, slice);
    board.showWaiting(sweep.waitingBytes());
    return isSwept;
  }

  /**
   * Where the volume is full, and something is to be published: drops the oldest points, one after
   * the other, and at once what only they need; those before an accident only when no other is
   * left. The newest stays, and what users pinned; after a pass that was cut off, or within one,
   * all but the oldest stay. It ends where that gives no room, as somebody else fills the volume.
   *
   * @param sizes of what lacks room, in bytes: no point goes in vain, for what has none without any
   *     point either
   * @param atLeastOne also when there seems to be room: quotas and inodes do not show
   */
  public boolean makeRoom(List<Long> sizes, boolean atLeastOne) throws IOException {
    boolean mayDrop = !settings.isNone() && !board.isFilledByOthers();
    boolean dropped = mayDrop && new HistoryRoom(volume, this, board).make(sizes, atLeastOne);
    plannedFor = dropped ? -1 : plannedFor;
    return dropped;
  }

  /** A point goes for room. */
  void dropForRoom(long point) throws IOException {
    drop(point, new Slice());
    victims.remove(point);
    sweepNow();
  }

  /** Which point needs what, by all that was read. */
  Usage usage() throws IOException {
    return records.usage(known(), writer);
  }

  Retention retention() {
    return retention;
  }

  KnownHistory records() {
    return records;
  }

  PinFiles pins() {
    return pins;
  }
}
