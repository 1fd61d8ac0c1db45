package io.liteferry.lease;

import io.liteferry.durable.Durable;
import io.liteferry.durable.UniqueName;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The lease of a volume as somebody sees it who does not want it. Nothing here changes anything.
 */
public final class LeaseView {
  private final LeaseFiles files;

  /**
   * Looks at nothing yet.
   *
   * @param own the directory of ours on the volume
   */
  public LeaseView(Path own) {
    files = new LeaseFiles(own);
  }

  /**
   * Who holds the lease of a volume.
   *
   * @param released whether it has stopped in order
   * @param flushed whether it is known that all that was to be published is on the volume
   * @param duration for how long it must be silent before another agent takes over
   * @param heard when its last sign of life was written, by the clock of the volume's file system;
   *     empty when it has been succeeded just now
   */
  public record Holder(
      long epoch,
      String owner,
      boolean released,
      boolean flushed,
      Duration duration,
      Optional<Instant> heard) {}

  /** The last holder; empty when there never was one. */
  public Optional<Holder> holder() throws IOException {
    try {
      var last = files.epochs().top();
      if (last.isEmpty()) {
        return Optional.empty();
      }
      var top = last.get();
      return Optional.of(
          new Holder(
              top.epoch(),
              top.claim().holder(),
              top.beat().released(),
              top.isFlushed(),
              top.claim().duration(),
              files.epochs().heard(top.epoch())));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** By which a lease is held; each may be missing. */
  public List<Path> directories() {
    return List.of(files.staging(), files.epochs().directory());
  }

  /** Files that keep a little room for a lease on a full volume; each may be missing. */
  public List<Path> reserve() {
    return files.reserve().files();
  }

  /** What is among the claims and staging directories and is none. */
  public Set<Path> foreignNames() throws IOException {
    var foreign = new TreeSet<Path>();
    if (Durable.exists(files.epochs().directory())) {
      foreign.addAll(files.epochs().foreign());
    }
    if (Durable.isDirectory(files.staging())) {
      for (var name : Durable.names(files.staging())) {
        if (!UniqueName.isOne(name)) {
          foreign.add(files.staging().resolve(name));
        }
      }
    }
    return foreign;
  }
}
