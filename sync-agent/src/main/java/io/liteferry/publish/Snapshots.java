package io.liteferry.publish;

import io.liteferry.durable.Durable;
import io.liteferry.durable.Errno;
import io.liteferry.log.Event;
import io.liteferry.publish.Knowledge.Published;
import io.liteferry.state.IndexEntry;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * P2: takes and checks a snapshot of each database that differs from what the volume has.
 *
 * <p>In batches: first all of a batch are looked at, then their snapshots are taken, several at
 * once, then they are synced in local. So no file of local is opened while SQLite has one open,
 * whatever hard links there are: see the invariants of the package {@code sqlite}.
 */
final class Snapshots {
  private static final Logger log = LoggerFactory.getLogger(Snapshots.class);

  /** How many times its time-out a database rests whose check did not end. */
  private static final int CHECK_REST = 10;

  private static final int BATCH = 64;

  /** In bytes. Larger ones go one after the other: each would only make the others slower. */
  private static final long SMALL = 8 << 20;

  private final Publication publication;
  private final Publisher publisher;
  private final PublishContext context;
  private final LockedDatabases locked;
  private final Map<Path, Ready> ready;
  private final Map<Path, Problem> problems;
  private final Set<String> corrupt = new HashSet<>();
  private boolean begun;

  /** Images that are nobody's yet. */
  private final Set<Path> unclaimed = ConcurrentHashMap.newKeySet();

  /**
   * A snapshot that was taken.
   *
   * @param synced what follows when local is synced, with SQLite's change counter
   */
  private record Taken(DatabaseLook look, Consumer<OptionalLong> synced) {}

  /**
   * For one pass, whose problems get what is held back.
   *
   * @param ready gets what is to be published; its images are the caller's to delete, also when
   *     this throws
   */
  Snapshots(Publication publication, Map<Path, Ready> ready) {
    this.publication = publication;
    this.publisher = publication.publisher;
    this.context = publisher.context;
    this.locked = context.locked;
    this.ready = ready;
    this.problems = publication.problems;
  }

  /**
   * Takes those that are neither ready nor a problem yet. Those that are locked come last, and do
   * not hold up the others.
   *
   * @throws IOException when state or the volume fails
   */
  void take(Inventory inventory) throws IOException, InterruptedException {
    var candidates = candidates(inventory);
    if (!begun) {
      begun = true; // the time for locks is the pass's, however often snapshots are taken in it
      locked.begin(candidates.keySet(), System.nanoTime());
    }
    try {
      var known = new ArrayList<Candidate>();
      var others = new ArrayList<Candidate>();
      for (var candidate : candidates.values()) {
        (locked.isKnown(candidate.path()) ? known : others).add(candidate);
      }
      var now = attempt(others, LockedDatabases.FIRST);
      boolean hurry = !ready.isEmpty() || publication.planner.hasFilesToPublish(inventory);
      var turn = locked.turn().map(candidates::get);
      turn.ifPresent(known::remove);
      attempt(known, hurry || turn.isPresent() ? Duration.ZERO : LockedDatabases.SHORT);
      if (turn.isPresent()) {
        now.add(turn.get());
      }
      for (var candidate : hurry ? turn.stream().toList() : now) {
        attempt(List.of(candidate), context.settings.busyTimeout());
      }
    } finally {
      for (var image : unclaimed) {
        Files.deleteIfExists(image);
      }
    }
    context.notices.retain("corrupt ", corrupt);
  }

