package io.liteferry.publish;

import io.liteferry.durable.Digest;
import io.liteferry.durable.Errno;
import io.liteferry.history.PageFile;
import io.liteferry.lease.VolumeException;
import io.liteferry.publish.Knowledge.Published;
import io.liteferry.scan.Entry;
import io.liteferry.state.IndexEntry;
import io.liteferry.volume.Attributes;
import io.liteferry.volume.Manifest;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** P5 and P6: publishes the snapshots. For one thread. */
final class DatabasePublication {
  private final Publication publication;
  private final PublishContext context;
  private final Knowledge knowledge;
  private final Volume volume;
  private final Map<Path, Ready> ready;
  private final Inventory inventory;
  private final Map<Path, Path> staged = new LinkedHashMap<>();
  private final Map<Path, Path> segments = new LinkedHashMap<>();

  /**
   * Prepares it.
   *
   * @param inventory what local has
   * @param ready what is to be published; what cannot be is taken out, and its image deleted
   */
  DatabasePublication(Publication publication, Inventory inventory, Map<Path, Ready> ready) {
    this.inventory = inventory;
    this.publication = publication;
    this.context = publication.context;
    this.knowledge = publication.knowledge;
    this.volume = publication.volume;
    this.ready = ready;
  }

  void publish() throws IOException {
    if (ready.isEmpty()) {
      return;
    }
    publication.begin();
    for (var path : List.copyOf(ready.keySet())) {
      prepare(path); // F1 to F3, where side files lie beside it
    }
    if (ready.isEmpty()) {
      return;
    }
    publication.publisher.announce(ready.keySet(), false); // the manifest has their digests
    try {
      stageAll(); // P5
      if (ready.isEmpty()) {
        return;
      }
      context.lease.ensureValid();
      if (!ready.values().stream().allMatch(Ready::isSegmentAlone)) {
        publication.writeManifest(ready, Set.of(), false); // P5
      } // else nothing is replaced
      putSegments(); // S1, S2
      for (var path : List.copyOf(staged.keySet())) { // P6, S3
        putInPlace(path);
      }
      publication.writer.syncDirectories(); // P6, S3
      for (var database : ready.values()) {
        var path = database.source().path();
        var listed = publication.writer.listed(path);
        publication.publisher.forms.published(database, listed.flatMap(Manifest.Database::state));
      }
    } catch (IOException e) {
      // Without room the epoch goes on, and what is left in staging would stay.
      staged.values().forEach(file -> publication.staging.discard(file, e));
      segments.values().forEach(file -> publication.staging.discard(file, e));
      throw e;
    }
  }

  /** Clears the place of a database. */
  private void prepare(Path path) throws IOException {
    if (!isInDirectories(path)) {
      giveUp(path, Problem.Kind.CHANGING, "its directory was moved or replaced just now");
      return;
    }
    if (!publication.clearEmptyDirectory(path)) {
      drop(path);
      return;
    }
    var sides = DirectUse.sideFiles(volume, path);
    if (sides.isEmpty()) {
      return;
    }
    try {
      // Those that came since, too.
      publication.ensureRecorded(sides.stream().map(DatabasePublication::removal).toList());
      var why =
          DirectUse.end(
              volume, context.state, publication.writer, path, sides, context.settings.check());
      if (why.isEmpty()) {
        sides.forEach(knowledge::remove);
      } else {
        giveUp(path, Problem.Kind.REFUSED, why);
      }
    } catch (IOException e) {
      if (!VolumeException.isOutOfRoom(e)) {
        throw e;
      }
      giveUp(path, Problem.Kind.NO_ROOM, VolumeException.why(e));
    }
  }

  private static Change.Remove removal(Path side) {
    return new Change.Remove(side, Change.Removed.STALE_SIDE_FILE);
  }

  /**
   * The snapshot is older than the scan by which P4 went: a directory on the way may have become a
   * link since, which leads out of the volume.
   */
  private boolean isInDirectories(Path path) {
    for (var above = path.getParent(); above != null; above = above.getParent()) {
      if (!(knowledge.get(above) instanceof Published.Directory)) {
        return false;
      }
    }
    return true;
  }

  private void giveUp(Path path, Problem.Kind kind, String why) throws IOException {
    publication.problem(path, kind, why);
    drop(path);
  }

  private void drop(Path path) throws IOException {
    Objects.requireNonNull(ready.remove(path)).delete();
    if (publication.publisher.generations.isChanged(path)) {
      var there = volume.look(path);
      if (there.isPresent() && publication.isPublishedDatabase(path)) {
        publication.folded(path, folded(path, there.get()));
      }
    }
  }

  private Published folded(Path path, Entry there) throws IOException {
    return new Published.Known(
        new IndexEntry(
            true,
            Optional.empty(),
            Optional.empty(),
            volume.digest(path),
            there.stamp().size(),
            there.stamp().mtime(),
            there.mode(),
            there.uid(),
            there.gid()));
  }

