package io.liteferry.publish;

import io.liteferry.durable.Durable;
import io.liteferry.lease.Staging;
import io.liteferry.volume.Generations;
import io.liteferry.volume.Volume;
import io.liteferry.volume.VolumeWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The part of a detach that sees to the history. */
public final class DetachedHistory {
  private final Volume volume;
  private final Choice choice;

  DetachedHistory(Volume volume, Choice choice) {
    this.volume = volume;
    this.choice = choice;
  }

  /** What is to become of the history, if there is a point beside the current one. */
  public sealed interface Choice {
    /** Nothing: a person has not decided. */
    record Undecided() implements Choice {}

    /** It goes. */
    record Discard() implements Choice {}

    /**
     * It stays, in sight.
     *
     * @param directory on the volume; missing or empty
     */
    record MoveTo(Path directory) implements Choice {}
  }

  /** Whether it stays, in sight. */
  boolean isKept() {
    return choice instanceof Choice.MoveTo;
  }

  /**
   * Looks whether it can go, or be moved.
   *
   * @throws DetachRefusedException when a person has to decide
   */
  void requireDecided() throws IOException {
    if (directories().isEmpty()) {
      return;
    }
    switch (choice) {
      case Choice.Undecided _ -> requireNoPoints();
      case Choice.MoveTo to -> {
        target(to).requireUsable();
        if (isTaken(to)) {
          requireMoved(to);
        }
      }
      case Choice.Discard _ -> {}
    }
  }

  private void requireNoPoints() throws IOException {
    var timeline = Generations.of(volume).timeline(volume.manifestIfReadable());
    int older = timeline.points().size() - 1;
    if (older > 0 || timeline.newestUnreadable() > 0) {
      throw new DetachRefusedException(
          older > 0
              ? "the volume %s has %s to go back to"
                  .formatted(volume.root(), Amount.of(older, "older point"))
              : "a record of the volume %s cannot be read".formatted(volume.root()),
          "give --history-to DIR to move the history to a directory on the volume, or"
              + " --discard-history");
    }
  }

  private DetachTarget target(Choice.MoveTo to) {
    return new DetachTarget(volume, to.directory(), "the history");
  }

  private static boolean isTaken(Choice.MoveTo to) throws IOException {
    return Durable.isDirectory(to.directory()) && !Durable.isEmptyDirectory(to.directory());
  }

  /** What is there must be our own move, which was complete: a detach was cut off after it. */
  private void requireMoved(Choice.MoveTo to) throws IOException {
    for (var one : directories()) {
      var place = to.directory().resolve(one.getFileName());
      if (!Durable.isDirectory(place)) {
        throw new DetachRefusedException(
            "%s is not empty".formatted(to.directory()), "give another directory for the history");
      }
      target(to).requireSame(one, place);
    }
  }

  private List<Path> directories() throws IOException {
    var there = new ArrayList<Path>();
    for (var directory : List.of(volume.generations(), volume.pages())) {
      if (Durable.isDirectory(directory)) {
        there.add(directory);
      }
    }
    return there;
  }

  /** D1: gives all of the history second names, in a directory that comes as a whole. */
  void move(VolumeWriter writer) throws IOException {
    if (!(choice instanceof Choice.MoveTo to) || directories().isEmpty()) {
      return;
    }
    if (isTaken(to)) {
      requireMoved(to);
    } else {
      var staged = writer.staging().fresh();
      Staging.makeDirectory(staged);
      for (var directory : directories()) {
        DetachTarget.link(directory, staged.resolve(directory.getFileName()));
      }
      if (Durable.exists(volume.manifestFile())) {
        DetachTarget.link(
            volume.manifestFile(), staged.resolve(volume.manifestFile().getFileName()));
      }
      Durable.syncDirectory(staged);
      target(to).put(writer, staged, to.directory());
    }
    target(to).syncParent();
  }
}
