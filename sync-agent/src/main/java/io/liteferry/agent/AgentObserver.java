package io.liteferry.agent;

import io.liteferry.publish.PassReport;
import io.liteferry.publish.Timings;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Is told what an agent does. Called on the threads that do it, so each method returns at once and
 * throws nothing.
 */
public interface AgentObserver extends Timings, AutoCloseable {
  /** Tells nobody. */
  AgentObserver NOBODY = new AgentObserver() {};

  /**
   * Local was restored and checked, or kept.
   *
   * @param took with the wait for the lease
   */
  default void restored(Duration took) {}

  /**
   * The agent runs.
   *
   * @param status may be asked at any time, on any thread; waits neither for the volume nor for a
   *     pass
   */
  default void began(Supplier<AgentStatus> status) {}

  /**
   * A pass ended.
   *
   * @param report empty when the pass failed as a whole
   * @param lag how long before its end the first change was that it looked at; empty without one
   * @param asked whether a change, a retry or a stop asked for the pass, and not only the time
   */
  default void passEnded(
      Optional<PassReport> report, Duration took, Optional<Duration> lag, boolean asked) {}

  @Override
  default void took(Step step, long nanos) {}

  /** The run ended. */
  default void ended(Agent.End end) {}

  /** Nobody needs to know any more; for whoever made it. */
  @Override
  default void close() {}
}
