package io.liteferry.watch;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.WatchKey;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A watched directory. Its key goes with the directory wherever that is renamed to, and knows only
 * its first path. Guarded by the watch.
 */
final class Watched {
  final WatchKey key;

  /** Which directory it is, as its path was last looked at. */
  Identity identity;

  /** Relative to the root, as a scan last found it. */
  Path path;

  /** The last scan that found it. */
  long scan;

  /** Whether the end of the watch may be among the events that were lost. */
  boolean doubtful;

  /** Size and mtime of each WAL in it at its last event. */
  private final Map<Path, WalStamp> wals = new HashMap<>();

  /**
   * A directory as the file system tells it from others.
   *
   * @param inode with the device; the path where there are no inodes
   * @param born tells it from one before that had the same inode, whose end may not have been heard
   *     yet. Where no time of birth is kept this is the mtime, and a directory that changed is
   *     registered again to no effect.
   */
  record Identity(Object inode, FileTime born) {
    static Identity of(Path directory) throws IOException {
      var now = Files.readAttributes(directory, BasicFileAttributes.class, NOFOLLOW_LINKS);
      var inode = now.fileKey();
      return new Identity(inode == null ? directory : inode, now.creationTime());
    }
  }

  private record WalStamp(long size, FileTime mtime, @Nullable Object fileKey) {}

  Watched(WatchKey key, Identity identity, Path path) {
    this.key = key;
    this.identity = identity;
    this.path = path;
  }

  /**
   * Notes what a WAL is like, and returns whether its content is new. SQLite run by root changes
   * the owner of a WAL that it opens, also for our own snapshots, and Java reports that as a
   * change. Content shows in size and mtime.
   */
  boolean noteContent(Path root, Path wal) {
    try {
      var now =
          Files.readAttributes(
              root.resolve(path).resolve(wal), BasicFileAttributes.class, NOFOLLOW_LINKS);
      var stamp = new WalStamp(now.size(), now.lastModifiedTime(), now.fileKey());
      return !stamp.equals(wals.put(wal, stamp));
    } catch (IOException e) {
      wals.remove(wal);
      return true;
    }
  }

  void forgetWal(Path wal) {
    wals.remove(wal);
  }

  /** So that only WALs that are there are remembered: that one went may be among what was lost. */
  void eventsWereLost() {
    doubtful = true;
    wals.clear();
  }

  int walsRemembered() {
    return wals.size();
  }
}
