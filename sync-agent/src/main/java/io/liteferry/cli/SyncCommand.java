package io.liteferry.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** One pass. */
@Command(
    name = "sync",
    description =
        "Publish what differs between LOCAL and VOLUME once, and exit: for cron and scripts. When"
            + " deletions look like an accident, waits for --delete-guard and looks again.")
final class SyncCommand implements Callable<Integer> {
  @Mixin CommonOptions common = new CommonOptions();
  @Mixin TreeOptions tree = new TreeOptions();
  @Mixin PassOptions passes = new PassOptions();

  @Override
  public Integer call() throws Exception {
    try (var session = Session.open(tree)) {
      session.requireReady();
      return session.sync(passes).code;
    }
  }
}
