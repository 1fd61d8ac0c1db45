package io.liteferry.volume;

import io.liteferry.durable.Durable;
import io.liteferry.history.Change;
import io.liteferry.history.RecordHeader;
import io.liteferry.history.RecordWriter;
import io.liteferry.history.Timeline;
import io.liteferry.history.Version;
import io.liteferry.lease.Staging;
import io.liteferry.lease.VolumeException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Carries out what users want of the history. What goes is gone at once, without the hour that
 * thinning leaves to readers. Cut off at any step, an order can be given again, and other points
 * are what they were: dropping takes T1 to T4 of docs/crash-safety-history.md, and a record that
 * loses versions is replaced as a whole before their content goes.
 *
 * <p>For the thread that passes, between passes.
 */
public final class HistoryKeeper {
  private static final Version DROPPED = new Version.Lost("dropped by the user");

  private final Volume volume;
  private final VolumeWriter writer;
  private final GenerationWriter generations;
  private final HistoryDirectories directories;
  private final GenerationFiles files;

  /** Whether passes go on after an order, and complete what was cut off. */
  private final boolean passes;

  /**
   * For whoever passes.
   *
   * @param volumeId of the volume
   */
  public HistoryKeeper(
      Volume volume, String volumeId, VolumeWriter writer, GenerationWriter generations) {
    this(volume, volumeId, writer, generations, true);
  }

  private HistoryKeeper(
      Volume volume,
      String volumeId,
      VolumeWriter writer,
      GenerationWriter generations,
      boolean passes) {
    this.volume = volume;
    this.passes = passes;
    this.writer = writer;
    this.generations = generations;
    this.directories = new HistoryDirectories(volume, volumeId, writer);
    this.files = new GenerationFiles(volume);
  }

  /** For somebody who has the lease and publishes nothing. */
  public static HistoryKeeper of(Volume volume, String volumeId, Staging staging)
      throws IOException {
    var writer = VolumeWriter.open(volume, staging, volume.manifestIfReadable(), () -> {});
    var generations =
        new GenerationWriter(volume, volumeId, writer, KeepSettings.DEFAULT, new HistoryBoard());
    return new HistoryKeeper(volume, volumeId, writer, generations, false);
  }

  /**
   * What an order came to.
   *
   * @param count of the points, or of the versions of a path
   * @param freed bytes
   */
  public record Done(int count, long freed) {}

  /**
   * Carries out an order; what it changed is durable when this returns.
   *
   * @return empty when a pass that was cut off, or a damaged manifest, has to be completed by a
   *     pass first; nothing was changed
   * @throws HistoryRefusedException when it is not to be done
   */
  public Optional<Done> carryOut(HistoryOrder order) throws IOException {
    return switch (order) {
      case HistoryOrder.Pin pin -> Optional.of(pin(pin));
      case HistoryOrder.Unpin unpin -> Optional.of(unpin(unpin.point()));
      case HistoryOrder.DropPoints drop when drop.points().isEmpty() && isNothingToBeHad() ->
          Optional.of(discard());
      case HistoryOrder.DropPoints drop -> settled() ? drop(drop.points()) : Optional.empty();
      case HistoryOrder.DropPath drop -> settled() ? drop(drop.path()) : Optional.empty();
    };
  }

  private Generations known() throws IOException {
    return generations.known();
  }

  private Timeline timeline() throws IOException {
    return known().timeline(writer.manifest());
  }

  private boolean settled() throws IOException {
    return writer.manifest().isPresent() && timeline().unfinished().isEmpty();
  }

  /** Whether a pass was cut off whose record is damaged, so that there is no point at all. */
  private boolean isNothingToBeHad() throws IOException {
    if (passes || writer.manifest().isEmpty() || settled()) {
      return false;
    }
    var unused = known().cutOff(writer.manifest()); // finds the damage
    return timeline().points().isEmpty();
  }

  /** What nobody can use goes, so that a start goes on with what there is. */
  private Done discard() throws IOException {
    new PassWithoutRecord(volume, writer.manifest().orElseThrow().volumeId(), writer)
        .giveUp(known().highest());
    return new Done(0, 0);
  }

  private Done pin(HistoryOrder.Pin pin) throws IOException {
    requirePoint(pin.point());
    if (!volume.call(() -> Durable.isDirectory(volume.generations()))) {
      directories.prepare();
    }
    var note = pin.note().isEmpty() ? files.pin(pin.point()).orElse("") : pin.note();
    new UserPins(volume, writer).pin(pin.point(), note);
    known().addDirectory(pin.point());
    return new Done(1, 0);
  }

