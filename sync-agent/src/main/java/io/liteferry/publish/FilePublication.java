package io.liteferry.publish;

import io.liteferry.publish.OrderedTransfers.Transfer;
import io.liteferry.scan.Entry;
import io.liteferry.scan.Paths;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * P4: publishes the directories, files and links of a plan. For one thread.
 *
 * <p>Files name files: a ref of a git repository its commit, a list of segments each segment. What
 * is named is older than what names it. So new names take effect in the order of their age, and
 * replaced files after all new ones; and a version that is younger than the scan waits for the next
 * pass, since what it names may be younger, too.
 */
final class FilePublication {
  private static final Logger log = LoggerFactory.getLogger(FilePublication.class);

  /** In how many passes in a row a file may be found younger than the scan. */
  private static final int MOST_POSTPONED = 3;

  /** After so many files at most, what was published is made durable, and known to be. */
  private static final int BATCH = 1000;

  /** After so many passes in which a new file only grew, its beginning goes. */
  private static final int PASSES_OF_NEW = 2;

  private final Publication publication;
  private final PublishContext context;
  private final Knowledge knowledge;
  private final ChangePlan plan;
  private final Publisher.Look look;
  private final EarlyCopies early;
  private final MissedNames missed;
  private final OrderedTransfers transfers;
  private final Twins<Long> twins;
  private final Set<Path> refused = new HashSet<>();
  private final Set<Path> postponed = new TreeSet<>();
  private final Set<Path> waiting = new TreeSet<>();
  private final Set<Path> putOff = new TreeSet<>();
  private final Set<Path> missing = new TreeSet<>();
  private final List<Change.Put> restless = new ArrayList<>();

  /**
   * Prepares it.
   *
   * @param plan what to publish
   * @param look the one that the plan was made by
   * @param early what was copied before that look
   * @param missed which names a snapshot has
   */
  FilePublication(
      Publication publication,
      ChangePlan plan,
      Publisher.Look look,
      EarlyCopies early,
      MissedNames missed) {
    this.publication = publication;
    this.plan = plan;
    this.look = look;
    this.early = early;
    this.missed = missed;
    this.context = publication.context;
    this.knowledge = publication.knowledge;
    this.transfers =
        new OrderedTransfers(
            publication.publisher.transfers,
            this::take,
            path -> context.passesWithoutRoom(path) < 2);
    this.twins =
        new Twins<>(
            knowledge, look.inventory(), false, known -> known.source().map(s -> s.inode()));
  }

  /** Publishes all but the files that are written to all the time. */
  void publish() throws IOException, InterruptedException {
    var all = prepare(plan.puts());
    restless.addAll(all.stream().filter(put -> isRestless(put.entry())).toList());
    all.removeAll(restless);
    transfer(all, true);
  }

  /** Publishes those, for which no database waits. */
  void publishRestless() throws IOException, InterruptedException {
    var due = new ArrayList<Change.Put>();
    long now = System.nanoTime();
    for (var put : restless) {
      long rest = context.restless.rest(put.path(), now);
      if (publication.purpose.isRoutine() && rest > 0) {
        publication.problem(
            put.path(),
            Problem.Kind.CHANGING,
            "it is written to all the time: the next try is in %d s"
                .formatted(TimeUnit.NANOSECONDS.toSeconds(rest) + 1));
      } else {
        due.add(put);
      }
    }
    transfer(due, false);
    context.restless.retain(look.inventory().items().keySet());
  }

  /**
   * After deletions have made room: publishes what had none, and then what waited for that. Where
   * there is none yet for a file whose published version is larger, that version makes way: local
   * has it no longer.
   */
  void publishInRoomMade() throws IOException, InterruptedException {
    transfers.expectRoom();
    refused.clear();
    var lacking = publication.room.missing(); // of a directory also what is in it
    transfer(prepareAgain(path -> Paths.isAtOrBelow(lacking, path)), false);
    for (var put : plan.puts()) {
      var path = put.path();
      if (!publication.room.lacks(path)
          || !publication.room.wouldBeMadeBy(path, put.entry().stamp().size())) {
        continue;
      }
      log.warn("the agent deletes the larger {} on the volume to make room for the new one", path);
      publication.makeWay(path);
      publication.writer.syncDirectories();
      transfers.expectRoom();
      transfer(prepareAgain(path::equals), false);
      if (publication.room.lacks(path)) {
        break; // what was deleted gave no room: no other is tried
      }
    }
    transfer(prepareAgain(waiting::contains), false);
  }

  private List<Change.Put> prepareAgain(Predicate<Path> which) throws IOException {
    return prepare(plan.puts().stream().filter(put -> which.test(put.path())).toList());
  }

  private boolean isRestless(Entry entry) {
    var stamp = entry.stamp();
    long quiet = look.begun() - Math.max(stamp.mtime(), stamp.ctime());
    return context.restless.isRestless(entry.path(), quiet, missed::isNamed);
  }

  /** Files that changed since the scan, or wait for such a one, and go with the next pass. */
  Set<Path> postponed() {
    var all = new TreeSet<>(postponed);
    all.addAll(waiting);
    all.addAll(putOff);
    return all;
  }

  /** Those of them that are replaced or written to again and again. */
  Set<Path> younger() {
    return postponed;
  }

  /** Files that were there at the scan, and are neither on the volume nor told as a problem. */
  Set<Path> missing() {
    return missing;
  }

