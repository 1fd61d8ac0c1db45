package io.liteferry.state;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import io.liteferry.durable.User;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Tells two agents on one local directory that have different state directories, without a file of
 * ours in the application's directory.
 *
 * <p>A lock on the directory itself would not last: POSIX drops it as soon as the process closes
 * any descriptor of the directory, as each scan does. So the lock is on a file in the directory for
 * temporary files, named for the directory's device and inode. Where that cannot be written to, as
 * on a read-only root, there is no such lock.
 */
final class LocalLock implements AutoCloseable {
  private final Optional<FileChannel> file;

  private LocalLock(Optional<FileChannel> file) {
    this.file = file;
  }

  static LocalLock take(Path local) throws IOException {
    var name =
        "liteferry-%s-%s-%s.lock"
            .formatted(
                User.id(),
                Files.getAttribute(local, "unix:dev"),
                Files.getAttribute(local, "unix:ino"));
    FileChannel channel;
    try {
      var temporary = Path.of(System.getProperty("java.io.tmpdir", "/tmp"));
      channel = FileChannel.open(temporary.resolve(name), CREATE, WRITE, NOFOLLOW_LINKS);
    } catch (IOException e) {
      return new LocalLock(Optional.empty());
    }
    boolean locked = false;
    try {
      locked = channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      // another agent in this very process, as in tests: refused below
    } finally {
      if (!locked) {
        channel.close();
      }
    }
    if (!locked) {
      throw new AlreadyRunningException(
          "another liteferry works on %s with another state directory: stop it first"
              .formatted(local));
    }
    return new LocalLock(Optional.of(channel));
  }

  @Override
  public void close() throws IOException {
    if (file.isPresent()) {
      file.get().close();
    }
  }
}
