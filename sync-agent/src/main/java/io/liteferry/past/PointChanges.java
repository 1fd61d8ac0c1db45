package io.liteferry.past;

import io.liteferry.history.Change;
import io.liteferry.history.Version;
import java.util.ArrayList;
import java.util.List;

/**
 * What became different with a point.
 *
 * @param added files and links
 * @param changed files and links, also in their attributes
 * @param deleted files and links
 * @param directories that came, went or got other attributes
 * @param databases in the order of their paths
 */
public record PointChanges(
    int added, int changed, int deleted, int directories, List<Change> databases) {

  /** Counts changes. */
  static final class Counter {
    private int added;
    private int changed;
    private int deleted;
    private int directories;
    private final List<Change> databases = new ArrayList<>();

    void add(Change change) {
      var was = change.was();
      var now = change.now();
      if (was.isSameAs(now)) {
        return;
      }
      if (was instanceof Version.Database || now instanceof Version.Database) {
        databases.add(change);
      } else if (isNoFile(was) && isNoFile(now)) {
        directories++;
      } else if (isNoFile(was)) {
        added++;
      } else if (isNoFile(now)) {
        deleted++;
      } else {
        changed++;
      }
    }

    private static boolean isNoFile(Version version) {
      return version instanceof Version.Absent || version instanceof Version.Directory;
    }

    PointChanges counted() {
      return new PointChanges(added, changed, deleted, directories, List.copyOf(databases));
    }
  }
}
