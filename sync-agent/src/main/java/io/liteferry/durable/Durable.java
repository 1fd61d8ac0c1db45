package io.liteferry.durable;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongConsumer;
import org.apache.commons.io.file.PathUtils;
import org.jspecify.annotations.Nullable;

/** The steps of a durable save. The order is the caller's: stage, sync, rename, sync directory. */
public final class Durable {
  /** Until its own mode is set, nobody else may read a copy of a file that may be private. */
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");

  /**
   * As kernels say of a file system without hard links, of too many of a file, and of two branches
   * of what seems to be one file system.
   */
  private static final Set<Errno> NO_LINKS =
      Set.of(Errno.EPERM, Errno.EOPNOTSUPP, Errno.ENOSYS, Errno.EMLINK, Errno.EXDEV);

  private Durable() {}

  /** Writes a file's content, from its beginning to its end; leaves the stream open. */
  @FunctionalInterface
  public interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  /** Gives a new file its attributes, while it is not yet synced. */
  @FunctionalInterface
  public interface Finish {
    void of(Path file) throws IOException;

    /** With which permissions it is made, as far as the process's mask allows. */
    default Set<PosixFilePermission> permissions() {
      return OWNER_ONLY;
    }
  }

  /**
   * Copies the content of {@code from} into the new file {@code to}, finishes it and syncs it.
   *
   * <p>Neither path is followed when it is a symbolic link. When this throws, {@code to} may exist
   * with any content; it is the caller's to remove.
   *
   * @param finish sets attributes: set after the sync they could be lost in a crash
   * @param copied is told the number of bytes written, a piece at a time, on the calling thread
   * @return the digest of exactly the bytes written
   * @throws SourceException when it is {@code from} that fails
   */
  public static Digest copy(Path from, Path to, Finish finish, LongConsumer copied)
      throws IOException {
    return new FileCopy(from, to, finish, copied, true).whole();
  }

  /** As {@link #copy(Path, Path, Finish, LongConsumer)}, and leaves every sync to the caller. */
  public static Digest copyUnsynced(Path from, Path to, Finish finish, LongConsumer copied)
      throws IOException {
    return new FileCopy(from, to, finish, copied, false).whole();
  }

  /**
   * As {@link #copy(Path, Path, Finish, LongConsumer)}, from the beginning of an open file, which
   * may grow meanwhile.
   *
   * @param bytes how many of it at most
   * @param from its name, for errors
   */
  public static Digest copy(
      FileChannel in, long bytes, Path from, Path to, Finish finish, LongConsumer copied)
      throws IOException {
    return new FileCopy(from, to, finish, copied, true).of(in, bytes);
  }

  /** Writes a new file and syncs it; fails when {@code file} exists. */
  public static void write(Path file, byte[] content) throws IOException {
    write(file, out -> out.write(content));
  }

  /** As {@link #write(Path, byte[])}, for content that need not be in memory at once. */
  public static void write(Path file, Content content) throws IOException {
    try (var channel = FileChannel.open(file, WRITE, CREATE_NEW)) {
      var out = Channels.newOutputStream(channel);
      content.writeTo(out);
      out.flush();
      channel.force(true);
    }
  }

  /**
   * Writes over a file in place and syncs it; needs no room where the content is as long as before.
   * A reader may see half of it. Fails when the file is not there.
   */
  public static void overwrite(Path file, byte[] content) throws IOException {
    try (var out = FileChannel.open(file, WRITE, NOFOLLOW_LINKS)) {
      out.truncate(content.length);
      var buffer = ByteBuffer.wrap(content);
      while (buffer.hasRemaining()) {
        out.write(buffer);
      }
      out.force(true);
    }
  }

  /**
   * Gives {@code file} the content given, so that after a crash it has its old or its new content.
   *
   * @param scratch a name in the same file system that nobody else uses
   */
  public static void replace(Path file, byte[] content, Path scratch) throws IOException {
    replace(file, out -> out.write(content), scratch);
  }

