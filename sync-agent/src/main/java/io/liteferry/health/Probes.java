package io.liteferry.health;

import io.liteferry.agent.AgentStatus;
import java.time.Duration;
import java.util.Optional;

/**
 * What the probes answer. Pure. The status is empty until the agent runs.
 *
 * @param readyMaxLag how long something may be unpublished while the agent counts as ready
 */
record Probes(Duration readyMaxLag) {
  /** Whether local is restored, so that the application may start. */
  Answer startup(Optional<AgentStatus> status) {
    return status.isPresent() ? Answer.yes("started") : Answer.no("local is not restored yet");
  }

  /**
   * Whether the loop turns. A restart would neither mend a volume that hangs nor a long restore.
   */
  Answer live(Optional<AgentStatus> status) {
    return status.map(AgentStatus::isTurning).orElse(true)
        ? Answer.yes("alive")
        : Answer.no(
            "the loop is stuck: a pass is long overdue, or makes no progress in local or state");
  }

  /** Whether what the application writes reaches the volume in time. */
  Answer ready(Optional<AgentStatus> status) {
    if (status.isEmpty()) {
      return startup(status);
    }
    if (status.get().fenced()) {
      return Answer.no("another agent has taken the volume over");
    }
    var lag = status.get().lag().orElse(Duration.ZERO);
    return lag.compareTo(readyMaxLag) > 0
        ? Answer.no(
            "something has been unpublished for %d s, more than %d s"
                .formatted(lag.toSeconds(), readyMaxLag.toSeconds()))
        : Answer.yes("ready");
  }
}
