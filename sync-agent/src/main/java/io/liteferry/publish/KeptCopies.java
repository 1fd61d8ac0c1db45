package io.liteferry.publish;

import io.liteferry.durable.Durable;
import io.liteferry.lease.Staging;
import io.liteferry.sqlite.DatabaseHeader;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

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
  private static final Pattern NAME = Pattern.compile("[0-9]{9,18}-[0-9a-f]+");

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
    if (percent == 0 || !Durable.isFile(published)) {
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
    return keep(database, generation).map(copy -> new Kept(copy, before, next.bytesInUse()));
  }

  /**
   * Keeps the published database, which is about to be replaced by something else.
   *
   * @return where; empty when that is not wanted, or this very content was kept before
   */
  Optional<Path> keepIfWanted(Path database, long generation) throws IOException {
    return percent == 0 ? Optional.empty() : keep(database, generation);
  }

  private Optional<Path> keep(Path database, long generation) throws IOException {
    var published = volume.root().resolve(database);
    var all = all();
    for (var one : all) {
      // A pass that did not get through is made again, and must not push older copies out.
      if (isCopy(one.resolve(database), published)) {
        return Optional.empty();
      }
    }
    var kept = volume.kept();
    Files.createDirectories(kept);
    Durable.syncDirectory(volume.own());
    var tree = staging.fresh();
    var copy = tree.resolve(database);
    Files.createDirectories(Objects.requireNonNull(copy.getParent()));
    try {
      Durable.link(published, copy);
    } catch (FileSystemException e) { // no hard links here
      var mtime = Files.getLastModifiedTime(published);
      Durable.copy(published, copy, file -> Files.setLastModifiedTime(file, mtime), bytes -> {});
    }
    for (var p = copy.getParent(); p != null && p.startsWith(tree); p = p.getParent()) {
      Durable.syncDirectory(p);
    }
    long number = Math.max(generation, all.isEmpty() ? 0 : number(all.getLast()));
    var place = kept.resolve("%09d-%s".formatted(number, Volume.newId().substring(0, 8)));
    staging.publish(tree, place);
    Durable.syncDirectory(kept);
    forget(database, place);
    return Optional.of(place.resolve(database));
  }

  private static boolean isCopy(Path copy, Path published) throws IOException {
    return Durable.exists(copy)
        && (Files.isSameFile(copy, published)
            || (Files.size(copy) == Files.size(published)
                && Files.getLastModifiedTime(copy).equals(Files.getLastModifiedTime(published))));
  }

  /** Leaves the youngest copies of a database, {@code newest} in any case. */
  private void forget(Path database, Path newest) throws IOException {
    var older = new ArrayList<Path>();
    for (var one : all()) {
      if (!one.equals(newest) && Durable.exists(one.resolve(database))) {
        older.add(one);
      }
    }
    for (var old : older.subList(0, Math.max(0, older.size() - (MOST - 1)))) {
      staging.removeTree(old);
    }
  }

  /**
   * From old to young. Generations begin anew when the manifest is lost, so a copy is never given a
   * smaller number than those before it.
   */
  private List<Path> all() throws IOException {
    try {
      return Durable.list(volume.kept()).stream()
          .filter(one -> NAME.matcher(one.getFileName().toString()).matches())
          .sorted(Comparator.comparingLong(KeptCopies::number))
          .toList();
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }

  private static long number(Path one) {
    var name = one.getFileName().toString();
    return Long.parseLong(name.substring(0, name.indexOf('-')));
  }
}