  /** As {@link #replace(Path, byte[], Path)}, for content that need not be in memory at once. */
  public static void replace(Path file, Content content, Path scratch) throws IOException {
    Files.deleteIfExists(scratch);
    try {
      write(scratch, content);
      rename(scratch, file);
    } catch (IOException e) {
      try {
        Files.deleteIfExists(scratch);
      } catch (IOException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
    syncDirectory(parent(file));
  }

  /**
   * Renames atomically, replacing what has the name {@code to}.
   *
   * <p>Over NFS a rename can be answered with an error although the server has done it: the reply
   * was lost and the repetition finds nothing to rename. So after an error the names are looked at:
   * when {@code to} is now the very file that {@code from} was, the rename has happened.
   */
  public static void rename(Path from, Path to) throws IOException {
    var before = fileKey(from);
    try {
      Files.move(from, to, ATOMIC_MOVE);
    } catch (IOException e) {
      if (before == null || fileKey(from) != null || !before.equals(fileKey(to))) {
        throw e;
      }
    }
  }

  /**
   * Gives a file a second name, atomically, if that is free.
   *
   * @throws java.nio.file.FileAlreadyExistsException when it is taken; over NFS perhaps by this
   *     very request, if its reply was lost
   * @throws NoHardLinksException when the file system has none, or not for this file
   */
  public static void link(Path file, Path name) throws IOException {
    try {
      Files.createLink(name, file);
    } catch (UnsupportedOperationException e) {
      throw new NoHardLinksException(name, file, e);
    } catch (FileSystemException e) {
      throw NO_LINKS.contains(Errno.of(e)) ? new NoHardLinksException(name, file, e) : e;
    }
  }

  /** As {@link Errno#isOutOfRoom}, of an error. */
  public static boolean isOutOfRoom(Throwable e) {
    return Errno.of(e).isOutOfRoom();
  }

  /** Deletes everything in a directory, and not the directory. Links are not followed. */
  public static void empty(Path directory) throws IOException {
    for (var path : list(directory)) {
      PathUtils.delete(path);
    }
  }

  /**
   * Looks at a name, and not through a symbolic link; empty when nothing has it. Unlike {@link
   * Files#exists} this takes no error for "not there": what is deleted because something else is
   * missing must be known to be missing.
   */
  public static Optional<BasicFileAttributes> look(Path path) throws IOException {
    try {
      return Optional.of(Files.readAttributes(path, BasicFileAttributes.class, NOFOLLOW_LINKS));
    } catch (FileSystemException e) {
      if (Errno.of(e).isNothingThere()) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** As {@link #look}. */
  public static boolean exists(Path path) throws IOException {
    return look(path).isPresent();
  }

  /** As {@link #look}. */
  public static boolean isDirectory(Path path) throws IOException {
    return look(path).map(BasicFileAttributes::isDirectory).orElse(false);
  }

  /** As {@link #look}. */
  public static boolean isFile(Path path) throws IOException {
    return look(path).map(BasicFileAttributes::isRegularFile).orElse(false);
  }

  /** What is in a directory, in order. */
  public static List<Path> list(Path directory) throws IOException {
    var all = new ArrayList<Path>();
    try (var content = Files.newDirectoryStream(directory)) {
      content.forEach(all::add);
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    all.sort(Comparator.naturalOrder());
    return all;
  }

  /** The names of what is in a directory; the caller may change the set. */
  public static NavigableSet<String> names(Path directory) throws IOException {
    var names = new TreeSet<String>();
    list(directory).forEach(path -> names.add(path.getFileName().toString()));
    return names;
  }

  /** Whether there is nothing in a directory. */
  public static boolean isEmptyDirectory(Path directory) throws IOException {
    try (var content = Files.newDirectoryStream(directory)) {
      return !content.iterator().hasNext();
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  /**
   * Makes a file's content durable that another process wrote. Never follows a symbolic link.
   *
   * <p>Must not be called for a database that this process has open through SQLite: see {@link
   * Digest#of}.
   */
  public static void sync(Path file) throws IOException {
    try (var channel = FileChannel.open(file, READ, NOFOLLOW_LINKS)) {
      sync(channel, file);
    }
  }

  /**
   * As {@link #sync(Path)}, for an open file.
   *
   * @param file its name, for errors
   */
  public static void sync(FileChannel channel, Path file) throws IOException {
    try {
      channel.force(true);
    } catch (IOException e) {
      throw Errno.named(file, e);
    }
  }

  /** Makes the names in a directory durable. */
  public static void syncDirectory(Path directory) throws IOException {
    try (var channel = FileChannel.open(directory, READ)) {
      sync(channel, directory);
    }
  }

  private static @Nullable Object fileKey(Path path) {
    try {
      return Files.readAttributes(path, BasicFileAttributes.class, NOFOLLOW_LINKS).fileKey();
    } catch (IOException e) {
      return null; // not there, or not to be seen: either way no proof that the rename happened
    }
  }

  private static Path parent(Path file) {
    var parent = file.toAbsolutePath().getParent();
    if (parent == null) {
      throw new IllegalArgumentException("has no directory: " + file);
    }
    return parent;
  }
}
