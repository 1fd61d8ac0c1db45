package io.liteferry.cli;

import io.liteferry.agent.AgentObserver;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** One pass. */
@Command(
    name = "sync",
    description =
        "Publish what differs between LOCAL and VOLUME once, and exit: for cron and scripts. When"
            + " a tree has vanished, waits for --delete-guard and looks again.")
final class SyncCommand implements Callable<Integer> {
  @Mixin CommonOptions common = new CommonOptions();
  @Mixin TreeOptions tree = new TreeOptions();
  @Mixin LeaseOptions lease = new LeaseOptions();
  @Mixin PassOptions passes = new PassOptions();

  @Spec @Nullable CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    lease.check(Objects.requireNonNull(spec).commandLine());
    try (var session = Session.open(tree, lease, AgentObserver.NOBODY)) {
      session.requireReady();
      return session.sync(passes).code;
    }
  }
}
