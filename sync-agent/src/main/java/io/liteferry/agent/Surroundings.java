package io.liteferry.agent;

import io.liteferry.lease.LeaseClock;
import java.time.Clock;
import java.util.random.RandomGenerator;

/**
 * What an agent has around it: time, chance, and whoever is told how it goes.
 *
 * @param clock stamps the files of local, and what is told of moments
 * @param ticks by which everything is measured and waited for
 * @param observer is told of the run as it goes on
 */
public record Surroundings(
    Clock clock, LeaseClock ticks, RandomGenerator random, AgentObserver observer) {
  /** The machine's. */
  public static Surroundings ofMachine(AgentObserver observer) {
    return new Surroundings(
        Clock.systemUTC(), LeaseClock.SYSTEM, RandomGenerator.getDefault(), observer);
  }
}
