package io.liteferry.durable;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardOpenOption.READ;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.Set;

/**
 * Opens files beneath a directory in which somebody else, who may be hostile, renames and links at
 * the same time.
 *
 * <p>A path that was looked at can lead elsewhere when it is opened, since each directory on the
 * way can be swapped for a symbolic link. So each is opened by its name in the one before, as
 * openat(2) does, and no link is followed. What is opened lies in a directory that was beneath the
 * root when it was passed.
 */
public final class Beneath {
  private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

  private Beneath() {}

  /**
   * Opens a regular file for reading.
   *
   * @param root trusted, with no symbolic link in it
   * @param path relative, without {@code ..}
   * @throws NoSuchFileException also when a link or something else is on the way or in its place
   */
  public static FileChannel open(Path root, Path path) throws IOException {
    try (var top = Files.newDirectoryStream(root)) {
      return top instanceof SecureDirectoryStream<Path> directory
          ? open(directory, path)
          : FileChannel.open(root.resolve(path), READ, NOFOLLOW_LINKS);
    } catch (FileSystemException e) {
      throw named(root.resolve(path), e);
    }
  }

  private static FileChannel open(SecureDirectoryStream<Path> top, Path path) throws IOException {
    try (var directory = descend(top, path, path.getNameCount() - 1)) {
      var name = path.getFileName();
      // To open a FIFO would wait for whoever writes to it.
      if (!directory
          .getFileAttributeView(name, BasicFileAttributeView.class, NOFOLLOW_LINKS)
          .readAttributes()
          .isRegularFile()) {
        throw new NoSuchFileException(path.toString());
      }
      return (FileChannel) directory.newByteChannel(name, Set.of(READ, NOFOLLOW_LINKS));
    }
  }

  /**
   * Opens a directory to list it.
   *
   * @param path relative, without {@code ..}
   * @throws NoSuchFileException also when a link or something else is on the way or in its place
   */
  @SuppressWarnings("StreamResourceLeak") // the caller closes it
  public static DirectoryStream<Path> directory(Path root, Path path) throws IOException {
    try {
      var top = Files.newDirectoryStream(root);
      if (top instanceof SecureDirectoryStream<Path> directory) {
        return descend(directory, path, path.getNameCount());
      }
      top.close();
      return Files.newDirectoryStream(root.resolve(path));
    } catch (FileSystemException e) {
      throw named(root.resolve(path), e);
    }
  }

  /**
   * Where a symbolic link leads. Java has no readlinkat(2): the kernel's name for the descriptor of
   * the directory stands for it.
   *
   * @param path relative, without {@code ..}
   * @throws NoSuchFileException also when a link is on the way
   */
  public static Path readLink(Path root, Path path) throws IOException {
    int names = path.getNameCount() - 1;
    var parent = names == 0 ? root.getFileSystem().getPath("") : path.subpath(0, names);
    try (var directory = directory(root, parent)) {
      if (!(directory instanceof SecureDirectoryStream<Path> secure)) {
        return Files.readSymbolicLink(root.resolve(path));
      }
      var key = key(secure.getFileAttributeView(BasicFileAttributeView.class).readAttributes());
      try (var descriptors = Files.newDirectoryStream(DESCRIPTORS)) {
        for (var descriptor : descriptors) {
          if (isOf(descriptor, key)) {
            var target = Files.readSymbolicLink(descriptor.resolve(path.getFileName()));
            if (isOf(descriptor, key)) { // else it was closed, and its number is another's
              return target;
            }
          }
        }
      }
      throw new FileSystemException(root.resolve(path).toString(), null, "cannot be read safely");
    }
  }

  private static boolean isOf(Path descriptor, Object key) {
    try {
      return key(Files.readAttributes(descriptor, BasicFileAttributes.class)).equals(key);
    } catch (IOException e) {
      return false; // closed meanwhile
    }
  }

  private static Object key(BasicFileAttributes attributes) {
    return Objects.requireNonNull(attributes.fileKey());
  }

  /** One directory is open at a time: paths can be thousands of names long. Closes {@code top}. */
  private static SecureDirectoryStream<Path> descend(
      SecureDirectoryStream<Path> top, Path path, int names) throws IOException {
    var directory = top;
    try {
      for (int i = 0; i < names && !path.toString().isEmpty(); i++) {
        var next = directory.newDirectoryStream(path.getName(i), NOFOLLOW_LINKS);
        directory.close();
        directory = next;
      }
      return directory;
    } catch (IOException e) {
      directory.close();
      throw e;
    }
  }

  /** The same error, with the whole path; what was swapped on the way is not there any more. */
  private static FileSystemException named(Path file, FileSystemException e) {
    var errno = Errno.of(e);
    if (errno != Errno.ENOTDIR && errno != Errno.ELOOP) {
      return Errno.named(file, e);
    }
    var gone = Errno.ENOENT.at(file);
    gone.initCause(e);
    return gone;
  }
}
