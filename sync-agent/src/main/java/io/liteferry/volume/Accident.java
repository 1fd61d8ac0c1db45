package io.liteferry.volume;

import io.liteferry.history.Change;
import io.liteferry.history.Version;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Something in a pass that looks like an accident: what was before it is to stay for a while.
 *
 * @param paths what it is about; nothing of it came true when none of them was changed
 * @param why for people
 */
public record Accident(Set<Path> paths, String why) {
  /** So that a record stays small. */
  private static final int MOST = 8;

  /** Copies the set; names may have line breaks. */
  public Accident {
    paths = Set.copyOf(paths);
    why = why.lines().collect(Collectors.joining(" "));
  }

  /**
   * What a record says of accidents, none of them twice.
   *
   * @param before what it takes over
   * @param found in its pass
   * @param changes of its pass; what the volume did not keep is no way back
   */
  static List<String> lines(List<String> before, List<Accident> found, List<Change> changes) {
    var kept = new HashSet<Path>();
    if (!found.isEmpty()) {
      changes.stream()
          .filter(change -> !(change.was() instanceof Version.Lost))
          .forEach(change -> kept.add(change.path()));
    }
    var own =
        found.stream()
            .filter(accident -> accident.paths().stream().anyMatch(kept::contains))
            .map(Accident::why);
    return Stream.concat(before.stream(), own).distinct().limit(MOST).toList();
  }
}
