package io.liteferry.cli;

import java.time.Duration;
import picocli.CommandLine.Option;

/** The options of the commands that publish. */
final class PassOptions {
  @Option(
      names = "--delete-guard",
      paramLabel = "DURATION",
      defaultValue = "30s",
      converter = Converters.Durations.class,
      description =
          "Hold back the deletion of a tree that vanished (LOCAL has lost all of its files, or most"
              + " of them unseen, or a database, or a directory in it was unmounted) until a second"
              + " look after this time. Other deletions go at once. 0s: never. Default:"
              + " ${DEFAULT-VALUE}.")
  Duration deleteGuard = Duration.ofSeconds(30);

  @Option(
      names = "--shrink-guard",
      paramLabel = "PERCENT",
      defaultValue = "50",
      converter = Converters.Percentages.class,
      description =
          "When a database has this much or less left of what it had in use, keep the last copy of"
              + " it in .liteferry/kept on the volume. 0: never. Default: ${DEFAULT-VALUE}.")
  int shrinkGuard = 50;

  @Option(
      names = "--busy-timeout",
      paramLabel = "DURATION",
      defaultValue = "5s",
      converter = Converters.Durations.class,
      description =
          "Wait this long for a database that the application has locked, then try again in a later"
              + " pass. Default: ${DEFAULT-VALUE}.")
  Duration busyTimeout = Duration.ofSeconds(5);
}
