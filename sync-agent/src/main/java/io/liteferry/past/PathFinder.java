package io.liteferry.past;

import io.liteferry.durable.PortableName;
import io.liteferry.history.Version;
import io.liteferry.publish.Amount;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;

/** Finds the path that a user means among all that ever were on the volume. */
public final class PathFinder {
  private static final int MOST_NAMED = 3;

  /** Of a name's letters, one in so many may be wrong. */
  private static final int LETTERS_FOR_A_MISTAKE = 3;

  private final History history;
  private final Path volume;
  private final SortedSet<Path> names;

  /** Reads all names that the history knows. */
  public PathFinder(History history) throws IOException {
    this.history = history;
    volume = history.root();
    names = history.names();
  }

  /**
   * Finds it.
   *
   * @param text the path as {@code history} prints it, below the volume or relative to it, or as
   *     JSON has it: so a name that is not UTF-8 can be given
   * @throws PastRefusedException when it is at no point; the message has similar ones
   */
  public Path find(String text) throws PastRefusedException {
    for (var candidate : candidates(text)) {
      if (names.contains(candidate)) {
        return candidate;
      }
    }
    var near = near(text);
    throw new PastRefusedException(
        near.isEmpty()
            ? "%s is at no kept point: give a path relative to VOLUME, as liteferry diff prints it"
                .formatted(text)
            : "%s is at no kept point; near: %s".formatted(text, Amount.some(near)));
  }

  /**
   * The same, where it has to be at a point.
   *
   * @throws PastRefusedException when it is at other points only; the message has the nearest
   */
  public Path findAt(String text, long point) throws IOException {
    var path = find(text);
    Optional<Long> near = Optional.empty();
    for (var version : history.versions(path)) {
      boolean isThere = !(version.version() instanceof Version.Absent);
      if (isThere && version.from() <= point && point <= version.to()) {
        return path;
      }
      if (isThere && (version.to() < point || near.isEmpty())) {
        near = Optional.of(version.to() < point ? version.to() : version.from());
      }
    }
    throw new PastRefusedException(
        "%s is not at %d%s: liteferry history with this path shows at which points it is"
            .formatted(text, point, near.map("; --at %d has it"::formatted).orElse("")));
  }

  private Set<Path> candidates(String text) {
    var candidates = new LinkedHashSet<Path>();
    var given = Path.of(text).normalize();
    if (!given.isAbsolute()) {
      candidates.add(given);
    } else if (given.startsWith(volume)) {
      candidates.add(volume.relativize(given));
    }
    parsed(text).ifPresent(candidates::add);
    return candidates;
  }

  private static Optional<Path> parsed(String text) {
    try {
      return Optional.of(PortableName.parse(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private List<String> near(String text) {
    var wanted = Optional.ofNullable(Path.of(text).getFileName()).map(Path::toString).orElse("");
    int most = Math.max(1, wanted.length() / LETTERS_FOR_A_MISTAKE);
    record Near(String name, int distance) {}
    return names.stream()
        .map(path -> new Near(path.toString(), distance(wanted, path.getFileName().toString())))
        .filter(near -> near.distance() <= most)
        .sorted(Comparator.comparingInt(Near::distance).thenComparing(Near::name))
        .limit(MOST_NAMED)
        .map(Near::name)
        .toList();
  }

  /** How many letters are to be put in, taken out or changed, whatever their case. */
  private static int distance(String one, String other) {
    var a = one.toLowerCase(Locale.ROOT);
    var b = other.toLowerCase(Locale.ROOT);
    var above = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      above[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      var row = new int[b.length() + 1];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int changed = above[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(changed, 1 + Math.min(above[j], row[j - 1]));
      }
      above = row;
    }
    return above[b.length()];
  }
}