  /** Makes the directories and gathers the rest. */
  private List<Change.Put> prepare(List<Change.Put> puts) throws IOException {
    var prepared = new ArrayList<Change.Put>();
    var directories = new DirectoryPublication(publication);
    for (var put : puts) {
      var path = put.path();
      if (Paths.isAtOrBelow(refused, path)) {
        continue;
      }
      try {
        switch (put) {
          case Change.MakeDirectory make -> directories.make(make);
          case Change.SetMode set -> directories.setMode(set.entry());
          case Change.PutLink _, Change.PutFile _ -> {
            if (publication.clearEmptyDirectory(path)) {
              prepared.add(put);
            }
          }
        }
      } catch (IOException e) {
        publication.refuse(path, e);
        refused.add(path);
      }
    }
    return prepared;
  }

  /** Not before its batch: of 200,000 files at once they would take more than the files' names. */
  private Transfer transfer(Change.Put put) {
    return switch (put) {
      case Change.PutLink link -> link(link);
      case Change.PutFile file -> file(file);
      case Change.MakeDirectory _, Change.SetMode _ -> throw new IllegalArgumentException();
    };
  }

  private Transfer link(Change.PutLink link) {
    var files = publication.publisher.files;
    return new Transfer(
        link.entry(), link.isNew(), false, turn -> () -> files.publishLink(link, turn));
  }

  private Transfer file(Change.PutFile file) {
    var entry = file.entry();
    var path = file.path();
    var published = knowledge.get(path);
    int passes = context.postponed.getOrDefault(path, 0);
    boolean goesAtAnyAge =
        passes >= MOST_POSTPONED || (!publication.purpose.isRoutine() && isRestless(entry));
    var request =
        new TransferRequest(
            file,
            published,
            look.begun(),
            published != null || context.restless.tries(path) + passes >= PASSES_OF_NEW,
            () ->
                goesAtAnyAge
                    || (published == null && !publication.mayStartOver && missed.isNamed(path)),
            published == null ? twinOf(entry) : Optional.empty());
    var files = publication.publisher.files;
    var copy = early.of(path);
    return new Transfer(
        entry,
        file.isNew(),
        copy.isEmpty() && request.twin().isEmpty(),
        turn ->
            () ->
                copy.isPresent()
                    ? files.publishEarly(copy.get(), request, turn)
                    : files.publishFile(request, turn));
  }

  private Optional<Twins.Twin> twinOf(Entry entry) {
    return twins.give(
        entry.stamp().inode(),
        entry.path(),
        known ->
            known.source().filter(s -> s.sameContentAs(entry.stamp())).isPresent()
                && known.hasAttributesOf(entry));
  }

  /**
   * Publishes them, the new ones first.
   *
   * @param inOrder whether younger ones wait for one that the volume has no room for
   */
  private void transfer(List<Change.Put> all, boolean inOrder)
      throws IOException, InterruptedException {
    if (!all.isEmpty()) {
      publication.begin();
      publication.announce(all.stream().map(Change.Put::path).collect(Collectors.toSet())); // P4
    }
    boolean isClosed = false;
    for (boolean areNew : new boolean[] {true, false}) {
      var some = all.stream().filter(put -> put.isNew() == areNew).toList();
      if (!isClosed && inOrder && !areNew && !some.isEmpty() && mayLackNew()) {
        some.forEach(put -> putOff.add(put.path()));
        some = List.of();
      }
      for (int i = 0; i == 0 || i < some.size(); i += BATCH) {
        var batch = some.subList(i, Math.min(some.size(), i + BATCH));
        if (isClosed) {
          batch.forEach(put -> waiting.add(put.path()));
        } else {
          isClosed = transfers.run(batch.stream().map(this::transfer).toList(), inOrder); // P4
        }
        publication.makeDurable(); // P4
      }
    }
  }

  /**
   * Whether a new file is not on the volume that what is replaced may name: it has gone since the
   * scan, perhaps to another name as a commit to a pack; or it is left to the next pass, and may
   * have the content of one that went. Not for ever, where new files come and go all the time.
   */
  private boolean mayLackNew() {
    boolean wentAny = !publication.heard.went().isEmpty();
    boolean lacks = missing.stream().anyMatch(path -> wentAny || !postponed.contains(path));
    context.replacedPutOff =
        lacks && context.replacedPutOff < MOST_POSTPONED ? context.replacedPutOff + 1 : 0;
    return context.replacedPutOff > 0;
  }

  private void take(Path path, Outcome outcome) throws IOException {
    switch (outcome) {
      case Outcome.Done done -> {
        settled(path);
        publication.published(path, done.published());
        context.restless.forget(path);
      }
      case Outcome.Older older -> {
        settled(path);
        publication.published(path, older.published());
        postponed.add(path);
      }
      case Outcome.Begun begun -> {
        settled(path);
        publication.published(path, begun.published());
        rest(path, begun.nanos());
      }
      case Outcome.Same same -> {
        knowledge.put(path, same.published());
        context.restless.forget(path);
      }
      case Outcome.Gone gone -> {
        settled(path);
        missing.add(path);
      }
      case Outcome.Younger younger -> {
        settled(path);
        postponed.add(path);
        if (knowledge.get(path) == null) {
          missing.add(path);
        }
      }
      case Outcome.Waiting held -> waiting.add(path);
      case Outcome.Changing changing -> {
        publication.problem(path, Problem.Kind.CHANGING, "it is being written to");
        rest(path, changing.nanos());
      }
      case Outcome.Unreadable unreadable ->
          publication.problem(path, Problem.Kind.UNREADABLE, unreadable.why());
      case Outcome.Refused refusal -> publication.refuse(path, refusal.error());
    }
  }

  /** What was said of it before, in this pass, is over. */
  private void settled(Path path) {
    publication.problems.remove(path);
    waiting.remove(path);
  }

  private void rest(Path path, long nanos) {
    var item = look.inventory().items().get(path);
    if (item != null && item.entry().stamp().size() >= FileTransfer.LARGE) {
      context.restless.tried(path, nanos, System.nanoTime());
    }
  }
}
