package io.liteferry.publish;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import io.liteferry.durable.Errno;
import io.liteferry.scan.Entry;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Mode, owner and time of copies. */
public final class Attributes {
  /** A directory on the volume keeps its owner's rights, else nothing could be published in it. */
  static final int OWNER_ALL = 0700;

  /** How file systems and servers say that a file cannot be given to somebody. */
  private static final Set<Errno> REFUSED =
      Set.of(Errno.EACCES, Errno.EPERM, Errno.EINVAL, Errno.EOPNOTSUPP, Errno.ENOSYS);

  private Attributes() {}

  /**
   * Gives a copy the source's mode and owner, and a time.
   *
   * @param mtime in nanoseconds since the epoch
   */
  public static void set(Path copy, Entry source, long mtime) throws IOException {
    set(copy, source);
    Files.setLastModifiedTime(copy, FileTime.from(mtime, TimeUnit.NANOSECONDS));
  }

  /** Gives a file or directory the source's mode and owner. */
  public static void set(Path copy, Entry source) throws IOException {
    setOwner(copy, source);
    Files.setAttribute(copy, "unix:mode", source.mode(), NOFOLLOW_LINKS);
  }

  /** As {@link #set(Path, Entry)}, for a directory on the volume. */
  static void setOfDirectory(Path copy, Entry source) throws IOException {
    setOwner(copy, source);
    Files.setAttribute(copy, "unix:mode", source.mode() | OWNER_ALL, NOFOLLOW_LINKS);
  }

  /**
   * Gives a copy its source's owner, as far as permitted: only root may give files away, and NFS
   * servers often refuse even that.
   */
  public static void setOwner(Path copy, Entry source) throws IOException {
    for (var attribute : Set.of("unix:gid", "unix:uid")) {
      int wanted = attribute.equals("unix:uid") ? source.uid() : source.gid();
      try {
        if (!Integer.valueOf(wanted).equals(Files.getAttribute(copy, attribute, NOFOLLOW_LINKS))) {
          Files.setAttribute(copy, attribute, wanted, NOFOLLOW_LINKS);
        }
      } catch (FileSystemException e) {
        if (!REFUSED.contains(Errno.of(e))) {
          throw e;
        } // else the copy belongs to the agent's user, as documented
      }
    }
  }
}
