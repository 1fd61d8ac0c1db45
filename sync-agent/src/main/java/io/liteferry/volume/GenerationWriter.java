package io.liteferry.volume;

import io.liteferry.durable.Durable;
import io.liteferry.history.Change;
import io.liteferry.history.Point;
import io.liteferry.history.RecordHeader;
import io.liteferry.history.RecordMerge;
import io.liteferry.history.Version;
import io.liteferry.lease.VolumeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Records what passes are about to change, so that the point before each can be had again: G1 to G6
 * of docs/crash-safety.md. One per {@link VolumeWriter}, which asks before every change whether the
 * record has it. The record of a pass is made when the first change is about to be made; a pass
 * that makes none leaves none.
 *
 * <p>When a pass comes to change more than its record has, it makes another one, which takes over
 * the first as it would that of a pass that was cut off.
 *
 * <p>Safe for use by several threads.
 */
public final class GenerationWriter implements VolumeWriter.Coverage {
  /** What is to be told of a pass, and what it may change. */
  public interface Pass {
    /** What is to be told of the generation that the pass makes. */
    Point made(long generation);

    /** All that it may change, as far as is known; asked for once, before the first change. */
    List<Planned> changes() throws IOException;

    /** What of all that was asked for so far looks like an accident. */
    List<Accident> accidents();

    /** What the volume has under a name. */
    Version now(Path path) throws IOException;
  }

  private final Volume volume;
  private final String volumeId;
  private final VolumeWriter writer;
  private final KeepSettings settings;
  private final HistoryBoard board;
  private final HistoryDirectories directories;
  private final Thinning thinning;
  private @Nullable Generations known;
  private boolean isPrepared;

  private @Nullable Pass pass;
  private final Map<Path, Planned> planned = new HashMap<>();
  private final Set<Path> changed = new HashSet<>();
  private List<Change> changes = List.of();
  private RecordMerge.Unfinished unfinished = RecordMerge.Unfinished.NONE;
  private List<String> accidentsTakenOver = List.of();
  private Optional<RecordHeader> header = Optional.empty();

  /** The first of the records of this pass. */
  private long first;

  private boolean covers;
  private @Nullable VolumeException outOfRoom;

  /**
   * For all passes of a publisher.
   *
   * @param board what outlives this
   */
  public GenerationWriter(
      Volume volume,
      String volumeId,
      VolumeWriter writer,
      KeepSettings settings,
      HistoryBoard board) {
    this.volume = volume;
    this.volumeId = volumeId;
    this.writer = writer;
    this.settings = settings;
    this.directories = new HistoryDirectories(volume, volumeId, writer);
    this.board = board;
    this.thinning = new Thinning(volume, writer, this, settings, board);
    writer.require(this);
  }

  /** What makes points go again, between passes. */
  public Thinning thinning() {
    return thinning;
  }

  /** Another pass begins; the one before is over, or will not be completed. */
  public synchronized void begin(Pass next) {
    pass = next;
    planned.clear();
    changed.clear();
    changes = List.of();
    header = Optional.empty();
    covers = false;
    outOfRoom = null;
  }

  /** What is told of the pass; empty when nothing was recorded. */
  public synchronized Optional<RecordHeader> header() {
    return header;
  }

  /** What this pass was to make of a name; empty when nothing was recorded of it. */
  public synchronized Optional<Planned> planned(Path path) {
    return header.isEmpty() ? Optional.empty() : Optional.ofNullable(planned.get(path));
  }

  /** Makes the record, if it was not made: the pass is about to change something. */
  public synchronized void keep() throws IOException {
    if (covers) {
      return;
    }
    if (outOfRoom != null) {
      throw VolumeException.noRoom(String.valueOf(outOfRoom.getMessage()));
    }
    try {
      if (settings.isNone()) {
        directories.discard();
        known = null;
      } else {
        recordInRoom(current().changes());
      }
      covers = true;
    } catch (VolumeException e) {
      outOfRoom = VolumeException.isOutOfRoom(e) ? e : null;
      throw e;
    }
  }

  /** The pass is going to change more than it had planned. */
  public synchronized void cover(List<Planned> more) throws IOException {
    keep();
    var others = more.stream().filter(one -> !planned.containsKey(one.path())).toList();
    if (header.isPresent() && !others.isEmpty()) {
      record(others);
    }
  }

  @Override
  public synchronized void before(Path path) throws IOException {
    keep();
    if (header.isPresent() && !planned.containsKey(path)) {
      throw new IllegalStateException(
          "%s is not in the record of generation %d".formatted(path, header.get().generation()));
    }
  }

  @Override
  public synchronized void after(Path path) {
    changed.add(path);
  }

  /** Why the point before is to stay for a while. */
  private List<String> reasons(List<Change> all) throws IOException {
    return goal().isPresent() ? List.of("went back to point " + goal().get()) : accidents(all);
  }

  /** The point to which the pass goes back: it must not go before that is done. */
  synchronized Optional<Long> goal() {
    return Optional.ofNullable(pass).flatMap(p -> p.made(0).rollback()).map(Point.Rollback::to);
  }

