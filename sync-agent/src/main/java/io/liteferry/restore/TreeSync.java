package io.liteferry.restore;

import io.liteferry.durable.Durable;
import io.liteferry.durable.FileSystemSync;
import io.liteferry.publish.Transfers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Makes durable, at its end, all that a restore did in local: by one sync of the file system where
 * that is as good, else by a sync of each file and directory. Nothing is synced before.
 */
final class TreeSync implements AutoCloseable {
  private final RestoreSite site;
  private final int transfers;
  private final Optional<FileSystemSync> fileSystem;

  private TreeSync(RestoreSite site, int transfers, Optional<FileSystemSync> fileSystem) {
    this.site = site;
    this.transfers = transfers;
    this.fileSystem = fileSystem;
  }

  /**
   * Prepares it, before the first change of local.
   *
   * @param transfers how many files are synced at the same time
   */
  static TreeSync open(RestoreSite site, int transfers) throws IOException {
    return new TreeSync(site, transfers, FileSystemSync.open(site.local()));
  }

  /**
   * Makes everything durable. No database of local may be open in this process: see {@link
   * Durable#sync(Path)}.
   *
   * @param removed what went, of which the directories may still be there
   * @param copied what came
   */
  void sync(LocalContent removed, VolumeContent copied) throws IOException, InterruptedException {
    var directories = new LinkedHashSet<>(List.of(site.local()));
    copied.directories().forEach(entry -> directories.add(site.inLocal(entry.path())));
    removed.directories().forEach(entry -> directories.add(site.inLocal(entry.path())));
    if (fileSystem.isPresent() && isAllOn(fileSystem.get(), directories)) {
      fileSystem.get().sync();
    } else {
      syncEach(copied, directories);
    }
  }

  /** A directory may be a mount of another file system. */
  private static boolean isAllOn(FileSystemSync fileSystem, Set<Path> directories)
      throws IOException {
    for (var directory : directories) {
      if (Durable.isDirectory(directory) && !fileSystem.isOf(directory)) {
        return false;
      }
    }
    return true;
  }

  private void syncEach(VolumeContent copied, Set<Path> directories)
      throws IOException, InterruptedException {
    var tasks = new LinkedHashMap<Path, Transfers.Task<Path>>();
    for (var entry : copied.files()) {
      var file = site.inLocal(entry.path());
      tasks.put(
          file,
          () -> {
            if (Durable.isFile(file)) { // a side file that was folded in is gone
              Durable.sync(file);
            }
            return file;
          });
    }
    for (var directory : directories) {
      tasks.put(
          directory,
          () -> {
            if (Durable.isDirectory(directory)) {
              Durable.syncDirectory(directory);
            }
            return directory;
          });
    }
    try (var pool = new Transfers(transfers)) {
      pool.run(tasks, (path, done) -> {});
    }
  }

  @Override
  public void close() throws IOException {
    if (fileSystem.isPresent()) {
      fileSystem.get().close();
    }
  }
}
