package io.liteferry.doctor;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import io.liteferry.durable.Durable;
import io.liteferry.durable.Errno;
import io.liteferry.durable.NoHardLinksException;
import io.liteferry.durable.UniqueName;
import io.liteferry.durable.User;
import io.liteferry.publish.Amount;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.apache.commons.io.file.PathUtils;

/**
 * Does in a directory of its own what an agent will do, and removes it. Its name never travels, so
 * an agent at work takes no notice of it.
 */
final class Probe {
  private static final int NOBODY = 65_534;
  private static final int MODE = 0750;
  private static final int PERMISSIONS = 07777;
  private static final int SPEED_BYTES = 16 << 20;
  private static final int BLOCK = 1 << 20;
  private static final Duration OLD = Duration.ofHours(1);

  private final Path directory;
  private final Findings found;
  private Gathered known;

  private Probe(Path parent, Gathered known, Findings found) {
    this.directory = parent.resolve(Volume.PROBE + UniqueName.make());
    this.known = known;
    this.found = found;
  }

  /** Tries what an agent does on the volume; learns the time by its clock. */
  static Gathered ofVolume(Volume volume, Gathered known, Findings found) {
    var probe = new Probe(volume.root(), known, found);
    probe.run(
        () -> {
          var now = probe.tryFile();
          probe.known = known.withVolumeTime(Optional.of(now));
          probe.tryLink();
          probe.trySymbolicLink();
          probe.tryAttributes();
          probe.tryNames();
        });
    return probe.known;
  }

  /** Tries what an agent does in state, or in the directory above it that exists; measures. */
  static Gathered ofState(Path state, Gathered known, Findings found) {
    var probe = new Probe(existing(state), known, found);
    probe.run(
        () -> {
          var unused = probe.tryFile();
          probe.known = known.withBytesPerSecond(probe.measure());
        });
    return probe.known;
  }

  /** The directory itself, or the nearest one above it. */
  static Path existing(Path directory) {
    var existing = directory;
    while (!Files.isDirectory(existing)) {
      existing = Objects.requireNonNull(existing.getParent());
    }
    return existing;
  }

  private interface Trial {
    void make() throws IOException;
  }

  private void run(Trial trial) {
    removeOld();
    try {
      Files.createDirectory(directory);
      trial.make();
    } catch (IOException e) {
      found.problem(
          "user %s cannot write there: %s".formatted(User.shown(), Errno.describe(e)),
          "correct its owner or permissions, or run as its owner (user %s)"
              .formatted(owner(parent())));
    } finally {
      if (Files.exists(directory, NOFOLLOW_LINKS)) {
        try {
          PathUtils.deleteDirectory(directory);
        } catch (IOException e) {
          found.problem(
              "doctor cannot delete its test files: " + Errno.describe(e),
              "delete %s, and see who else writes there".formatted(directory));
        }
      }
    }
  }

  private Path parent() {
    return Objects.requireNonNull(directory.getParent());
  }

  private static String owner(Path path) {
    try {
      return String.valueOf(Files.getAttribute(path, "unix:uid"));
    } catch (IOException e) {
      return "unknown";
    }
  }

  /** What a doctor left that was killed. One at work now is younger. */
  private void removeOld() {
    try {
      for (var path : Durable.list(parent())) {
        if (!Volume.isProbe(path)) {
          continue;
        }
        var age = Duration.between(Files.getLastModifiedTime(path).toInstant(), Instant.now());
        if (age.compareTo(OLD) > 0) {
          PathUtils.delete(path);
        }
      }
    } catch (IOException e) {
      // what prevents this prevents what is tried next, and is told there
    }
  }

  /** Returns when it was written by the file system's clock. */
  private Instant tryFile() throws IOException {
    var file = directory.resolve("0");
    long begun = System.nanoTime();
    Durable.write(file, new byte[4096]);
    var now = Files.getLastModifiedTime(file, NOFOLLOW_LINKS).toInstant();
    Durable.rename(file, directory.resolve("1"));
    Durable.syncDirectory(directory);
    long millis = (System.nanoTime() - begun) / 1_000_000;
    found.ok(
        "user %s can write, sync, rename and delete; a small file is durable in %d ms"
            .formatted(User.shown(), millis));
    return now;
  }

