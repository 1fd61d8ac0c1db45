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
 * that is as good, else by a sync of each file and directory. There a copied file is synced before
 * it is closed: only who wrote it is sure to be told when that could not be written.
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
   * Whether what is written to a file of local need not be synced before {@link #sync}. For any
   * thread.
   *
   * @param path below local, in a directory that is there
   */
  boolean isSyncedAtOnce(Path path) throws IOException {
    var parent = path.getParent();
    return isOnFileSystem(parent == null ? site.local() : site.inLocal(parent));
  }

  /** A directory may be a mount of another file system. */
  private boolean isOnFileSystem(Path directory) throws IOException {
    return fileSystem.isPresent() && fileSystem.get().isOf(directory);
  }

  /**
   * Makes everything durable. No database of local may be open in this process: see {@link
   * Durable#sync(Path)}.
   *
   * @param removed what went, of which the directories may still be there
   * @param copied what came
   * @param asCopied the files that nobody wrote to since
   */
  void sync(LocalContent removed, VolumeContent copied, Set<Path> asCopied)
      throws IOException, InterruptedException {
    var directories = new LinkedHashSet<>(List.of(site.local()));
    copied.directories().forEach(entry -> directories.add(site.inLocal(entry.path())));
    removed.directories().forEach(entry -> directories.add(site.inLocal(entry.path())));
    var tasks = new LinkedHashMap<Path, Transfers.Task<Path>>();
    for (var entry : copied.files()) {
      var file = site.inLocal(entry.path());
      if (!asCopied.contains(entry.path())
          && !isSyncedAtOnce(entry.path())
          && Durable.isFile(file)) { // a side file that was folded in is gone
        tasks.put(
            file,
            () -> {
              Durable.sync(file);
              return file;
            });
      }
    }
    for (var directory : directories) {
      if (Durable.isDirectory(directory) && !isOnFileSystem(directory)) {
        tasks.put(
            directory,
            () -> {
              Durable.syncDirectory(directory);
              return directory;
            });
      }
    }
    try (var pool = new Transfers(transfers)) {
      pool.run(tasks, (path, done) -> {});
    }
    if (fileSystem.isPresent()) {
      fileSystem.get().sync();
    }
  }

  @Override
  public void close() throws IOException {
    if (fileSystem.isPresent()) {
      fileSystem.get().close();
    }
  }
}