  private Map<Path, Candidate> candidates(Inventory inventory) throws IOException {
    var candidates = new TreeMap<Path, Candidate>();
    forget(inventory);
    for (var item : inventory.items().values()) {
      var path = item.entry().path();
      if (!item.database() || ready.containsKey(path) || problems.containsKey(path)) {
        continue;
      }
      boolean force = publisher.knowledge.hasSideFilesOf(path);
      boolean due = force || publisher.forms.folds().isDue(path, publication);
      if (!due && Planner.isUnchanged(item, publisher.knowledge.get(path))) {
        continue;
      }
      force = force || new PlainFiles(publication).isOthers(path);
      @Nullable Published published = publisher.knowledge.get(path);
      var plan =
          force ? Optional.<Forms.Plan>empty() : publisher.forms.plan(item, published, publication);
      if (problems.containsKey(path)) {
        continue;
      }
      var again = context.checkAgain.get(path);
      boolean waits = again != null && System.nanoTime() - again < 0;
      if (waits && plan.filter(p -> !p.isToBeChecked()).isPresent()) {
        plan = plan.map(Forms.Plan::withoutFold); // which makes no check
      } else if (waits) {
        problems.put(
            path,
            new Problem(
                Problem.Kind.CHECK_UNFINISHED,
                "its last check did not end in time, and the agent does not repeat it for a"
                    + " while"));
        continue;
      }
      var refused = context.refused.recallOrForget(item, System.nanoTime());
      if (refused.isPresent()) {
        withhold(path, refused.get());
        continue;
      }
      force |= publisher.forms.folds().isBehind(path, publication);
      candidates.put(path, new Candidate(path, published, force, plan));
    }
    return candidates;
  }

  /** What is kept of databases that are not there any more. */
  private void forget(Inventory inventory) {
    var there = inventory.items().keySet();
    context.refused.retain(there);
    context.checkAgain.keySet().retainAll(there);
    context.notices.retainOf(DatabaseTransfer.PARTLY, inventory.databases());
  }

  /**
   * Takes the snapshots of some.
   *
   * @param wait for a lock, each of them, as long as the pass has time for that
   * @return those that are locked
   */
  private List<Candidate> attempt(List<Candidate> candidates, Duration wait)
      throws IOException, InterruptedException {
    var stillLocked = new ArrayList<Candidate>();
    for (int from = 0; from < candidates.size(); from += BATCH) {
      var batch = candidates.subList(from, Math.min(from + BATCH, candidates.size()));
      batch(batch, wait, stillLocked);
    }
    return stillLocked;
  }

  private void batch(List<Candidate> batch, Duration wait, List<Candidate> stillLocked)
      throws IOException, InterruptedException {
    var looks = new LinkedHashMap<Candidate, DatabaseLook>();
    for (var candidate : batch) {
      context.node.sign();
      try {
        var look = publisher.databases.look(candidate.path());
        look.ifPresent(l -> looks.put(candidate, l));
      } catch (NoSuchFileException e) {
        // gone: the next pass sees to that
      } catch (FileSystemException e) {
        withhold(candidate.path(), new Problem(Problem.Kind.UNREADABLE, Errno.describe(e)));
      }
    }
    var taken = new TreeMap<Path, Taken>();
    var small = new LinkedHashMap<Path, Transfers.Task<DatabaseTransfer.Attempt>>();
    var byPath = new LinkedHashMap<Path, Candidate>();
    looks.forEach(
        (candidate, look) -> {
          byPath.put(candidate.path(), candidate);
          if (look.bytes() <= SMALL) {
            small.put(candidate.path(), () -> snapshot(candidate, look, wait));
          }
        });
    publisher.transfers.run(
        small,
        (path, attempt) -> {
          var candidate = Objects.requireNonNull(byPath.get(path));
          accept(
              candidate,
              Objects.requireNonNull(looks.get(candidate)),
              attempt,
              wait,
              taken,
              stillLocked);
        });
    for (var look : looks.entrySet()) {
      if (look.getValue().bytes() > SMALL) {
        var attempt = snapshot(look.getKey(), look.getValue(), wait);
        accept(look.getKey(), look.getValue(), attempt, wait, taken, stillLocked);
      }
    }
    sync(taken);
  }

  /** On any thread. */
  private DatabaseTransfer.Attempt snapshot(Candidate candidate, DatabaseLook look, Duration wait)
      throws IOException {
    var granted = locked.grant(wait);
    long begun = System.nanoTime();
    var attempt = publisher.forms.attempt(candidate, look, granted);
    // what was read in that time was not waited, but nobody knows how much that was
    boolean waited = attempt.outcome() instanceof DatabaseTransfer.Outcome.Locked;
    locked.used(granted, waited ? System.nanoTime() - begun : 0);
    if (attempt.outcome() instanceof DatabaseTransfer.Outcome.Differs differs) {
      unclaimed.add(differs.ready().image());
      differs.ready().segment().ifPresent(unclaimed::add);
    }
    return attempt;
  }

