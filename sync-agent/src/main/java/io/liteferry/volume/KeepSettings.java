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
 */
public record KeepSettings(RetentionPolicy policy, long fileBytes, PathFilter filter, ZoneId zone) {
  /** Nothing. */
  public static final KeepSettings NONE =
      new KeepSettings(RetentionPolicy.NONE, 0, PathFilter.ALL, ZoneId.of("UTC"));

  /** What commands keep when nothing else was said; days are those of UTC. */
  public static final KeepSettings DEFAULT =
      new KeepSettings(RetentionPolicy.DEFAULT, 1L << 30, PathFilter.ALL, ZoneId.of("UTC"));

  /** The same, whatever the size of a file and its name. */
  KeepSettings withoutLimits() {
    return new KeepSettings(policy, Long.MAX_VALUE, PathFilter.ALL, zone);
  }

  boolean isNone() {
    return policy.equals(RetentionPolicy.NONE);
  }

  boolean excludes(Path path) {
    return !filter.takes(path);
  }
}
