package io.liteferry.cli;

import io.liteferry.agent.AgentObserver;
import io.liteferry.restore.Rollback;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The init phase alone. */
@Command(
    name = "restore",
    description = {
      "Make LOCAL ready for the application: copy VOLUME to an empty one, keep one that is the"
          + " same or newer, refuse when neither is sure.",
    })
final class RestoreCommand extends Subcommand {
  @Mixin TreeOptions tree = new TreeOptions();
  @Mixin LeaseOptions lease = new LeaseOptions();

  @Option(
      names = "--copy",
      description =
          "Only copy VOLUME to an empty LOCAL, to look at it: waits for nobody, changes nothing on"
              + " VOLUME, keeps no state.")
  boolean copy;

  @Mixin PointOptions point = new PointOptions();
  @Mixin ReturnOptions back = new ReturnOptions();
  @Mixin DryRunOptions dryRun = new DryRunOptions();

  @Override
  public Integer call() throws Exception {
    lease.check(commandLine());
    if (copy && dryRun.dryRun) {
      throw misused("--copy and --dry-run exclude each other");
    }
    if (!back.request.isEmpty() && point.at == null) {
      throw misused("--request needs --at");
    }
    if (point.given(this, copy) && (copy || dryRun.dryRun)) {
      if (!copy) {
        throw misused("--at and --dry-run exclude each other: liteferry diff shows what differs");
      }
      return point.copy(this, tree);
    }
    if (copy) {
      try (var session = Session.openToRead(tree, lease)) {
        session.copy();
        return ExitCode.OK.code;
      }
    }
    if (dryRun.dryRun) {
      try (var session = Session.openToRead(tree, lease)) {
        var plan = session.plan();
        print(dryRun.json ? Output.json(PlanOutput.json(plan)) : PlanOutput.text(plan));
        return ExitCode.OK.code;
      }
    }
    try (var session = Session.open(tree, lease, AgentObserver.NOBODY)) {
      session.goBack(point.goingBack(this, back.request), Rollback.Scope.OWN_LOCAL);
      session.restore(false, back.acceptOlder);
      session.handOver();
      return ExitCode.OK.code;
    }
  }
}
