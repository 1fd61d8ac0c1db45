package io.liteferry.restore;

import io.liteferry.durable.Durable;
import io.liteferry.sqlite.SideFile;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;

/**
 * Looks whether a tree has anything that travels but directories: images and mounts make those
 * ahead of any data. What cannot be looked at may be anything, whatever is included.
 */
final class DataSearch extends SimpleFileVisitor<Path> {
  private final RestoreSite site;
  private final Path root;
  private final List<IOException> failures = new ArrayList<>();
  private boolean found;

  private DataSearch(RestoreSite site, Path root) {
    this.site = site;
    this.root = root;
  }

  static boolean localIsEmpty(RestoreSite site) throws IOException {
    return !new DataSearch(site, site.local()).finds();
  }

  static boolean volumeHasData(RestoreSite site) throws IOException {
    return site.volume().call(new DataSearch(site, site.volume().root())::finds);
  }

  private boolean finds() throws IOException {
    Files.walkFileTree(root, this);
    if (!found && !failures.isEmpty()) {
      throw failures.getFirst();
    }
    return found;
  }

  @Override
  public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes) {
    return isSkipped(path, true) ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
  }

  @Override
  public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) {
    try {
      found =
          !isSkipped(path, false)
              && site.filter().takes(root.relativize(path))
              && !(root.equals(site.local()) && isLeftOver(path, attributes));
    } catch (IOException e) {
      failures.add(e);
    }
    return found ? FileVisitResult.TERMINATE : FileVisitResult.CONTINUE;
  }

  /**
   * A socket, or a side file of a database that is gone: else that is found, too. Beside one on the
   * volume, zeros or nothing are what SQLite left.
   */
  private boolean isLeftOver(Path path, BasicFileAttributes attributes) throws IOException {
    if (!attributes.isRegularFile()) {
      return attributes.isOther();
    }
    var side = SideFile.parse(path);
    if (side.isEmpty()) {
      return false;
    }
    var kind = side.get().kind();
    return kind.isContentOf(path)
        || (!kind.isSomethingElse(path)
            && site.isDatabaseOnVolume(root.relativize(side.get().base())));
  }

  @Override
  public FileVisitResult visitFileFailed(Path path, IOException e) throws IOException {
    if (path.equals(root)) {
      throw e;
    }
    if (!isSkipped(path, false)
        && Durable.exists(path)
        && !isSkipped(path, Durable.isDirectory(path))) {
      failures.add(e);
    }
    return FileVisitResult.CONTINUE;
  }

  private boolean isSkipped(Path path, boolean isDirectory) {
    var name = root.relativize(path);
    return !path.equals(root)
        && (Volume.isNeverTaken(name) || site.filter().excludes(name, isDirectory));
  }
}
