package io.liteferry.volume;

import io.liteferry.lease.VolumeException;
import java.io.IOException;
import java.util.ArrayList;
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
  boolean make(long bytes, boolean atLeastOne) throws IOException {
    thinning.readWhole();
    var dropped = new ArrayList<Long>();
    var room = volume.room();
    boolean canMerge = true;
    while (!board.isFilledByOthers()
        && (room.orElse(bytes) < bytes || (atLeastOne && dropped.isEmpty()))) {
      var next = thinning.expendable(canMerge);
      if (next.isEmpty()) {
        break;
      }
      long frees = thinning.frees(next.get());
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
}
