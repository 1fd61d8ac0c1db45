package io.liteferry.volume;

import io.liteferry.durable.Durable;
import io.liteferry.history.Change;
import io.liteferry.history.RecordHeader;
import io.liteferry.history.Timeline;
import io.liteferry.history.Version;
import io.liteferry.lease.VolumeException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records what passes are about to change, so that the point before each can be had again: G1 to G6
 * of docs/crash-safety-history.md. One per {@link VolumeWriter}, which asks before every change
 * whether the record has it. The record of a pass is made when the first change is about to be
 * made; a pass that makes none leaves none.
 *
 * <p>When a pass comes to change more than its record has, it makes another one, which takes over
 * the first as it would that of a pass that was cut off.
 *
 * <p>Safe for use by several threads.
 */
public final class GenerationWriter implements VolumeWriter.Coverage {
  private static final Logger log = LoggerFactory.getLogger(GenerationWriter.class);

  private final Volume volume;
  private final String volumeId;
  private final VolumeWriter writer;
  private final KeepSettings settings;
  private final HistoryBoard board;
  private final HistoryDirectories directories;
  private final PassWithoutRecord withoutRecord;
  private final Thinning thinning;
  private @Nullable Generations known;
  private boolean isPrepared;

  private @Nullable RecordedPass pass;
  private Optional<Long> goal = Optional.empty();
  private OpenRecord open = new OpenRecord();
  private TakenOver takenOver = TakenOver.NOTHING;
  private boolean covers;
  private @Nullable VolumeException outOfRoom;

