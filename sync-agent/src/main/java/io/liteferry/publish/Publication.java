package io.liteferry.publish;

import io.liteferry.durable.Durable;
import io.liteferry.durable.Errno;
import io.liteferry.history.CheckLevel;
import io.liteferry.history.Point;
import io.liteferry.lease.Staging;
import io.liteferry.lease.VolumeException;
import io.liteferry.publish.Knowledge.Published;
import io.liteferry.scan.NameEvents;
import io.liteferry.state.AgentState;
import io.liteferry.state.StateException;
import io.liteferry.volume.GenerationWriter;
import io.liteferry.volume.Manifest;
import io.liteferry.volume.Volume;
import io.liteferry.volume.VolumeWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What one pass changes on the volume: the steps from P4 on share it. It begins with the first
 * change, and a pass that finds none never begins it. For one thread.
 */
final class Publication {
  final Publisher publisher;
  final PublishContext context;
  final Volume volume;
  final VolumeWriter writer;
  final Staging staging;
  final Knowledge knowledge;
  final Planner planner;
  final NavigableMap<Path, Problem> problems = new TreeMap<>();
  final VolumeRoom room;

  final Publisher.Purpose purpose;

  /** Whether the pass may be given up for another one, from its first step. */
  final boolean mayStartOver;

  /** What was heard of names since the first scan. */
  NameEvents.Heard heard = NameEvents.NOTHING;

  private final String id = Volume.newId();
  private final GenerationWriter generations;
  private @Nullable PassRecord record;
  private boolean begun;
  private long begunAt;
  private int files;
  private int deletions;

  /** Databases that got the content of their side files, and then were not replaced. */
  private final Set<Path> folded = new HashSet<>();

  Publication(Publisher publisher, Publisher.Purpose purpose, boolean mayStartOver) {
    this.publisher = publisher;
    this.purpose = purpose;
    this.mayStartOver = mayStartOver;
    this.context = publisher.context;
    this.volume = context.volume;
    this.writer = publisher.writer;
    this.staging = writer.staging();
    this.knowledge = publisher.knowledge;
    this.generations = publisher.generations;
    this.room = new VolumeRoom(this);
    var facts =
        new PlanFacts(
            context.local,
            publisher::isAnnounced,
            path -> writer.listed(path).isPresent(),
            (link, why) -> problem(link, Problem.Kind.UNREADABLE, why));
    this.planner = new Planner(knowledge, facts, context.settings.filter());
  }

  /** What is to be changed is known; its record is made before the first of it: G1 to G4. */
  void planned(ChangePlan plan, Inventory local, Map<Path, Ready> ready) throws IOException {
    record = new PassRecord(this, plan, local, ready);
    generations.expect(record);
  }

  /** What is removed now, if the record does not have it yet. */
  void ensureRecorded(Collection<Change.Remove> removals) throws IOException {
    if (!removals.isEmpty()) {
      begin();
      generations.ensureRecorded(Objects.requireNonNull(record).removed(removals));
    }
  }

  String id() {
    return id;
  }

  /** Before the first change of the pass, and before G1: names it in state as {@code pending}. */
  void begin() throws IOException {
    if (!begun) {
      context.lease.ensureValid();
      requireOurs();
      context.write(
          AgentState.ready(publisher.volumeId, publicationBefore())
              .goingBack(purpose.rollback().map(Point.Rollback::request))
              .begin(id));
      begun = true;
      begunAt = System.nanoTime();
    }
  }

  boolean hasBegun() {
    return begun;
  }

  /**
   * Makes sure that the volume is the one that we published to, and shows what we published. With
   * the lease in hand, only somebody who does not ask for it can have put anything else there.
   */
  void requireOurs() throws IOException {
    Publisher.requireSameVolume(volume, publisher.volumeId);
    var found = volume.manifestIfReadable().map(Manifest::publication);
    if (found.isPresent() && !found.equals(publicationBefore())) {
      throw new VolumeException(Publisher.SOMEBODY_ELSE.formatted(volume.root()));
    }
  }

  private Optional<String> publicationBefore() {
    return writer.manifest().map(Manifest::publication);
  }

  /** Of the volume now; 0 before the first publication. */
  long generation() {
    return writer.manifest().map(Manifest::generation).orElse(0L);
  }

  void problem(Path path, Problem.Kind kind, String why) {
    problems.put(path, new Problem(kind, why));
  }

  /** What is refused for one name is that name's problem; what concerns all is thrown. */
  void refuse(Path path, IOException e) throws IOException {
    if (VolumeException.isOutOfRoom(e)) {
      problem(path, Problem.Kind.NO_ROOM, VolumeException.why(e));
    } else if (e instanceof StateException
        || Errno.of(e) == Errno.ENOENT
        || VolumeException.concernsAll(e)) {
      // A directory that we published, or our staging, is gone: what we know is wrong.
      throw e;
    } else {
      // It does not hold databases back: it may be refused for ever, as for its name.
      problem(
          path,
          e instanceof VolumeException ? Problem.Kind.REFUSED : Problem.Kind.UNREADABLE,
          VolumeException.why(e));
    }
  }

  /**
   * Before files, links or directories are published: durably where one takes a database's place,
   * which the manifest leaves out from then on.
   */
  void announce(Set<Path> names) throws IOException {
    var databases = databasesAmong(names);
    publisher.announce(names, !databases.isEmpty());
    takeOffManifest(databases, Map.of());
  }

