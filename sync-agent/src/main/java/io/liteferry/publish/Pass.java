package io.liteferry.publish;

import io.liteferry.lease.VolumeException;
import io.liteferry.scan.Entry;
import io.liteferry.scan.NameEvents;
import java.io.IOException;
import java.io.Serial;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One pass. The steps bear the numbers of docs/crash-safety.md. */
final class Pass {
  private static final Logger log = LoggerFactory.getLogger(Pass.class);

  /** How often snapshots are taken again as they may name a file that no scan saw. */
  private static final int RETAKES = 2;

  /** For how long, as what is published must not fall behind where files come and go always. */
  private static final long RETAKE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** A little more than a tick of the clock that stamps files. */
  private static final long TICK_MILLIS = 25;

  /** How many further looks there are at local when names have come that one did not see. */
  private static final int MORE_LOOKS = 3;

  /** When to look again at files that changed since the scan. */
  private static final long POSTPONED = TimeUnit.MILLISECONDS.toNanos(250);

  private final Publisher publisher;
  private final PublishContext context;
  private final Publication publication;
  private final Snapshots snapshots;
  private final Deletions deletions;
  private final Map<Path, Ready> ready = new LinkedHashMap<>();
  private final MissedNames missed;

  /** What of it was heard since the last snapshots were taken. */
  private NameEvents.Heard heardOfSnapshots = NameEvents.NOTHING;

  /** What was heard since the last look was begun. */
  private NameEvents.Heard heardOfLook = NameEvents.NOTHING;

  private final long bytesBefore;

  /**
   * Prepares a pass.
   *
   * @param mayStartOver whether it may be given up for another one, from the first step
   */
  Pass(Publisher publisher, Publisher.Purpose purpose, boolean mayStartOver) {
    this.publisher = publisher;
    this.context = publisher.context;
    this.publication = new Publication(publisher, purpose, mayStartOver);
    this.snapshots = new Snapshots(publication, ready);
    this.missed = new MissedNames(publisher.knowledge, context.settings.filter(), ready);
    this.deletions = new Deletions(publication);
    this.bytesBefore = context.progress.get();
  }

  /** Makes the pass; empty when it is to be made again from its first step. */
  Optional<PassReport> run() throws IOException, InterruptedException {
    try {
      return Optional.of(steps());
    } catch (StartOver e) {
      return Optional.empty();
    } catch (IOException e) {
      if (VolumeException.isOutOfRoom(e)) {
        var all = Path.of("");
        context.withoutRoom = Map.of(all, context.passesWithoutRoom(all) + 1);
      }
      if (e instanceof VolumeException || publication.hasBegun()) {
        context.failed(e);
      }
      throw e;
    } catch (RuntimeException e) {
      context.needsNewEpoch |= publication.hasBegun();
      throw e;
    } finally {
      context.node.end();
      for (var database : ready.values()) {
        database.delete();
      }
    }
  }

  private PassReport steps() throws IOException, InterruptedException {
    try (var early = new EarlyCopies(publication)) {
      return steps(early);
    }
  }

  private PassReport steps(EarlyCopies early) throws IOException, InterruptedException {
    context.node.begin();
    context.heard.take(); // what came before this pass is in its first scan
    var first = publisher.look(publication.planner); // P1
    HeapNeed.of(first.inventory().items().size()).say(context.notices, log);
    long begun = System.nanoTime();
    snapshots.take(first.inventory()); // P2
    early.take(first); // staged ahead of P3, published by P4
    hear();
    boolean again = !early.isEmpty() || isSecondLookNeeded(first);
    var second = again ? secondLook(first) : first; // P3
    for (int i = 0;
        i < RETAKES
            && System.nanoTime() - begun < RETAKE_NANOS
            && dropThoseThatNameUnseen(first, second);
        i++) {
      log.debug("a file came and went while snapshots were taken: they are taken again");
      first = second;
      heardOfSnapshots = heardOfLook; // what came after its place was listed is not in it
      snapshots.take(first.inventory());
      second = secondLook(first);
    }
    context.node.end();
    noteUntaken(second.inventory());
    context.outwardLinks.note(second.inventory(), context.notices);
    publication.room.make(second.inventory());
    var plan = plan(first.inventory(), second.inventory());
    // The record itself is made at the first change: G1 to G4.
    publication.planned(plan, second.inventory(), ready);
    context.unpublishedBytes = plan.differingBytes();
    var files = new FilePublication(publication, plan, second, early, missed);
    files.publish(); // P4
    if (publication.mayStartOver && missed.mayNameAny(files.missing())) {
      throw new StartOver();
    }
    new DatabasePublication(publication, second.inventory(), ready).publish(); // P5, P6
    files.publishRestless(); // P4, of files for which no database waits
    hear();
    var verdict = deletions.make(plan, second.inventory(), ready, publication.heard.came()); // P7
    if (context.hasNoRoom()) {
      context.lease.refillReserve(); // before anything else takes the room
      files.publishInRoomMade(); // P4, of what had no room
    }
    long generation = publication.finish(ready); // P8, P9
    if (!publication.room.missing().isEmpty()) {
      context.lease.refillReserve(); // what the manifest took of it is free again
    }
    return report(generation, second.inventory(), files, verdict);
  }

