package io.liteferry.restore;

import io.liteferry.durable.Digest;
import io.liteferry.lease.VolumeException;
import io.liteferry.publish.DirectUse;
import io.liteferry.scan.Entry;
import io.liteferry.state.Index;
import io.liteferry.volume.Manifest;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Whether somebody else changed a database on a volume that shows a publication of ours.
 *
 * <p>A pass that was killed may have put something else in a database's place after the index was
 * written. That is no foreign change: such a name was announced before, or local has the same
 * there.
 *
 * @param index of what was published, and was about to be
 */
record ForeignChanges(Path local, Volume volume, Index index, Optional<Manifest> manifest) {

  /** What somebody else did, for people; empty when nobody did anything. */
  Optional<String> find() throws IOException {
    for (var known : index.entries().entrySet()) {
      var path = known.getKey();
      if (!known.getValue().database() || !isInDirectories(path)) {
        continue;
      }
      if (!DirectUse.sideFilesWithContent(volume, path).isEmpty()) {
        return Optional.of(
            path + ": a program has worked on the volume's copy and left side files");
      }
      var found = volume.look(path);
      if (found.isEmpty()) {
        continue;
      }
      if (found.get().kind() != Entry.Kind.FILE) {
        if (!isOursInstead(found.get())) {
          throw new VolumeException(
              "volume %s: the database %s is no longer a file: put the file back"
                  .formatted(volume.root(), path));
        }
      } else if (!known.getValue().isStillOnVolume(found.get().stamp()) && !isOurs(found.get())) {
        return Optional.of(path + ": somebody else changed it on the volume");
      }
    }
    return Optional.empty();
  }

  /** Whether we ourselves published something at this path that is no file. */
  boolean isReplaced(Path path) throws IOException {
    var found = volume.look(path);
    return found.isPresent() && found.get().kind() != Entry.Kind.FILE && isOursInstead(found.get());
  }

  private boolean isOursInstead(Entry noFile) throws IOException {
    return index.announced().contains(noFile.path()) || isSameInLocal(noFile);
  }

  /**
   * Whether the way to it leads through directories alone. A link in their place, as an application
   * may make one of a directory that it moved, leads to another file.
   */
  private boolean isInDirectories(Path path) throws IOException {
    for (var above = path.getParent(); above != null; above = above.getParent()) {
      var found = volume.look(above);
      if (found.isPresent() && found.get().kind() != Entry.Kind.DIRECTORY) {
        return false;
      }
    }
    return true;
  }

  /** The index names no database that had side files when it was restored or published. */
  private boolean isOurs(Entry found) throws IOException {
    var listed = manifest.flatMap(m -> m.database(found.path()));
    if (listed.isPresent() && listed.get().names(volume.digest(found.path()))) {
      return true;
    }
    return volume.header(found.path()).isEmpty()
        && (index.announced().contains(found.path()) || isSameInLocal(found));
  }

  /** Whoever made it, nothing is lost by taking local's for it. */
  private boolean isSameInLocal(Entry found) throws IOException {
    var here = Entry.look(local, found.path());
    if (here.isEmpty() || here.get().kind() != found.kind()) {
      return false;
    }
    var mine = local.resolve(found.path());
    return switch (found.kind()) {
      case DIRECTORY -> true;
      case LINK -> Files.readSymbolicLink(mine).equals(volume.readLink(found.path()));
      case FILE ->
          here.get().stamp().size() == found.stamp().size()
              && Digest.of(mine).equals(volume.digest(found.path()));
      case SPECIAL -> false;
    };
  }
}
