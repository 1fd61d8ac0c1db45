package io.liteferry.volume;

import io.liteferry.history.KeptPoint;
import io.liteferry.lease.VolumeException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lets points of the history go where the volume is full: see {@link Thinning#makeRoom}. */
final class HistoryRoom {
  private static final Logger log = LoggerFactory.getLogger(HistoryRoom.class);

  private final Volume volume;
  private final Thinning thinning;
  private final HistoryBoard board;

  /** {@code board} gets to know when dropping gives no room. */
  HistoryRoom(Volume volume, Thinning thinning, HistoryBoard board) {
    this.volume = volume;
    this.thinning = thinning;
    this.board = board;
  }

  /** Returns whether any point went. */
  boolean make(List<Long> sizes, boolean atLeastOne) throws IOException {
    thinning.readWhole();
    var dropped = new ArrayList<Long>();
    boolean canMerge = thinning.timeline().unfinished().isEmpty(); // T0
    var room = volume.room();
    if (room.isPresent() && room.getAsLong() < sizes.stream().mapToLong(Long::longValue).sum()) {
      thinning.sweepNow();
      room = volume.room();
    }
    long bytes =
        room.isPresent() ? fitting(sizes, room.getAsLong() + expendableBytes(canMerge)) : 0;
    while (!board.isFilledByOthers()
        && (room.orElse(bytes) < bytes || (atLeastOne && dropped.isEmpty()))) {
      var next = expendable(canMerge);
      if (next.isEmpty()) {
        break;
      }
      long frees = thinning.usage().frees(next.get());
      try {
        thinning.dropForRoom(next.get());
      } catch (VolumeException e) {
        if (!VolumeException.isOutOfRoom(e) || !canMerge) {
          throw e;
        }
        canMerge = false;
        continue;
      }
      dropped.add(next.get());
      var after = volume.room();
      board.setFilledByOthers(
          frees > 0 && after.isPresent() && after.getAsLong() <= room.orElse(0));
      room = after;
    }
    if (!dropped.isEmpty()) {
      log.warn("the volume is full: the agent has dropped the points {} of what it kept", dropped);
    }
    return !dropped.isEmpty();
  }

  /** What goes next; where there is no room to merge records, only the oldest point can. */
  private Optional<Long> expendable(boolean canMerge) throws IOException {
    return thinning
        .retention()
        .expendable(points(), thinning.pinned(), canMerge)
        .map(KeptPoint::generation);
  }

  /** How many bytes go with all points that may go. */
  private long expendableBytes(boolean canMerge) throws IOException {
    var staying = thinning.retention().unexpendable(points(), thinning.pinned(), canMerge);
    var usage = thinning.usage();
    return usage.bytes() - usage.bytesOf(staying);
  }

  /** All of them, after a look for what users pinned. */
  private List<KeptPoint> points() throws IOException {
    var points = thinning.timeline().points();
    for (var point : points) {
      long generation = point.generation();
      thinning.pins().look(thinning.known().directory(generation), generation);
    }
    return points;
  }

  /** The bytes of as many of these as fit into so much room, the smallest first. */
  private static long fitting(List<Long> sizes, long room) {
    long bytes = 0;
    for (long size : sizes.stream().sorted().toList()) {
      if (bytes + size > room) {
        break;
      }
      bytes += size;
    }
    return bytes;
  }
}