  private void requirePoint(long point) throws IOException {
    if (timeline().point(point).isEmpty()) {
      throw new HistoryRefusedException(
          "there is no point %d any more".formatted(point), "look with liteferry history");
    }
  }

  private Done unpin(long point) throws IOException {
    requirePoint(point);
    if (files.pin(point).isEmpty()) {
      throw new HistoryRefusedException(
          "no user has pinned point " + point, "liteferry history shows why each point stays");
    }
    writer.removeOwn(files.directory(point).resolve(PinFiles.PIN));
    volume.syncDirectory(files.directory(point));
    generations.thinning().pins().forget(point);
    return new Done(1, 0);
  }

  private Optional<Done> drop(SortedSet<Long> points) throws IOException {
    generations.thinning().readWhole();
    var there = new TreeSet<Long>();
    var pinned = new TreeSet<Long>();
    for (long point : points) {
      if (point == timeline().current().generation()) {
        throw new HistoryRefusedException(
            "point %d is what the volume has now".formatted(point), "name an older one");
      }
      if (timeline().point(point).isPresent()) {
        there.add(point);
        if (files.pin(point).isPresent()) {
          pinned.add(point);
        }
      }
    }
    if (!pinned.isEmpty()) {
      throw new HistoryRefusedException(
          "pinned by a user: %s".formatted(pinned),
          "liteferry history unpin first, or name others");
    }
    long before = bytes();
    for (long point : there) {
      generations.thinning().dropThough(point, new Slice());
    }
    return Optional.of(swept(there.size(), before));
  }

  private Done swept(int count, long before) throws IOException {
    generations.thinning().sweepNow();
    return new Done(count, before - bytes());
  }

  /** Of all that points need beside the current tree. */
  private long bytes() throws IOException {
    return generations.thinning().records().usage(known(), writer).bytes();
  }

  private Optional<Done> drop(Path path) throws IOException {
    generations.thinning().readWhole();
    long unreadable = timeline().newestUnreadable();
    if (unreadable > 0) {
      throw new HistoryRefusedException(
          "the record of %d cannot be read, and may name %s".formatted(unreadable, path),
          "drop the oldest point first, with which that record goes");
    }
    long before = bytes();
    int lost = 0;
    for (var header : timeline().inForce()) {
      int losing = losing(header.generation(), path);
      if (losing > 0) {
        lose(header.generation(), path);
        lost += losing;
      }
    }
    return Optional.of(swept(lost, before));
  }

  private int losing(long generation, Path path) throws IOException {
    int count = 0;
    try (var source = generations.thinning().records().files(known()).open(generation)) {
      for (var next = source.next(); next.isPresent(); next = source.next()) {
        count += isKept(next.get(), path) ? 1 : 0;
      }
    }
    return count;
  }

  /** What has no content of its own is, or becomes, what the version after it is. */
  private static boolean isKept(Change change, Path path) {
    boolean isContent =
        switch (change.was()) {
          case Version.File file -> file.object().isPresent();
          case Version.Database _, Version.Link _ -> true;
          case Version.Absent _, Version.Directory _, Version.Lost _ -> false;
        };
    return isContent && change.path().startsWith(path);
  }

  /** Replaces a record by one that says of the path and all below it that it is lost. */
  private void lose(long generation, Path path) throws IOException {
    known().reload(generation); // when it was written by the volume's clock, the new one has to say
    var header = known().header(generation);
    var staged = writer.staging().fresh();
    try {
      writer
          .staging()
          .inReserve(
              () -> {
                Files.deleteIfExists(staged);
                Durable.write(staged, out -> write(header, path, out));
              });
    } catch (VolumeException e) {
      writer.staging().discard(staged, e);
      throw e;
    }
    writer.putOwn(staged, known().record(generation));
    volume.syncDirectory(known().directory(generation));
    known().reload(generation);
    generations.thinning().records().forget(generation);
    generations.thinning().read(generation, new Slice());
  }

  private void write(RecordHeader header, Path path, OutputStream out) throws IOException {
    var record = new RecordWriter(out, header);
    try (var source = generations.thinning().records().files(known()).open(header.generation())) {
      for (var next = source.next(); next.isPresent(); next = source.next()) {
        var change = next.get();
        record.add(isKept(change, path) ? change.having(DROPPED) : change);
      }
    }
    record.finish();
  }
}
