package io.liteferry.publish;

import io.liteferry.publish.Knowledge.Published;
import io.liteferry.scan.Entry;
import io.liteferry.state.StateException;
import java.io.IOException;
import java.io.Serial;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
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

  /** When to look again at files that changed since the scan. */
  private static final long POSTPONED = TimeUnit.MILLISECONDS.toNanos(250);

  private final Publisher publisher;
  private final Publisher.Context context;
  private final Publisher.Purpose purpose;
  private final boolean mayStartOver;
  private final Publication publication;
  private final Snapshots snapshots;
  private final Deletions deletions;
  private final Map<Path, DatabaseTransfer.Ready> ready = new LinkedHashMap<>();
  private final Set<Path> came = new HashSet<>();
  private final long bytesBefore;

  /**
   * Prepares a pass.
   *
   * @param mayStartOver whether it may be given up for another one, from the first step
   */
  Pass(Publisher publisher, Publisher.Purpose purpose, boolean mayStartOver) {
    this.publisher = publisher;
    this.context = publisher.context;
    this.purpose = purpose;
    this.mayStartOver = mayStartOver;
    this.publication = new Publication(publisher);
    this.snapshots = new Snapshots(publisher, ready, publication.problems);
    this.deletions = new Deletions(publication, publisher.lastDirectories());
    this.bytesBefore = context.progress.get();
  }

  /** Makes the pass; empty when it is to be made again from its first step. */
  Optional<PassReport> run() throws IOException, InterruptedException {
    try {
      return Optional.of(steps());
    } catch (StartOver e) {
      return Optional.empty();
    } catch (IOException e) {
      boolean onVolume =
          !(e instanceof StateException) && (VolumeException.concernsAll(e) || isOnVolume(e));
      if (VolumeException.isOutOfRoom(e)) {
        var all = Path.of("");
        context.withoutRoom = Map.of(all, context.passesWithoutRoom(all) + 1);
      }
      if (onVolume || publication.hasBegun()) {
        context.failed(e);
      }
      throw onVolume ? VolumeException.of(context.volume.root(), e) : e;
    } catch (RuntimeException e) {
      context.needsNewEpoch |= publication.hasBegun();
      throw e;
    } finally {
      context.node.end();
      for (var database : ready.values()) {
        Files.deleteIfExists(database.image());
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
    var first = publisher.look(); // P1
    long begun = System.nanoTime();
    snapshots.take(first.inventory()); // P2
    early.take(first);
    boolean again = !early.isEmpty() || isSecondLookNeeded(first);
    var second = again ? secondLook() : first; // P3
    for (int i = 0;
        i < RETAKES
            && System.nanoTime() - begun < RETAKE_NANOS
            && dropThoseThatNameUnseen(first, second);
        i++) {
      log.debug("a file came and went while snapshots were taken: they are taken again");
      first = second;
      snapshots.take(first.inventory());
      second = secondLook();
    }
    context.node.end();
    noteUntaken(second.inventory());
    context.outwardLinks.note(second.inventory(), context.notices);
    publication.makeRoom(second.inventory().bytesOf(context.withoutRoom.keySet()));
    var files = new FilePublication(publication, second, early, purpose, mayStartOver);
    files.publish(); // P4
    if (mayStartOver && doesAnyName(files.missing())) {
      throw new StartOver();
    }
    new DatabasePublication(publication, second.inventory(), ready).publish(); // P5, P6
    files.publishRestless();
    came.addAll(context.heard.take().came());
    var verdict = deletions.make(first.inventory(), second.inventory(), ready, came, purpose); // P7
    if (context.hasNoRoom()) {
      context.lease.refillReserve(); // before anything else takes the room
      files.publishInRoomMade();
    }
    long generation = publication.finish(ready); // P8, P9
    if (!publication.withoutRoom().isEmpty()) {
      context.lease.refillReserve(); // what the manifest took of it is free again
    }
    return report(generation, second.inventory(), files, verdict);
  }

  private PassReport report(
      long generation, Inventory inventory, FilePublication files, DeleteGuard.Verdict verdict) {
    var problems = publication.problems;
    var withoutRoom = new HashMap<Path, Integer>();
    for (var path : publication.withoutRoom()) {
      withoutRoom.put(path, context.passesWithoutRoom(path) + 1);
    }
    context.withoutRoom = Map.copyOf(withoutRoom);
    context.postponed.keySet().retainAll(files.younger());
    files.younger().forEach(path -> context.postponed.merge(path, 1, Integer::sum));
    var left = new TreeSet<>(problems.keySet());
    left.addAll(files.postponed());
    context.unpublishedBytes = inventory.bytesOf(left);
    var again = verdict.reconsiderAt();
    for (long due : files.heldReplacements().values()) {
      again = earlier(again, due);
    }
    if (!files.postponed().isEmpty()) {
      again = earlier(again, System.nanoTime() + POSTPONED);
    }
    return new PassReport(
        generation,
        publication.files(),
        ready.size(),
        publication.deletions(),
        context.progress.get() - bytesBefore,
        problems,
        files.postponed(),
        verdict.held().size() + files.heldReplacements().size(),
        again);
  }

  private static Optional<Long> earlier(Optional<Long> one, long other) {
    return Optional.of(one.map(o -> o - other < 0 ? o : other).orElse(other));
  }

  /**
   * A file that is renamed while we look can be seen in neither place, so what seems gone is looked
   * for twice.
   */
  private boolean isSecondLookNeeded(Publisher.Look first) {
    return !ready.isEmpty()
        || deletions.isAnythingGone(first.inventory())
        || FilePublication.isAnyYounger(first, publisher.knowledge, context.clock);
  }

  /** A version that is younger than the scan has to wait; a moment later it may not be. */
  private Publisher.Look secondLook() throws IOException, InterruptedException {
    var look = publisher.look();
    if (FilePublication.isAnyYounger(look, publisher.knowledge, context.clock)) {
      Thread.sleep(TICK_MILLIS);
      return publisher.look();
    }
    return look;
  }

  /**
   * Takes out the snapshots that may name a file which is on the volume neither now nor after P4:
   * it came after the first scan, or was new in it, and went before the second. Whoever deletes
   * such a file deletes what names it, so only a database that changed since its snapshot can have
   * done so; and it has the file's name in it. Where nobody listens, any name may have come and
   * gone.
   *
   * @return whether there was any
   */
  private boolean dropThoseThatNameUnseen(Publisher.Look first, Publisher.Look second)
      throws IOException {
    var heard = context.heard.take();
    came.addAll(heard.came());
    var inventory = second.inventory();
    var missed = new HashSet<Path>();
    for (var names : List.of(heard.came(), first.inventory().items().keySet())) {
      names.stream().filter(path -> isMissed(path, inventory)).forEach(missed::add);
    }
    boolean any =
        (heard.deaf() || !heard.unheard().isEmpty()) && isAnyDirectoryTouched(first, second);
    if (missed.isEmpty() && !any) {
      return false;
    }
    var search = new NameSearch(missed);
    boolean dropped = false;
    for (var path : Set.copyOf(ready.keySet())) {
      var image = Objects.requireNonNull(ready.get(path)).image();
      if (hasChanged(path, inventory) && (any || search.mayBeIn(image))) {
        ready.remove(path);
        Files.deleteIfExists(image);
        dropped = true;
      }
    }
    return dropped;
  }

  private boolean doesAnyName(Set<Path> missing) throws IOException {
    var search = new NameSearch(missing);
    for (var database : ready.values()) {
      if (search.mayBeIn(database.image())) {
        return true;
      }
    }
    return false;
  }

  private boolean isMissed(Path path, Inventory inventory) {
    return !inventory.mayHave(path)
        && publisher.knowledge.get(path) == null
        && context.settings.filter().takes(path);
  }

  /** Whether a name may have come or gone anywhere, by what directories say of themselves. */
  private static boolean isAnyDirectoryTouched(Publisher.Look first, Publisher.Look second) {
    return !first.top().map(Entry::stamp).equals(second.top().map(Entry::stamp))
        || first.inventory().items().values().stream()
            .map(Inventory.Item::entry)
            .filter(entry -> entry.kind() == Entry.Kind.DIRECTORY)
            .anyMatch(
                entry -> {
                  var now = second.inventory().items().get(entry.path());
                  return now == null || !now.entry().stamp().equals(entry.stamp());
                });
  }

  /** Whether a database is not what it was when its snapshot was taken. */
  private boolean hasChanged(Path database, Inventory inventory) {
    var taken = Objects.requireNonNull(ready.get(database));
    var now = inventory.items().get(database);
    return now == null
        || !now.entry().stamp().equals(taken.source().stamp())
        || !now.wal().equals(taken.wal());
  }

  private boolean isFileOnVolume(Path path) {
    return publisher.knowledge.get(path) instanceof Published.Known
        || (publisher.knowledge.get(path) instanceof Published.Unread
            && publisher.isAnnounced(path));
  }

  static boolean isUnchanged(Inventory.Item item, @Nullable Published published) {
    return published instanceof Published.Known known && item.isUnchangedSince(known.index());
  }

  private void noteUntaken(Inventory inventory) {
    inventory
        .unreadable()
        .forEach(
            (path, why) ->
                publication.problems.putIfAbsent(path, new Problem(Problem.Kind.UNREADABLE, why)));
    for (var path : inventory.misnamed()) {
      publication.problem(
          path,
          Problem.Kind.UNREADABLE,
          "bears the name of a side file of the database beside it, and is none");
    }
    for (var path : inventory.special()) {
      if (isFileOnVolume(path)) {
        publication.problem(
            path,
            Problem.Kind.UNREADABLE,
            "is a socket, FIFO or device; the volume keeps the file that it was");
      }
    }
    sayOfEach("special ", inventory.special(), ": skipped, it is a socket, FIFO or device");
    sayOfEach(
        "foreign ",
        inventory.foreign(),
        ": looks like a database, and SQLite cannot read it (encrypted?); it travels as a file and"
            + " may be inconsistent");
    for (var path : inventory.orphans()) {
      context.notices.once(
          "orphan " + path,
          () -> log.info("{}: stays behind, SQLite left it of a database that is gone", path));
    }
  }

  private void sayOfEach(String prefix, Set<Path> paths, String what) {
    context.notices.retain(prefix, paths.stream().map(p -> prefix + p).collect(Collectors.toSet()));
    paths.forEach(path -> context.notices.lasting(log, prefix + path, path + what));
  }

  private boolean isOnVolume(IOException e) {
    return e instanceof java.nio.file.FileSystemException f
        && f.getFile() != null
        && Path.of(f.getFile()).startsWith(context.volume.root());
  }

  /** The pass is to be made again from its first step. Not an error. */
  private static final class StartOver extends RuntimeException {
    @Serial private static final long serialVersionUID = 1;

    StartOver() {
      super(null, null, false, false);
    }
  }
}
