package io.liteferry.publish;

import io.liteferry.durable.Digest;
import io.liteferry.durable.UniqueName;
import io.liteferry.history.CheckLevel;
import io.liteferry.history.PageFile;
import io.liteferry.history.Version;
import io.liteferry.publish.Knowledge.Published;
import io.liteferry.scan.Entry;
import io.liteferry.volume.Manifest;
import io.liteferry.volume.OpenSegments;
import io.liteferry.volume.Planned;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Which states of databases a pass finds on the volume and makes there. For one pass. */
final class RecordedDatabases {
  private final Publication publication;
  private final Map<Path, Manifest.State> inPlace = new HashMap<>();

  RecordedDatabases(Publication publication) {
    this.publication = publication;
  }

  /**
   * What becomes of a database that is published.
   *
   * @param before what the volume has
   */
  Planned publishing(Ready database, Planned before) throws IOException {
    var path = database.source().path();
    boolean goesOn = before.was() instanceof Version.Database;
    var id = before.was() instanceof Version.Database was ? was.id() : UniqueName.make();
    var source = database.source();
    var now =
        new Version.Database(
            id,
            number(database, id, goesOn),
            database.bytes(),
            database.digest(),
            database.checked(),
            source.mode(),
            source.uid(),
            source.gid(),
            database.mtime());
    var plain = database.isSegmentAlone() ? Optional.<PageFile>empty() : before.plain();
    return new Planned(path, before.was(), now, before.others(), plain);
  }

  /** One that was never used, unless it is the state that the volume has. */
  private long number(Ready database, String id, boolean goesOn) throws IOException {
    if (database.step().isPresent()) {
      var step = database.step().get();
      return step.piece().isPresent() ? step.plan().number() : step.plan().from();
    }
    var listed =
        publication
            .writer
            .listed(database.source().path())
            .filter(d -> d.state().map(state -> state.id().equals(id)).orElse(false));
    if (listed.isEmpty()) {
      return goesOn ? 1 : 0;
    }
    long known = listed.orElseThrow().state().orElseThrow().number();
    long ahead = listed.orElseThrow().ahead().map(Manifest.Ahead::number).orElse(known);
    long highest = publication.publisher.generations.known().highestState(id);
    return 1 + Math.max(highest, Math.max(known, ahead));
  }

  /** What the plain file would be if it was kept. */
  PageFile plain(Path path, Entry entry) throws IOException {
    var state = inPlace(path, entry);
    return PageFile.base(state.id(), state.number(), entry.stamp().size());
  }

  /** One whose content the manifest does not know is another database from now on. */
  private Manifest.State inPlace(Path path, Entry entry) throws IOException {
    var known = inPlace.get(path);
    if (known == null) {
      known = find(path, entry);
      inPlace.put(path, known);
    }
    return known;
  }

  private Manifest.State find(Path path, Entry entry) throws IOException {
    var digest = digest(path, entry);
    var listed = publication.writer.listed(path);
    var number = listed.flatMap(database -> database.numberOf(digest));
    var state = listed.flatMap(Manifest.Database::state).filter(s -> number.isPresent());
    return new Manifest.State(
        state.map(Manifest.State::id).orElseGet(UniqueName::make),
        number.orElse(0L),
        state
            .filter(s -> number.equals(Optional.of(s.number())))
            .map(Manifest.State::checked)
            .orElse(CheckLevel.NONE),
        Optional.empty());
  }

  /** What the volume has: the plain file, or what segments lead to from there. */
  Version.Database found(Path path, Entry entry) throws IOException {
    var plain = inPlace(path, entry);
    var version =
        new Version.Database(
            plain.id(),
            plain.number(),
            entry.stamp().size(),
            digest(path, entry),
            plain.checked(),
            entry.mode(),
            entry.uid(),
            entry.gid(),
            entry.stamp().mtime());
    var run = publication.publisher.generations.known().after(plain.id(), plain.number());
    if (run.isEmpty()) {
      return version;
    }
    var last = run.getLast();
    var ahead =
        publication
            .writer
            .listed(path)
            .flatMap(Manifest.Database::ahead)
            .filter(known -> known.number() == last.state());
    return ahead.isPresent()
        ? version(version, ahead.get())
        : OpenSegments.newest(publication.volume, path, version, run);
  }

  private static Version.Database version(Version.Database plain, Manifest.Ahead ahead) {
    return new Version.Database(
        plain.id(),
        ahead.number(),
        ahead.bytes(),
        ahead.identity().digest(),
        CheckLevel.NONE,
        plain.mode(),
        plain.uid(),
        plain.gid(),
        ahead.mtime());
  }

  private Digest digest(Path path, Entry entry) throws IOException {
    if (publication.knowledge.get(path) instanceof Published.Known known
        && known.index().isStillOnVolume(entry.stamp())) {
      return known.index().digest();
    }
    return publication.context.digestOnVolume(path, entry.stamp().size());
  }
}
