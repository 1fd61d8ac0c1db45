package io.liteferry.restore;

import io.liteferry.history.Version;
import io.liteferry.lease.Lease;
import io.liteferry.lease.VolumeException;
import io.liteferry.past.History;
import io.liteferry.past.PointCopy;
import io.liteferry.past.Selection;
import io.liteferry.past.Shortfall;
import io.liteferry.publish.Amount;
import io.liteferry.scan.Entry;
import io.liteferry.sqlite.DatabaseCheck;
import io.liteferry.state.AgentState;
import io.liteferry.volume.Manifest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes local what a volume had at a point: B3 to B5 of {@code docs/crash-safety-history.md}. Local
 * is given up: what it has and the volume has not is to be published before. For one thread.
 */
final class PointRestore {
  private static final Logger log = LoggerFactory.getLogger(PointRestore.class);

  private final RestoreSite site;
  private final DatabaseCheck check;
  private final int transfers;

  /**
   * Prepares it; does nothing yet.
   *
   * @param check how each database of the point is checked
   * @param transfers how many files are copied at the same time
   */
  PointRestore(RestoreSite site, DatabaseCheck check, int transfers) {
    this.site = site;
    this.check = check;
    this.transfers = transfers;
  }

  /**
   * Does it. State is then ready, with an index by which the next pass takes off the volume what
   * local does not have.
   *
   * @param request that state names until that pass is over
   * @throws UnsoundDatabaseException when the point cannot be had as it was: local is incomplete,
   *     and the next restore brings what the volume has now
   */
  void restore(History history, long point, Lease lease, String request)
      throws IOException, InterruptedException {
    var volume = site.volume();
    var id = volume.id().orElseThrow();
    requireReadable(history);
    var tree = history.tree(point);
    requireRoom(history, tree);
    sayWhatStays(point, tree);
    var here = LocalContent.list(site);
    here.requireRoom(tree.values().stream().mapToLong(History::bytes).sum());
    lease.ensureValid();
    site.state().write(AgentState.restoring(id).goingBack(Optional.of(request))); // B3
    here.remove(); // B3
    var selection = new Selection(Set.of(), site.filter()).withCurrentForLost();
    var copy = new PointCopy(site.local(), check, transfers).copy(history, point, selection); // B4
    var broken = copy.shortfalls().stream().filter(Shortfall::broken).toList();
    if (!broken.isEmpty()) {
      throw UnsoundDatabaseException.ofPoint(
          broken.stream().map(Shortfall::text).collect(Collectors.joining("; ")));
    }
    long copied = System.nanoTime();
    var there = VolumeContent.list(site);
    there.syncOnVolume(site); // B4
    Restorer.awaitTickSince(copied);
    var known = RestoredIndex.of(site, there, copy.unchanged());
    var others = new HashSet<>(there.files().stream().map(Entry::path).collect(Collectors.toSet()));
    others.removeAll(known.keySet());
    site.state().writeIndex(id, known, others); // B5
    new Brought(site, request).note(); // B5
    var publication = volume.manifestIfReadable().map(Manifest::publication);
    lease.confirm();
    site.state().write(AgentState.ready(id, publication).goingBack(Optional.of(request))); // B5
  }

  /** What cannot be read now would be missing in local, and so be deleted. */
  private void requireReadable(History history) throws VolumeException {
    var unreadable = history.unreadable();
    if (!unreadable.isEmpty()) {
      throw new VolumeException(
          "volume %s: not all can be read: %s: let the agent's user read it there (chown, chmod), or remove it"
              .formatted(site.volume().root(), Amount.some(unreadable)));
    }
  }

  /** What is there now stays, and what comes back needs room beside it. */
  private void requireRoom(History history, Map<Path, Version> tree) throws IOException {
    long bytes = history.bytesNotThereNow(tree);
    var room = history.room();
    if (room.isPresent() && room.getAsLong() < bytes) {
      throw new RefusedException(
          "the volume %s has %s free, and what comes back needs %s"
              .formatted(
                  site.volume().root(), Amount.ofBytes(room.getAsLong()), Amount.ofBytes(bytes)),
          "make room first: liteferry history drop lets points go");
    }
  }

  /** What the point had and nobody kept: it would be deleted now, with no way back. */
  private void sayWhatStays(long point, Map<Path, Version> tree) throws IOException {
    var lost = new TreeMap<Path, String>();
    tree.forEach(
        (path, version) -> {
          if (version instanceof Version.Lost was) {
            lost.put(path, was.why());
          }
        });
    for (var one : lost.entrySet()) {
      log.warn(
          site.volume().look(one.getKey()).isPresent()
              ? "point {} lacks {} ({}): it stays as it is now"
              : "point {} lacks {} ({}), and it is not there now either",
          point,
          one.getKey(),
          one.getValue());
    }
  }
}
