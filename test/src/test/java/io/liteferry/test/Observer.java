package io.liteferry.test;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_MODIFY;
import static java.nio.file.StandardWatchEventKinds.OVERFLOW;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Looks at a volume as a reader on another machine would, all the time, and audits every state of
 * one {@link Bank} that appears there.
 *
 * <p>Each new inode at the database's path gets a hard link outside of the volume at once, so that
 * the state cannot vanish before it was audited. What is written to in place would show as a state
 * that breaks a rule. No row may name a file that was not published before the database was: a
 * rename sets the time of the inode's change, so the order of two publications can be told to a
 * tick of the file system's clock, however late one looks.
 *
 * <p>Two threads: one captures, one audits.
 */
final class Observer implements AutoCloseable {
  private static final long POLL_MILLIS = 2;
  private static final int MOST_PROBLEMS = 20;

  /**
   * A state of the database.
   *
   * @param captured when it was seen, at most some milliseconds after it appeared
   */
  record State(Instant captured, long lastId, boolean wal) {}

  /**
   * What was seen.
   *
   * @param seen states that appeared
   * @param audited how many of them were looked into: all
   * @param bad how many of them broke a rule
   */
  record Report(int seen, int audited, int bad, List<State> states, List<String> problems) {}

  /** A captured state; {@code changed} is the inode's change time as the publisher left it. */
  private record Capture(
      int number, Path link, Instant at, FileTime changed, Set<String> uploads, boolean last) {}

  private final Path volume;
  private final Path database;
  private final Path kept;
  private final WatchService watch;
  private final Map<WatchKey, Path> directories = new HashMap<>();
  private final LinkedBlockingQueue<Capture> captures = new LinkedBlockingQueue<>();
  private final Thread capturing;
  private final Thread auditing;
  private volatile boolean stopping;
  private volatile Optional<Exception> failure = Optional.empty();

  private int number;
  private Object lastInode = "";
  private final Set<String> sideFiles = new HashSet<>();

  private final List<State> states = new ArrayList<>();
  private final List<String> problems = new ArrayList<>();
  private final Set<String> soundUploads = new HashSet<>();
  private final Set<String> uploadsSeenBefore = new HashSet<>();
  private int audited;
  private int bad;

  private Observer(Path volume, Path database, Path kept) throws IOException {
    this.volume = volume;
    this.database = volume.resolve(database);
    this.kept = Files.createDirectories(kept);
    this.watch = volume.getFileSystem().newWatchService();
    register(volume);
    this.capturing = new Thread(this::captureAll, "observer captures");
    this.auditing = new Thread(this::auditAll, "observer audits");
  }

  /**
   * Starts.
   *
   * @param database relative to the volume
   * @param kept a directory for hard links, on the volume's file system but not in it
   */
  static Observer start(Path volume, Path database, Path kept) throws IOException {
    var observer = new Observer(volume, database, kept);
    observer.capturing.start();
    observer.auditing.start();
    return observer;
  }

  /** Looks once more, audits what is left, and reports. */
  Report stop() throws IOException {
    close();
    if (failure.isPresent()) {
      throw new AssertionError("the observer itself has failed", failure.get());
    }
    sideFiles.forEach(path -> problems.add(path + ": a side file was on the volume"));
    return new Report(number, audited, bad, List.copyOf(states), List.copyOf(problems));
  }

