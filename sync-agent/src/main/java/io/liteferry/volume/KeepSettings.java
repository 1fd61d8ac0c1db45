package io.liteferry.volume;

import io.liteferry.history.RetentionPolicy;
import io.liteferry.scan.PathFilter;
import java.nio.file.Path;
import java.time.ZoneId;

/**
 * What is kept of what passes replace and remove.
 *
 * @param policy which points stay
 * @param fileBytes a file that is larger is not kept; no limit for databases
 * @param filter what it excludes is not kept
 * @param zone whose days and weeks count
 * @param unmerged so many segments stay as they are, the newest ahead of a plain file: a local that
 *     a crash has set back is known by the states between them
 */
public record KeepSettings(
    RetentionPolicy policy, long fileBytes, PathFilter filter, ZoneId zone, int unmerged) {
  private static final int UNMERGED = 64;

  /** Nothing. */
  public static final KeepSettings NONE =
      new KeepSettings(RetentionPolicy.NONE, 0, PathFilter.ALL, ZoneId.of("UTC"));

  /** What commands keep when nothing else was said; days are those of UTC. */
  public static final KeepSettings DEFAULT =
      new KeepSettings(RetentionPolicy.DEFAULT, 1L << 30, PathFilter.ALL, ZoneId.of("UTC"));

  public KeepSettings(RetentionPolicy policy, long fileBytes, PathFilter filter, ZoneId zone) {
    this(policy, fileBytes, filter, zone, UNMERGED);
  }

  /** The same, whatever the size of a file and its name. */
  KeepSettings withoutLimits() {
    return new KeepSettings(policy, Long.MAX_VALUE, PathFilter.ALL, zone, unmerged);
  }

  public boolean isNone() {
    return policy.equals(RetentionPolicy.NONE);
  }

  boolean excludes(Path path) {
    return !filter.takes(path);
  }
}
