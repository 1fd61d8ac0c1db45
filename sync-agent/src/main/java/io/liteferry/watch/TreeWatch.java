package io.liteferry.watch;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_DELETE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_MODIFY;
import static java.nio.file.StandardWatchEventKinds.OVERFLOW;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
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
 * found by that same scan. A directory is known by its inode, as a renamed one keeps its watch.
 */
public final class TreeWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TreeWatch.class);

  private final WatchService service;
  private final Runnable changed;
  private final Map<Object, WatchKey> keys = new ConcurrentHashMap<>();
  private final AtomicLong lost = new AtomicLong();
  private volatile boolean exhausted;

  /** Size and mtime of each WAL at its last event; used by the event thread alone. */
  private final Map<Path, WalStamp> wals = new HashMap<>();

  private record WalStamp(long size, FileTime mtime, @Nullable Object fileKey) {}

  private TreeWatch(WatchService service, Runnable changed) {
    this.service = service;
    this.changed = changed;
  }

  /**
   * Starts to watch; nothing is covered yet.
   *
   * @param root any path of the file system to watch
   * @param changed called on a thread of the watch for each group of events that may be a change
   */
  public static TreeWatch open(Path root, Runnable changed) throws IOException {
    var watch = new TreeWatch(root.getFileSystem().newWatchService(), changed);
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

  /**
   * Makes sure that a directory is watched. Does nothing once watches have run out: from then on
   * only scans find changes.
   */
  public void cover(Path directory) throws IOException {
    if (exhausted) {
      return;
    }
    var key = fileKey(directory);
    var known = keys.get(key);
    if (known != null && known.isValid()) {
      return;
    }
    try {
      keys.put(key, directory.register(service, ENTRY_CREATE, ENTRY_DELETE, ENTRY_MODIFY));
    } catch (NoSuchFileException | NotDirectoryException | java.nio.file.AccessDeniedException e) {
      throw e; // says something of this directory alone
    } catch (IOException e) {
      exhausted = true;
      log.warn(
          "no more inotify watches after {} directories ({}); changes are found by scanning alone."
              + " Raise fs.inotify.max_user_watches or fs.inotify.max_user_instances",
          keys.size(),
          e.getMessage());
      close();
    } catch (ClosedWatchServiceException e) {
      exhausted = true;
    }
  }

  private static Object fileKey(Path directory) throws IOException {
    var key = Files.readAttributes(directory, BasicFileAttributes.class, NOFOLLOW_LINKS).fileKey();
    return key == null ? directory : key;
  }

  private void take() {
    try {
      while (true) {
        var key = service.take();
        boolean relevant = false;
        for (var event : key.pollEvents()) {
          relevant |= isRelevant((Path) key.watchable(), event);
        }
        if (!key.reset()) { // the directory is gone
          keys.values().remove(key);
          relevant = true;
        }
        if (relevant) {
          changed.run();
        }
      }
    } catch (ClosedWatchServiceException e) {
      log.debug("watch closed");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean isRelevant(Path directory, WatchEvent<?> event) {
    if (event.kind() == OVERFLOW) {
      lost.incrementAndGet();
      log.debug("events were lost in {}; the scan that follows finds what changed", directory);
      return true;
    }
    if (!(event.context() instanceof Path name)) {
      return true;
    }
    var text = name.toString();
    if (text.startsWith(".nfs")) {
      return false;
    }
    // SQLite maps -shm into memory: its events are only opens and closes, ours among them.
    if (text.endsWith("-shm")) {
      return false;
    }
    return !(text.endsWith("-wal") && event.kind() == ENTRY_MODIFY)
        || hasNewContent(directory.resolve(name));
  }

  /**
   * SQLite run by root changes the owner of a WAL that it opens, also for our own snapshots, and
   * Java reports that as a change. Content shows in size and mtime.
   */
  private boolean hasNewContent(Path wal) {
    try {
      var now = Files.readAttributes(wal, BasicFileAttributes.class, NOFOLLOW_LINKS);
      var stamp = new WalStamp(now.size(), now.lastModifiedTime(), now.fileKey());
      return !stamp.equals(wals.put(wal, stamp));
    } catch (IOException e) {
      wals.remove(wal);
      return true;
    }
  }

  @Override
  public void close() throws IOException {
    service.close();
  }
}
