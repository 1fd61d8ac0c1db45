package io.liteferry.volume;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import io.liteferry.durable.Durable;
import io.liteferry.durable.Errno;
import io.liteferry.scan.Entry;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Mode, owner and time of copies. */
public final class Attributes {
  /** A directory on the volume keeps its owner's rights, else nothing could be published in it. */
  public static final int OWNER_ALL = 0700;

  /** How file systems and servers say that a file cannot be given to somebody. */
  private static final Set<Errno> REFUSED =
      Set.of(Errno.EACCES, Errno.EPERM, Errno.EINVAL, Errno.EOPNOTSUPP, Errno.ENOSYS);

  private static final String OWN = "unix:mode,uid,gid";
  private static final int PERMISSIONS = 07777;
  private static final int OWNER_READ = 0400;
  private static final int OWNER_WRITE = 0200;
  private static final int EXECUTE_AND_READ = 05;

  /** Without set-uid, set-gid and sticky, and without writing for others. */
  private static final int HARMLESS = 0755;

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

  /**
   * The same for a copy that is only now made. Where all but the owner may do the same with it,
   * which is not to write, its mode is right from its beginning, whosever it becomes.
   */
  public static Durable.Finish ofNewCopy(Entry source) {
    return new Durable.Finish() {
      @Override
      public void of(Path copy) throws IOException {
        set(copy, source, source.stamp().mtime());
      }

      @Override
      public Set<PosixFilePermission> permissions() {
        int mode = source.mode();
        boolean othersAreAlike = (mode >> 3 & EXECUTE_AND_READ) == (mode & EXECUTE_AND_READ);
        return othersAreAlike && (mode & ~HARMLESS) == 0 && (mode & OWNER_WRITE) != 0
            ? permissionsOf(mode)
            : Durable.Finish.super.permissions();
      }
    };
  }

  private static Set<PosixFilePermission> permissionsOf(int mode) {
    var text = new StringBuilder("rwxrwxrwx");
    for (int i = 0; i < text.length(); i++) {
      if ((mode & OWNER_READ >> i) == 0) {
        text.setCharAt(i, '-');
      }
    }
    return PosixFilePermissions.fromString(text.toString());
  }

  /** Gives a file or directory the source's mode and owner; what it has already is not set. */
  public static void set(Path copy, Entry source) throws IOException {
    set(copy, source, source.mode());
  }

  /** As {@link #set(Path, Entry)}, for a directory on the volume. */
  public static void setOfDirectory(Path copy, Entry source) throws IOException {
    set(copy, source, source.mode() | OWNER_ALL);
  }

  private static void set(Path copy, Entry source, int mode) throws IOException {
    var now = Files.readAttributes(copy, OWN, NOFOLLOW_LINKS);
    boolean given = setOwner(copy, source, now);
    // to give a file away takes its set-uid bit
    if (given || !(now.get("mode") instanceof Integer had) || (had & PERMISSIONS) != mode) {
      Files.setAttribute(copy, "unix:mode", mode, NOFOLLOW_LINKS);
    }
  }

  /**
   * Gives a copy its source's owner, as far as permitted: only root may give files away, and NFS
   * servers often refuse even that.
   */
  public static void setOwner(Path copy, Entry source) throws IOException {
    setOwner(copy, source, Files.readAttributes(copy, OWN, NOFOLLOW_LINKS));
  }

  /** Returns whether anything was set. */
  private static boolean setOwner(Path copy, Entry source, Map<String, Object> now)
      throws IOException {
    boolean given = false;
    for (var attribute : List.of("gid", "uid")) {
      int wanted = attribute.equals("uid") ? source.uid() : source.gid();
      try {
        if (!Integer.valueOf(wanted).equals(now.get(attribute))) {
          Files.setAttribute(copy, "unix:" + attribute, wanted, NOFOLLOW_LINKS);
          given = true;
        }
      } catch (FileSystemException e) {
        if (!REFUSED.contains(Errno.of(e))) {
          throw e;
        } // else the copy belongs to the agent's user, as documented
      }
    }
    return given;
  }
}
