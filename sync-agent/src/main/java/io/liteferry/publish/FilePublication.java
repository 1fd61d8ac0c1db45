package io.liteferry.publish;

import io.liteferry.durable.Beneath;
import io.liteferry.durable.Durable;
import io.liteferry.publish.Knowledge.Published;
import io.liteferry.scan.Entry;
import io.liteferry.state.IndexEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotLinkException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
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
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * P4: publishes directories, files and links. For one thread.
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

  /** After so many passes in which a new file only grew, its beginning goes. */
  private static final int PASSES_OF_NEW = 2;

  private final Publication publication;
  private final Publisher.Context context;
  private final Knowledge knowledge;
  private final Publisher.Look look;
  private final EarlyCopies early;
  private final boolean routine;
  private final boolean mayStartOver;
  private final Map<Path, Long> heldReplacements = new HashMap<>();
  private final Set<Path> postponed = new TreeSet<>();
  private final Set<Path> waiting = new TreeSet<>();
  private final Set<Path> missing = new TreeSet<>();
  private final List<Candidate> restless = new ArrayList<>();
  private @Nullable Map<Long, FileTransfer.Twin> twins;
  private final Map<Path, FileTransfer.Twin> givenTwins = new HashMap<>();
  private long differing;

  /** The size of the smallest file that the volume had no room for: a larger one has none, too. */
  private volatile long tooMuch = Long.MAX_VALUE;

  /** One file or link to be published. */
  private record Candidate(
      Path path,
      boolean isNew,
      long age,
      long bytes,
      boolean needsRoom,
      Function<FileTransfer.Turn, Transfers.Task<FileTransfer.Outcome>> task) {}

  /**
   * Prepares it.
   *
   * @param look what to publish
   * @param early what was copied before that look
   * @param mayStartOver whether the pass is made anew when a new file turns out to be missing
   */
  FilePublication(
      Publication publication,
      Publisher.Look look,
      EarlyCopies early,
      Publisher.Purpose purpose,
      boolean mayStartOver) {
    this.publication = publication;
    this.mayStartOver = mayStartOver;
    this.early = early;
    this.context = publication.context;
    this.knowledge = publication.knowledge;
    this.look = look;
    this.routine = purpose == Publisher.Purpose.ROUTINE;
  }

  /** Whether anything is to be published that is younger than the look. */
  static boolean isAnyYounger(Publisher.Look look, Knowledge knowledge, Clock clock) {
    long now = Inventory.nanos(clock);
    for (var item : look.inventory().items().values()) {
      if (item.entry().kind() == Entry.Kind.FILE
          && !item.database()
          && !item.entry().stamp().isOlderThan(look.begun(), now)
          && !Pass.isUnchanged(item, knowledge.get(item.entry().path()))) {
        return true;
      }
    }
    return false;
  }

  /** Publishes all but the files that are written to all the time. */
  void publish() throws IOException, InterruptedException {
    var candidates = collect();
    context.unpublishedBytes = differing;
    restless.addAll(candidates.stream().filter(c -> isRestless(c.path())).toList());
    candidates.removeAll(restless);
    transfer(candidates, true);
  }

  /** Publishes those, for which no database waits. */
  void publishRestless() throws IOException, InterruptedException {
    var due = new ArrayList<Candidate>();
    long now = System.nanoTime();
    for (var candidate : restless) {
      long rest = context.restless.rest(candidate.path(), now);
      if (routine && rest > 0) {
        publication.problem(
            candidate.path(),
            Problem.Kind.CHANGING,
            "is written to all the time: the next try is in %d s"
                .formatted(TimeUnit.NANOSECONDS.toSeconds(rest) + 1));
      } else {
        due.add(candidate);
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
    tooMuch = Long.MAX_VALUE;
    transfer(remaining(this::hadNoRoom), false);
    for (var candidate : remaining(this::hadNoRoom)) {
      var path = candidate.path();
      if (!wouldMakeRoom(path)) {
        continue;
      }
      log.warn("{}: the volume has no room for it before its larger version is deleted", path);
      publication.takeAway(path);
      publication.syncDirectories();
      tooMuch = Long.MAX_VALUE;
      transfer(new ArrayList<>(List.of(candidate)), false);
      if (hadNoRoom(path)) {
        break; // what was deleted gave no room: no other is tried
      }
    }
    transfer(remaining(waiting::contains), false);
  }

  private List<Candidate> remaining(Predicate<Path> which) throws IOException {
    var remaining = new ArrayList<Candidate>();
    for (var candidate : collect()) {
      if (which.test(candidate.path())) {
        remaining.add(candidate);
      }
    }
    return remaining;
  }

  private boolean hadNoRoom(Path path) {
    var problem = publication.problems.get(path);
    return problem != null && problem.kind() == Problem.Kind.NO_ROOM;
  }

  /** Not where it has another name as well, or where that would not do. */
  private boolean wouldMakeRoom(Path path) throws IOException {
    if (!(knowledge.get(path) instanceof Published.Known known)
        || known.index().database()
        || known.index().volumeSize() <= bytesOf(path)) {
      return false;
    }
    var room = publication.volume.room();
    var links = Files.getAttribute(publication.volume.root().resolve(path), "unix:nlink");
    return Integer.valueOf(1).equals(links)
        && (room.isEmpty() || room.getAsLong() + known.index().volumeSize() >= bytesOf(path));
  }

  private boolean isRestless(Path path) {
    var item = look.inventory().items().get(path);
    if (item == null) {
      return false;
    }
    var stamp = item.entry().stamp();
    long quiet = look.begun() - Math.max(stamp.mtime(), stamp.ctime());
    return context.restless.isRestless(path, quiet);
  }

  /** What is held back until the delete guard's time is over: when the first is due. */
  Map<Path, Long> heldReplacements() {
    return heldReplacements;
  }

  /** Files that changed since the scan, or wait for such a one, and go with the next pass. */
  Set<Path> postponed() {
    var all = new TreeSet<>(postponed);
    all.addAll(waiting);
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

  /**
   * Makes the directories and gathers the rest.
   *
   * <p>Where local is in memory, a write through a mapping leaves no trace in a file's stamp: for
   * whoever relies on the volume all files are read.
   */
  private List<Candidate> collect() throws IOException {
    var candidates = new ArrayList<Candidate>();
    var refusedDirectories = new HashSet<Path>();
    differing = 0;
    boolean readAll = !routine && context.isLocalInMemory();
    holdReplacedDatabases();
    for (var item : look.inventory().items().values()) {
      var entry = item.entry();
      var path = entry.path();
      @Nullable Published published = knowledge.get(path);
      boolean differs =
          entry.kind() == Entry.Kind.FILE
              && (!Pass.isUnchanged(item, published) || (readAll && !item.database()));
      if (differs) {
        differing += item.bytes();
      }
      if (isBelow(heldReplacements.keySet(), path) || isBelow(refusedDirectories, path)) {
        continue;
      }
      try {
        switch (entry.kind()) {
          case DIRECTORY -> publishDirectory(entry, published);
          case LINK -> link(entry, published).ifPresent(candidates::add);
          case FILE -> {
            if (differs && !item.database()) {
              file(entry, published).ifPresent(candidates::add);
            }
          }
          case SPECIAL -> {}
        }
      } catch (IOException e) {
        publication.refuse(path, e);
        refusedDirectories.add(path);
      }
    }
    return candidates;
  }

  private Optional<Candidate> link(Entry entry, @Nullable Published published) throws IOException {
    var path = entry.path();
    var target = readLink(path);
    if (target.isEmpty()
        || FileTransfer.isSameLink(published, target.get())
        || !publication.clearEmptyDirectory(path)) {
      return Optional.empty();
    }
    keepReplacedDatabase(path);
    return Optional.of(
        candidate(
            entry,
            published,
            false,
            turn -> () -> publication.publisher.files.publishLink(entry, target.get(), turn)));
  }

  private Optional<Candidate> file(Entry entry, @Nullable Published published) throws IOException {
    var path = entry.path();
    if (!publication.clearEmptyDirectory(path)) {
      return Optional.empty();
    }
    keepReplacedDatabase(path);
    int postponedBefore = context.postponed.getOrDefault(path, 0);
    var request =
        new FileTransfer.Request(
            entry,
            knowledge.get(path),
            look.begun(),
            published != null || context.restless.tries(path) + postponedBefore >= PASSES_OF_NEW,
            postponedBefore >= MOST_POSTPONED
                || (!routine && isRestless(path))
                || (published == null && !mayStartOver),
            published == null ? twinOf(entry) : Optional.empty());
    var files = publication.publisher.files;
    var copy = early.of(path);
    return Optional.of(
        candidate(
            entry,
            published,
            copy.isEmpty() && request.twin().isEmpty(),
            turn ->
                () ->
                    copy.isPresent()
                        ? files.publishEarly(copy.get(), request, turn)
                        : files.publishFile(request, turn)));
  }

  private static Candidate candidate(
      Entry entry,
      @Nullable Published published,
      boolean needsRoom,
      Function<FileTransfer.Turn, Transfers.Task<FileTransfer.Outcome>> task) {
    boolean isNew = published == null || published instanceof Published.Directory;
    return new Candidate(
        entry.path(), isNew, entry.stamp().ctime(), entry.stamp().size(), needsRoom, task);
  }

  /**
   * A published file that is the same by inode, and gone under its old name: local has renamed it,
   * or a directory above it. Two files of local never become two names of one on the volume: an
   * application that runs there one day would change both.
   */
  private Optional<FileTransfer.Twin> twinOf(Entry entry) {
    var known = twins == null ? filesByInode() : twins;
    twins = known;
    var given = givenTwins.get(entry.path());
    if (given == null) {
      given = known.get(entry.stamp().inode());
      if (given == null || !isSameButForItsName(given.index(), entry)) {
        return Optional.empty();
      }
      known.remove(entry.stamp().inode());
      givenTwins.put(entry.path(), given);
    }
    return Optional.of(given);
  }

  private Map<Long, FileTransfer.Twin> filesByInode() {
    var byInode = new HashMap<Long, FileTransfer.Twin>();
    knowledge
        .names()
        .forEach(
            (path, published) -> {
              if (published instanceof Published.Known known
                  && !known.index().database()
                  && !look.inventory().mayHave(path)) {
                known
                    .index()
                    .source()
                    .ifPresent(
                        s -> byInode.put(s.inode(), new FileTransfer.Twin(path, known.index())));
              }
            });
    return byInode;
  }

  private static boolean isSameButForItsName(IndexEntry known, Entry entry) {
    return known.source().map(s -> s.sameContentAs(entry.stamp())).orElse(false)
        && known.mode() == entry.mode()
        && known.uid() == entry.uid()
        && known.gid() == entry.gid();
  }

  /**
   * Publishes them.
   *
   * @param inOrder whether younger ones wait for one that the volume has no room for
   */
  private void transfer(List<Candidate> candidates, boolean inOrder)
      throws IOException, InterruptedException {
    if (candidates.isEmpty()) {
      publication.syncDirectories();
      return;
    }
    publication.begin();
    announce(candidates.stream().map(Candidate::path).collect(Collectors.toSet()));
    candidates.sort(Comparator.comparingLong(Candidate::age));
    boolean isClosed = false;
    for (boolean areNew : new boolean[] {true, false}) {
      var some = candidates.stream().filter(candidate -> candidate.isNew() == areNew).toList();
      if (isClosed) {
        some.forEach(candidate -> waiting.add(candidate.path()));
      } else {
        isClosed = run(some, inOrder);
      }
      publication.syncDirectories();
    }
  }

  /** Returns whether some of them wait for another one. */
  private boolean run(List<Candidate> candidates, boolean inOrder)
      throws IOException, InterruptedException {
    var turns = new Turns();
    var tasks = new LinkedHashMap<Path, Transfers.Task<FileTransfer.Outcome>>();
    for (var candidate : candidates) {
      tasks.put(candidate.path(), new InTurn(candidate, tasks.size(), turns, inOrder));
    }
    publication.publisher.transfers.run(tasks, this::take);
    return turns.isClosed();
  }

  /** One transfer among others. */
  private final class InTurn implements Transfers.Task<FileTransfer.Outcome> {
    private final Candidate candidate;
    private final int number;
    private final Turns turns;
    private final boolean inOrder;
    private final Transfers.Task<FileTransfer.Outcome> task;

    InTurn(Candidate candidate, int number, Turns turns, boolean inOrder) {
      this.candidate = candidate;
      this.number = number;
      this.turns = turns;
      this.inOrder = inOrder;
      this.task = candidate.task().apply(() -> turns.await(number));
    }

    @Override
    public FileTransfer.Outcome run() throws IOException, InterruptedException {
      try {
        if (turns.isClosed()) {
          return new FileTransfer.Outcome.Waiting();
        }
        var outcome =
            candidate.needsRoom() && candidate.bytes() >= tooMuch ? noRoom(candidate) : task.run();
        if (inOrder
            && outcome instanceof FileTransfer.Outcome.Refused refused
            && VolumeException.isOutOfRoom(refused.error())
            && context.passesWithoutRoom(candidate.path()) < 2
            && turns.await(number)) {
          turns.close();
        }
        return outcome;
      } finally {
        turns.over(number);
      }
    }

    @Override
    public void skipped() {
      turns.over(number);
    }
  }

  private FileTransfer.Outcome noRoom(Candidate candidate) {
    return new FileTransfer.Outcome.Refused(
        VolumeException.noRoom(
            "no space left on device: %s needs %d bytes"
                .formatted(candidate.path(), candidate.bytes())));
  }

  private void take(Path path, FileTransfer.Outcome outcome) throws IOException {
    switch (outcome) {
      case FileTransfer.Outcome.Done done -> {
        settled(path);
        publication.published(path, done.published());
        context.restless.forget(path);
      }
      case FileTransfer.Outcome.Older older -> {
        settled(path);
        publication.published(path, older.published());
        postponed.add(path);
      }
      case FileTransfer.Outcome.Begun begun -> {
        settled(path);
        publication.published(path, begun.published());
        rest(path, begun.nanos());
      }
      case FileTransfer.Outcome.Same same -> {
        knowledge.put(path, same.published());
        publication.publisher.indexIsStale = true;
        context.restless.forget(path);
      }
      case FileTransfer.Outcome.Gone gone -> {
        settled(path);
        missing.add(path);
      }
      case FileTransfer.Outcome.Younger younger -> {
        settled(path);
        postponed.add(path);
        if (knowledge.get(path) == null) {
          missing.add(path);
        }
      }
      case FileTransfer.Outcome.Waiting held -> waiting.add(path);
      case FileTransfer.Outcome.Changing changing -> {
        publication.problem(path, Problem.Kind.CHANGING, "is being written to");
        rest(path, changing.nanos());
      }
      case FileTransfer.Outcome.Unreadable unreadable ->
          publication.problem(path, Problem.Kind.UNREADABLE, unreadable.why());
      case FileTransfer.Outcome.Refused refused -> {
        if (refused.error() instanceof NoSuchFileException) {
          throw VolumeException.of(publication.volume.root(), refused.error());
        }
        if (VolumeException.isOutOfSpace(refused.error())) {
          tooMuch = Math.min(tooMuch, bytesOf(path));
        }
        publication.refuse(path, refused.error());
      }
    }
  }

  /** What was said of it before, in this pass, is over. */
  private void settled(Path path) {
    publication.problems.remove(path);
    waiting.remove(path);
  }

  private long bytesOf(Path path) {
    var item = look.inventory().items().get(path);
    return item == null ? 0 : item.entry().stamp().size();
  }

  private void rest(Path path, long nanos) {
    if (bytesOf(path) >= FileTransfer.LARGE) {
      context.restless.tried(path, nanos, System.nanoTime());
    }
  }

  /**
   * A database that has become something else, often an empty file, looks as much like an accident
   * as one that is gone: the volume keeps it for as long, unless somebody relies on this pass.
   */
  private void holdReplacedDatabases() {
    long now = System.nanoTime();
    long grace = routine ? context.settings.deleteGuard().toNanos() : 0;
    var replaced = new HashSet<Path>();
    for (var item : look.inventory().items().values()) {
      var path = item.entry().path();
      if (!item.database() && publication.isPublishedDatabase(path)) {
        replaced.add(path);
        long due = context.replacedSince.computeIfAbsent(path, p -> now) + grace;
        if (now - due < 0) {
          heldReplacements.put(path, due);
          context.notices.once(
              "replaced " + path,
              () ->
                  log.warn(
                      "{}: is no database any more; the volume keeps the last one for {}s",
                      path,
                      context.settings.deleteGuard().toSeconds()));
        }
      }
    }
    context.replacedSince.keySet().retainAll(replaced);
    context.notices.retain(
        "replaced ", replaced.stream().map(p -> "replaced " + p).collect(Collectors.toSet()));
  }

  private void keepReplacedDatabase(Path path) throws IOException {
    publication
        .keepDatabase(path)
        .ifPresent(
            copy -> log.warn("{}: is no database any more; the last is kept as {}", path, copy));
  }

  /** Durably where something takes a database's place: else it would seem somebody else's. */
  private void announce(Set<Path> names) throws IOException {
    publication.publisher.announce(
        names, names.stream().anyMatch(publication::isPublishedDatabase));
  }

  private void publishDirectory(Entry entry, @Nullable Published published) throws IOException {
    var path = entry.path();
    var target = publication.volume.root().resolve(path);
    var now = new Published.Directory(entry.mode());
    if (published instanceof Published.Directory there) {
      if ((there.mode() | Attributes.OWNER_ALL) != (entry.mode() | Attributes.OWNER_ALL)) {
        publication.begin();
        Attributes.setOfDirectory(target, entry);
        publication.publishedModeOf(path, now);
      }
      return;
    }
    publication.begin();
    announce(Set.of(path));
    var staged = publication.staging.fresh();
    try {
      Files.createDirectory(staged);
      Attributes.setOfDirectory(staged, entry);
      Durable.syncDirectory(staged);
      if (published == null) {
        syncInLocal(path);
      } else {
        keepReplacedDatabase(path);
        publication.takeAway(path);
      }
      publication.staging.publish(staged, target);
    } catch (IOException e) {
      publication.staging.discard(staged, e);
      throw e;
    }
    publication.published(path, now);
  }

  /** The name of a directory that is new: what is published in it must be found there again. */
  private void syncInLocal(Path directory) throws IOException {
    try {
      Durable.syncDirectory(Objects.requireNonNull(context.local.resolve(directory).getParent()));
    } catch (NoSuchFileException e) {
      // gone meanwhile: the next pass sees to that
    }
  }

  private Optional<Path> readLink(Path path) {
    try {
      var target = Files.readSymbolicLink(context.local.resolve(path));
      return Optional.of(
          FileTransfer.isSameLink(knowledge.get(path), target)
              ? target
              : Beneath.readLink(context.local, path));
    } catch (NoSuchFileException | NotLinkException e) {
      return Optional.empty(); // the next pass sees to it
    } catch (IOException e) {
      publication.problem(path, Problem.Kind.UNREADABLE, VolumeException.describe(e));
      return Optional.empty();
    }
  }

  private static boolean isBelow(Set<Path> any, Path path) {
    if (any.isEmpty()) {
      return false;
    }
    for (var p = path; p != null; p = p.getParent()) {
      if (any.contains(p)) {
        return true;
      }
    }
    return false;
  }
}
