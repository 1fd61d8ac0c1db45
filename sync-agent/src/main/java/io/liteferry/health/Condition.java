package io.liteferry.health;

import io.liteferry.agent.AgentStatus;
import io.liteferry.publish.Problem;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** How safe what the application wrote is, in one word. */
enum Condition {
  STARTING("Starting: the restore and the first pass are not done yet", false),
  SAFE("Everything is safe", true),
  PUBLISHING("Safe, and the newest changes are on their way", true),
  BEHIND("Changes wait too long for the volume", false),
  ATTENTION("Something needs a hand", false),
  TAKEN_OVER("Another agent has taken the volume over", false);

  /** What a later pass mostly can publish. */
  private static final Set<Problem.Kind> PASSING =
      EnumSet.of(Problem.Kind.LOCKED, Problem.Kind.CHANGING);

  final String headline;

  /** Whether nobody need look. */
  final boolean ok;

  Condition(String headline, boolean ok) {
    this.headline = headline;
    this.ok = ok;
  }

  /** As JSON has it; a name never changes its meaning. */
  String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Pure. */
  static Condition of(
      Optional<AgentStatus> asked, Collection<Problem.Kind> problems, Duration readyMaxLag) {
    if (asked.isEmpty()) {
      return STARTING;
    }
    var status = asked.get();
    if (status.fenced()) {
      return TAKEN_OVER;
    }
    if (!status.volumeUp() || !status.isTurning() || !PASSING.containsAll(problems)) {
      return ATTENTION;
    }
    var lag = status.lag().orElse(Duration.ZERO);
    if (lag.compareTo(readyMaxLag) > 0) {
      return BEHIND;
    }
    if (status.lastSuccess().isEmpty()) {
      return STARTING;
    }
    return lag.isZero() ? SAFE : PUBLISHING;
  }
}
