package io.liteferry.cli;

import picocli.CommandLine.Option;

/** The options of the commands that can say what they would do. */
final class DryRunOptions {
  @Option(
      names = "--dry-run",
      description = "Check and say what would be done, wait for nobody, and change nothing.")
  boolean dryRun;

  @Option(names = "--json", description = "With --dry-run, print it as JSON, with all names.")
  boolean json;
}
