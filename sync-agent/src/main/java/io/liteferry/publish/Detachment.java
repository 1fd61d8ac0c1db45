package io.liteferry.publish;

import io.liteferry.durable.Durable;
import io.liteferry.lease.Dismantling;
import io.liteferry.lease.Lease;
import io.liteferry.lease.LeaseView;
import io.liteferry.lease.VolumeException;
import io.liteferry.scan.PathFilter;
import io.liteferry.sqlite.DatabaseCheck;
import io.liteferry.volume.Volume;
import io.liteferry.volume.VolumeWriter;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
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
  private final DetachedHistory history;

  /**
   * Prepares it; changes nothing.
   *
   * @param check of every database, before anything is removed
   */
  public Detachment(
      Volume volume,
      DatabaseCheck check,
      KeptChoice keptChoice,
      DetachedHistory.Choice historyChoice) {
    this.volume = volume;
    this.check = check;
    this.keptChoice = keptChoice;
    this.history = new DetachedHistory(volume, historyChoice);
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
        var target = target(to);
        target.requireUsable();
        requireNoOther(target);
      }
      case KeptChoice.Discard discard -> {}
    }
    history.requireDecided();
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

  /** A name in the directory that is one of the kept copies' must be that of our own move. */
  private void requireNoOther(DetachTarget target) throws IOException {
    if (!Durable.isDirectory(volume.kept()) || !Durable.isDirectory(target.directory())) {
      return;
    }
    for (var one : Durable.list(volume.kept())) {
      var place = target.directory().resolve(one.getFileName());
      if (Durable.exists(place)) {
        target.requireSame(one, place);
      }
    }
  }

  private DetachTarget target(KeptChoice.MoveTo to) {
    return new DetachTarget(volume, to.directory(), "the kept copies");
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
    new PlainFold(volume, check).all(writer, history.isKept()); // D0
    if (keptChoice instanceof KeptChoice.MoveTo to) {
      moveKept(writer, target(to)); // D1
    }
    history.move(writer);
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
  private void moveKept(VolumeWriter writer, DetachTarget target) throws IOException {
    var directory = target.directory();
    if (!Durable.isDirectory(volume.kept())) {
      return;
    }
    if (!Durable.exists(directory)) {
      var empty = Files.createDirectory(writer.staging().fresh());
      target.put(writer, empty, directory);
    }
    target.syncParent();
    for (var one : Durable.list(volume.kept())) {
      var place = directory.resolve(one.getFileName());
      if (Durable.exists(place)) {
        target.requireSame(one, place);
      } else {
        var copy = writer.staging().fresh();
        DetachTarget.link(one, copy);
        target.put(writer, copy, place);
      }
    }
    Durable.syncDirectory(directory);
  }

  /** What is there for the application. */
  public Inventory.Totals plain() throws IOException {
    return inventory().totals();
  }
}
