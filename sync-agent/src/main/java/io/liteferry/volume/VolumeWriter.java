package io.liteferry.volume;

import com.google.gson.JsonObject;
import io.liteferry.durable.Durable;
import io.liteferry.durable.Errno;
import io.liteferry.durable.JsonFile;
import io.liteferry.lease.Staging;
import io.liteferry.lease.VolumeException;
import io.liteferry.scan.Entry;
import io.liteferry.sqlite.DatabaseHeader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one gate to the volume: but for the lease, which has files of its own, every change of a name
 * on the volume is made here, out of or into one claim's {@link Staging}. What a change takes away
 * is saved first, in one place.
 *
 * <p>Names are relative to the volume's root. Names that are put and removed may not be durable
 * before {@link #syncDirectories}. What fails on the volume is thrown as {@link VolumeException};
 * then nobody knows which changes were made.
 *
 * <p>Files and links may be put by several threads at once; all else is for one thread.
 */
public final class VolumeWriter {
  private static final Logger log = LoggerFactory.getLogger(VolumeWriter.class);

  private static final int PERCENT = 100;

  /**
   * What is kept of what changes take away.
   *
   * @param shrinkGuard a database is kept when what replaces it has so many percent, or less, of
   *     the bytes in use; 0 for nothing at all
   * @param shown the volume's manifest
   */
  public record Keeping(int shrinkGuard, Optional<Manifest> shown) {}

  /** What must have been done before a name is changed. */
  interface Coverage {
    Coverage NOT_NEEDED =
        new Coverage() {
          @Override
          public void before(Path path) {}

          @Override
          public void after(Path path) {}
        };

    /**
     * Makes sure that what a name was can be had again.
     *
     * @throws IllegalStateException when nothing says what it was: then it may not be changed
     */
    void before(Path path) throws IOException;

    /** It was changed. */
    void after(Path path);
  }

  private final Volume volume;
  private final Staging staging;
  private final KeptCopies kept;
  private final int shrinkGuard;
  private final Runnable answered;
  private final Set<Path> directoriesToSync = new ConcurrentSkipListSet<>();
  private Coverage coverage = Coverage.NOT_NEEDED;
  private Optional<Manifest> manifest;
  private long generation;

  /** For changes that replace nothing of the application's. */
  public VolumeWriter(Volume volume, Staging staging) {
    this(volume, staging, new Keeping(0, Optional.empty()), () -> {});
  }

  /**
   * For all changes.
   *
   * @param answered is run whenever the volume has answered a request that is no write of content
   */
  public VolumeWriter(Volume volume, Staging staging, Keeping keeping, Runnable answered) {
    this.volume = volume;
    this.staging = staging;
    this.kept = new KeptCopies(volume, staging);
    this.shrinkGuard = keeping.shrinkGuard();
    this.answered = answered;
    this.manifest = keeping.shown();
    this.generation = manifest.map(Manifest::generation).orElse(0L);
  }

  /** From now on no name of the application's is changed that this does not know. */
  void require(Coverage before) {
    coverage = before;
  }

  /** Where what is to be put is made. */
  public Staging staging() {
    return staging;
  }

  /** The last manifest that was read or written; empty before the first publication. */
  public Optional<Manifest> manifest() {
    return manifest;
  }

  /** Gives what is staged its name: a file or link, also in place of one, or a directory. */
  public void put(Path staged, Path path, Predecessor before) throws IOException {
    coverage.before(path);
    saveReplaced(path, before);
    publish(staged, path);
  }

  /**
   * The same for a database, in place of whatever file has its name.
   *
   * @param next of what is staged
   */
  public void putDatabase(Path staged, Path path, DatabaseHeader next) throws IOException {
    coverage.before(path);
    try {
      long now = next.bytesInUse();
      var before = bytesInUse(path).filter(bytes -> now * PERCENT <= bytes * shrinkGuard);
      saveBefore(path, before.isPresent() ? Predecessor.DATABASE : Predecessor.GIVEN_UP)
          .ifPresent(
              copy ->
                  log.warn(
                      "{} has shrunk from {} to {} bytes in use; the agent keeps the last copy as"
                          + " {}, in case that was an accident",
                      path,
                      before.orElseThrow(),
                      now,
                      copy));
    } catch (IOException e) {
      if (!VolumeException.isOutOfRoom(e)) {
        throw e;
      }
      log.warn("{} may have shrunk, and the volume has no room to keep the last copy", path);
    }
    publish(staged, path);
  }

  private void publish(Path staged, Path path) throws IOException {
    staging.publish(staged, volume.root().resolve(path));
    changed(path);
  }

  /** Of a database on the volume; empty when it is none, or nobody minds what it shrinks to. */
  private Optional<Long> bytesInUse(Path path) throws IOException {
    return shrinkGuard > 0 && volume.hasFile(path)
        ? volume.header(path).map(DatabaseHeader::bytesInUse)
        : Optional.empty();
  }

  /** Takes away a file, a link or an empty directory that is to be there no longer. */
  public void remove(Path path, Predecessor before) throws IOException {
    coverage.before(path);
    saveBefore(path, before)
        .ifPresent(
            copy -> {
              if (before == Predecessor.MISNAMED) {
                log.warn(
                    "{} has the name of a side file of what is now a database: the agent takes"
                        + " it off the volume, and keeps it as {}",
                    path,
                    copy);
              } else {
                log.info("{} was deleted; the agent keeps the last copy as {}", path, copy);
              }
            });
    take(path);
  }

  /** The same, for something else that {@link #put} cannot replace it by. */
  public void makeWay(Path path, Predecessor before) throws IOException {
    coverage.before(path);
    saveReplaced(path, before);
    take(path);
  }

  private void take(Path path) throws IOException {
    staging.remove(volume.root().resolve(path));
    changed(path);
  }

  /** Sets the permissions of a directory that is there. */
  public void setMode(Entry directory) throws IOException {
    var place = volume.root().resolve(directory.path());
    coverage.before(directory.path());
    volume.run(() -> Attributes.setOfDirectory(place, directory));
    coverage.after(directory.path());
    directoriesToSync.add(place);
  }

  private void saveReplaced(Path path, Predecessor before) throws IOException {
    saveBefore(path, before)
        .ifPresent(
            copy ->
                log.warn(
                    "{} is no longer a database; the agent keeps the last copy as {}", path, copy));
  }

  /**
   * Saves what is to be kept of a name, before a change takes it away.
   *
   * @return the copy; empty when none is wanted, or this very content was kept before
   */
  private synchronized Optional<Path> saveBefore(Path path, Predecessor before) throws IOException {
    return shrinkGuard > 0 && before.isKept() && volume.look(path).isPresent()
        ? volume.call(() -> keep(path))
        : Optional.empty();
  }

  private Optional<Path> keep(Path path) throws IOException {
    var place = kept.placeFor(path, generation);
    if (place.isEmpty()) {
      return Optional.empty();
    }
    Files.createDirectories(volume.kept());
    Durable.syncDirectory(volume.own());
    staging.publish(kept.stage(path), place.get());
    Durable.syncDirectory(volume.kept());
    removeTrees(kept.surplus(path, place.get()));
    removeTrees(kept.expired(place.get(), publishedBytes()));
    return Optional.of(place.get().resolve(path));
  }

  private void removeTrees(Iterable<Path> trees) throws IOException {
    for (var tree : trees) {
      staging.removeTree(tree);
    }
  }

  private long publishedBytes() {
    return manifest.stream()
        .flatMap(m -> m.databases().values().stream())
        .mapToLong(Manifest.Database::bytes)
        .sum();
  }

  /**
   * Gives up kept copies where there is too little room for something that is to be published; none
   * when all that may go would not be enough.
   *
   * @param bytes that are needed
   * @return whether any was given up
   */
  public boolean makeRoom(long bytes) throws IOException {
    return volume.call(
        () -> {
          var going = kept.inTheWayOf(bytes);
          for (var copy : going) {
            staging.removeTree(copy.place());
            log.warn(
                "the volume is full: the agent has deleted the copy of {} that it kept on {}",
                copy.database(),
                copy.made());
          }
          return !going.isEmpty();
        });
  }

  /** A name came, went or was replaced. */
  private void changed(Path path) {
    coverage.after(path);
    answered.run();
    directoriesToSync.add(parentOf(path));
  }

  private Path parentOf(Path path) {
    var parent = path.getParent();
    return parent == null ? volume.root() : volume.root().resolve(parent);
  }

  /** Names in these directories may not be durable, by changes of somebody before us. */
  public void mayNotBeDurable(Iterable<Path> directories) {
    directories.forEach(directoriesToSync::add);
  }

  /** Makes the names durable that were put and removed. */
  public void syncDirectories() throws IOException {
    for (var directory : List.copyOf(directoriesToSync)) {
      directoriesToSync.remove(directory); // first: others put names meanwhile
      try {
        volume.syncDirectory(directory);
        answered.run();
      } catch (VolumeException e) {
        if (Errno.of(e) != Errno.ENOENT) {
          directoriesToSync.add(directory);
          throw e;
        } // else deleted in this pass, after something in it
      }
    }
  }

  /** The same for the directory of one name. */
  public void syncDirectoryOf(Path path) throws IOException {
    var directory = parentOf(path);
    volume.syncDirectory(directory);
    directoriesToSync.remove(directory);
  }

  /** Replaces the manifest, durably. */
  public void write(Manifest next) throws IOException {
    staging.replace(volume.manifestFile(), JsonFile.bytes(next.toJson()));
    manifest = Optional.of(next);
    if (next.complete()) {
      generation = next.generation();
    }
  }

  /** Gives the volume its id, durably. */
  public String mark(String id) throws IOException {
    var json = new JsonObject();
    json.addProperty("format", Volume.MARKER_FORMAT);
    json.addProperty("volume", id);
    staging.replace(volume.markerFile(), JsonFile.bytes(json));
    return id;
  }

  /** Gives what is staged a name of our own, which may not be durable before that is synced. */
  void putOwn(Path staged, Path own) throws IOException {
    staging.publish(staged, own);
    answered.run();
  }

  /** Takes away a file or directory of our own, with all that is in it, if there is one. */
  public void removeOwn(Path own) throws IOException {
    var look = Durable.look(own);
    if (look.isPresent() && look.get().isDirectory()) {
      staging.removeTree(own);
    } else if (look.isPresent()) {
      staging.remove(own);
    }
  }
}
