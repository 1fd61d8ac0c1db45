package io.liteferry.cli;

import io.liteferry.lease.LeaseSettings;
import io.liteferry.state.StateDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options of the commands that must be the only one at work on a volume. */
final class LeaseOptions {
  /** By convention the UID of the pod, when the manifest hands it on. */
  private static final String POD_UID = "POD_UID";

  @Mixin LeaseDurations durations = new LeaseDurations();

  @Option(
      names = "--owner",
      paramLabel = "NAME",
      description =
          "Who this agent is: one of the same name takes the volume over at once. Default: POD_UID"
              + " or the host's name, with an id from STATE.")
  @Nullable String owner;

  /** Checks what can be checked before anything is touched. */
  void check(CommandLine commandLine) {
    durations.check(commandLine);
    if (owner != null && owner.isBlank()) {
      throw new ParameterException(commandLine, "--owner must not be empty");
    }
  }

  LeaseSettings settings(StateDirectory state) throws IOException {
    return new LeaseSettings(
        owner == null ? defaultOwner(state) : owner, durations.duration, durations.wait);
  }

  private static String defaultOwner(StateDirectory state) throws IOException {
    var pod = System.getenv(POD_UID);
    var place = pod == null || pod.isBlank() ? hostName() : pod;
    return place + "/" + state.ownId();
  }

  private static String hostName() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    } catch (IOException e) {
      return "localhost"; // the id in STATE tells it from others; this is for people
    }
  }
}