  private void accept(
      Candidate candidate,
      DatabaseLook look,
      DatabaseTransfer.Attempt attempt,
      Duration wait,
      Map<Path, Taken> taken,
      List<Candidate> stillLocked) {
    var path = candidate.path();
    context.timings.took(Timings.Step.SNAPSHOT, attempt.snapshot());
    attempt.check().ifPresent(nanos -> context.timings.took(Timings.Step.CHECK, nanos));
    if (attempt.outcome() instanceof DatabaseTransfer.Outcome.Locked) {
      boolean inFull = wait.equals(context.settings.busyTimeout());
      var since = locked.locked(path, inFull, System.nanoTime());
      var tried = Duration.ofNanos(attempt.snapshot());
      var longest = since.compareTo(tried) > 0 ? since : tried;
      problems.put(
          path,
          new Problem(
              Problem.Kind.LOCKED,
              "the application has locked it for more than %d ms".formatted(longest.toMillis())));
      stillLocked.add(candidate);
      return;
    }
    locked.free(path);
    problems.remove(path);
    switch (attempt.outcome()) {
      case DatabaseTransfer.Outcome.Differs differs ->
          taken.put(path, new Taken(look, counter -> claim(differs.ready().withChanges(counter))));
      case DatabaseTransfer.Outcome.Same same ->
          taken.put(path, new Taken(look, counter -> know(path, same.known().index(), counter)));
      case DatabaseTransfer.Outcome.Gone gone -> {}
      case DatabaseTransfer.Outcome.Locked busy -> throw new IllegalStateException();
      case DatabaseTransfer.Outcome.Unchecked unchecked -> {
        problems.put(path, new Problem(Problem.Kind.CHECK_UNFINISHED, unchecked.why()));
        // One database must not take all the time there is for the others.
        context.checkAgain.put(
            path, System.nanoTime() + CHECK_REST * context.settings.check().timeout().toNanos());
      }
      case DatabaseTransfer.Outcome.Withheld withheld -> {
        if (withheld.lasting() && look.conclusive()) {
          context.refused.add(
              path, look.source().stamp(), look.wal(), withheld.problem(), System.nanoTime());
        }
        withhold(path, withheld.problem());
      }
    }
  }

  private void claim(Ready database) {
    ready.put(database.source().path(), database);
    unclaimed.remove(database.image());
    database.segment().ifPresent(unclaimed::remove);
  }

  private void know(Path path, IndexEntry known, OptionalLong changes) {
    publisher.knowledge.put(
        path, new Published.Known(known.with(known.past().withChanges(changes))));
  }

  /**
   * What is published must be in local, too, when the node loses its power; also what was published
   * before, as a checkpoint that is lost takes with it what its WAL had.
   */
  private void sync(Map<Path, Taken> taken) throws IOException, InterruptedException {
    var tasks = new LinkedHashMap<Path, Transfers.Task<OptionalLong>>();
    var directories = new TreeSet<Path>();
    taken.forEach(
        (path, one) -> {
          directories.add(Objects.requireNonNull(context.local.resolve(path).getParent()));
          tasks.put(path, () -> publisher.databases.syncLocal(one.look()));
        });
    var counters = new TreeMap<Path, OptionalLong>();
    publisher.transfers.run(tasks, counters::put);
    for (var directory : directories) {
      Durable.syncDirectory(directory);
      context.node.sign();
    }
    counters.forEach(
        (path, counter) -> Objects.requireNonNull(taken.get(path)).synced().accept(counter));
  }

  private void withhold(Path path, Problem problem) {
    problems.put(path, problem);
    if (problem.kind() == Problem.Kind.CHECK_FAILED) {
      context.refused.failedCheck(path);
      corrupt.add("corrupt " + path);
      context.notices.once(
          "corrupt " + path,
          () ->
              Event.of("check-failed")
                  .with(path)
                  .with("why", problem.why())
                  .log(
                      () ->
                          log.error(
                              "{} is NOT published, as its check failed; the volume keeps the"
                                  + " last good copy: {}",
                              path,
                              problem.why())));
    }
  }
}
