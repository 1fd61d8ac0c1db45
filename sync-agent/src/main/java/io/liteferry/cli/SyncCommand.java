package io.liteferry.cli;

import io.liteferry.agent.AgentObserver;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** One pass. */
@Command(
    name = "sync",
    description = "Publish once what differs between LOCAL and VOLUME, for cron and scripts.")
final class SyncCommand extends Subcommand {
  @Mixin TreeOptions tree = new TreeOptions();
  @Mixin LeaseOptions lease = new LeaseOptions();
  @Mixin PassOptions passes = new PassOptions();
  @Mixin DryRunOptions dryRun = new DryRunOptions();

  @Override
  public Integer call() throws Exception {
    lease.check(commandLine());
    if (dryRun.dryRun) {
      try (var session = Session.openToRead(tree, lease)) {
        var run = session.plan(passes);
        print(dryRun.json ? Output.json(PlanOutput.json(run)) : PlanOutput.text(run));
        return (run.isComplete() ? ExitCode.OK : ExitCode.INCOMPLETE).code;
      }
    }
    try (var session = Session.open(tree, lease, AgentObserver.NOBODY)) {
      session.requireReady();
      return session.sync(passes).code;
    }
  }
}