  private Pass current() {
    if (pass == null) {
      throw new IllegalStateException("the volume is changed outside of a pass");
    }
    return pass;
  }

  /** What is known of the history; read once, as nobody else changes it. */
  Generations known() throws IOException {
    if (known == null) {
      known = Generations.of(volume);
    }
    return known;
  }

  /** History makes room for itself. */
  private void recordInRoom(List<Planned> all) throws IOException {
    while (true) {
      try {
        record(all);
        return;
      } catch (VolumeException e) {
        if (!VolumeException.isOutOfRoom(e) || !thinning.makeRoom(0, true)) {
          throw e;
        }
      }
    }
  }

  /** A volume that had nothing needs no way back to that. */
  private boolean isNothingLost(List<Planned> more) throws IOException {
    return writer.manifest().isEmpty()
        && known().isEmpty()
        && more.stream().allMatch(one -> one.was() instanceof Version.Absent);
  }

  private void record(List<Planned> more) throws IOException {
    if (isNothingLost(more)) {
      return;
    }
    if (!isPrepared) {
      directories.prepare();
      isPrepared = true;
    }
    if (header.isEmpty()) {
      var cutOff = known().cutOff(writer.manifest());
      unfinished = new RecordMerge.Unfinished(cutOff, known());
      accidentsTakenOver = known().accidents(cutOff);
    }
    var timeline = known().timeline(writer.manifest());
    long generation = timeline.next(known().highest()); // G1
    var made = RecordHeader.of(volumeId, current().made(generation), timed(timeline.current()));
    var directory = KeptVersions.stageDirectory(writer);
    try {
      var kept = new KeptVersions(volume, writer, settings);
      var all = new ArrayList<>(changes);
      all.addAll(kept.keep(more, directory, generation)); // G2
      all.sort(Change.ORDER);
      var next = made.because(reasons(all));
      write(next, all, directory.resolve(GenerationFiles.RECORD)); // G3
      writer.staging().run(() -> Durable.syncDirectory(directory));
      kept.sync();
      writer.putOwn(directory, known().directory(generation)); // G4
      volume.syncDirectory(volume.generations());
      known().put(next);
      for (var change : all) {
        known().add(change.was());
      }
      if (unfinished.generations().isEmpty()) { // else the record has more than that
        thinning.records().put(generation, all);
      }
      more.forEach(one -> planned.put(one.path(), one));
      changes = all;
      first = header.isEmpty() ? generation : first;
      header = Optional.of(next);
    } catch (IOException e) {
      known = null; // its record may have come to its place
      KeptVersions.discard(directory, e);
      throw e;
    }
  }

  private List<String> accidents(List<Change> all) {
    return Accident.lines(accidentsTakenOver, current().accidents(), all);
  }

  private void write(RecordHeader next, List<Change> all, Path record) throws IOException {
    try {
      writer
          .staging()
          .inReserve(
              () -> {
                Files.deleteIfExists(record);
                Durable.write(
                    record,
                    out ->
                        RecordMerge.takeOver(
                            next, RecordMerge.of(all), unfinished, this::end, out));
              });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** What a path is that this pass does not change. */
  private Version end(Change taken) {
    try {
      return current().now(taken.path());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** With the time by the volume, which shows once its record is there. */
  private Point timed(Point before) throws IOException {
    return before.volumeTime().isPresent()
        ? before
        : before.at(known().writtenAt(before.generation()));
  }

  /**
   * G6: what was not changed after all goes from the record, before that is a point. Then each
   * entry says what is there, and no kept version is still the current file.
   */
  public synchronized void settle() throws IOException {
    leaveOutUndone();
    board.addLost(changes.stream().filter(c -> c.was() instanceof Version.Lost).count());
  }

  private void leaveOutUndone() throws IOException {
    var left = planned.keySet().stream().filter(path -> !changed.contains(path)).toList();
    if (header.isEmpty() || left.isEmpty()) {
      return;
    }
    var undone = Set.copyOf(left);
    var done = changes.stream().filter(change -> !undone.contains(change.path())).toList();
    var settled = header.get().because(reasons(done));
    long generation = settled.generation();
    var staged = writer.staging().fresh();
    write(settled, done, staged);
    writer.putOwn(staged, known().record(generation));
    volume.syncDirectory(known().directory(generation));
    var kept = new KeptVersions(volume, writer, settings);
    for (var change : changes) {
      if (undone.contains(change.path())) {
        kept.part(change.was(), known());
      }
    }
    thinning.records().forget(generation);
    known().put(settled);
    header = Optional.of(settled);
    changes = done;
    planned.keySet().removeAll(undone);
  }

  /** Nothing came of the pass: its records go again, and with them all that they alone name. */
  public synchronized void abandon() throws IOException {
    if (header.isPresent()) {
      for (long generation : known().directories().tailSet(first, true)) {
        writer.removeOwn(known().directory(generation));
        known().removeRecord(generation);
        known().removeDirectory(generation);
      }
      volume.syncDirectory(volume.generations());
      header = Optional.empty();
    }
  }
}
