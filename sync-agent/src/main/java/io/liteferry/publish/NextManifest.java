package io.liteferry.publish;

import io.liteferry.durable.UniqueName;
import io.liteferry.history.PageFile;
import io.liteferry.history.Point;
import io.liteferry.history.Version;
import io.liteferry.lease.VolumeException;
import io.liteferry.pages.Identity;
import io.liteferry.publish.Knowledge.Published;
import io.liteferry.volume.CutOffRollback;
import io.liteferry.volume.GenerationWriter;
import io.liteferry.volume.Manifest;
import io.liteferry.volume.OpenSegments;
import io.liteferry.volume.Planned;
import io.liteferry.volume.Volume;
import io.liteferry.volume.VolumeWriter;
import java.io.IOException;
import java.nio.file.Path;
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
 * @param shown what the volume has; no manifest before the first publication
 * @param record of the pass
 * @param made what is told of the generation
 * @param folded databases whose content is not what the manifest before says of them
 */
record NextManifest(
    Planner planner, VolumeWriter shown, GenerationWriter record, Point made, Set<Path> folded) {
  /**
   * The number of a generation: that of its record; without one it is a number that was not used,
   * once for all of the pass.
   *
   * @param before the manifest before
   */
  static long generation(Optional<Manifest> before, GenerationWriter record, String publication)
      throws IOException {
    var header = record.header();
    if (header.isPresent()) {
      return header.get().generation();
    }
    long last = before.map(Manifest::generation).orElse(0L);
    return before.map(Manifest::publication).equals(Optional.of(publication))
        ? last
        : 1 + Math.max(last, record.known().highest());
  }

  /**
   * Makes it.
   *
   * @param databases that are published by this pass, now or before
   * @param going databases that are about to be deleted
   * @param complete whether all of them are in their place
   */
  Manifest of(
      Volume volume, String volumeId, Map<Path, Ready> databases, Set<Path> going, boolean complete)
      throws IOException {
    var listed = new TreeMap<Path, Manifest.Database>();
    for (var entry : shown.databases().entrySet()) {
      var path = entry.getKey();
      var database = entry.getValue();
      if (planner.isPublishedDatabase(path) && !folded.contains(path)) {
        listed.put(path, complete ? settled(volume, path, database) : database);
      } else if (isOutOfSight(volume, path)) {
        boolean isCertain = complete && database.previous().isEmpty();
        listed.put(path, isCertain ? withSegments(volume, path, database) : database);
      }
    }
    for (var database : databases.entrySet()) {
      listed.put(database.getKey(), entry(database.getKey(), database.getValue(), complete));
    }
    addUnlisted(volume, listed);
    listed.keySet().removeAll(going);
    return new Manifest(
        volumeId,
        made.generation(),
        made.publication(),
        complete,
        made.time(),
        listed,
        made.epoch(),
        made.problems(),
        rollbacks(volume));
  }

  /**
   * Whether the volume has a database that passes do not look at: by the filter, or as its
   * directory cannot be listed. What was published of it stays what restore has to reach.
   */
  private boolean isOutOfSight(Volume volume, Path path) throws IOException {
    for (var above = path; above != null; above = above.getParent()) {
      var known = planner.knowledge().get(above);
      if (known != null && !(known instanceof Published.Directory)) {
        return false;
      }
    }
    try {
      return planner.knowledge().get(path) == null && volume.hasDatabase(path);
    } catch (IOException e) {
      if (VolumeException.concernsAll(e)) {
        throw e;
      }
      return true;
    }
  }

  /** Of a database that this pass leaves alone; one that was cut off may have announced it. */
  private Manifest.Database settled(Volume volume, Path path, Manifest.Database database)
      throws IOException {
    if (planner.knowledge().get(path) instanceof Published.Known known
        && !database.digest().equals(known.index().digest())) {
      var found = known.index().digest();
      return database.previous().equals(Optional.of(found))
          ? withSegments(volume, path, database.unreplaced(found, known.index().volumeSize()))
          : database; // what it says may be in place is not
    }
    return withSegments(volume, path, database.completed());
  }

  /** What was cut off may have put a segment there that the manifest does not know. */
  private Manifest.Database withSegments(Volume volume, Path path, Manifest.Database plain)
      throws IOException {
    if (plain.state().isEmpty()) {
      return plain;
    }
    var state = plain.state().get();
    var run = record.known().after(state.id(), state.number());
    long last = run.isEmpty() ? state.number() : run.getLast().state();
    long named = plain.ahead().map(Manifest.Ahead::number).orElse(state.number());
    if (last == named) {
      return plain;
    }
    var was =
        new Version.Database(
            state.id(), state.number(), plain.bytes(), plain.digest(), state.checked(), 0, 0, 0, 0);
    var tip = OpenSegments.newest(volume, path, was, run);
    if (tip.state() <= named) {
      return plain;
    }
    return plain.ledOnTo(
        new Manifest.Ahead(
            tip.state(),
            Identity.in(tip.digest()).orElseThrow(),
            tip.bytes(),
            tip.mtime(),
            plain.ahead().map(Manifest.Ahead::since).orElse(made.time()),
            run.size(),
            run.stream().mapToLong(PageFile::bytes).sum()),
        plain.published(),
        plain.generation().orElse(made.generation()));
  }

  private List<Manifest.Applied> rollbacks(Volume volume) throws IOException {
    var all =
        new ArrayList<>(
            shown.manifest().isPresent()
                ? shown.manifest().get().rollbacks()
                : CutOffRollback.recorded(volume));
    made.rollback()
        .ifPresent(to -> all.add(new Manifest.Applied(made.generation(), to, made.time())));
    return all.subList(Math.max(0, all.size() - Manifest.MOST_ROLLBACKS), all.size());
  }

  private Manifest.Database entry(Path path, Ready database, boolean complete) throws IOException {
    var planned = record.plannedDatabase(path);
    var listed = shown.listed(path);
    if (database.isSegmentAlone()) {
      // before its segment is in its place, the manifest must not demand it
      return complete ? behind(listed.orElseThrow(), database) : listed.orElseThrow();
    }
    var was =
        planned
            .map(Planned::was)
            .filter(Version.Database.class::isInstance)
            .map(Version.Database.class::cast);
    var old =
        was.map(Version.Database::digest)
            .filter(digest -> Identity.in(digest).isEmpty()) // else segments lead to it
            .or(() -> planner.knowledge().digestOfDatabase(path))
            .or(() -> listed.map(Manifest.Database::digest));
    var plain = planned.flatMap(Planned::plain);
    var state =
        planned.map(Planned::now).flatMap(next -> state(next, complete ? Optional.empty() : plain));
    var now = state.isPresent() ? state : first(database, listed, complete);
    // what leads on from another database's file does not from this one's
    var ahead =
        listed
            .filter(one -> now.map(Manifest.State::id).equals(one.state().map(Manifest.State::id)))
            .flatMap(Manifest.Database::ahead);
    return new Manifest.Database(
        database.bytes(),
        database.header().pageSize(),
        database.header().wal(),
        database.digest(),
        complete ? Optional.empty() : old,
        made.time(),
        Optional.of(made.generation()),
        now,
        complete ? Optional.empty() : ahead);
  }

  /** The plain file stays as it is. */
  private Manifest.Database behind(Manifest.Database listed, Ready database) {
    var step = database.step().orElseThrow();
    var before = listed.ahead();
    return listed.ledOnTo(
        new Manifest.Ahead(
            step.plan().number(),
            Identity.in(database.digest()).orElseThrow(),
            database.bytes(),
            database.mtime(),
            before.map(Manifest.Ahead::since).orElse(made.time()),
            1 + before.map(Manifest.Ahead::segments).orElse(0L),
            step.bytes() + before.map(Manifest.Ahead::segmentBytes).orElse(0L)),
        made.time(),
        made.generation());
  }

  /**
   * Of a database for which nothing was recorded: the volume had nothing before, or nothing is to
   * be kept. What leads on from a file is to be found as long as that is in its place.
   */
  private Optional<Manifest.State> first(
      Ready database, Optional<Manifest.Database> listed, boolean complete) throws IOException {
    var state = listed.flatMap(Manifest.Database::state);
    if (!record.keeps() && state.isPresent()) {
      var was = state.get();
      long inPlace = was.previous().orElse(was.number());
      var run = record.known().after(was.id(), inPlace);
      return run.isEmpty()
          ? Optional.empty()
          : Optional.of(
              new Manifest.State(
                  was.id(),
                  1 + run.getLast().state(),
                  database.checked(),
                  complete ? Optional.empty() : Optional.of(inPlace)));
    }
    return record.keeps()
        ? listed
            .filter(known -> known.digest().equals(database.digest()))
            .flatMap(Manifest.Database::state)
            .or(
                () ->
                    Optional.of(
                        new Manifest.State(
                            UniqueName.make(), 0, database.checked(), Optional.empty())))
        : Optional.empty();
  }

  private static Optional<Manifest.State> state(Version now, Optional<PageFile> plain) {
    return now instanceof Version.Database next
        ? Optional.of(
            new Manifest.State(
                next.id(),
                next.state(),
                next.checked(),
                plain.filter(p -> p.database().equals(next.id())).map(PageFile::state)))
        : Optional.empty();
  }

  /** Databases that the volume had before its manifest knew of them. */
  private void addUnlisted(Volume volume, NavigableMap<Path, Manifest.Database> listed)
      throws IOException {
    for (var name : planner.knowledge().names().entrySet()) {
      if (name.getValue() instanceof Published.Known known
          && known.index().database()
          && !listed.containsKey(name.getKey())) {
        // what segments lead on from was listed: this is another content
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
                        made.time(),
                        Optional.of(made.generation()),
                        Optional.empty()))
            .ifPresent(database -> listed.put(name.getKey(), database));
      }
    }
  }
}