  /** For all passes of a publisher; {@code board} outlives this. */
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
    this.withoutRecord = new PassWithoutRecord(volume, volumeId, writer);
    this.board = board;
    this.thinning = new Thinning(volume, writer, this, settings, board);
    writer.require(this);
  }

  /** What makes points go again, between passes. */
  public Thinning thinning() {
    return thinning;
  }

  /** Another pass begins; the one before is over, or will not be completed. */
  public synchronized void expect(RecordedPass next) {
    end();
    pass = next;
    goal = next.goal();
    outOfRoom = null;
  }

  /** It is over: what it knew of each name goes. */
  public synchronized void end() {
    pass = null;
    open = new OpenRecord();
    covers = false;
  }

  /** Whether there is a history. */
  public boolean keeps() {
    return !settings.isNone();
  }

  /** What is told of the pass; empty when nothing was recorded. */
  public synchronized Optional<RecordHeader> header() {
    return open.header();
  }

  /** What this pass was to make of a database; empty when nothing was recorded of it. */
  public synchronized Optional<Planned> plannedDatabase(Path path) {
    return open.database(path);
  }

  /** Whether the pass has changed anything of the application's on the volume. */
  public synchronized boolean isAnythingChanged() {
    return open.isAnythingChanged();
  }

  /** Whether the pass has changed what the volume has under a name. */
  public synchronized boolean isChanged(Path path) {
    return open.isChanged(path);
  }

  /** Makes the record, G1 to G4, if it was not made: the pass is about to change something. */
  public synchronized void ensureRecorded() throws IOException {
    ensureRecorded(List.of());
  }

  /** As {@link #ensureRecorded()}; the pass is going to change more than it had planned, too. */
  public synchronized void ensureRecorded(List<Planned> more) throws IOException {
    if (outOfRoom != null) {
      throw VolumeException.noRoom(String.valueOf(outOfRoom.getMessage()));
    }
    if (covers && (open.header().isEmpty() || more.stream().allMatch(open::covers))) {
      return;
    }
    try {
      if (settings.isNone()) {
        goOnWithout(true);
      } else {
        recordInRoom(open.lacking(covers ? List.of() : current().changes(), more));
      }
      covers = true;
    } catch (VolumeException e) {
      outOfRoom = VolumeException.isOutOfRoom(e) && !covers ? e : null;
      throw e.ofAll(); // not of the file alone that is the first to be changed
    }
  }

  @Override
  public synchronized void before(Path path) throws IOException {
    ensureRecorded();
    open.requireCovered(path);
  }

  @Override
  public synchronized void after(Path path) {
    open.changed(path);
  }

  /** As {@link RecordedPass#goal}, until the next pass. */
  synchronized Optional<Long> goal() {
    return goal;
  }

  private RecordedPass current() {
    if (pass == null) {
      throw new IllegalStateException("the volume is changed outside of a pass");
    }
    return pass;
  }

  /** What is known of the history; read once, as nobody else changes it. */
  public Generations known() throws IOException {
    if (known == null) {
      known = Generations.of(volume);
      known.warnOfDamage(writer.manifest());
    }
    return known;
  }

  private Timeline timeline() throws IOException {
    return known().timeline(writer.manifest());
  }

  /**
   * History makes room for itself. Where it has nothing older left to give, what the pass replaces
   * and removes is lost, as that may be what makes room; but not what a rollback leaves.
   */
  private void recordInRoom(List<Planned> all) throws IOException {
    while (true) {
      try {
        record(all);
        return;
      } catch (VolumeException e) {
        if (!VolumeException.isOutOfRoom(e)) {
          throw e;
        }
        if (!thinning.makeRoom(List.of(), true)) {
          recordWithoutRoom(all, e);
          return;
        }
      }
    }
  }

  private void recordWithoutRoom(List<Planned> all, VolumeException noRoom) throws IOException {
    if (goal().isPresent()) {
      throw noRoom;
    }
    log.debug("no room to keep what this pass replaces and removes", noRoom);
    try {
      record(all.stream().map(Planned::lost).toList());
    } catch (VolumeException e) {
      if (!VolumeException.isOutOfRoom(e) || isAnythingKept()) {
        throw e;
      }
      goOnWithout(true);
      board.addLost(all.stream().filter(one -> !one.equals(one.lost())).count());
    }
    log.warn("the volume is full: what this pass replaces and removes is not kept");
  }

  private boolean isAnythingKept() throws IOException {
    var timeline = timeline();
    long newest = timeline.current().generation();
    return open.header().isPresent()
        || !timeline.unfinished().isEmpty()
        || timeline.newestUnreadable() > 0
        || timeline.points().size() > 1
        || thinning.pins().look(known().directory(newest), newest);
  }

  /**
   * From now on the pass needs no record. This takes the place of G1 to G4 and has no step.
   *
   * @param discards whether there is a way back, which ends with this pass
   */
  private void goOnWithout(boolean discards) throws IOException {
    var incomplete = withoutRecord.manifest(current().made(timeline().next(known().highest())));
    if (discards) {
      withoutRecord.discard(timeline().unfinished(), current()::made);
      isPrepared = false;
    }
    known = null;
    withoutRecord.show(incomplete);
  }

  /** Whether a pass without a record was cut off: there is nothing to go back to. */
  public synchronized boolean isAtNoPoint() throws IOException {
    return writer.manifest().filter(m -> !m.complete()).isPresent() && !timeline().hasCurrent();
  }

  /** A volume that had nothing needs no way back to that. */
  private boolean isNothingLost(List<Planned> more) throws IOException {
    return writer.manifest().isEmpty() && known().isEmpty() && current().onlyAdds(more);
  }

  private void record(List<Planned> more) throws IOException {
    if (open.header().isEmpty()) {
      takenOver = TakenOver.of(known(), writer.manifest());
      if (isNothingLost(more) || !timeline().hasCurrent()) {
        goOnWithout(false);
        return;
      }
    }
    if (!isPrepared) {
      directories.prepare();
      withoutRecord.forget(known());
      isPrepared = true;
    }
    long generation = timeline().next(known().highest()); // G1
    var before = known().timed(timeline().current());
    var made = RecordHeader.of(volumeId, current().made(generation), before);
    var directory = writer.staging().freshDirectory();
    try {
      var limits = goal().isPresent() ? settings.withoutLimits() : settings; // a link costs nothing
      var kept = new KeptVersions(volume, writer, limits);
      var all = new ArrayList<>(open.changes());
      all.addAll(kept.keep(more, directory, generation, known())); // G2
      kept.sayDenied(more, board, goal().isPresent());
      all.sort(Change.ORDER);
      var next = made.because(takenOver.reasons(made, current(), all));
      var record = directory.resolve(GenerationFiles.RECORD);
      takenOver.write(writer.staging(), next, all, current(), record); // G3
      writer.staging().run(() -> Durable.syncDirectory(directory));
      kept.sync();
      writer.putOwn(directory, known().directory(generation)); // G4
      volume.syncDirectory(volume.generations());
      known().put(next);
      for (var change : all) {
        known().add(change.was());
      }
      if (takenOver.isNothing()) { // else the record has more than that
        thinning.records().put(generation, all);
      }
      open.made(next, all, more);
    } catch (IOException e) {
      known = null; // its record may have come to its place
      KeptVersions.discard(directory, e);
      throw e;
    }
  }

  /** Whether a pass was cut off, and none has made a point since. */
  public synchronized boolean isUnfinished() throws IOException {
    var manifest = writer.manifest();
    boolean isCutOff =
        open.header().isEmpty() ? !timeline().unfinished().isEmpty() : !takenOver.isNothing();
    return manifest.isPresent() && (!manifest.get().complete() || isCutOff);
  }

  /**
   * G6: what was not changed after all goes from the record, before that is a point. Then each
   * entry says what is there, and no kept version is still the current file.
   */
  public synchronized void leaveOutUndone() throws IOException {
    ensureRecorded(); // else the manifest makes a record of all that was planned
    if (open.header().isPresent() && !open.undone().isEmpty()) {
      leaveOut(open.undone(), open.header().get());
    }
    board.addLost(open.changes().stream().filter(c -> c.was() instanceof Version.Lost).count());
  }

  private void leaveOut(List<Change> undone, RecordHeader header) throws IOException {
    var done = open.done();
    var settled = header.because(takenOver.reasons(header, current(), done));
    long generation = settled.generation();
    var staged = writer.staging().fresh();
    takenOver.write(writer.staging(), settled, done, current(), staged);
    writer.putOwn(staged, known().record(generation)); // G6
    volume.syncDirectory(known().directory(generation));
    var kept = new KeptVersions(volume, writer, settings);
    for (var change : undone) {
      kept.part(change, open.plain(change.path()), known());
    }
    thinning.records().forget(generation);
    known().put(settled);
    open.settled(settled, done);
  }

  /**
   * Nothing came of the pass: its records go again, and with them all that they alone name.
   *
   * @throws IllegalStateException when it has changed something
   */
  public synchronized void abandon() throws IOException {
    if (open.isAnythingChanged()) {
      throw new IllegalStateException("the pass has changed the volume");
    }
    if (open.header().isPresent()) {
      for (long generation : known().directories().tailSet(open.first(), true)) {
        writer.removeOwn(known().directory(generation));
        known().removeRecord(generation);
        known().removeDirectory(generation);
      }
      volume.syncDirectory(volume.generations());
      open = new OpenRecord();
    }
  }
}
