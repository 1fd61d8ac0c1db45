package io.liteferry.publish;

import io.liteferry.history.Point;
import io.liteferry.history.RecordHeader;
import io.liteferry.history.Version;
import io.liteferry.publish.Knowledge.Published;
import io.liteferry.volume.CutOffRollback;
import io.liteferry.volume.GenerationWriter;
import io.liteferry.volume.Manifest;
import io.liteferry.volume.Planned;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The manifest of a publication, made from the one before.
 *
 * @param before empty before the first publication
 * @param record of the pass
 * @param folded databases whose content is not what the manifest before says of them
 */
record NextManifest(
    Planner planner,
    Optional<Manifest> before,
    GenerationWriter record,
    Made made,
    Set<Path> folded) {
  /**
   * What is told of it.
   *
   * @param publication the id of this one
   * @param now when it is made
   * @param epoch of the lease
   * @param problems of the pass, for people
   * @param rollback the point that it went back to
   */
  record Made(
      String publication,
      Instant now,
      long epoch,
      List<String> problems,
      Optional<Point.Rollback> rollback) {}

  /** The volume's generation with this publication. */
  private long generation() {
    long last = before.map(Manifest::generation).orElse(0L);
    boolean isSame = before.map(Manifest::publication).equals(Optional.of(made.publication()));
    return record.header().map(RecordHeader::generation).orElse(isSame ? last : last + 1);
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
              if (planner.isPublishedDatabase(path) && !folded.contains(path)) {
                listed.put(path, complete ? database.completed() : database);
              }
            });
    databases.forEach((path, database) -> listed.put(path, entry(path, database, complete)));
    addUnlisted(volume, listed);
    listed.keySet().removeAll(going);
    return new Manifest(
        volumeId,
        generation(),
        made.publication(),
        complete,
        made.now(),
        listed,
        made.epoch(),
        made.problems(),
        rollbacks(volume));
  }

  private List<Manifest.Applied> rollbacks(Volume volume) throws IOException {
    var all =
        new ArrayList<>(
            before.isPresent() ? before.get().rollbacks() : CutOffRollback.recorded(volume));
    made.rollback().ifPresent(to -> all.add(new Manifest.Applied(generation(), to, made.now())));
    return all.subList(Math.max(0, all.size() - Manifest.MOST_ROLLBACKS), all.size());
  }

  private Manifest.Database entry(Path path, DatabaseTransfer.Ready database, boolean complete) {
    var planned = record.planned(path);
    var was =
        planned
            .map(Planned::was)
            .filter(Version.Database.class::isInstance)
            .map(Version.Database.class::cast);
    var old =
        was.map(Version.Database::digest)
            .or(() -> before.map(m -> m.databases().get(path)).map(Manifest.Database::digest));
    return new Manifest.Database(
        database.bytes(),
        database.header().pageSize(),
        database.header().wal(),
        database.digest(),
        complete ? Optional.empty() : old,
        made.now(),
        Optional.of(generation()),
        planned.map(Planned::now).flatMap(now -> state(now, complete ? Optional.empty() : was)));
  }

  private static Optional<Manifest.State> state(Version now, Optional<Version.Database> was) {
    return now instanceof Version.Database next
        ? Optional.of(
            new Manifest.State(
                next.id(),
                next.state(),
                next.checked(),
                was.filter(w -> w.id().equals(next.id())).map(Version.Database::state)))
        : Optional.empty();
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
                        made.now(),
                        Optional.of(generation()),
                        Optional.empty()))
            .ifPresent(database -> listed.put(name.getKey(), database));
      }
    }
  }
}
