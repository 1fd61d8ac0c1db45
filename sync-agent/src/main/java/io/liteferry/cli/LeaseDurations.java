package io.liteferry.cli;

import io.liteferry.durable.UniqueName;
import io.liteferry.lease.Lease;
import io.liteferry.lease.LeaseClock;
import io.liteferry.lease.LeaseHeldException;
import io.liteferry.lease.LeasePurpose;
import io.liteferry.lease.LeaseSettings;
import io.liteferry.volume.Volume;
import java.io.IOException;
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
          "Another agent may take the volume over after this silence. A heartbeat comes each fifth"
              + " of that. Default: ${DEFAULT-VALUE}.")
  Duration duration = Duration.ofSeconds(15);

  @Option(
      names = "--lease-wait",
      paramLabel = "DURATION",
      defaultValue = "10m",
      converter = Converters.Durations.class,
      description =
          "Wait this long for another agent to release the volume. Default: ${DEFAULT-VALUE}.")
  Duration wait = Duration.ofMinutes(10);

  /** Checks what can be checked before anything is touched. */
  void check(CommandLine commandLine) {
    if (duration.compareTo(SHORTEST) < 0) {
      throw new ParameterException(commandLine, "--lease-duration must be 1s or more");
    }
  }

  /**
   * Waits for the lease of a volume, for a command that publishes nothing of an application's.
   *
   * @param owner of the lease, before its unique part
   * @param timeout to wait no longer than this
   * @param advice for when another agent has it
   * @return held by the caller, who releases it
   */
  Lease acquire(Volume on, String owner, Duration timeout, String advice)
      throws IOException, InterruptedException, BadPathException {
    var longest = wait.compareTo(timeout) < 0 ? wait : timeout;
    var settings = new LeaseSettings(owner + UniqueName.make(), duration, longest);
    try {
      return Lease.acquire(on.own(), settings, LeaseClock.SYSTEM, LeasePurpose.PUBLISH_NOTHING);
    } catch (LeaseHeldException e) {
      throw new BadPathException(ExitCode.LEASE_HELD, e.getMessage() + advice);
    }
  }
}
