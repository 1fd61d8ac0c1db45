package io.liteferry.cli;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of the commands that publish. */
final class PassOptions {
  private static final Logger log = LoggerFactory.getLogger(PassOptions.class);

  @Option(
      names = "--delete-guard",
      paramLabel = "DURATION",
      defaultValue = "30s",
      converter = Converters.Durations.class,
      description =
          "Hold deletions back while LOCAL looks like a tree that vanished (no file is left, or all"
              + " databases went unseen), until a second look after this time. 0s: never. Default:"
              + " ${DEFAULT-VALUE}.")
  Duration deleteGuard = Duration.ofSeconds(30);

  @Option(
      names = "--shrink-guard",
      hidden = true,
      description = "Accepted so that an upgrade starts: earlier versions had it.")
  @Nullable String shrinkGuard;

  @Option(
      names = "--busy-timeout",
      paramLabel = "DURATION",
      defaultValue = "5s",
      converter = Converters.Durations.class,
      description =
          "Wait this long for locked databases, then try again in a later pass. Default:"
              + " ${DEFAULT-VALUE}.")
  Duration busyTimeout = Duration.ofSeconds(5);

  @Mixin FormOptions form = new FormOptions();
  @Mixin KeepOptions keep = new KeepOptions();

  /** Once at the start of a command that publishes. */
  void warn() {
    if (keep.keep == KeepOptions.Choice.none) {
      log.warn("--keep none: what is deleted or overwritten by mistake cannot be had again");
    }
    if (shrinkGuard != null) {
      log.warn(
          "--shrink-guard does nothing now that --keep keeps all that is replaced: leave it out");
    }
  }
}
