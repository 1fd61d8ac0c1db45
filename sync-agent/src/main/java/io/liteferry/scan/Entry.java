package io.liteferry.scan;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import io.liteferry.durable.Errno;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * One name in a tree, as lstat(2) saw it.
 *
 * @param path relative to the root of the tree
 * @param mode the permission bits, with set-uid, set-gid and sticky
 * @param uid numeric owner
 * @param gid numeric group
 */
public record Entry(Path path, Kind kind, Stamp stamp, int mode, int uid, int gid) {
  /** An equal one that has its path, and its stamp if that is equal, in common with others. */
  public Entry sharing(Path samePath, Stamp perhapsSame) {
    return new Entry(
        samePath, kind, stamp.equals(perhapsSame) ? perhapsSame : stamp, mode, uid, gid);
  }

  /** The kinds of name that are told apart. */
  public enum Kind {
    FILE,
    DIRECTORY,
    LINK,
    /** A socket, FIFO or device: has no content that could be copied. */
    SPECIAL
  }

  static final String ATTRIBUTES = "unix:mode,ino,uid,gid,size,lastModifiedTime,ctime";

  private static final int TYPE_MASK = 0170000;
  private static final int DIRECTORY = 0040000;
  private static final int REGULAR = 0100000;
  private static final int LINK = 0120000;
  private static final int PERMISSIONS = 07777;

  /** Looks at {@code root/path}, without following a link; empty when nothing has that name. */
  public static Optional<Entry> look(Path root, Path path) throws IOException {
    try {
      var unix = Files.readAttributes(root.resolve(path), ATTRIBUTES, NOFOLLOW_LINKS);
      int mode = (Integer) Stamp.attribute(unix, "mode");
      return Optional.of(
          new Entry(
              path,
              kind(mode),
              Stamp.of(unix),
              mode & PERMISSIONS,
              (Integer) Stamp.attribute(unix, "uid"),
              (Integer) Stamp.attribute(unix, "gid")));
    } catch (FileSystemException e) {
      if (Errno.of(e).isNothingThere()) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static Kind kind(int mode) {
    return switch (mode & TYPE_MASK) {
      case REGULAR -> Kind.FILE;
      case DIRECTORY -> Kind.DIRECTORY;
      case LINK -> Kind.LINK;
      default -> Kind.SPECIAL;
    };
  }
}
