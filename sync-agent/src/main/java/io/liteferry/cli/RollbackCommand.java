package io.liteferry.cli;

import io.liteferry.agent.AgentObserver;
import io.liteferry.history.KeptPoint;
import io.liteferry.past.History;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Back to a point, as a whole. */
@Command(
    name = "rollback",
    description =
        "Make LOCAL and VOLUME what VOLUME was at a point. What is there now stays as a point."
            + " Stop the application, then its agent, first.")
final class RollbackCommand extends Subcommand {
  @Mixin TreeOptions tree = new TreeOptions();
  @Mixin LeaseOptions lease = new LeaseOptions();

  @Option(
      names = "--at",
      paramLabel = "POINT",
      required = true,
      description =
          "The point: a generation as 131, last-checked, or a time as 2026-11-27T18:00:00+01:00,"
              + " \"yesterday 18:00\" or \"2h ago\".")
  String at = "";

  @Option(names = "--nearest", description = "Take the nearest point that is kept.")
  boolean nearest;

  @Option(names = "--dry-run", description = "Say what would be done, and change nothing.")
  boolean dryRun;

  @Option(names = "--yes", description = "Do it, not only say what would be done.")
  boolean yes;

  @Mixin TimeOptions times = new TimeOptions();

  @Override
  public Integer call() throws Exception {
    lease.check(commandLine());
    if (dryRun && yes) {
      throw misused("--dry-run and --yes exclude each other");
    }
    var spec = times.read(this, at);
    if (!yes) {
      var history = TimeOptions.history(tree.volume);
      print(preview(history, times.resolve(history, spec, nearest)));
      try (var session = Session.open(tree, lease, AgentObserver.NOBODY)) {
        session.requireRollback();
      }
      if (dryRun) {
        return ExitCode.OK.code;
      }
      print("stop the application and its agent, then add --yes to go back");
      return ExitCode.REFUSED.code;
    }
    try (var session = Session.open(tree, lease, AgentObserver.NOBODY)) {
      var done = session.goBack(history -> times.resolve(history, spec, nearest));
      print(
          "went back to %d (%s): that is point %d now. To undo this: liteferry rollback%s %s %s --at %d --yes"
              .formatted(
                  done.to().generation(),
                  times.moments().of(done.to()),
                  done.made(),
                  tree.state == null ? "" : " --state " + tree.state,
                  tree.local,
                  tree.volume,
                  done.from()));
      return ExitCode.OK.code;
    }
  }

  private String preview(History history, KeptPoint point) throws IOException {
    long now = history.timeline().current().generation();
    var changes =
        history.differences(point.generation(), now).stream().map(DiffText::reversed).toList();
    return DiffText.of(
            "%d (now)".formatted(now),
            "%d (%s)".formatted(point.generation(), times.moments().of(point)),
            changes)
        + "what is there now, and what LOCAL has beyond it, stays as a point";
  }
}
