package io.liteferry.past;

import io.liteferry.durable.DamagedFileException;
import io.liteferry.durable.Digest;
import io.liteferry.durable.Errno;
import io.liteferry.durable.UnknownFormatException;
import io.liteferry.history.CheckLevel;
import io.liteferry.history.Version;
import io.liteferry.lease.VolumeException;
import io.liteferry.pages.Identity;
import io.liteferry.scan.Entry;
import io.liteferry.sqlite.DatabaseCheck;
import io.liteferry.volume.OpenSegments;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Whether each point can be copied: its records are whole, the versions of files are there and as
 * long as they were, databases have the content that was published and pass their check.
 *
 * @param points how many there are
 * @param broken what a point should have and has not
 * @param lost what was not kept on purpose
 * @param damaged records that are not whole, and count: points before them are not offered
 * @param orphans kept files that no point needs; the agent removes them after an hour
 * @param orphanBytes their sizes, together
 */
public record HistoryCheck(
    int points,
    List<Finding> broken,
    List<Finding> lost,
    SortedMap<Long, String> damaged,
    int orphans,
    long orphanBytes) {

  /** One path, with all points at which it has the same trouble. */
  public record Finding(Path path, String why, NavigableSet<Long> points) {}

  /**
   * Checks all points. Reads each base of a database once, and twice what did not pass such a check
   * before it was published.
   */
  public static HistoryCheck of(History history, DatabaseCheck check) throws IOException {
    var walk = new Walk(history, check);
    for (var point : history.timeline().points()) {
      walk.pointIfOffered(point.generation());
    }
    var last = walk.history;
    var orphans = last.orphans();
    var damaged = new TreeMap<>(last.damaged());
    damaged.tailMap(last.timeline().newestUnreadable(), false).clear();
    return new HistoryCheck(
        last.timeline().points().size(),
        List.copyOf(walk.broken.values()),
        List.copyOf(walk.lost.values()),
        damaged,
        orphans.size(),
        orphans.values().stream().mapToLong(Long::longValue).sum());
  }

  /** Whether every point that was to be kept is whole. */
  public boolean isSound() {
    return broken.isEmpty() && damaged.isEmpty();
  }

  /** Goes through the points; what it finds out of a file on the volume holds for all of them. */
  private static final class Walk {
    private static final int LOOKS = 3;

    /** As often as files in place may change meanwhile, before they count as damaged. */
    private int folds = 20;

    private History history;
    private final Map<Path, Optional<Entry>> looks = new HashMap<>();
    private final DatabaseCheck check;
    private final Map<Path, Digest> digests = new HashMap<>();
    private final Map<Path, Optional<String>> checks = new HashMap<>();
    private final Map<Path, Optional<Identity>> identities = new HashMap<>();
    private final Map<Path, Ends> segments = new HashMap<>();
    private final Map<String, Finding> broken = new TreeMap<>();
    private final Map<String, Finding> lost = new TreeMap<>();

    Walk(History history, DatabaseCheck check) {
      this.history = history;
      this.check = check;
    }

    /**
     * A segment may have been merged with others since they were listed, a fold may have replaced
     * the file in place that they lead on from, and the point may have been dropped with all that
     * it alone needs: then that is looked up.
     */
    void pointIfOffered(long point) throws IOException {
      for (int look = 1; history.timeline().point(point).isPresent(); look++) {
        try {
          var tree = history.tree(point);
          var troubles = troubles(point, tree);
          if (look == LOOKS || areOfNow(tree, troubles.keySet()) || --folds < 0) {
            note(point, tree, troubles);
            return;
          }
        } catch (VolumeException e) {
          if (look == LOOKS || !(Errno.of(e).isNothingThere() || history.isPast())) {
            throw e;
          }
        }
        history = history.again();
        var kept = history.root().relativize(history.volume().own());
        for (var known : List.of(looks, digests, checks, identities)) {
          known.keySet().removeIf(place -> !place.startsWith(kept));
        }
      }
    }

    private void note(long point, Map<Path, Version> tree, SortedMap<Path, String> troubles)
        throws IOException {
      if (troubles.keySet().stream().anyMatch(path -> !isLost(tree, path))) {
        history = history.again();
        if (history.timeline().point(point).isEmpty()) {
          return;
        }
      }
      troubles.forEach((path, why) -> add(point, path, tree, why));
    }

    private static boolean isLost(Map<Path, Version> tree, Path path) {
      return tree.get(path) instanceof Version.Lost;
    }

    /** Whether the files in place that they are about are those that were listed. */
    private boolean areOfNow(Map<Path, Version> tree, Set<Path> troubled) throws IOException {
      for (var path : troubled) {
        var base = replaceable(history.source(path, Objects.requireNonNull(tree.get(path))));
        if (base.isPresent() && !history.isInPlace(base.get().place())) {
          return false;
        }
      }
      return true;
    }

    /** The file of a source that a pass may replace. */
    private static Optional<Source.Whole> replaceable(Source source) {
      return switch (source) {
        case Source.Whole whole -> Optional.of(whole).filter(w -> !w.kept());
        case Source.Segments segments -> replaceable(segments.base());
        case Source.None _, Source.Missing _ -> Optional.empty();
      };
    }

    private SortedMap<Path, String> troubles(long point, Map<Path, Version> tree)
        throws IOException {
      var troubles = new TreeMap<Path, String>();
      for (var item : tree.entrySet()) {
        trouble(point, item.getKey(), item.getValue())
            .ifPresent(why -> troubles.put(item.getKey(), why));
      }
      return troubles;
    }

    private void add(long point, Path path, Map<Path, Version> tree, String why) {
      var findings = isLost(tree, path) ? lost : broken;
      findings
          .computeIfAbsent(path + "\0" + why, key -> new Finding(path, why, new TreeSet<>()))
          .points()
          .add(point);
    }

    private Optional<String> trouble(long point, Path path, Version version) throws IOException {
      return switch (history.source(path, version)) {
        case Source.Missing missing -> Optional.of(missing.why());
        case Source.Whole _ when history.isWhateverIsThere(point, path, version) ->
            Optional.empty();
        case Source.Whole whole -> trouble(whole, version);
        case Source.Segments source when version instanceof Version.Database database ->
            trouble(path, source, database);
        case Source.None _, Source.Segments _ -> Optional.empty();
      };
    }

    private Optional<String> trouble(Source.Whole whole, Version version) throws IOException {
      var place = whole.place();
      if (!looks.containsKey(place)) {
        looks.put(place, history.volume().look(place));
      }
      var entry = looks.get(place);
      if (entry == null || entry.isEmpty() || entry.get().kind() != Entry.Kind.FILE) {
        return Optional.of("%s is not there".formatted(place));
      }
      long bytes = History.bytes(version);
      if (entry.get().stamp().size() != bytes) {
        return Optional.of(
            "%s has %d bytes, not %d".formatted(place, entry.get().stamp().size(), bytes));
      }
      return version instanceof Version.Database database
          ? trouble(place, database)
          : Optional.empty();
    }

    private Optional<String> trouble(Path place, Version.Database database) throws IOException {
      if (!hasDigest(place, database)) {
        return Optional.of("%s has another content than was published".formatted(place));
      }
      if (database.checked().compareTo(CheckLevel.valueOf(check.level().name())) >= 0) {
        return Optional.empty();
      }
      return checks.computeIfAbsent(
          place,
          file ->
              PastDatabases.whyUnsound(check.check(history.root().resolve(file)))
                  .map(why -> "%s does not pass its check (%s)".formatted(file, why)));
    }

    private boolean hasDigest(Path place, Version.Database database) throws IOException {
      return Identity.in(database.digest()).isPresent()
          ? identity(place).equals(Identity.in(database.digest()))
          : digest(place).equals(database.digest());
    }

    private Digest digest(Path place) throws IOException {
      var digest = digests.get(place);
      if (digest == null) {
        digest = history.volume().digest(place);
        digests.put(place, digest);
      }
      return digest;
    }

    /** Empty when it is no database. */
    private Optional<Identity> identity(Path place) throws IOException {
      if (!identities.containsKey(place)) {
        identities.put(place, OpenSegments.identityOf(history.volume(), place));
      }
      return Objects.requireNonNull(identities.get(place));
    }

    /** Each segment is whole, begins where the one before ends, and the first one at the base. */
    private Optional<String> trouble(Path path, Source.Segments source, Version.Database version)
        throws IOException {
      var at = identity(source.base().place());
      for (var place : source.segments()) {
        if (!segments.containsKey(place)) {
          segments.put(place, look(path, place));
        }
        var segment = Objects.requireNonNull(segments.get(place));
        if (segment.trouble().isPresent()) {
          return segment.trouble();
        }
        if (!segment.from().equals(at)) {
          return Optional.of("%s does not lead on from what is before it".formatted(place));
        }
        at = segment.to();
      }
      var published = Identity.in(version.digest());
      return published.isEmpty() || at.equals(published)
          ? Optional.empty()
          : Optional.of("its segments lead to another content than was published");
    }

    private Ends look(Path path, Path place) throws IOException {
      try (var segment = OpenSegments.open(history.volume(), path, place)) {
        var heading = segment.heading();
        return new Ends(Optional.of(heading.from()), Optional.of(heading.to()), Optional.empty());
      } catch (DamagedFileException | UnknownFormatException e) {
        return new Ends(
            Optional.empty(), Optional.empty(), Optional.of(String.valueOf(e.getMessage())));
      }
    }
  }

  /** What a segment leads from and to, or why it leads nowhere. */
  private record Ends(Optional<Identity> from, Optional<Identity> to, Optional<String> trouble) {}
}
