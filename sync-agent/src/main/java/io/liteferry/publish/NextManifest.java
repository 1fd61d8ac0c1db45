package io.liteferry.publish;

import io.liteferry.publish.Knowledge.Published;
import io.liteferry.volume.Manifest;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The manifest of a publication, made from the one before.
 *
 * @param before empty before the first publication
 * @param publication the id of this one
 * @param now when it is made
 */
record NextManifest(Planner planner, Optional<Manifest> before, String publication, Instant now) {
  /** The volume's generation with this publication. */
  private long generation() {
    long last = before.map(Manifest::generation).orElse(0L);
    boolean isSame = before.map(Manifest::publication).equals(Optional.of(publication));
    return isSame ? last : last + 1;
  }

  /**
   * Makes it.
   *
   * @param databases that are published by this pass, now or before
   * @param going databases that are about to be deleted
   * @param complete whether all of them are in their place
   */
  Manifest of(
      Volume volume,
      String volumeId,
      Map<Path, DatabaseTransfer.Ready> databases,
      Set<Path> going,
      boolean complete)
      throws IOException {
    var listed = new TreeMap<Path, Manifest.Database>();
    before
        .map(Manifest::databases)
        .orElseGet(TreeMap::new)
        .forEach(
            (path, database) -> {
              if (planner.isPublishedDatabase(path)) {
                listed.put(path, complete ? database.completed() : database);
              }
            });
    databases.forEach((path, database) -> listed.put(path, entry(path, database, complete)));
    addUnlisted(volume, listed);
    listed.keySet().removeAll(going);
    return new Manifest(volumeId, generation(), publication, complete, now, listed);
  }

  private Manifest.Database entry(Path path, DatabaseTransfer.Ready database, boolean complete) {
    var old = before.map(m -> m.databases().get(path)).map(Manifest.Database::digest);
    return new Manifest.Database(
        database.bytes(),
        database.header().pageSize(),
        database.header().wal(),
        database.digest(),
        complete ? Optional.empty() : old,
        now,
        Optional.of(generation()));
  }

  /** Databases that the volume had before its manifest knew of them. */
  private void addUnlisted(Volume volume, NavigableMap<Path, Manifest.Database> listed)
      throws IOException {
    for (var name : planner.knowledge().names().entrySet()) {
      if (name.getValue() instanceof Published.Known known
          && known.index().database()
          && !listed.containsKey(name.getKey())) {
        volume
            .header(name.getKey())
            .map(
                header ->
                    new Manifest.Database(
                        known.index().volumeSize(),
                        header.pageSize(),
                        header.wal(),
                        known.index().digest(),
                        Optional.empty(),
                        now,
                        Optional.of(generation())))
            .ifPresent(database -> listed.put(name.getKey(), database));
      }
    }
  }
}
