package io.liteferry.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Passes until stopped. */
@Command(
    name = "watch",
    description =
        "Publish changes of LOCAL to VOLUME until stopped by SIGTERM or SIGINT, then flush. LOCAL"
            + " must have been restored before.")
final class WatchCommand implements Callable<Integer> {
  @Mixin CommonOptions common = new CommonOptions();
  @Mixin TreeOptions tree = new TreeOptions();
  @Mixin PassOptions passes = new PassOptions();
  @Mixin WatchOptions watch = new WatchOptions();

  @Override
  public Integer call() throws Exception {
    try (var session = Session.open(tree)) {
      session.requireReady();
      return session.watch(passes, watch).code;
    }
  }
}
