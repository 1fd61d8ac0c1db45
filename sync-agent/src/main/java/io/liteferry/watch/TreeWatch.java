package io.liteferry.watch;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_DELETE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_MODIFY;
import static java.nio.file.StandardWatchEventKinds.OVERFLOW;

import io.liteferry.scan.Entry;
import io.liteferry.scan.NameEvents;
import io.liteferry.scan.Tree;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches every directory of a tree.
 *
 * <p>The tree is not walked here: whoever scans it calls {@link #cover} for each directory before
 * listing it, so what changes between the listing and the next one raises an event. A new directory
 * raises one in its parent, the scan that follows covers it, and what happened in it before is
 * found by that same scan. A scan that came to its end is told to {@link #listed}: what it did not
 * find is watched no more. A watch belongs to a directory and not to a path; a renamed directory
 * keeps it, and the scan that follows tells its new path.
 *
 * <p>For any thread; {@code changed} is called while nothing here is locked. In an agent that is
 * {@code Agenda.changed}.
 */
public final class TreeWatch implements NameEvents, Tree.BeforeListing, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TreeWatch.class);
  private static final int MOST_NAMES = 100_000;

  /** Java's reader takes 8 KiB of events at a time, and the kernel keeps some 500 KiB. */
  private static final int MOST_READS = 64;

  private static final String SHM = "-shm";
  private static final String WAL = "-wal";

  private final Path root;
  private final WatchService service;
  private final Runnable changed;
  private final AtomicLong lost = new AtomicLong();
  private volatile boolean exhausted;
  private volatile boolean ended;

  private final Object lock = new Object();

  // Guarded by the lock. Java gives one key for each watch, whatever the path.
  private final Map<WatchKey, Watched> watched = new HashMap<>();
  private final Map<Object, Watched> byInode = new HashMap<>();
  private final Names names = new Names(MOST_NAMES);
  private long scan = 1;
  private long events;

  private TreeWatch(Path root, Runnable changed) throws IOException {
    this.root = root;
    this.service = root.getFileSystem().newWatchService();
    this.changed = changed;
  }

  /**
   * Starts to watch; nothing is covered yet.
   *
   * @param root the directory to watch; what is heard is told by paths relative to it
   * @param changed called for each group of events that may be a change, on a thread of the watch
   *     or on one that takes what was heard
   */
  public static TreeWatch open(Path root, Runnable changed) throws IOException {
    var watch = new TreeWatch(root, changed);
    Thread.ofPlatform().name("watch").daemon().start(watch::take);
    return watch;
  }

  /** Whether the kernel gave us no more watches, so that changes may go unseen. */
  public boolean isExhausted() {
    return exhausted;
  }

  /** How often the kernel or Java dropped events of a directory so far; for any thread. */
  public long lost() {
    return lost.get();
  }

  @Override
  public void directory(Path directory, Entry entry) throws IOException {
    cover(directory);
  }

  /**
   * Makes sure that a directory is watched. Does nothing once watches have run out: from then on
   * only scans find changes.
   *
   * @param directory the root or below it, as resolved against it
   */
  public void cover(Path directory) throws IOException {
    synchronized (lock) {
      if (exhausted) {
        return;
      }
      var identity = Watched.Identity.of(directory);
      var known = byInode.get(identity.inode());
      if (known == null
          || known.doubtful
          || !known.identity.equals(identity)
          || !known.key.isValid()) {
        known = register(directory, identity);
      }
      if (known != null) {
        known.path = root.relativize(directory);
        known.scan = scan;
      }
    }
  }

  private @Nullable Watched register(Path directory, Watched.Identity identity) throws IOException {
    WatchKey key;
    try {
      key = directory.register(service, ENTRY_CREATE, ENTRY_DELETE, ENTRY_MODIFY);
    } catch (NoSuchFileException | NotDirectoryException | java.nio.file.AccessDeniedException e) {
      throw e; // says something of this directory alone
    } catch (IOException e) {
      exhausted = true;
      log.warn(
          "the agent gets no more inotify watches after {} directories ({}), and finds changes"
              + " only by scanning: raise fs.inotify.max_user_watches or"
              + " fs.inotify.max_user_instances",
          watched.size(),
          e.getMessage());
      close();
      return null;
    } catch (ClosedWatchServiceException e) {
      exhausted = true;
      return null;
    }
    var now =
        watched.computeIfAbsent(key, k -> new Watched(k, identity, root.relativize(directory)));
    // By the same key, but of another inode: another directory had the path when it was looked at.
    byInode.remove(now.identity.inode(), now);
    now.identity = identity;
    now.doubtful = false;
    // One that was there under this inode has ended, or is found again under its own; what is not
    // found by this scan goes at its end.
    byInode.put(identity.inode(), now);
    return now;
  }

  /**
   * Ends the watches of what the scan did not find: directories that were moved out of the tree, or
   * deleted while they are open. What could not be listed stays watched, with all below it.
   */
  @Override
  public void listed(Tree tree) {
    List<Watched> gone;
    synchronized (lock) {
      gone =
          watched.values().stream().filter(w -> w.scan != scan && !tree.isUnknown(w.path)).toList();
      scan++;
    }
    for (var directory : gone) { // not all under one lock: events would pile up and be lost
      synchronized (lock) {
        cancel(directory);
      }
    }
  }

  private void cancel(Watched directory) {
    if (directory.scan == scan) {
      return;
    }
    try {
      directory.key.cancel();
      hear(directory.key); // what it still has; no change of the tree, of which it is no part
    } catch (ClosedWatchServiceException e) {
      log.debug("watch closed");
    }
  }

  /**
   * {@inheritDoc}
   *
   * <p>What the kernel has told before the call is in it, unless that is very much.
   */
  @Override
  public Heard takeHeard() {
    boolean relevant = false;
    Heard heard;
    synchronized (lock) {
      long before = -1;
      for (int i = 0; i < MOST_READS && events != before && !ended; i++) {
        before = events;
        awaitReader();
        for (var key : List.copyOf(watched.keySet())) {
          relevant |= hear(key);
        }
      }
      heard = names.take(exhausted || ended);
    }
    if (relevant) {
      changed.run();
    }
    return heard;
  }

  /**
   * Returns when Java's thread has read from the kernel once more: it does so before it looks at a
   * request. This one is refused, as it is of no directory, and changes nothing.
   */
  private void awaitReader() {
    try {
      root.getFileSystem().getPath("/dev/null").register(service, ENTRY_CREATE).cancel();
    } catch (IOException e) {
      log.trace("refused, as it should be", e);
    } catch (ClosedWatchServiceException e) {
      log.debug("watch closed");
    }
  }

  private void take() {
    try {
      while (true) {
        var key = service.take();
        boolean relevant;
        synchronized (lock) {
          relevant = hear(key);
          if (!key.reset()) { // it ended after it was heard, and would not be signalled again
            relevant |= hear(key);
          }
        }
        if (relevant) {
          changed.run();
        }
      }
    } catch (ClosedWatchServiceException e) {
      log.debug("watch closed");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      ended = true;
    }
  }

  /** Takes the events of a key; whether there may be a change among them. */
  private boolean hear(WatchKey key) {
    boolean gone = !key.isValid(); // before its last events are taken
    var directory = watched.get(key);
    if (directory == null) {
      return false;
    }
    boolean relevant = gone;
    for (var event : key.pollEvents()) {
      events++;
      relevant |= hear(directory, event);
    }
    if (gone) {
      events++;
      watched.remove(key);
      byInode.remove(directory.identity.inode(), directory);
    }
    return relevant;
  }

  private boolean hear(Watched directory, WatchEvent<?> event) {
    if (event.kind() == OVERFLOW) {
      lost.incrementAndGet();
      log.debug("events were lost in {}; the scan that follows finds what changed", directory.path);
      directory.eventsWereLost();
      names.unheard(directory.path);
      return true;
    }
    if (!(event.context() instanceof Path name)) {
      return true;
    }
    var text = name.toString();
    if (NameEvents.tellsOf(text)) {
      if (event.kind() == ENTRY_CREATE) {
        names.came(directory.path, name);
      } else if (event.kind() == ENTRY_DELETE) {
        names.went(directory.path, name);
      }
      return true;
    }
    return noteSideFile(directory, name, text, event.kind());
  }

  /** SQLite has a {@code -shm} only beside a WAL; without one it is some file of that name. */
  private boolean isBesideWal(Watched directory, String shm) {
    try {
      var wal = shm.substring(0, shm.length() - SHM.length()) + WAL;
      var file = root.resolve(directory.path).resolve(wal);
      return Files.readAttributes(file, BasicFileAttributes.class, NOFOLLOW_LINKS).isRegularFile();
    } catch (IOException | InvalidPathException e) {
      return false; // or the locale has no such characters: a pass too many does no harm
    }
  }

  private boolean noteSideFile(Watched directory, Path name, String text, WatchEvent.Kind<?> kind) {
    // SQLite maps -shm into memory: its events are only opens and closes, ours among them.
    if (text.startsWith(".nfs")) {
      return false;
    }
    if (text.endsWith(SHM)) {
      return !isBesideWal(directory, text);
    }
    if (!text.endsWith(WAL)) {
      return true;
    }
    if (kind == ENTRY_MODIFY) {
      return directory.noteContent(root, name);
    }
    if (kind == ENTRY_DELETE) {
      directory.forgetWal(name);
    }
    return true;
  }

  /** For tests. */
  int walsRemembered() {
    synchronized (lock) {
      return watched.values().stream().mapToInt(Watched::walsRemembered).sum();
    }
  }

  @Override
  public void close() throws IOException {
    ended = true;
    service.close();
    synchronized (lock) {
      watched.clear();
      byInode.clear();
    }
  }
}
