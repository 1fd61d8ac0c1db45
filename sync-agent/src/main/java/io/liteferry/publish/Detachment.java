package io.liteferry.publish;

import io.liteferry.durable.Digest;
import io.liteferry.durable.Durable;
import io.liteferry.durable.NoHardLinksException;
import io.liteferry.lease.Dismantling;
import io.liteferry.lease.Lease;
import io.liteferry.lease.LeaseView;
import io.liteferry.lease.VolumeException;
import io.liteferry.scan.Entry;
import io.liteferry.scan.PathFilter;
import io.liteferry.sqlite.DatabaseCheck;
import io.liteferry.volume.Volume;
import io.liteferry.volume.VolumeWriter;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Takes everything of ours off a volume and leaves plain files. The steps are D1 to D7 of {@code
 * docs/crash-safety.md}; cut off at any of them, it is to be begun again. Changes nothing of the
 * application's.
 */
public final class Detachment {
  private final Volume volume;
  private final DatabaseCheck check;
  private final KeptChoice keptChoice;

  /**
   * Prepares it; changes nothing.
   *
   * @param check of every database, before anything is removed
   */
  public Detachment(Volume volume, DatabaseCheck check, KeptChoice keptChoice) {
    this.volume = volume;
    this.check = check;
    this.keptChoice = keptChoice;
  }

  /** What is to become of the copies that an earlier version kept, if there are any. */
  public sealed interface KeptChoice {
    /** Nothing: a person has not decided. */
    record Undecided() implements KeptChoice {}

    /** They go. */
    record Discard() implements KeptChoice {}

    /**
     * They stay, in sight.
     *
     * @param directory on the volume; it may be missing
     */
    record MoveTo(Path directory) implements KeptChoice {}
  }

  /** Whether anything of ours is on the volume. */
  public boolean isNeeded() throws IOException {
    return Durable.exists(volume.own());
  }

  /** Whether {@link #remove} needs a lease, as nobody has come so far yet that none can be had. */
  public boolean needsLease() throws IOException {
    return !Dismantling.hasBegun(volume.own()) && !Durable.list(volume.own()).isEmpty();
  }

  /**
   * Looks for what a person has to decide first, without reading databases.
   *
   * @throws DetachRefusedException naming it
   */
  public void requireDecided() throws IOException {
    if (!Durable.isDirectory(volume.own())) {
      throw new DetachRefusedException(
          volume.own() + " is not a directory", "it is not Liteferry's: move it away");
    }
    volume.id(); // a later version's files are not ours to remove
    volume.manifest();
    var foreign = foreignNames();
    if (!foreign.isEmpty()) {
      throw new DetachRefusedException(
          "%s has what Liteferry did not make: %s".formatted(volume.root(), Amount.some(foreign)),
          "move it away");
    }
    var kept = volume.keptCopies();
    switch (keptChoice) {
      case KeptChoice.Undecided undecided -> {
        if (!kept.isEmpty()) {
          throw new DetachRefusedException(
              "an earlier version kept %s".formatted(Amount.some(kept)),
              "give --kept-to DIR to move them to a directory on the volume, or --discard-kept");
        }
      }
      case KeptChoice.MoveTo to -> {
        requirePlace(to.directory());
        requireNoOther(to.directory());
      }
      case KeptChoice.Discard discard -> {}
    }
    if (Durable.exists(volume.manifestFile())) {
      requireNoSideFiles();
    }
  }

  private Set<Path> foreignNames() throws IOException {
    var ours = new HashSet<>(new LeaseView(volume.own()).directories());
    ours.addAll(new LeaseView(volume.own()).reserve());
    ours.addAll(List.of(volume.markerFile(), volume.manifestFile(), volume.kept()));
    ours.addAll(List.of(volume.generations(), volume.pages()));
    var foreign = new TreeSet<Path>();
    for (var path : Durable.list(volume.own())) {
      if (!ours.contains(path) && !Volume.isSillyRenamed(path)) {
        foreign.add(volume.root().relativize(path));
      }
    }
    if (Durable.exists(volume.kept()) && !Durable.isDirectory(volume.kept())) {
      foreign.add(volume.root().relativize(volume.kept()));
    }
    for (var path : Durable.list(volume.root())) {
      if (path.getFileName().toString().startsWith(Volume.PROBE) && !Volume.isProbe(path)) {
        foreign.add(volume.root().relativize(path));
      }
    }
    new LeaseView(volume.own())
        .foreignNames().stream()
            .filter(path -> !Volume.isSillyRenamed(path))
            .map(volume.root()::relativize)
            .forEach(foreign::add);
    return foreign;
  }

  private void requirePlace(Path directory) throws IOException {
    var parent = directory.getParent();
    if (parent == null
        || !directory.startsWith(volume.root())
        || directory.equals(volume.root())
        || directory.startsWith(volume.own())) {
      throw new DetachRefusedException(
          "%s cannot hold the kept copies".formatted(directory),
          "give a directory on the volume %s".formatted(volume.root()));
    }
    if (Durable.exists(directory)
        ? !Durable.isDirectory(directory)
        : !Durable.isDirectory(parent)) {
      throw new DetachRefusedException(
          "%s is not a directory, and detach cannot create it".formatted(directory),
          "give another directory for the kept copies");
    }
    var real = parent.toRealPath();
    if (!real.startsWith(volume.root().toRealPath())
        || real.startsWith(volume.own().toRealPath())) {
      throw new DetachRefusedException(
          "%s cannot hold the kept copies: a symbolic link leads to %s".formatted(directory, real),
          "give a directory on the volume %s".formatted(volume.root()));
    }
  }