  /** Those of these names under which the volume has a database. */
  Set<Path> databasesAmong(Set<Path> names) {
    return names.stream().filter(this::isPublishedDatabase).collect(Collectors.toSet());
  }

  /**
   * Takes databases off the manifest before they go or something else takes their place: what it
   * names and is no database counts as corrupt, or as lost.
   *
   * @param going databases that were published
   * @param ready databases that were published by this pass
   */
  void takeOffManifest(Set<Path> going, Map<Path, Ready> ready) throws IOException {
    var named = writer.manifest().map(Manifest::databases).orElseGet(TreeMap::new).keySet();
    if (Collections.disjoint(named, going)) {
      return;
    }
    begin();
    try {
      writeManifest(ready, going, false);
    } catch (IOException e) {
      if (!VolumeException.isOutOfRoom(e)) {
        throw e;
      } // else what goes is what makes room for it
    }
  }

  /** Makes durable what was put and removed, and remembers it for the next start. */
  void makeDurable() throws IOException {
    writer.syncDirectories();
    publisher.appendToIndex();
  }

  /** A file, link or directory was published. */
  void published(Path path, Published now) {
    knowledge.remove(path); // with all below it, if it was a directory
    publishedModeOf(path, now);
  }

  /** The permissions of a published directory were set. */
  void publishedModeOf(Path directory, Published now) {
    knowledge.put(directory, now);
    files++;
  }

  /** Takes a name off the volume, one of a file, a link or an empty directory. */
  void delete(Path path) throws IOException {
    makeWay(path);
    deletions++;
  }

  /** As {@link #delete}, to put something else in its place. */
  void makeWay(Path path) throws IOException {
    begin();
    writer.remove(path);
    knowledge.remove(path);
  }

  /** A database was folded, and no more came of it: to the history it is another one. */
  void folded(Path path, Published now) {
    knowledge.put(path, now);
    folded.add(path);
  }

  /**
   * A directory on the volume makes way for a file once it is empty. What is in it is deleted with
   * the care that all deletions get, or is not ours.
   *
   * @return whether the place is free; if not, the problem says why
   */
  boolean clearEmptyDirectory(Path path) throws IOException {
    if (!(knowledge.get(path) instanceof Published.Directory)) {
      return true;
    }
    begin();
    try {
      if (!volume.call(() -> Durable.isEmptyDirectory(volume.root().resolve(path)))) {
        problem(
            path,
            Problem.Kind.REFUSED,
            "the volume has a directory of this name that is not empty yet");
        return false;
      }
      makeWay(path);
      return true;
    } catch (IOException e) {
      refuse(path, e);
      return false;
    }
  }

  boolean isPublishedDatabase(Path path) {
    return planner.isPublishedDatabase(path);
  }

  /**
   * P8 and P9, when something was changed, now or by a pass that was cut off; else only makes sure
   * that the volume is ours, as whoever asked for the pass relies on what is there.
   *
   * @param databases that were published
   * @return the volume's generation
   */
  long finish(Map<Path, Ready> databases) throws IOException {
    boolean isDue =
        publisher.manifestIsDamaged
            || purpose.rollback().isPresent()
            || generations.isAtNoPoint()
            || (problems.isEmpty() && !isAnythingChanged() && publisher.hasToComplete());
    if (isDue) {
      begin();
    }
    if (!begun) {
      requireOurs();
      return generation();
    }
    if (!isDue && !isAnythingChanged()) {
      // Nothing came of it: the volume still shows the publication before.
      generations.abandon();
      context.write(AgentState.ready(publisher.volumeId, publicationBefore()));
    } else {
      generations.leaveOutUndone(); // G6
      // A rollback is no point before all of it is there.
      var request =
          problems.isEmpty()
              ? Optional.<String>empty()
              : purpose.rollback().map(Point.Rollback::request);
      writeManifest(databases, Set.of(), request.isEmpty()); // P8, G5, S4
      publisher.manifestIsDamaged = false;
      context.write(AgentState.ready(publisher.volumeId, Optional.of(id)).goingBack(request)); // P9
      generations
          .header()
          .filter(_ -> purpose.rollback().isEmpty()) // it says so itself
          .ifPresent(made -> PassRecord.sayAccidents(made, volume.root()));
    }
    context.timings.took(Timings.Step.PUBLISH, System.nanoTime() - begunAt);
    return generation();
  }

  /** Whether this is another generation than the one before; its manifest may be there already. */
  private boolean isAnythingChanged() {
    return generations.isAnythingChanged() || publicationBefore().equals(Optional.of(id));
  }

  /**
   * Replaces the manifest.
   *
   * @param databases that are published by this pass, now or before
   * @param going databases that are about to be deleted
   * @param complete whether all of them are in their place
   */
  void writeManifest(Map<Path, Ready> databases, Set<Path> going, boolean complete)
      throws IOException {
    generations.ensureRecorded(); // G1 to G4
    var made =
        new Point(
            NextManifest.generation(writer.manifest(), generations, id),
            context.lease.epoch(),
            context.clock.instant(),
            Optional.empty(),
            id,
            CheckLevel.NONE,
            complete ? purpose.rollback() : Optional.empty(),
            complete ? PassRecord.problems(problems) : List.of());
    writer.write(
        new NextManifest(planner, writer, generations, made, folded)
            .of(volume, publisher.volumeId, databases, going, complete));
  }

  int files() {
    return files;
  }

  int deletions() {
    return deletions;
  }
}
