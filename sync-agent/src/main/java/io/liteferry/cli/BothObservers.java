package io.liteferry.cli;

import io.liteferry.agent.Agent;
import io.liteferry.agent.AgentObserver;
import io.liteferry.agent.AgentStatus;
import io.liteferry.publish.PassReport;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/** Tells two observers, in turn. */
record BothObservers(AgentObserver first, AgentObserver second) implements AgentObserver {
  @Override
  public void restored(Duration took) {
    first.restored(took);
    second.restored(took);
  }

  @Override
  public void began(Supplier<AgentStatus> status) {
    first.began(status);
    second.began(status);
  }

  @Override
  public void passEnded(
      Optional<PassReport> report, Duration took, Optional<Duration> lag, boolean asked) {
    first.passEnded(report, took, lag, asked);
    second.passEnded(report, took, lag, asked);
  }

  @Override
  public void took(Step step, long nanos) {
    first.took(step, nanos);
    second.took(step, nanos);
  }

  @Override
  public void ended(Agent.End end) {
    first.ended(end);
    second.ended(end);
  }

  @Override
  public void close() {
    first.close();
    second.close();
  }
}
