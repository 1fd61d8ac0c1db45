package io.liteferry.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Restore, then watch. */
@Command(
    name = "run",
    description =
        "Restore LOCAL from VOLUME, then publish changes of LOCAL to VOLUME until stopped by"
            + " SIGTERM or SIGINT, then flush.")
final class RunCommand implements Callable<Integer> {
  @Mixin CommonOptions common = new CommonOptions();
  @Mixin TreeOptions tree = new TreeOptions();
  @Mixin PassOptions passes = new PassOptions();
  @Mixin WatchOptions watch = new WatchOptions();

  @Override
  public Integer call() throws Exception {
    try (var session = Session.open(tree)) {
      session.restore();
      return session.watch(passes, watch).code;
    }
  }
}
