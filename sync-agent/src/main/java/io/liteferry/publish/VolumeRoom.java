package io.liteferry.publish;

import io.liteferry.publish.Knowledge.Published;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;

/** What one pass has no room for on the volume, and what makes way for it. For one thread. */
final class VolumeRoom {
  private final Publication publication;
  private final PublishContext context;

  VolumeRoom(Publication publication) {
    this.publication = publication;
    this.context = publication.context;
  }

  /** What there was no room for. */
  Set<Path> missing() {
    return publication.problems.keySet().stream().filter(this::lacks).collect(Collectors.toSet());
  }

  /** Whether there was no room for it in this pass. */
  boolean lacks(Path path) {
    var problem = publication.problems.get(path);
    return problem != null && problem.kind() == Problem.Kind.NO_ROOM;
  }

  /**
   * Whether a larger file would make room for so many bytes if it went: not where it has another
   * name as well.
   */
  boolean wouldBeMadeBy(Path path, long bytes) throws IOException {
    if (!(publication.knowledge.get(path) instanceof Published.Known known)
        || known.index().database()
        || known.index().volumeSize() <= bytes) {
      return false;
    }
    var volume = publication.volume;
    var room = volume.room();
    var links = volume.call(() -> Files.getAttribute(volume.root().resolve(path), "unix:nlink"));
    return Integer.valueOf(1).equals(links)
        && (room.isEmpty() || room.getAsLong() + known.index().volumeSize() >= bytes);
  }

  /** History gives way, where there was no room for so many bytes; returns whether any did. */
  boolean make(long bytes) throws IOException {
    if (!context.hasNoRoom()) {
      context.history.setFilledByOthers(false);
      return false;
    }
    context.lease.ensureValid();
    boolean isAgain = context.withoutRoom.values().stream().anyMatch(passes -> passes > 1);
    return publication.publisher.generations.thinning().makeRoom(bytes, isAgain);
  }
}
