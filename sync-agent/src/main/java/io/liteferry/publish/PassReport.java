package io.liteferry.publish;

import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What one pass did and what it left undone.
 *
 * @param generation of the volume after the pass
 * @param files how many files, links and directories were published
 * @param databases how many databases were published
 * @param deletions how many names were deleted on the volume
 * @param bytes how many bytes were written to the volume
 * @param hasFolded whether the plain file of a database that was behind is among them
 * @param problems what differs and could not be published, with the reason; by path
 * @param postponed files that changed while the pass was made, and go with the next one
 * @param held how many deletions were held back
 * @param reconsiderAt when held deletions are due for their second look, by {@link
 *     System#nanoTime()}
 */
public record PassReport(
    long generation,
    int files,
    int databases,
    int deletions,
    long bytes,
    boolean hasFolded,
    SortedMap<Path, Problem> problems,
    Set<Path> postponed,
    int held,
    Optional<Long> reconsiderAt) {

  /** Whether the pass changed the volume. */
  public boolean changedVolume() {
    return files + databases + deletions > 0;
  }

  /** For people. */
  public String summary() {
    return summary(generation, files, databases, deletions, bytes);
  }

  /** The same, of several passes. */
  public static String summary(
      long generation, long files, long databases, long deletions, long bytes) {
    return "generation %d: %s, %s, %s, %s"
        .formatted(
            generation,
            Amount.of(files, "file"),
            Amount.of(databases, "database"),
            Amount.of(deletions, "deletion"),
            Amount.of(bytes, "byte"));
  }

  /** The reason of each problem, for people. */
  public SortedMap<Path, String> reasons() {
    var reasons = new TreeMap<Path, String>();
    postponed.forEach(path -> reasons.put(path, "changed while it was published"));
    problems.forEach((path, problem) -> reasons.put(path, problem.why()));
    return reasons;
  }

  /** What kind each problem is. A reason may differ from pass to pass, for the same cause. */
  public SortedMap<Path, Problem.Kind> kinds() {
    var kinds = new TreeMap<Path, Problem.Kind>();
    problems.forEach((path, problem) -> kinds.put(path, problem.kind()));
    return kinds;
  }

  /** Whether the volume had no room for something. */
  boolean lacksRoom() {
    return problems.values().stream().anyMatch(one -> one.kind() == Problem.Kind.NO_ROOM);
  }

  /** Whether everything local has is on the volume. */
  public boolean isComplete() {
    return problems.isEmpty() && postponed.isEmpty();
  }
}
