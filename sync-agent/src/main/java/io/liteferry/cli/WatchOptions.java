package io.liteferry.cli;

import io.liteferry.agent.AgentSettings;
import java.time.Duration;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options of the commands that go on until they are stopped. */
final class WatchOptions {
  @Option(
      names = "--settle",
      paramLabel = "DURATION",
      defaultValue = "250ms",
      converter = Converters.Durations.class,
      description =
          "Begin a pass when LOCAL was quiet, or while passes are cheap a change has waited, for"
              + " this long; on average once in twice that time at most. Default:"
              + " ${DEFAULT-VALUE}.")
  Duration settle = Duration.ofMillis(250);

  @Option(
      names = "--max-delay",
      paramLabel = "DURATION",
      defaultValue = "2s",
      converter = Converters.Durations.class,
      description =
          "Begin a pass when a change has waited for this long, however busy LOCAL is."
              + " Default: ${DEFAULT-VALUE}.")
  Duration maxDelay = Duration.ofSeconds(2);

  @Option(
      names = "--rescan",
      paramLabel = "DURATION",
      defaultValue = "1m",
      converter = Converters.Durations.class,
      description = "Scan LOCAL this often even without an event. Default: ${DEFAULT-VALUE}.")
  Duration rescan = Duration.ofMinutes(1);

  @Option(
      names = "--linger",
      paramLabel = "DURATION",
      defaultValue = "0s",
      converter = Converters.Durations.class,
      description =
          "At a stop, flush when LOCAL was quiet for this long: for supervisors that stop the"
              + " application at the same time. Default: ${DEFAULT-VALUE}.")
  Duration linger = Duration.ZERO;

  @Option(
      names = "--flush-timeout",
      paramLabel = "DURATION",
      defaultValue = "20s",
      converter = Converters.Durations.class,
      description =
          "At a stop, give up when the volume has taken nothing for this long. Default:"
              + " ${DEFAULT-VALUE}.")
  Duration flushTimeout = Duration.ofSeconds(20);

  /**
   * Checks what the options say together.
   *
   * @throws ParameterException for the user
   */
  AgentSettings settings(CommandLine commandLine) {
    if (rescan.compareTo(Duration.ofSeconds(1)) < 0) {
      throw new ParameterException(commandLine, "--rescan must be 1s or more");
    }
    if (maxDelay.compareTo(settle) < 0) {
      throw new ParameterException(
          commandLine, "--max-delay must not be shorter than --settle, or no change ever settles");
    }
    return new AgentSettings(settle, maxDelay, rescan, linger, flushTimeout);
  }
}
