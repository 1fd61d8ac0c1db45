package io.liteferry.publish;

import io.liteferry.durable.Digest;
import io.liteferry.durable.Durable;
import io.liteferry.scan.Entry;
import io.liteferry.volume.SecondName;
import io.liteferry.volume.Volume;
import io.liteferry.volume.VolumeWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.Optional;

/**
 * Where on the volume a detach leaves something of ours in sight.
 *
 * @param what is left there, for people
 */
record DetachTarget(Volume volume, Path directory, String what) {
  /**
   * Makes sure that it can be.
   *
   * @throws DetachRefusedException when it cannot
   */
  void requireUsable() throws IOException {
    var parent = directory.getParent();
    if (parent == null
        || !directory.startsWith(volume.root())
        || directory.equals(volume.root())
        || directory.startsWith(volume.own())) {
      throw new DetachRefusedException(
          "%s cannot hold %s".formatted(directory, what),
          "give a directory on the volume %s".formatted(volume.root()));
    }
    if (Durable.exists(directory)
        ? !Durable.isDirectory(directory)
        : !Durable.isDirectory(parent)) {
      throw new DetachRefusedException(
          "%s is not a directory, and detach cannot create it".formatted(directory),
          "give another directory for " + what);
    }
    var real = parent.toRealPath();
    if (!real.startsWith(volume.root().toRealPath())
        || real.startsWith(volume.own().toRealPath())) {
      throw new DetachRefusedException(
          "%s cannot hold %s: a symbolic link leads to %s".formatted(directory, what, real),
          "give a directory on the volume %s".formatted(volume.root()));
    }
  }

  /** All that {@code kept} has is in {@code place}, too. */
  void requireSame(Path kept, Path place) throws IOException {
    var here = Durable.look(kept);
    var there = Durable.look(place);
    if (here.isEmpty() || there.isEmpty() || !isSame(kept, here.get(), place, there.get())) {
      throw new DetachRefusedException(
          "%s is in the way, and differs from %s".formatted(place, kept),
          "move it away, or give another directory for " + what);
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

  /** Gives what is staged its name there. */
  void put(VolumeWriter writer, Path staged, Path place) throws IOException {
    writer.put(staged, volume.root().relativize(place));
  }

  /** Makes its own name durable. */
  void syncParent() throws IOException {
    Durable.syncDirectory(Objects.requireNonNull(directory.getParent()));
  }

  /** Gives a file a second name, and a directory and all in it. */
  static void link(Path from, Path to) throws IOException {
    var kind = Entry.look(from, from.getFileSystem().getPath("")).map(Entry::kind);
    if (kind.equals(Optional.of(Entry.Kind.DIRECTORY))) {
      Files.createDirectory(to);
      for (var path : Durable.list(from)) {
        link(path, to.resolve(path.getFileName()));
      }
      Durable.syncDirectory(to);
      return;
    }
    if (!SecondName.give(from, to)) {
      var mtime = Files.getLastModifiedTime(from);
      Durable.copy(from, to, file -> Files.setLastModifiedTime(file, mtime), bytes -> {});
    }
  }
}
