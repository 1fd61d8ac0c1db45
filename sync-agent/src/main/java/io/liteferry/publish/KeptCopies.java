package io.liteferry.publish;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import io.liteferry.durable.Durable;
import io.liteferry.lease.Staging;
import io.liteferry.sqlite.DatabaseHeader;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Objects;
import java.util.Optional;

/**
 * The directory {@code kept}: copies of databases that were about to be replaced by something
 * suspiciously smaller. A copy is at {@code kept/GENERATION-ID/PATH}, where the generation is the
 * last that had it; as it is a second name of the published file it takes no time and, until the
 * other name goes, no space.
 */
final class KeptCopies {
  /** Of one database. */
  static final int MOST = 3;

  private static final int PERCENT = 100;

  private final Volume volume;
  private final Staging staging;
  private final int percent;

  /**
   * Prepares it.
   *
   * @param percent of the bytes in use before: as much or less is suspicious; 0 for never
   */
  KeptCopies(Volume volume, Staging staging, int percent) {
    this.volume = volume;
    this.staging = staging;
    this.percent = percent;
  }

  /** What was kept, and why. */
  record Kept(Path copy, long bytesBefore, long bytesNow) {}

  /** Keeps the published database when {@code next} has suspiciously little in it. */
  Optional<Kept> keepIfShrunk(Path database, DatabaseHeader next, long generation)
      throws IOException {
    var published = volume.root().resolve(database);
    if (percent == 0 || !Files.isRegularFile(published, NOFOLLOW_LINKS)) {
      return Optional.empty();
    }
    var header = DatabaseHeader.read(published);
    if (header.isEmpty()) {
      return Optional.empty();
    }
    long before = header.get().bytesInUse();
    if (next.bytesInUse() * PERCENT > before * percent) {
      return Optional.empty();
    }
    return Optional.of(new Kept(keep(database, generation), before, next.bytesInUse()));
  }

  /** Keeps the published database, which is about to be replaced by something else. */
  Optional<Path> keepIfWanted(Path database, long generation) throws IOException {
    return percent == 0 ? Optional.empty() : Optional.of(keep(database, generation));
  }

  private Path keep(Path database, long generation) throws IOException {
    var kept = volume.kept();
    Files.createDirectories(kept);
    var tree = staging.fresh();
    var copy = tree.resolve(database);
    Files.createDirectories(Objects.requireNonNull(copy.getParent()));
    try {
      Durable.link(volume.root().resolve(database), copy);
    } catch (FileSystemException e) {
      Durable.copy(volume.root().resolve(database), copy, bytes -> {}); // no hard links here
    }
    for (var p = copy.getParent(); p != null && p.startsWith(tree); p = p.getParent()) {
      Durable.syncDirectory(p);
    }
    var place = kept.resolve("%09d-%s".formatted(generation, Volume.newId().substring(0, 8)));
    staging.publish(tree, place);
    Durable.syncDirectory(kept);
    forget(database);
    return place.resolve(database);
  }

  /** Leaves the youngest copies of a database. */
  private void forget(Path database) throws IOException {
    var found = new ArrayList<Path>();
    try (var all = Files.newDirectoryStream(volume.kept())) {
      for (var one : all) {
        if (Files.exists(one.resolve(database), NOFOLLOW_LINKS)) {
          found.add(one);
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    found.sort(Comparator.comparing(Path::getFileName));
    for (var old : found.subList(0, Math.max(0, found.size() - MOST))) {
      staging.removeTree(old);
    }
  }
}
