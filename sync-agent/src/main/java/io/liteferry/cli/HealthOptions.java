package io.liteferry.cli;

import io.liteferry.agent.AgentObserver;
import io.liteferry.health.Health;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options of the commands that may be asked, while they run, how they are. */
final class HealthOptions {
  @Option(
      names = "--listen",
      paramLabel = "[HOST:]PORT",
      converter = AddressConverter.class,
      description =
          "Answer HTTP requests for /startupz, /livez, /readyz and /metrics, without asking who"
              + " asks. Without HOST only to this machine; 0.0.0.0 or [::] for all interfaces."
              + " Default: not at all.")
  @Nullable InetSocketAddress listen;

  @Option(
      names = "--ready-max-lag",
      paramLabel = "DURATION",
      defaultValue = "5m",
      converter = TimeoutConverter.class,
      description =
          "/readyz says no when something has been unpublished for longer than this. Default:"
              + " ${DEFAULT-VALUE}.")
  Duration readyMaxLag = Duration.ofMinutes(5);

  /**
   * Begins to answer when that was asked for. If not, nothing of {@code health} is loaded.
   *
   * @return closed by the caller
   * @throws ParameterException when the address cannot be had
   */
  AgentObserver open(CommandLine commandLine) throws IOException {
    var address = listen;
    if (address == null) {
      return AgentObserver.NOBODY;
    }
    try {
      var version = new Version();
      return Health.open(
          address,
          readyMaxLag,
          new Health.Build(version.number(), version.commit()),
          Clock.systemUTC());
    } catch (java.net.SocketException | java.net.UnknownHostException e) {
      throw new ParameterException(
          commandLine,
          "--listen %s:%d: %s: give another address"
              .formatted(address.getHostString(), address.getPort(), e.getMessage()),
          e);
    }
  }
}
