package io.liteferry.cli;

import io.liteferry.sqlite.DatabaseCheck;
import java.time.Duration;
import picocli.CommandLine.Option;

/** The options of the commands that check a volume. */
final class VerificationOptions {
  @Option(
      names = "--check",
      paramLabel = "LEVEL",
      defaultValue = "full",
      description = "How thoroughly: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  TreeOptions.Check check = TreeOptions.Check.full;

  @Option(
      names = "--check-timeout",
      paramLabel = "DURATION",
      defaultValue = "10m",
      converter = Converters.Timeouts.class,
      description =
          "Give a check up after this long, and do not publish or restore the database. Default:"
              + " ${DEFAULT-VALUE}.")
  Duration checkTimeout = Duration.ofMinutes(10);

  DatabaseCheck databaseCheck() {
    return check.within(checkTimeout);
  }
}
