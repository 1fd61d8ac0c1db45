package io.liteferry.restore;

import io.liteferry.durable.Digest;
import io.liteferry.durable.Durable;
import io.liteferry.lease.VolumeException;
import io.liteferry.publish.Transfers;
import io.liteferry.scan.Entry;
import io.liteferry.volume.Attributes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** Copies what is on a volume into local, several files at the same time. */
final class TreeCopy {
  private final RestoreSite site;
  private final int transfers;
  private final RestoreProgress progress;

  /**
   * Prepares a copy.
   *
   * @param transfers how many files are copied at the same time
   */
  TreeCopy(RestoreSite site, int transfers, RestoreProgress progress) {
    this.site = site;
    this.transfers = transfers;
    this.progress = progress;
  }

  /**
   * Makes directories, files and links.
   *
   * @param durable says which files are synced as they are copied
   * @return the digest of each file as it was copied
   * @throws VolumeException when a file changes meanwhile, or cannot be read to its end
   */
  Map<Path, Digest> copy(VolumeContent content, TreeSync durable)
      throws IOException, InterruptedException {
    var tasks = new LinkedHashMap<Path, Transfers.Task<Optional<Digest>>>();
    for (var entry : content.entries()) {
      switch (entry.kind()) {
        case DIRECTORY -> makeDirectory(site.inLocal(entry.path()));
        case FILE -> tasks.put(entry.path(), () -> Optional.of(copyFile(entry, durable)));
        case LINK ->
            tasks.put(
                entry.path(),
                () -> {
                  copyLink(entry);
                  return Optional.empty();
                });
        case SPECIAL -> {}
      }
    }
    var digests = new HashMap<Path, Digest>();
    try (var pool = new Transfers(transfers)) {
      pool.run(
          tasks,
          (path, digest) -> {
            if (digest.isPresent()) {
              digests.put(path, digest.get());
              progress.finishedFile();
            }
          });
    }
    return digests;
  }

  /** A link that stays because it does not travel must not lead what does travel elsewhere. */
  private static void makeDirectory(Path directory) throws IOException {
    if (Durable.look(directory).map(BasicFileAttributes::isSymbolicLink).orElse(false)) {
      throw new RefusedException(
          directory + " is a symbolic link, but a directory on the volume",
          "remove the link, or exclude the directory");
    }
    Files.createDirectories(directory);
  }

  private Digest copyFile(Entry source, TreeSync durable) throws IOException {
    long bytes = source.stamp().size();
    var written = new AtomicLong();
    var digest =
        site.volume()
            .copyOut(
                source.path(),
                site.inLocal(source.path()),
                Attributes.ofNewCopy(source),
                piece -> {
                  written.addAndGet(piece);
                  progress.copied(piece);
                },
                !durable.isSyncedAtOnce(source.path()));
    if (!site.lookOnVolume(source.path()).map(source::equals).orElse(false)) {
      throw new VolumeException(
          "volume %s: %s changed while it was restored: does another agent or program write to it?"
              .formatted(site.volume().root(), source.path()));
    }
    if (written.get() != bytes) {
      throw new VolumeException(
          "volume %s: %s has %d bytes, but only %d could be read"
              .formatted(site.volume().root(), source.path(), bytes, written.get()));
    }
    return digest;
  }

  private void copyLink(Entry source) throws IOException {
    var to = site.inLocal(source.path());
    Files.createSymbolicLink(to, site.volume().readLink(source.path()));
    Attributes.setOwner(to, source);
  }

  /**
   * Gives directories their attributes, at last: one that may not be written to could not be
   * filled.
   */
  void finishDirectories(VolumeContent content) throws IOException {
    for (var source : content.directories().reversed()) {
      Attributes.set(site.inLocal(source.path()), source);
    }
  }
}