  private void stageAll() throws IOException {
    var room = volume.room();
    // A database that is gone may be what a directory's new name has.
    var twins = new Twins<>(knowledge, inventory, true, known -> Optional.of(known.digest()));
    for (var path : List.copyOf(ready.keySet())) {
      var database = Objects.requireNonNull(ready.get(path));
      var link = database.step().isEmpty() ? link(twins, path, database) : Optional.<Path>empty();
      if (link.isPresent()) {
        staged.put(path, link.get());
        continue;
      }
      long bytes = database.stagedBytes();
      if (room.isPresent() && room.getAsLong() < bytes) {
        publication.room.makeFor(bytes);
        room = volume.room();
      }
      if (room.isPresent() && room.getAsLong() < bytes) {
        giveUp(
            path,
            Problem.Kind.NO_ROOM,
            "%s: its copy needs %d bytes, %d are free"
                .formatted(Errno.ENOSPC.words(), bytes, room.getAsLong()));
        continue;
      }
      try {
        stage(path, database);
        if (room.isPresent()) {
          room = OptionalLong.of(room.getAsLong() - bytes);
        }
      } catch (IOException e) {
        if (!VolumeException.isOutOfRoom(e)) {
          throw e;
        }
        @Nullable Path segment = segments.remove(path);
        if (segment != null) {
          publication.staging.discard(segment, e);
        }
        giveUp(path, Problem.Kind.NO_ROOM, VolumeException.why(e));
      }
    }
  }

  private void stage(Path path, Ready database) throws IOException {
    var segment = database.segment();
    if (segment.isPresent()) {
      segments.put(path, copy(path, database, segment.get(), Digest.of(segment.get())));
    }
    if (!database.isSegmentAlone()) {
      staged.put(path, copy(path, database, database.image(), database.digest()));
    }
  }

  private Path copy(Path path, Ready database, Path file, Digest digest) throws IOException {
    var copy =
        publication.staging.copy(
            file,
            staged -> Attributes.set(staged, database.source(), database.mtime()),
            context.progress::addAndGet);
    if (!copy.digest().equals(digest)) {
      throw new IOException(
          "the snapshot of %s changed between its check and its copy".formatted(path));
    }
    return copy.path();
  }

  private static PageFile segmentOf(Ready database) {
    var step = database.step().orElseThrow();
    var piece = step.piece().orElseThrow();
    return PageFile.segment(step.plan().id(), piece.name(), piece.bytes());
  }

  /** Durably before any plain file that they lead to: that is then one of their states. */
  private void putSegments() throws IOException {
    for (var path : List.copyOf(segments.keySet())) {
      var database = Objects.requireNonNull(ready.get(path));
      var file = Objects.requireNonNull(segments.get(path));
      var segment = segmentOf(database);
      publication.writer.putSegment(file, segment, path); // S1
      publication.publisher.generations.known().add(segment);
      segments.remove(path);
      if (database.isSegmentAlone() && knowledge.get(path) instanceof Published.Known before) {
        var now = before.index().seenAs(database.sourceStamp(), database.wal());
        knowledge.put(
            path, new Published.Known(now.with(now.past().withChanges(database.changes()))));
      }
    }
    if (!staged.isEmpty()) {
      publication.writer.syncDirectories(); // S2
    }
  }

  /**
   * A second name for the same content, in place of a copy; empty where there is none to be had.
   */
  private Optional<Path> link(Twins<Digest> twins, Path path, Ready database) throws IOException {
    var twin =
        twins.give(
            database.digest(),
            path,
            known ->
                known.volumeMtime() == database.mtime()
                    && known.hasAttributesOf(database.source()));
    return twin.isPresent() ? twin.get().link(publication.staging, volume) : Optional.empty();
  }

  private void putInPlace(Path path) throws IOException {
    var file = Objects.requireNonNull(staged.get(path));
    var database = Objects.requireNonNull(ready.get(path));
    long mtime = publication.staging.call(() -> Knowledge.mtimeOf(file));
    publication.writer.put(file, path); // P6, S3
    staged.remove(path);
    var past = pastOf(path, database);
    knowledge.remove(path); // with all below it, if it was a directory
    knowledge.put(
        path,
        new Published.Known(
            new IndexEntry(
                true,
                database.sourceStamp(),
                database.wal(),
                database.digest(),
                database.bytes(),
                mtime,
                database.source().mode(),
                database.source().uid(),
                database.source().gid(),
                past)));
  }

  private IndexEntry.Past pastOf(Path path, Ready database) {
    if (!(knowledge.get(path) instanceof Published.Known before) || !before.index().database()) {
      return IndexEntry.Past.UNKNOWN.withChanges(database.changes());
    }
    var past = before.index().past().withChanges(database.changes());
    return before.index().digest().equals(database.digest())
        ? past
        : past.after(before.index().digest());
  }
}