  private ChangePlan plan(Inventory first, Inventory second) throws IOException {
    boolean readAll = !publication.purpose.isRoutine() && context.isLocalInMemory();
    Supplier<ChangePlan> planned =
        () ->
            publication.planner.plan(
                first, second, database -> ready.containsKey(database.entry().path()), readAll);
    var plan = planned.get();
    var given = Stream.concat(plan.puts().stream().map(Change::path), ready.keySet().stream());
    return new NewNames(publication.volume, publisher.knowledge).ask(given)
        ? planned.get() // somebody else has put there what this is to replace
        : plan;
  }

  private PassReport report(
      long generation, Inventory inventory, FilePublication files, DeleteGuard.Verdict verdict) {
    var problems = publication.problems;
    var withoutRoom = new HashMap<Path, Integer>();
    for (var path : publication.room.missing()) {
      withoutRoom.put(path, context.passesWithoutRoom(path) + 1);
    }
    context.withoutRoom = Map.copyOf(withoutRoom);
    context.postponed.keySet().retainAll(files.postponed());
    files.younger().forEach(path -> context.postponed.merge(path, 1, Integer::sum));
    var left = new TreeSet<>(problems.keySet());
    left.addAll(files.postponed());
    context.unpublishedBytes = inventory.bytesOf(left);
    var again = verdict.reconsiderAt();
    if (!files.postponed().isEmpty()) {
      long due = System.nanoTime() + POSTPONED;
      again = Optional.of(again.filter(other -> other - due < 0).orElse(due));
    }
    return new PassReport(
        generation,
        publication.files(),
        ready.size(),
        publication.deletions(),
        context.progress.get() - bytesBefore,
        ready.values().stream().anyMatch(Ready::isFold),
        problems,
        files.postponed(),
        verdict.held().size(),
        again);
  }

  /**
   * A file that is renamed while we look can be seen in neither place, so what seems gone is looked
   * for twice.
   */
  private boolean isSecondLookNeeded(Publisher.Look first) throws IOException {
    return !ready.isEmpty()
        || hasComeUnseen(first.inventory())
        || publication.planner.isAnythingGone(first.inventory())
        || publication.planner.isAnyYounger(first, Inventory.nanos(context.clock));
  }

  /**
   * A version that is younger than the scan has to wait, and a moment later it may not be. And what
   * is renamed while we look, as from a list of objects to a pack of them, can be seen in neither
   * place: as long as a name has come that the look does not have, another one is taken.
   */
  private Publisher.Look secondLook(Publisher.Look first) throws IOException, InterruptedException {
    var known = new AnotherLook(publication.planner, first.inventory());
    heardOfLook = NameEvents.NOTHING;
    var look = publisher.look(known);
    for (int more = 0; more < MORE_LOOKS; more++) {
      hear();
      boolean isYounger =
          more == 0 && publication.planner.isAnyYounger(look, Inventory.nanos(context.clock));
      if (!isYounger && !hasComeUnseen(look.inventory())) {
        break;
      }
      Thread.sleep(TICK_MILLIS);
      heardOfLook = NameEvents.NOTHING;
      look = publisher.look(known);
    }
    return look;
  }

  private void hear() {
    var since = context.heard.take();
    publication.heard = publication.heard.and(since);
    heardOfSnapshots = heardOfSnapshots.and(since);
    heardOfLook = heardOfLook.and(since);
  }

  /** Whether a name has come that the look does not have, and is there now. */
  private boolean hasComeUnseen(Inventory inventory) throws IOException {
    var tree = inventory.tree();
    for (var path : publication.heard.came()) {
      if (tree.entries().containsKey(path) || tree.isUnknown(path)) {
        continue;
      }
      var entry = Entry.look(context.local, path);
      if (entry.isPresent() && !isSkipped(entry.get())) {
        return true;
      }
    }
    return false;
  }

  private boolean isSkipped(Entry entry) {
    var filter = context.settings.filter();
    return Inventory.isSkipped(filter, entry.path(), entry.kind() == Entry.Kind.DIRECTORY);
  }

  private boolean dropThoseThatNameUnseen(Publisher.Look first, Publisher.Look second)
      throws IOException {
    hear();
    return missed.dropThoseThatName(heardOfSnapshots, first, second);
  }

  private void noteUntaken(Inventory inventory) {
    inventory
        .unreadable()
        .forEach(
            (path, why) ->
                publication.problems.putIfAbsent(path, new Problem(Problem.Kind.UNREADABLE, why)));
    for (var path : inventory.misnamed()) {
      publication.problem(path, Problem.Kind.UNREADABLE, Planner.MISNAMED);
    }
    for (var path : inventory.special()) {
      if (publication.planner.isOurFile(path)) {
        publication.problem(
            path,
            Problem.Kind.UNREADABLE,
            "it is now a socket, FIFO or device; the volume keeps the file that it was");
      }
    }
    sayOfEach("special ", inventory.special(), " is a socket, FIFO or device, and not published");
    sayOfEach(
        "foreign ",
        inventory.foreign(),
        " looks like a database, but SQLite cannot read it (encrypted?): it is published as a"
            + " file, and may be inconsistent");
    for (var path : inventory.orphans()) {
      context.notices.once(
          "orphan " + path,
          () -> log.info("{} is not published: SQLite left it, and its database is gone", path));
    }
  }

  private void sayOfEach(String prefix, Set<Path> paths, String what) {
    context.notices.retainOf(prefix, paths);
    paths.forEach(path -> context.notices.lasting(log, prefix + path, path + what));
  }

  /** The pass is to be made again from its first step. Not an error. */
  private static final class StartOver extends RuntimeException {
    @Serial private static final long serialVersionUID = 1;

    StartOver() {
      super(null, null, false, false);
    }
  }
}
