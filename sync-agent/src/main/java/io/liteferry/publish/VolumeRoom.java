package io.liteferry.publish;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import io.liteferry.durable.Errno;
import io.liteferry.publish.Knowledge.Published;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What one pass has no room for on the volume, and what makes way for it. For one thread. */
final class VolumeRoom {
  private static final Logger log = LoggerFactory.getLogger(VolumeRoom.class);

  private final Publication publication;
  private final PublishContext context;

  /** Whether points went for what the pass before had no room for. */
  private boolean hasGivenWay;

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
    if (!isLargerFile(path, bytes)) {
      return false;
    }
    var room = publication.volume.room();
    return hasOneName(path) && (room.isEmpty() || room.getAsLong() + bytesOnVolume(path) >= bytes);
  }

  /** History gives way to what the pass before had no room for. */
  void make(Inventory local) throws IOException {
    if (!context.hasNoRoom()) {
      context.history.setFilledByOthers(false);
      return;
    }
    var room = publication.volume.room();
    var lacking = lacking(local);
    boolean mayNotShow = lacking.stream().anyMatch(one -> one.mayNotShow(room));
    hasGivenWay = make(lacking.stream().map(Lacking::bytes).toList(), mayNotShow);
    context.lease.refillReserve(); // before files take what it had
  }

  /** History gives way to a database, where the pass before had too little room. */
  void makeFor(long bytes) throws IOException {
    if (context.hasNoRoom()) {
      make(List.of(bytes), false);
    }
  }

  private boolean make(List<Long> sizes, boolean atLeastOne) throws IOException {
    context.lease.ensureValid();
    return publication.publisher.generations.thinning().makeRoom(sizes, atLeastOne);
  }

  /**
   * What of a pass is not to be kept, as that is what makes room: it is lost. Only what the pass
   * before had no room for, and history has none for, and that fits with this room is worth that; a
   * rollback is not, as what is there now is to stay a point.
   */
  Set<Path> givenUp(ChangePlan plan, Inventory local) throws IOException {
    var all = new TreeSet<Path>();
    if (context.hasNoRoom() && publication.purpose.goal().isEmpty()) {
      var room = publication.volume.room();
      var removed =
          plan.removals().stream()
              .map(Change.Remove::path)
              .filter(path -> bytesOnVolume(path) > 0)
              .sorted(Comparator.comparingLong(this::bytesOnVolume).reversed())
              .toList();
      for (var one : lacking(local)) {
        var candidates = new ArrayList<>(removed);
        if (isLargerFile(one.path(), one.bytes())) {
          candidates.add(one.path());
        }
        if (!one.fits(room)) {
          all.addAll(enough(candidates, one.bytes() - room.orElse(0)));
        } else if (one.mayNotShow(room) && !hasGivenWay) {
          all.addAll(candidates);
        }
      }
    }
    if (all.isEmpty()) {
      context.notices.over("given up");
    } else {
      context.notices.once(
          "given up",
          () ->
              log.warn(
                  "the volume is full: what the agent replaces and removes there to make room is"
                      + " not kept: {}",
                  Amount.some(all)));
    }
    return all;
  }

  /** As few of these as make so much room together; none if all of them do not. */
  private List<Path> enough(List<Path> candidates, long bytes) throws IOException {
    var chosen = new ArrayList<Path>();
    long missing = bytes;
    if (candidates.stream().mapToLong(this::bytesOnVolume).sum() >= bytes) {
      for (var path : candidates) {
        if (missing > 0 && hasOneName(path)) {
          chosen.add(path);
          missing -= bytesOnVolume(path);
        }
      }
    }
    return missing > 0 ? List.of() : chosen;
  }

  private long bytesOnVolume(Path path) {
    return publication.knowledge.get(path) instanceof Published.Known known
        ? known.index().volumeSize()
        : 0;
  }

  private boolean isLargerFile(Path path, long bytes) {
    return publication.knowledge.get(path) instanceof Published.Known known
        && !known.index().database()
        && known.index().volumeSize() > bytes;
  }

  /** Else its bytes stay when it goes. */
  private boolean hasOneName(Path path) throws IOException {
    var file = publication.volume.root().resolve(path);
    return publication.volume.call(
        () -> {
          try {
            return Integer.valueOf(1)
                .equals(Files.getAttribute(file, "unix:nlink", NOFOLLOW_LINKS));
          } catch (IOException e) {
            if (Errno.of(e).isNothingThere()) {
              return false;
            }
            throw e;
          }
        });
  }

  /** What of local the pass before had no room for, and anything else of the pass. */
  private List<Lacking> lacking(Inventory local) {
    return context.withoutRoom.keySet().stream()
        .filter(path -> path.equals(Path.of("")) || local.items().containsKey(path))
        .map(
            path ->
                new Lacking(path, local.bytesOf(Set.of(path)), context.passesWithoutRoom(path) > 1))
        .toList();
  }

  /** What had no room, how large it is, and whether that was so twice. */
  private record Lacking(Path path, long bytes, boolean isAgain) {
    boolean fits(OptionalLong room) {
      return room.orElse(bytes) >= bytes;
    }

    /** Whether what it lacks does not show: by a quota or by inodes, or as nothing is known. */
    boolean mayNotShow(OptionalLong room) {
      return room.isEmpty() || (isAgain && fits(room));
    }
  }
}
