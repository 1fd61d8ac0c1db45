package io.liteferry.cli;

import picocli.CommandLine.Command;

/** Restore, then watch. */
@Command(
    name = "run",
    description =
        "Restore LOCAL from VOLUME, then publish changes of LOCAL to VOLUME until stopped by"
            + " SIGTERM or SIGINT, then flush.")
final class RunCommand extends AgentCommand {
  @Override
  void prepare(Session session) throws Exception {
    session.restore();
  }
}
