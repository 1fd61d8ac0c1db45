package io.liteferry.health;

import io.liteferry.agent.AgentStatus;
import io.liteferry.history.Moments;
import io.liteferry.publish.PassReport;
import io.liteferry.publish.Problem;
import io.liteferry.volume.Manifest;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Remembers what the agent's status does not have, and makes overviews. A sample of each of the
 * last 360 minutes takes 20 kB; all is lost with the process. For several threads.
 *
 * @see Overview
 */
final class Overviews {
  static final Duration SAMPLE_EVERY = Duration.ofMinutes(1);
  static final int MOST_SAMPLES = 360;

  private final Health.Build build;
  private final Duration readyMaxLag;
  private final Clock clock;
  private final boolean names;
  private final Deque<Overview.Sample> samples = new ArrayDeque<>(MOST_SAMPLES);

  /** Of the last pass that did not fail as a whole; never changed, but replaced. */
  private SortedMap<Path, Problem.Kind> problems = new TreeMap<>();

  private Condition condition = Condition.STARTING;
  private Instant since;

  // Of the minute that is not over.
  private Duration longestLag = Duration.ZERO;
  private long publishedBytes;

  /**
   * Of one agent.
   *
   * @param clock in whose zone times are shown
   * @param names whether names of files may be told
   */
  Overviews(Health.Build build, Duration readyMaxLag, Clock clock, boolean names) {
    this.build = build;
    this.readyMaxLag = readyMaxLag;
    this.clock = clock;
    this.names = names;
    this.since = clock.instant();
  }

  synchronized void passEnded(Optional<PassReport> report, Optional<Duration> lag) {
    report.ifPresent(r -> problems = r.kinds());
    publishedBytes += report.map(PassReport::bytes).orElse(0L);
    lag.ifPresent(this::lagged);
  }

  private void lagged(Duration lag) {
    longestLag = lag.compareTo(longestLag) > 0 ? lag : longestLag;
  }

  /** A minute is over. */
  synchronized void sample(AgentStatus status) {
    status.lag().ifPresent(this::lagged);
    if (samples.size() == MOST_SAMPLES) {
      samples.removeFirst();
    }
    samples.add(
        new Overview.Sample(
            clock.instant().getEpochSecond(),
            StatusMetrics.seconds(longestLag),
            publishedBytes,
            status.published().map(Manifest::databaseBytes).orElse(0L)));
    longestLag = Duration.ZERO;
    publishedBytes = 0;
    now(Optional.of(status));
  }

  /** How it is now; the status is empty until the agent runs. */
  synchronized Overview now(Optional<AgentStatus> status) {
    var moments = new Moments(clock.getZone(), clock.instant());
    var found = Condition.of(status, problems.values(), readyMaxLag);
    if (found != condition && !(found.ok && condition.ok)) {
      since = moments.now();
    }
    condition = found;
    return new Overview(
        build.version(), status, found, since, problems, List.copyOf(samples), moments, names);
  }
}