  /** A name in the directory that is one of the kept copies' must be that of our own move. */
  private void requireNoOther(Path directory) throws IOException {
    if (!Durable.isDirectory(volume.kept()) || !Durable.isDirectory(directory)) {
      return;
    }
    for (var one : Durable.list(volume.kept())) {
      var place = directory.resolve(one.getFileName());
      if (Durable.exists(place)) {
        requireSame(one, place);
      }
    }
  }

  /** All that {@code kept} has is in {@code place}, too. */
  private static void requireSame(Path kept, Path place) throws IOException {
    var here = Durable.look(kept);
    var there = Durable.look(place);
    if (here.isEmpty() || there.isEmpty() || !isSame(kept, here.get(), place, there.get())) {
      throw new DetachRefusedException(
          "%s is in the way, and differs from %s".formatted(place, kept),
          "move it away, or give another directory for the kept copies");
    }
    if (here.get().isDirectory()) {
      for (var path : Durable.list(kept)) {
        requireSame(path, place.resolve(path.getFileName()));
      }
    }
  }

  private static boolean isSame(
      Path kept, BasicFileAttributes here, Path place, BasicFileAttributes there)
      throws IOException {
    if (here.isDirectory() || there.isDirectory()) {
      return here.isDirectory() && there.isDirectory();
    }
    if (here.fileKey() != null && here.fileKey().equals(there.fileKey())) {
      return true;
    }
    return here.isRegularFile()
        && there.isRegularFile()
        && here.size() == there.size()
        && Digest.of(kept).equals(Digest.of(place));
  }

  private void requireNoSideFiles() throws IOException {
    for (var path : inventory().databases()) {
      var sides = DirectUse.sideFilesWithContent(volume, path);
      if (!sides.isEmpty()) {
        throw new DetachRefusedException(
            "%s has side files with content, %s: an application runs or ran on the volume itself"
                .formatted(path, Amount.some(sides)),
            "stop it; then either start it once on the volume and stop it cleanly, or let"
                + " 'liteferry run' fold them in");
      }
    }
  }

  private Inventory inventory() throws IOException {
    return Inventory.of(volume, PathFilter.ALL);
  }

  /** Checks every database. */
  public Verification verify() throws IOException {
    return Verification.of(volume, check);
  }

  /**
   * Takes everything of ours off the volume. Of what is found sound: see {@link #verify}.
   *
   * @param lease held by the caller; empty to go on where {@link Lease#dismantle} was cut off
   * @throws io.liteferry.lease.FencedException when another agent has taken the volume over
   */
  public void remove(Optional<Lease> lease) throws IOException {
    if (lease.isPresent()) {
      var held = lease.get();
      held.confirm();
      removeContent(new VolumeWriter(volume, held.staging()));
      held.dismantle(); // D4 to D7
    } else if (Dismantling.hasBegun(volume.own())) {
      Dismantling.resume(volume.own());
    }
    try {
      Files.deleteIfExists(volume.own());
    } catch (DirectoryNotEmptyException e) {
      var left = Durable.list(volume.own());
      if (left.isEmpty()) {
        throw e;
      }
      throw new VolumeException(
          "%s is not empty, it has %s: another agent has begun to use the volume, or a program on"
                  .formatted(volume.own(), Amount.some(left))
              + " this machine has it open; end that, and detach again");
    }
    Durable.syncDirectory(volume.root());
  }

  private void removeContent(VolumeWriter writer) throws IOException {
    if (keptChoice instanceof KeptChoice.MoveTo to) {
      moveKept(writer, to.directory()); // D1
    }
    writer.removeOwn(volume.markerFile()); // D2
    writer.removeOwn(volume.manifestFile());
    for (var kept : List.of(volume.kept(), volume.generations(), volume.pages())) {
      writer.removeOwn(kept); // D3
    }
    Durable.syncDirectory(volume.own());
    for (var path : Durable.list(volume.root())) {
      if (Volume.isProbe(path)) {
        writer.removeOwn(path); // a doctor was killed
      }
    }
  }

  /**
   * Gives each kept copy a second name in sight, whole or not at all. What is there already and is
   * the same was made before this was cut off.
   */
  private void moveKept(VolumeWriter writer, Path directory) throws IOException {
    if (!Durable.isDirectory(volume.kept())) {
      return;
    }
    if (!Durable.exists(directory)) {
      var empty = Files.createDirectory(writer.staging().fresh());
      put(writer, empty, directory);
    }
    Durable.syncDirectory(Objects.requireNonNull(directory.getParent()));
    for (var one : Durable.list(volume.kept())) {
      var place = directory.resolve(one.getFileName());
      if (Durable.exists(place)) {
        requireSame(one, place);
      } else {
        var copy = writer.staging().fresh();
        link(one, copy);
        put(writer, copy, place);
      }
    }
    Durable.syncDirectory(directory);
  }

  private void put(VolumeWriter writer, Path staged, Path place) throws IOException {
    writer.put(staged, volume.root().relativize(place));
  }

  private static void link(Path from, Path to) throws IOException {
    var kind = Entry.look(from, from.getFileSystem().getPath("")).map(Entry::kind);
    if (kind.equals(Optional.of(Entry.Kind.DIRECTORY))) {
      Files.createDirectory(to);
      for (var path : Durable.list(from)) {
        link(path, to.resolve(path.getFileName()));
      }
      Durable.syncDirectory(to);
      return;
    }
    try {
      Durable.link(from, to);
    } catch (NoHardLinksException e) {
      var mtime = Files.getLastModifiedTime(from);
      Durable.copy(from, to, file -> Files.setLastModifiedTime(file, mtime), bytes -> {});
    }
  }

  /** What is there for the application. */
  public Inventory.Totals plain() throws IOException {
    return inventory().totals();
  }
}
