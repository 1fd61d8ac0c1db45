package io.liteferry.cli;

import picocli.CommandLine.Option;

/** The options of the commands that can say what they would do. */
final class DryRunOptions {
  @Option(names = "--dry-run", description = "Say what would be done, and change nothing.")
  boolean dryRun;

  @Option(names = "--json", description = "With --dry-run: print JSON.")
  boolean json;
}
