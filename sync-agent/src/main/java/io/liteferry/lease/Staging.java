package io.liteferry.lease;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardOpenOption.READ;

import io.liteferry.durable.Digest;
import io.liteferry.durable.Durable;
import io.liteferry.durable.Errno;
import io.liteferry.durable.SourceException;
import io.liteferry.durable.UniqueName;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import org.apache.commons.io.file.PathUtils;

/**
 * One claim's directory on the volume, through which every change of the volume goes (L7). Names in
 * it are numbers: a name made of a file's own could be too long. No number is used twice, so a
 * rename that is executed a second time finds nothing. Safe for use by several threads.
 *
 * <p>What fails on the volume is thrown as {@link VolumeException}.
 */
public final class Staging {
  private static final FileAttribute<Set<PosixFilePermission>> PRIVATE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private final Path volume;
  private final Path directory;
  private final Reserve reserve;
  private final AtomicLong next = new AtomicLong();

  private Staging(Path volume, Path directory, Reserve reserve) {
    this.volume = volume;
    this.directory = directory;
    this.reserve = reserve;
  }

  /** Makes a directory under a name that nobody used before. L1. */
  static Staging make(Path stagingOfAll, Reserve reserve) throws IOException {
    var directory = stagingOfAll.resolve(UniqueName.make());
    Files.createDirectory(directory, PRIVATE);
    Durable.syncDirectory(stagingOfAll);
    var own = Objects.requireNonNull(stagingOfAll.getParent());
    return new Staging(Objects.requireNonNull(own.getParent()), directory, reserve);
  }

  String name() {
    return directory.getFileName().toString();
  }

  /** Itself; nothing in it has a name that means anything. */
  public Path directory() {
    return directory;
  }

  /** Removes the directory; what is left in it was never published. */
  void close() throws IOException {
    Durable.empty(directory);
    Files.delete(directory);
  }

  /** A name that is free. */
  public Path fresh() {
    return directory.resolve(Long.toString(next.getAndIncrement()));
  }

  /**
   * Makes a directory under a {@link #fresh} name. The name is ours alone: if it is taken by a
   * directory, the reply to this very request was lost.
   */
  public static void makeDirectory(Path fresh) throws IOException {
    try {
      Files.createDirectory(fresh, PRIVATE);
    } catch (FileAlreadyExistsException e) {
      if (!Durable.isDirectory(fresh)) {
        throw e;
      }
    }
  }

  /** A directory under a fresh name; on a full volume with the room of the reserve. */
  public Path freshDirectory() throws IOException {
    return withReserve(
        () -> {
          var directory = fresh();
          makeDirectory(directory);
          return directory;
        });
  }

  /** Does something in staging and nowhere else: where we may not do that, no file gets through. */
  public <T> T call(VolumeException.Work<T> work) throws VolumeException {
    try {
      return work.run();
    } catch (IOException e) {
      throw VolumeException.atOurOwn(volume, e);
    }
  }

  /** As {@link #call}. */
  public void run(VolumeException.Step step) throws VolumeException {
    var unused =
        call(
            () -> {
              step.run();
              return directory;
            });
  }

  /** A copy of a file, synced, under a fresh name. */
  public record Staged(Path path, Digest digest) {}

  /**
   * Copies a file of the node into staging. Nothing stays there when this throws, as far as
   * possible.
   *
   * @param finish sets attributes, before the copy is synced
   * @throws IOException that is no {@link VolumeException} when it is {@code from} that fails
   */
  public Staged copy(Path from, Durable.Finish finish, LongConsumer copied) throws IOException {
    try (var in = FileChannel.open(from, READ, NOFOLLOW_LINKS)) {
      return copy(in, Long.MAX_VALUE, from, finish, copied);
    }
  }

  /**
   * As {@link #copy(Path, Durable.Finish, LongConsumer)}, from an open file that may grow.
   *
   * @param bytes how many of it at most, from its beginning
   * @param name of the file, for errors
   */
  public Staged copy(
      FileChannel from, long bytes, Path name, Durable.Finish finish, LongConsumer copied)
      throws IOException {
    var path = fresh();
    try {
      return new Staged(path, Durable.copy(from, bytes, name, path, finish, copied));
    } catch (SourceException e) {
      discard(path, e.error());
      throw e.error();
    } catch (IOException e) {
      var failed = VolumeException.atOurOwn(volume, e);
      discard(path, failed);
      throw failed;
    }
  }

  /**
   * Gives a file on the volume, which is never written to again, a second name in staging.
   *
   * @throws VolumeException also when the file system has no hard links, or no more for this file
   */
  public Path link(Path published) throws IOException {
    var path = fresh();
    return VolumeException.on(
        volume,
        () -> {
          Durable.link(published, path);
          return path;
        });
  }

  /** Deletes a file that will not be published. */
  public void discard(Path staged, Exception because) {
    try {
      Files.deleteIfExists(staged);
    } catch (IOException e) {
      because.addSuppressed(e); // debris, removed at the next start
    }
  }

  /**
   * Renames what is staged to its place, which may be taken by a file but not by a directory. L7.
   */
  public void publish(Path staged, Path target) throws VolumeException {
    try {
      Durable.rename(staged, target);
    } catch (IOException e) {
      throw VolumeException.of(volume, e);
    }
  }

  /**
   * Renames a file, a link or an empty directory into staging and deletes it there. L7.
   *
   * @throws VolumeException also when it is a directory with something in it
   */
  public void remove(Path victim) throws VolumeException {
    try {
      bury(victim);
    } catch (IOException e) {
      throw VolumeException.of(volume, e);
    }
  }

  private void bury(Path victim) throws IOException {
    // before the rename: what is in staging is lost when we die here
    if (Durable.isDirectory(victim) && !Durable.isEmptyDirectory(victim)) {
      throw new DirectoryNotEmptyException(victim.toString());
    }
    var grave = fresh();
    try {
      Durable.rename(victim, grave);
    } catch (NoSuchFileException e) {
      if (Durable.exists(victim) || !Durable.isDirectory(directory)) {
        throw e; // it is staging that is not there, or the whole volume
      }
      return; // gone already
    }
    try {
      run(() -> Files.delete(grave));
    } catch (VolumeException e) {
      if (Errno.of(e) == Errno.ENOTEMPTY) {
        Durable.rename(grave, victim);
      }
      throw e;
    }
  }

  /** As {@link #remove}, with everything in it. Only for directories of our own. */
  public void removeTree(Path victim) throws VolumeException {
    var grave = fresh();
    publish(victim, grave);
    try {
      run(() -> PathUtils.delete(grave));
    } catch (VolumeException e) {
      if (Errno.of(e).isDenied()) { // it is somebody else's, and no claim could clear staging then
        publish(grave, victim);
      }
      throw e;
    }
  }

  /** Replaces a small file of ours, durably; on a full volume with the room of the reserve. */
  public void replace(Path target, byte[] content) throws IOException {
    inReserve(() -> Durable.replace(target, content, fresh()));
  }

  /** Makes something small in staging; on a full volume with the room of the reserve. */
  public void inReserve(VolumeException.Step step) throws IOException {
    withReserve(
        () -> {
          step.run();
          return directory;
        });
  }

  private Path withReserve(VolumeException.Work<Path> work) throws IOException {
    return VolumeException.on(volume, () -> reserve.use(work));
  }

  /** Writes a small file of ours, synced, under a fresh name. Nothing stays when this throws. */
  Path write(byte[] content) throws IOException {
    var file = fresh();
    try {
      Durable.write(file, content);
      return file;
    } catch (IOException e) {
      discard(file, e);
      throw e;
    }
  }
}
