package io.liteferry.state;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import io.liteferry.durable.User;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells two agents on one local directory that have different state directories, also of different
 * users, without a file of ours in the application's directory.
 *
 * <p>A lock on the directory itself would not last: POSIX drops it as soon as the process closes
 * any descriptor of the directory, as each scan does. So the lock is on a file in the directory for
 * temporary files, named for the directory's device and inode. Where that cannot be written to, as
 * on a read-only root, there is no such lock.
 *
 * <p>Anybody can make and lock a file there. One of a user who cannot write to the local directory,
 * and so has no agent on it, keeps nobody out.
 */
final class LocalLock implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LocalLock.class);

  /** For whoever works on the directory next; what is in the file does not count. */
  private static final Set<PosixFilePermission> FOR_ALL =
      PosixFilePermissions.fromString("rw-rw-rw-");

  private static final int ROOT = 0;
  private static final int WRITABLE_BY_OTHERS = 0022;

  private final Optional<FileChannel> file;

  private LocalLock(Optional<FileChannel> file) {
    this.file = file;
  }

  static LocalLock take(Path local) throws IOException {
    return take(local, Path.of(System.getProperty("java.io.tmpdir", "/tmp")));
  }

  /**
   * Takes it.
   *
   * @param temporary where the file is, or is made
   * @throws AlreadyRunningException when somebody has it who may have an agent on the directory
   */
  static LocalLock take(Path local, Path temporary) throws IOException {
    var name =
        "liteferry-%s-%s.lock"
            .formatted(
                Files.getAttribute(local, "unix:dev"), Files.getAttribute(local, "unix:ino"));
    var path = temporary.resolve(name);
    if (!Files.isWritable(temporary)) {
      return new LocalLock(Optional.empty());
    }
    FileChannel channel;
    try {
      channel = open(path);
    } catch (IOException e) {
      log.warn(
          "the agent cannot tell whether another one works on {}, as it cannot open the lock file"
              + " {} ({}): remove that file",
          local,
          path,
          e.toString());
      return new LocalLock(Optional.empty());
    }
    if (StateLock.tryLock(channel)) {
      return new LocalLock(Optional.of(channel));
    }
    channel.close();
    int owner = (Integer) Files.getAttribute(path, "unix:uid", NOFOLLOW_LINKS);
    if (!mayWorkOn(local, owner)) {
      log.warn(
          "the agent ignores the lock file {}, as user {}, who holds it, cannot work on {}",
          path,
          owner,
          local);
      return new LocalLock(Optional.empty());
    }
    throw new AlreadyRunningException(
        "another liteferry works on %s with another state directory: stop it first (%s is locked, a file of user %d)"
            .formatted(local, path, owner));
  }

  /**
   * Opens the file that another user may have made, or makes it. Not in one call: the kernel lets
   * nobody create what somebody else has created in a directory for all. For reading, too, as
   * opening a FIFO for writing alone would wait for a reader.
   */
  private static FileChannel open(Path path) throws IOException {
    try {
      return FileChannel.open(path, READ, WRITE, NOFOLLOW_LINKS);
    } catch (NoSuchFileException e) {
      try {
        var made = FileChannel.open(path, READ, WRITE, CREATE_NEW, NOFOLLOW_LINKS);
        Files.setPosixFilePermissions(path, FOR_ALL); // whatever the umask is
        return made;
      } catch (FileAlreadyExistsException raced) {
        return FileChannel.open(path, READ, WRITE, NOFOLLOW_LINKS);
      }
    }
  }

  /** Whether this user can write to the directory, as an agent must; as far as can be told. */
  private static boolean mayWorkOn(Path local, int user) throws IOException {
    return user == User.id()
        || user == ROOT
        || user == (Integer) Files.getAttribute(local, "unix:uid")
        || ((Integer) Files.getAttribute(local, "unix:mode") & WRITABLE_BY_OTHERS) != 0;
  }

  @Override
  public void close() throws IOException {
    if (file.isPresent()) {
      file.get().close();
    }
  }
}
