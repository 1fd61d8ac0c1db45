package io.liteferry.publish;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import io.liteferry.durable.Digest;
import io.liteferry.durable.Durable;
import io.liteferry.scan.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import org.apache.commons.io.file.PathUtils;

/**
 * One agent's directory on the volume, through which every change of the volume goes. Names in it
 * are numbers: a name made of a file's own could be too long. Safe for use by several threads.
 */
final class Staging {

  private final Path directory;
  private final AtomicLong next = new AtomicLong();

  private Staging(Path directory) {
    this.directory = directory;
  }

  /** Makes a new staging directory and removes what earlier agents left. */
  static Staging open(Volume volume) throws IOException {
    var all = volume.stagingOfAll();
    Files.createDirectories(all);
    Durable.empty(all);
    var directory = all.resolve(UUID.randomUUID().toString());
    Files.createDirectory(directory);
    Files.setAttribute(directory, "unix:mode", Publisher.OWNER_ALL, NOFOLLOW_LINKS);
    Durable.syncDirectory(all);
    return new Staging(directory);
  }

  /** Removes the directory; what is left in it was never published. */
  void close() throws IOException {
    PathUtils.deleteDirectory(directory);
  }

  /** A name that is free. */
  Path fresh() {
    return directory.resolve(Long.toString(next.getAndIncrement()));
  }

  /** A copy of a file, synced, under a fresh name. */
  record Staged(Path path, Digest digest) {}

  Staged copy(Path from, LongConsumer copied) throws IOException {
    var path = fresh();
    try {
      return new Staged(path, Durable.copy(from, path, copied));
    } catch (IOException e) {
      discard(path, e);
      throw e;
    }
  }

  void discard(Path staged, Exception because) {
    try {
      Files.deleteIfExists(staged);
    } catch (IOException e) {
      because.addSuppressed(e); // debris, removed at the next start
    }
  }

  /** Renames what is staged to its place; a directory in the way goes first. */
  void publish(Path staged, Path target) throws IOException {
    if (Files.isDirectory(target, NOFOLLOW_LINKS) && !Files.isDirectory(staged, NOFOLLOW_LINKS)) {
      remove(target);
    }
    Durable.rename(staged, target);
  }

  /** Renames a file or a whole directory into staging and deletes it there. */
  void remove(Path victim) throws IOException {
    var grave = fresh();
    try {
      Durable.rename(victim, grave);
    } catch (NoSuchFileException e) {
      return; // gone already
    }
    PathUtils.delete(grave);
  }

  /** Replaces a small file of ours. */
  void replace(Path target, byte[] content) throws IOException {
    Durable.replace(target, content, fresh());
  }

  /**
   * Gives a staged file the source's mode, owner and time. The owner is best effort: only root may
   * give files away, and NFS servers often refuse even that.
   *
   * @param mtime in nanoseconds since the epoch
   */
  static void setAttributes(Path staged, Entry source, long mtime) throws IOException {
    setOwner(staged, source);
    Files.setAttribute(staged, "unix:mode", source.mode(), NOFOLLOW_LINKS);
    Files.setLastModifiedTime(staged, FileTime.from(mtime, TimeUnit.NANOSECONDS));
  }

  /** A directory keeps its owner's rights, else nothing could be published in it. */
  static void setDirectoryAttributes(Path staged, Entry source) throws IOException {
    setOwner(staged, source);
    Files.setAttribute(staged, "unix:mode", source.mode() | Publisher.OWNER_ALL, NOFOLLOW_LINKS);
  }

  static void setOwner(Path path, Entry source) {
    for (var attribute : Set.of("unix:gid", "unix:uid")) {
      int wanted = attribute.equals("unix:uid") ? source.uid() : source.gid();
      try {
        if (!Integer.valueOf(wanted).equals(Files.getAttribute(path, attribute, NOFOLLOW_LINKS))) {
          Files.setAttribute(path, attribute, wanted, NOFOLLOW_LINKS);
        }
      } catch (IOException e) {
        // not permitted: the copy belongs to the agent's user, as documented
      }
    }
  }
}
