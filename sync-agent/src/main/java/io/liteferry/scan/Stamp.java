package io.liteferry.scan;

import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * By what a file is recognised as unchanged without reading it: size, inode, mtime and ctime.
 *
 * <p><b>The race.</b> A file can change twice within one tick of the file system's clock. When it
 * is read between the two, its stamp is the same before and after, although what was read is old.
 * So a stamp says nothing while it is younger than one tick: see {@link #isConclusiveAt}. (git
 * calls such an entry "racily clean".)
 *
 * @param size in bytes
 * @param inode the file's number in its file system
 * @param mtime of the content, in nanoseconds since the epoch
 * @param ctime of content or attributes, in nanoseconds since the epoch
 */
public record Stamp(long size, long inode, long mtime, long ctime) {
  /** Linux stamps files with the time of the last timer tick, 10 ms apart at the slowest. */
  static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  /** A time without a fraction may come from a file system that keeps whole seconds (or two). */
  static final long COARSE_TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(2_020);

  private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);

  static Stamp of(Map<String, Object> unix) {
    return new Stamp(
        (Long) attribute(unix, "size"),
        (Long) attribute(unix, "ino"),
        nanos((FileTime) attribute(unix, "lastModifiedTime")),
        nanos((FileTime) attribute(unix, "ctime")));
  }

  /**
   * Whether a change after {@code now} would show as another stamp.
   *
   * @param now nanoseconds since the epoch, by the clock that stamps this file system
   */
  public boolean isConclusiveAt(long now) {
    return isPast(mtime, now) && isPast(ctime, now);
  }

  /**
   * Whether what has this stamp was as it is at that time already, and had its name.
   *
   * @param time nanoseconds since the epoch, by the clock that stamps this file system
   * @param now the same, of this moment: what is later than that was stamped before the clock was
   *     set back
   */
  public boolean isOlderThan(long time, long now) {
    return ctime > time ? ctime > now && isPast(ctime, now) : isPast(ctime, time);
  }

  private static boolean isPast(long time, long now) {
    long tick = time % SECOND_NANOS == 0 ? COARSE_TICK_NANOS : TICK_NANOS;
    // A time in the future comes from a clock that was set back: it is as good as an old one.
    return Math.abs(now - time) >= tick;
  }

  /** Equal but for the ctime, which a change of owner alone moves. */
  public boolean sameContentAs(Stamp other) {
    return size == other.size && inode == other.inode && mtime == other.mtime;
  }

  static Object attribute(Map<String, Object> unix, String name) {
    return Objects.requireNonNull(unix.get(name), name);
  }

  private static long nanos(FileTime time) {
    return time.to(TimeUnit.NANOSECONDS);
  }
}
