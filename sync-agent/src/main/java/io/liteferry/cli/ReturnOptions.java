package io.liteferry.cli;

import picocli.CommandLine.Option;

/** When a start goes back to an older point by itself. */
final class ReturnOptions {
  @Option(
      names = "--request",
      paramLabel = "ID",
      defaultValue = "",
      description =
          "With --at: go back once for each POINT and ID, on whichever node. To go back to the"
              + " same POINT again, give another ID.")
  String request = "";

  @Option(
      names = "--accept-older",
      description =
          "When a database on VOLUME is corrupt, go back to the newest point that is sound. What"
              + " came after it is lost to the application, and stays as a pinned point.")
  boolean acceptOlder;
}
