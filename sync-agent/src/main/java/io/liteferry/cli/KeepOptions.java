package io.liteferry.cli;

import io.liteferry.history.Budget;
import io.liteferry.history.RetentionPolicy;
import io.liteferry.scan.PathFilter;
import io.liteferry.volume.KeepSettings;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import picocli.CommandLine.Option;

/** What is kept of what passes replace and remove. */
final class KeepOptions {
  /** Whether there is a history. */
  enum Choice {
    history,
    none
  }

  @Option(
      names = "--keep",
      paramLabel = "WHAT",
      defaultValue = "history",
      description =
          "history: keep what passes replace and remove, by the other --keep options. none: keep"
              + " nothing, and remove what is kept. Default: ${DEFAULT-VALUE}.")
  Choice keep = Choice.history;

  @Option(
      names = "--keep-all",
      paramLabel = "DURATION",
      defaultValue = "1h",
      converter = Converters.Durations.class,
      description = "Keep every point of this time before the newest. Default: ${DEFAULT-VALUE}.")
  Duration all = RetentionPolicy.DEFAULT.all();

  @Option(
      names = "--keep-hourly",
      paramLabel = "N",
      defaultValue = "24",
      converter = Converters.Counts.class,
      description =
          "Keep the last point of each of so many hours in which something changed. Default:"
              + " ${DEFAULT-VALUE}.")
  int hourly = RetentionPolicy.DEFAULT.hourly();

  @Option(
      names = "--keep-daily",
      paramLabel = "N",
      defaultValue = "14",
      converter = Converters.Counts.class,
      description = "As --keep-hourly for days, by TZ. Default: ${DEFAULT-VALUE}.")
  int daily = RetentionPolicy.DEFAULT.daily();

  @Option(
      names = "--keep-weekly",
      paramLabel = "N",
      defaultValue = "8",
      converter = Converters.Counts.class,
      description = "As --keep-hourly for weeks. Default: ${DEFAULT-VALUE}.")
  int weekly = RetentionPolicy.DEFAULT.weekly();

  @Option(
      names = "--keep-bytes",
      paramLabel = "SIZE",
      defaultValue = "auto",
      converter = Converters.Budgets.class,
      description =
          "Thin further when kept versions take more than this, as 2GiB. auto: 2 GiB, or twice the"
              + " data if more, but a fifth of the free room, or what was kept before others"
              + " filled it. Default: ${DEFAULT-VALUE}.")
  Budget bytes = Budget.AUTO;

  @Option(
      names = "--keep-exclude",
      paramLabel = "GLOB",
      split = TreeOptions.BETWEEN_GLOBS,
      splitSynopsisLabel = ",",
      converter = Converters.Globs.class,
      description = "Publish what matches, but keep no earlier version. May be repeated.")
  List<PathFilter.Glob> excludes = List.of();

  @Option(
      names = "--keep-file-bytes",
      paramLabel = "SIZE",
      defaultValue = "1GiB",
      converter = Converters.Sizes.class,
      description =
          "Keep no earlier version of a larger file; databases are kept whatever their size."
              + " Default: ${DEFAULT-VALUE}.")
  long fileBytes = KeepSettings.DEFAULT.fileBytes();

  KeepSettings settings() {
    return keep == Choice.none
        ? KeepSettings.NONE
        : new KeepSettings(
            new RetentionPolicy(all, hourly, daily, weekly, bytes),
            fileBytes,
            new PathFilter(List.of(), excludes),
            ZoneId.systemDefault());
  }
}