  @Override
  public void close() throws IOException {
    stopping = true;
    try {
      capturing.join();
      auditing.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    watch.close();
  }

  // capturing

  private void register(Path tree) throws IOException {
    try {
      directories.put(tree.register(watch, ENTRY_CREATE, ENTRY_MODIFY), tree);
      try (var entries = Files.newDirectoryStream(tree)) {
        for (var entry : entries) {
          noteSideFile(entry);
          if (Files.isDirectory(entry, NOFOLLOW_LINKS)) {
            register(entry);
          }
        }
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      // It was there for a moment. What is made again is an event again.
    }
  }

  private void captureAll() {
    try {
      boolean last;
      do {
        last = stopping;
        var key = watch.poll(POLL_MILLIS, TimeUnit.MILLISECONDS);
        look();
        if (key != null) {
          takeEvents(key);
        }
        if (last) {
          register(volume);
          look();
        }
      } while (!last);
    } catch (IOException | InterruptedException | RuntimeException e) {
      failure = Optional.of(e);
    } finally {
      captures.add(new Capture(0, kept, Instant.now(), FileTime.fromMillis(0), Set.of(), true));
    }
  }

  private void takeEvents(WatchKey key) throws IOException {
    var directory = directories.get(key);
    for (var event : key.pollEvents()) {
      if (event.kind() == OVERFLOW) {
        register(volume);
      } else {
        var path = directory.resolve((Path) event.context());
        noteSideFile(path);
        if (event.kind() == ENTRY_CREATE && Files.isDirectory(path, NOFOLLOW_LINKS)) {
          register(path);
        }
      }
    }
    key.reset();
  }

  private void noteSideFile(Path path) {
    var name = path.getFileName().toString();
    if (Bank.SIDE_FILES.stream().anyMatch(name::endsWith)) {
      sideFiles.add(volume.relativize(path).toString());
    }
  }

  private void look() throws IOException {
    try {
      var before = Files.readAttributes(database, "unix:ino,ctime", NOFOLLOW_LINKS);
      if (before.get("ino").equals(lastInode)) {
        return;
      }
      var at = Instant.now();
      var link = kept.resolve("state-" + number);
      Files.createLink(link, database);
      var inode = Files.getAttribute(link, "unix:ino");
      if (!inode.equals(before.get("ino"))) {
        Files.delete(link); // replaced between two calls: the next look takes that one
        return;
      }
      captures.add(
          new Capture(number, link, at, (FileTime) before.get("ctime"), uploadsPresent(), false));
      number++;
      lastInode = inode;
    } catch (NoSuchFileException e) {
      // not there, or not any more
    }
  }

  private Set<String> uploadsPresent() throws IOException {
    var names = new HashSet<String>();
    try (var entries = Files.newDirectoryStream(volume.resolve(Bank.UPLOADS))) {
      entries.forEach(entry -> names.add(entry.getFileName().toString()));
    } catch (NoSuchFileException e) {
      // none yet
    }
    return names;
  }

  // auditing

  private void auditAll() {
    Optional<Path> previous = Optional.empty();
    try {
      for (var capture = captures.take(); !capture.last(); capture = captures.take()) {
        boolean good = audit(capture);
        // The newest link stays: while it does, its inode's number is not given to another state.
        if (previous.isPresent()) {
          Files.delete(previous.get());
        }
        previous = good ? Optional.of(capture.link()) : Optional.empty();
      }
    } catch (InterruptedException | IOException | RuntimeException e) {
      failure = Optional.of(e);
    }
  }

  /** Whether the state is sound; one that is not is kept for a look. */
  private boolean audit(Capture capture) throws IOException {
    var audit = Bank.auditImmutable(capture.link());
    var found = new ArrayList<>(audit.problems());
    if (!states.isEmpty() && audit.lastId() < states.getLast().lastId()) {
      found.add("older than the state before: %d".formatted(audit.lastId()));
    }
    for (var upload : audit.uploads()) {
      checkUpload(capture, upload).ifPresent(found::add);
    }
    uploadsSeenBefore.addAll(capture.uploads());
    states.add(new State(capture.at(), audit.lastId(), audit.wal()));
    audited++;
    if (!found.isEmpty()) {
      bad++;
      if (bad <= MOST_PROBLEMS) {
        problems.add(
            "state %d, seen at %s, kept as %s: %s"
                .formatted(
                    capture.number(),
                    capture.at(),
                    capture.link(),
                    found.stream().limit(MOST_PROBLEMS).toList()));
      }
    }
    return found.isEmpty();
  }

  private Optional<String> checkUpload(Capture capture, Bank.Upload upload) throws IOException {
    var file = volume.resolve(Bank.UPLOADS).resolve(upload.name());
    if (!uploadsSeenBefore.contains(upload.name())) {
      if (!capture.uploads().contains(upload.name()) || !Files.exists(file, NOFOLLOW_LINKS)) {
        return Optional.of("a row names " + upload.name() + ", which is not there");
      }
      var changed = (FileTime) Files.getAttribute(file, "unix:ctime");
      if (changed.compareTo(capture.changed()) > 0) {
        return Optional.of(
            "a row names %s, which was published %s after it"
                .formatted(
                    upload.name(),
                    Duration.between(capture.changed().toInstant(), changed.toInstant())));
      }
    }
    if (!soundUploads.contains(upload.name())) {
      if (!Files.exists(file, NOFOLLOW_LINKS)) {
        return Optional.of("a row names " + upload.name() + ", which is gone again");
      }
      if (Files.size(file) != upload.size() || !Sha256.of(file).equals(upload.sha256())) {
        return Optional.of(upload.name() + " is not the file that the row names");
      }
      soundUploads.add(upload.name());
    }
    return Optional.empty();
  }
}
