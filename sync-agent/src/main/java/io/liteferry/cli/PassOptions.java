package io.liteferry.cli;

import java.time.Duration;
import picocli.CommandLine.Option;

/** The options of the commands that publish. */
final class PassOptions {
  @Option(
      names = "--delete-guard",
      paramLabel = "DURATION",
      defaultValue = "30s",
      converter = DurationConverter.class,
      description =
          "Hold back deletions that look like an accident (a directory has lost all or most of its"
              + " files, a database is gone) until a second look after this time. 0s: never."
              + " Default: ${DEFAULT-VALUE}.")
  Duration deleteGuard = Duration.ofSeconds(30);

  @Option(
      names = "--shrink-guard",
      paramLabel = "PERCENT",
      defaultValue = "50",
      converter = PercentConverter.class,
      description =
          "When a database has this much or less left of what it had in use, keep the last copy of"
              + " it in .liteferry/kept on the volume. 0: never. Default: ${DEFAULT-VALUE}.")
  int shrinkGuard = 50;

  @Option(
      names = "--busy-timeout",
      paramLabel = "DURATION",
      defaultValue = "5s",
      converter = DurationConverter.class,
      description =
          "Wait this long for a database that the application has locked, then try again in a later"
              + " pass. Default: ${DEFAULT-VALUE}.")
  Duration busyTimeout = Duration.ofSeconds(5);
}
