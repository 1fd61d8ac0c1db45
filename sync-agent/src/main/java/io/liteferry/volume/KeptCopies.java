package io.liteferry.volume;

import io.liteferry.durable.Durable;
import io.liteferry.durable.NoHardLinksException;
import io.liteferry.lease.Staging;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The directory {@code kept}: copies of databases that were about to be replaced by something
 * suspiciously smaller. A copy is at {@code kept/GENERATION-ID/PATH}, where the generation is the
 * last that had it; as it is a second name of the published file it takes no time and, until the
 * other name goes, no space.
 *
 * <p>When one more is kept, older ones go: those of the same database but for the youngest {@value
 * #MOST}, those of more than {@value #MOST_DAYS} days, and of those of more than {@value
 * #SAFE_DAYS} days the oldest, until all copies together are no larger than the databases that are
 * published. An accident may not be noticed at once, so younger ones stay whatever their size.
 *
 * <p>Age is told by the volume's times alone. This says what is to come and go; {@link
 * VolumeWriter} does it.
 */
record KeptCopies(Volume volume, Staging staging) {
  /** Of one database. */
  static final int MOST = 3;

  static final int MOST_DAYS = 30;
  static final int SAFE_DAYS = 7;

  private static final Pattern NAME = Pattern.compile("[0-9]{9,18}-[0-9a-f]+");

  /**
   * Where one more copy is to be.
   *
   * @param generation the last that has the database
   * @return empty when this very content was kept before
   */
  Optional<Path> placeFor(Path database, long generation) throws IOException {
    var published = volume.root().resolve(database);
    var all = all();
    for (var one : all) {
      // A pass that did not get through is made again, and must not push older copies out.
      if (isCopy(one.resolve(database), published)) {
        return Optional.empty();
      }
    }
    long number = Math.max(generation, all.isEmpty() ? 0 : number(all.getLast()));
    var name = "%09d-%s".formatted(number, Volume.newId().substring(0, 8));
    return Optional.of(volume.kept().resolve(name));
  }

  /** Makes a copy with the directories above it, in staging. */
  Path stage(Path database) throws IOException {
    var published = volume.root().resolve(database);
    var tree = staging.fresh();
    var copy = tree.resolve(database);
    staging.run(() -> Files.createDirectories(Objects.requireNonNull(copy.getParent())));
    try {
      Durable.link(published, copy);
    } catch (NoHardLinksException e) {
      var mtime = Files.getLastModifiedTime(published);
      Durable.copy(published, copy, file -> Files.setLastModifiedTime(file, mtime), bytes -> {});
    }
    for (var p = copy.getParent(); p != null && p.startsWith(tree); p = p.getParent()) {
      var directory = p;
      staging.run(() -> Durable.syncDirectory(directory));
    }
    return tree;
  }

  private static boolean isCopy(Path copy, Path published) throws IOException {
    return Durable.exists(copy)
        && (Files.isSameFile(copy, published)
            || (Files.size(copy) == Files.size(published)
                && Files.getLastModifiedTime(copy).equals(Files.getLastModifiedTime(published))));
  }

  /** All but the youngest copies of a database; {@code newest} stays in any case. */
  List<Path> surplus(Path database, Path newest) throws IOException {
    var older = new ArrayList<Path>();
    for (var one : all()) {
      if (!one.equals(newest) && Durable.exists(one.resolve(database))) {
        older.add(one);
      }
    }
    return older.subList(0, Math.max(0, older.size() - (MOST - 1)));
  }

  /**
   * One that is there.
   *
   * @param made when, by the volume's clock
   * @param youngest whether there is no younger one of its database
   */
  record Copy(Path place, Path database, long bytes, Instant made, boolean youngest) {
    private boolean isOlderThan(int days, Instant now) {
      return made.isBefore(now.minus(Duration.ofDays(days)));
    }
  }

  /** From old to young. */
  private List<Copy> copies() throws IOException {
    var copies = new ArrayDeque<Copy>();
    var databases = new HashSet<Path>();
    for (var place : all().reversed()) {
      try (var files = Files.find(place, Integer.MAX_VALUE, (path, look) -> look.isRegularFile())) {
        for (var file : files.toList()) {
          var database = place.relativize(file);
          copies.addFirst(
              new Copy(
                  place,
                  database,
                  Files.size(file),
                  Files.getLastModifiedTime(place).toInstant(),
                  databases.add(database)));
        }
      } catch (UncheckedIOException e) {
        throw e.getCause();
      }
    }
    return List.copyOf(copies);
  }

  /**
   * The old ones, of whatever database.
   *
   * @param newest by whose time age is told
   * @param published the bytes of all databases that are published now
   */
  List<Path> expired(Path newest, long published) throws IOException {
    var now = Files.getLastModifiedTime(newest).toInstant();
    var copies = copies();
    var expired = new ArrayList<Path>();
    long bytes = copies.stream().mapToLong(Copy::bytes).sum();
    for (var copy : copies) {
      if (copy.isOlderThan(MOST_DAYS, now)
          || (bytes > published && copy.isOlderThan(SAFE_DAYS, now))) {
        expired.add(copy.place());
        bytes -= copy.bytes();
      }
    }
    return expired;
  }

  /**
   * The copies to be given up, the oldest first, where there is too little room for something that
   * is to be published; none when all that may go would not be enough. The youngest of a database
   * may not go, unless it is old.
   *
   * @param bytes that are needed
   */
  List<Copy> inTheWayOf(long bytes) throws IOException {
    long missing = bytes - volume.room().orElse(bytes);
    if (missing <= 0) {
      return List.of();
    }
    var now = Files.getLastModifiedTime(staging.directory()).toInstant();
    var going = new ArrayList<Copy>();
    for (var copy : copies()) {
      if (missing > 0
          && (!copy.youngest() || copy.isOlderThan(SAFE_DAYS, now))
          && isOnlyName(copy)) {
        missing -= copy.bytes();
        going.add(copy);
      }
    }
    return missing > 0 ? List.of() : going;
  }

  private boolean isOnlyName(Copy copy) throws IOException {
    var published = volume.root().resolve(copy.database());
    return !Durable.exists(published)
        || !Files.isSameFile(published, copy.place().resolve(copy.database()));
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
