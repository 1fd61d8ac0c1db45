package io.liteferry.cli;

import java.time.Duration;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of the commands that publish. */
final class PassOptions {
  @Option(
      names = "--delete-guard",
      paramLabel = "DURATION",
      defaultValue = "30s",
      converter = Converters.Durations.class,
      description =
          "Hold back the deletion of a tree that vanished (all of LOCAL's files, most of them"
              + " unseen, a database, an unmounted directory) until a second look after this time."
              + " Other deletions go at once. 0s: never. Default: ${DEFAULT-VALUE}.")
  Duration deleteGuard = Duration.ofSeconds(30);

  @Option(
      names = "--shrink-guard",
      paramLabel = "PERCENT",
      defaultValue = "50",
      converter = Converters.Percentages.class,
      description =
          "When a database has this much or less of its bytes in use left, keep the last copy in"
              + " .liteferry/kept on the volume. 0: never. Default: ${DEFAULT-VALUE}.")
  int shrinkGuard = 50;

  @Option(
      names = "--busy-timeout",
      paramLabel = "DURATION",
      defaultValue = "5s",
      converter = Converters.Durations.class,
      description =
          "Wait this long for locked databases, then try again in a later pass. Default:"
              + " ${DEFAULT-VALUE}.")
  Duration busyTimeout = Duration.ofSeconds(5);

  @Mixin KeepOptions keep = new KeepOptions();
}
