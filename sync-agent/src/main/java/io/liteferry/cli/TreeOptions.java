package io.liteferry.cli;

import io.liteferry.publish.PassSettings;
import io.liteferry.scan.PathFilter;
import io.liteferry.sqlite.DatabaseCheck;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The arguments and options of the commands that work on a local directory and a volume. */
final class TreeOptions {
  /** A comma, but not one within braces. */
  static final String BETWEEN_GLOBS = ",(?![^{]*\\})";

  /** How thoroughly databases are checked. */
  enum Check {
    none,
    quick,
    full;

    DatabaseCheck within(Duration timeout) {
      return new DatabaseCheck(
          DatabaseCheck.Level.valueOf(name().toUpperCase(Locale.ROOT)), timeout);
    }
  }

  @Parameters(
      index = "0",
      paramLabel = "LOCAL",
      description = "The node-local directory in which the application works.")
  Path local = Path.of("");

  @Parameters(
      index = "1",
      paramLabel = "VOLUME",
      description = "The durable directory, mostly on NFS.")
  Path volume = Path.of("");

  @Option(
      names = "--state",
      paramLabel = "DIR",
      description =
          "The agent's own directory on the node, with room for a copy of all databases."
              + " Default: LOCAL with '.liteferry' added to its name.")
  @Nullable Path state;

  @Option(
      names = "--include",
      paramLabel = "GLOB",
      split = BETWEEN_GLOBS,
      splitSynopsisLabel = ",",
      converter = Converters.Globs.class,
      description = "Take only what matches. May be repeated.")
  List<PathFilter.Glob> includes = List.of();

  @Option(
      names = "--exclude",
      paramLabel = "GLOB",
      split = BETWEEN_GLOBS,
      splitSynopsisLabel = ",",
      converter = Converters.Globs.class,
      description =
          "Leave out what matches, in both directions; wins over --include. May be repeated.")
  List<PathFilter.Glob> excludes = List.of();

  @Option(
      names = "--check",
      paramLabel = "LEVEL",
      defaultValue = "quick",
      description =
          "Check databases before they are published and after they are restored:"
              + " ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  Check check = Check.quick;

  @Option(
      names = "--check-timeout",
      paramLabel = "DURATION",
      defaultValue = "10m",
      converter = Converters.Timeouts.class,
      description =
          "Give a check up after this long, and do not publish or restore the database. Default:"
              + " ${DEFAULT-VALUE}.")
  Duration checkTimeout = Duration.ofMinutes(10);

  @Option(
      names = "--transfers",
      paramLabel = "N",
      defaultValue = "8",
      converter = Converters.TransferCounts.class,
      description = "How many files are copied at a time. Default: ${DEFAULT-VALUE}.")
  int transfers = 8;

  Directories directories(Argument... writable) throws BadPathException {
    return Directories.resolve(local, volume, Optional.ofNullable(state), writable);
  }

  PathFilter filter() {
    return new PathFilter(includes, excludes);
  }

  DatabaseCheck databaseCheck() {
    return check.within(checkTimeout);
  }

  PassSettings passSettings(PassOptions passes) {
    return new PassSettings(
        databaseCheck(),
        filter(),
        passes.deleteGuard,
        transfers,
        passes.busyTimeout,
        passes.keep.settings(),
        passes.form.settings());
  }
}
