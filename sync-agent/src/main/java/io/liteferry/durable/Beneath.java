package io.liteferry.durable;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardOpenOption.READ;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributeView;
import java.util.Locale;
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
  private static final Set<String> SWAPPED =
      Set.of("not a directory", "too many levels of symbolic links");

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

  /** One directory is open at a time: paths can be thousands of names long. */
  private static FileChannel open(SecureDirectoryStream<Path> top, Path path) throws IOException {
    var directory = top;
    try {
      for (int i = 0; i < path.getNameCount() - 1; i++) {
        var next = directory.newDirectoryStream(path.getName(i), NOFOLLOW_LINKS);
        directory.close();
        directory = next;
      }
      var name = path.getFileName();
      // To open a FIFO would wait for whoever writes to it.
      if (!directory
          .getFileAttributeView(name, BasicFileAttributeView.class, NOFOLLOW_LINKS)
          .readAttributes()
          .isRegularFile()) {
        throw new NoSuchFileException(path.toString());
      }
      return (FileChannel) directory.newByteChannel(name, Set.of(READ, NOFOLLOW_LINKS));
    } finally {
      directory.close();
    }
  }

  /** The same error, with the whole path: whose side failed decides what follows. */
  private static FileSystemException named(Path file, FileSystemException e) {
    FileSystemException named;
    if (e instanceof NoSuchFileException
        || e instanceof NotDirectoryException
        || isSwapped(String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT))) {
      named = new NoSuchFileException(file.toString());
    } else if (e instanceof AccessDeniedException) {
      named = new AccessDeniedException(file.toString());
    } else {
      named = new FileSystemException(file.toString(), null, e.getReason());
    }
    named.initCause(e);
    return named;
  }

  private static boolean isSwapped(String message) {
    return SWAPPED.stream().anyMatch(message::contains);
  }
}
