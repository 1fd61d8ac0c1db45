package io.liteferry.cli;

import java.time.Duration;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** How long to wait for the volume, and others for us. */
final class LeaseDurations {
  private static final Duration SHORTEST = Duration.ofSeconds(1);

  @Option(
      names = "--lease-duration",
      paramLabel = "DURATION",
      defaultValue = "15s",
      converter = Converters.Durations.class,
      description =
          "Another agent may take the volume over when this one was silent for this long. It sends"
              + " a heartbeat each fifth of that. Default: ${DEFAULT-VALUE}.")
  Duration duration = Duration.ofSeconds(15);

  @Option(
      names = "--lease-wait",
      paramLabel = "DURATION",
      defaultValue = "10m",
      converter = Converters.Durations.class,
      description =
          "Wait this long for another agent to release the volume. 0s: not at all. Default:"
              + " ${DEFAULT-VALUE}.")
  Duration wait = Duration.ofMinutes(10);

  /** Checks what can be checked before anything is touched. */
  void check(CommandLine commandLine) {
    if (duration.compareTo(SHORTEST) < 0) {
      throw new ParameterException(commandLine, "--lease-duration must be 1s or more");
    }
  }
}