  /** Returns how many bytes a second were written and synced. */
  private double measure() throws IOException {
    var file = directory.resolve("speed");
    var block = ByteBuffer.allocate(BLOCK);
    long begun = System.nanoTime();
    try (var out =
        FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
      for (int i = 0; i < SPEED_BYTES / BLOCK; i++) {
        block.rewind();
        while (block.hasRemaining()) {
          out.write(block);
        }
      }
    }
    Durable.sync(file);
    double bytesPerSecond = SPEED_BYTES / ((System.nanoTime() - begun) / 1e9);
    found.ok("written at %s a second".formatted(Amount.ofBytes((long) bytesPerSecond)));
    return bytesPerSecond;
  }

  private void tryLink() throws IOException {
    var name = directory.resolve("link");
    try {
      Durable.link(directory.resolve("1"), name);
    } catch (NoHardLinksException e) {
      found.problem(
          "its file system (%s) has no hard links, which the lease needs"
              .formatted(Files.getFileStore(directory).type()),
          "use one that has them: ext4, XFS, Btrfs, NFS, or SMB with Unix extensions");
      return;
    } catch (FileSystemException e) {
      found.problem(
          "cannot make a hard link, which the lease needs: " + Errno.describe(e),
          "correct that, and run doctor again");
      return;
    }
    try {
      Durable.link(directory.resolve("1"), name);
      found.problem(
          "a hard link replaces a name that exists: two agents could hold the lease at once",
          "use another volume");
    } catch (FileAlreadyExistsException e) {
      found.ok("has hard links, which keep a second agent out");
    }
  }

  private void trySymbolicLink() {
    try {
      Files.createSymbolicLink(directory.resolve("symbolic"), Path.of("1"));
    } catch (IOException e) {
      found.warning(
          "has no symbolic links: those of the application would not be published",
          "exclude them, or use another volume");
    }
  }

  private void tryAttributes() throws IOException {
    var file = directory.resolve("1");
    int self = User.id();
    int owner = (Integer) Files.getAttribute(file, "unix:uid", NOFOLLOW_LINKS);
    if (owner != self) {
      found.note(
          "what user %d creates there belongs to user %d%s"
              .formatted(
                  self, owner, owner == NOBODY && self == 0 ? ": the server squashes root" : ""),
          "run as the application's user, so that owners are kept");
    } else if (self == 0) {
      tryChangeOfOwner(file);
    }
    Files.setAttribute(file, "unix:mode", MODE, NOFOLLOW_LINKS);
    int mode = (Integer) Files.getAttribute(file, "unix:mode", NOFOLLOW_LINKS) & PERMISSIONS;
    if (mode != MODE) {
      found.warning(
          "does not keep modes: %o became %o".formatted(MODE, mode),
          "every file would be published again and again; mount it with Unix permissions");
    }
    var time = FileTime.from(Instant.parse("2020-02-29T12:34:56Z"));
    Files.setLastModifiedTime(file, time);
    if (!Files.getLastModifiedTime(file, NOFOLLOW_LINKS).equals(time)) {
      found.problem(
          "does not keep the time that is set on a file, by which the agent recognises it",
          "use another volume");
    }
  }

  private void tryChangeOfOwner(Path file) {
    try {
      Files.setAttribute(file, "unix:uid", NOBODY, NOFOLLOW_LINKS);
    } catch (IOException e) {
      found.note(
          "root may not change owners there, so the agent does not keep them",
          "run as the application's user");
    }
  }

  private void tryNames() throws IOException {
    Durable.write(directory.resolve("case"), new byte[0]);
    if (Files.exists(directory.resolve("CASE"), NOFOLLOW_LINKS)) {
      found.warning(
          "ignores case in names: of two names that differ only in case, one is lost",
          "make sure that the application has none, or use another volume");
    }
    var odd = directory.resolve("a:b?c*d\\e|f\"g<h>");
    try {
      Durable.write(odd, new byte[0]);
    } catch (IOException e) {
      found.note(
          "refuses some characters in names; files with such names stay unpublished",
          "mount it with a mapping of characters (mapposix), or avoid them");
    }
  }
}
