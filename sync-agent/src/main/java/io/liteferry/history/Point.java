package io.liteferry.history;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What is told of a generation, in its own record and in the one after it: the oldest point that is
 * kept has no record of its own any more.
 *
 * @param generation its number
 * @param epoch of the lease under which it was made
 * @param nodeTime by the clock of the node that made it
 * @param volumeTime by the volume's clock, one for all nodes; empty when it is not known
 * @param publication its random id
 * @param checked the least that all its databases were checked
 * @param rollback if it was made to go back
 * @param problems that the pass had, for people
 */
public record Point(
    long generation,
    long epoch,
    Instant nodeTime,
    Optional<Instant> volumeTime,
    String publication,
    CheckLevel checked,
    Optional<Rollback> rollback,
    List<String> problems) {

  /**
   * To which generation it went back, and for whose request.
   *
   * @param request an id, so that a request is never carried out twice
   */
  public record Rollback(long to, String request) {}

  /** Copies the list. */
  public Point {
    problems = List.copyOf(problems);
  }

  /** By the volume's clock if that is known: a node's own may have started in 1970. */
  public Instant time() {
    return volumeTime.orElse(nodeTime);
  }

  /** Whether all that was published is there, and passed the full check. */
  public boolean isFullyChecked() {
    return checked == CheckLevel.FULL && problems.isEmpty();
  }

  /** The same, with a time by the volume's clock. */
  public Point at(Optional<Instant> time) {
    return new Point(generation, epoch, nodeTime, time, publication, checked, rollback, problems);
  }

  /** The same, with what another telling of it alone knows. */
  Point or(Point other) {
    return new Point(
        generation,
        epoch,
        nodeTime,
        volumeTime.or(other::volumeTime),
        publication,
        checked,
        rollback.or(other::rollback),
        problems);
  }
}
