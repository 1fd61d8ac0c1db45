package io.liteferry.cli;

import io.liteferry.agent.AgentObserver;
import io.liteferry.health.Health;
import io.liteferry.health.HeartbeatUrl;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options of the commands of which others may know, while they run, how they are. */
final class HealthOptions {
  private static final Duration SHORTEST = Duration.ofSeconds(1);

  @Option(
      names = "--listen",
      paramLabel = "[HOST:]PORT",
      converter = Converters.Addresses.class,
      description =
          "Answer anybody's HTTP requests: / for people, /status, /startupz, /livez, /readyz,"
              + " /metrics. Without HOST this machine's alone; 0.0.0.0 or [::]: on all interfaces."
              + " Default: none.")
  @Nullable InetSocketAddress listen;

  @Option(
      names = "--page-names",
      description =
          "Show names of files on the page and in /status. Default: \"database 1\" and so on.")
  boolean pageNames;

  @Option(
      names = "--ready-max-lag",
      paramLabel = "DURATION",
      defaultValue = "5m",
      converter = Converters.Timeouts.class,
      description =
          "/readyz says no when something was unpublished for longer. Default: ${DEFAULT-VALUE}.")
  Duration readyMaxLag = Duration.ofMinutes(5);

  @Option(
      names = "--heartbeat-url",
      paramLabel = "URL",
      converter = Converters.Urls.class,
      description =
          "Call this URL (GET) while everything is on the volume, for a monitor. Give a secret one"
              + " by the variable or in the file.")
  @Nullable URI heartbeatUrl;

  @Option(
      names = "--heartbeat-interval",
      paramLabel = "DURATION",
      defaultValue = "1m",
      converter = Converters.Durations.class,
      description = "Time between two calls. Default: ${DEFAULT-VALUE}.")
  Duration heartbeatInterval = Duration.ofMinutes(1);

  /**
   * Begins what was asked for of both.
   *
   * @return closed by the caller
   * @throws ParameterException when the address cannot be had
   */
  AgentObserver open(CommandLine commandLine) throws IOException {
    if (heartbeatInterval.compareTo(SHORTEST) < 0) {
      throw new ParameterException(commandLine, "--heartbeat-interval must be 1s or more");
    }
    var health = openHealth(commandLine);
    var url = heartbeatUrl;
    if (url == null) {
      return health;
    }
    Consumer<Boolean> called = health instanceof Health h ? h::heartbeat : answered -> {};
    var calls = HeartbeatUrl.start(url, heartbeatInterval, new Version().number(), called);
    return new BothObservers(calls, health);
  }

  /**
   * Begins to answer when that was asked for. If not, nothing of {@code health} is loaded.
   *
   * @return closed by the caller
   * @throws ParameterException when the address cannot be had
   */
  private AgentObserver openHealth(CommandLine commandLine) throws IOException {
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
          Clock.system(TimeOptions.zoneOfProcess(System.getenv(TimeOptions.TZ))),
          pageNames);
    } catch (java.net.SocketException | java.net.UnknownHostException e) {
      throw new ParameterException(
          commandLine,
          "--listen %s:%d: %s: give another address"
              .formatted(address.getHostString(), address.getPort(), e.getMessage()),
          e);
    }
  }
}
