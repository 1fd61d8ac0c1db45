package io.liteferry.restore;

import io.liteferry.durable.Durable;
import io.liteferry.publish.Inventory;
import io.liteferry.scan.Entry;
import io.liteferry.scan.PathFilter;
import io.liteferry.scan.Tree;
import io.liteferry.sqlite.DatabaseHeader;
import io.liteferry.state.StateDirectory;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Collection;
import java.util.Optional;

/**
 * One local directory, the volume that belongs to it, and what the agent knows of the two.
 *
 * @param state held by the caller, or only looked at for a preview
 * @param filter what travels
 */
public record RestoreSite(
    Path local, Volume volume, StateDirectory state, PathFilter filter, Clock clock) {

  Path inLocal(Path path) {
    return local.resolve(path);
  }

  Optional<Entry> lookOnVolume(Path path) throws IOException {
    return volume.look(path);
  }

  Inventory localInventory() throws IOException {
    return Inventory.of(local, filter, Tree.BeforeListing.NOTHING);
  }

  Inventory volumeInventory() throws IOException {
    return Inventory.of(volume, filter);
  }

  boolean isDatabaseOnVolume(Path path) throws IOException {
    return volume.hasDatabase(path);
  }

  static boolean isDatabase(Path file) throws IOException {
    return Durable.isFile(file) && DatabaseHeader.read(file).isPresent();
  }

  /**
   * What may be done between the two.
   *
   * @throws RefusedException when the decision is to do nothing
   */
  Decision requireAllowed(Decision decision) throws RefusedException {
    if (decision instanceof Decision.Refuse refuse) {
      throw new RefusedException(
          "%s (LOCAL %s, VOLUME %s)".formatted(refuse.why(), local, volume.root()),
          refuse.remedy());
    }
    return decision;
  }

  /** The sizes of the files among these, together. */
  static long bytes(Collection<Entry> entries) {
    return entries.stream()
        .filter(entry -> entry.kind() == Entry.Kind.FILE)
        .mapToLong(entry -> entry.stamp().size())
        .sum();
  }
}
