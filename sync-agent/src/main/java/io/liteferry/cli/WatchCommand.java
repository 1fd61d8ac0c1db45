package io.liteferry.cli;

import picocli.CommandLine.Command;

/** Watch what was restored before. */
@Command(
    name = "watch",
    description =
        "Publish changes of LOCAL to VOLUME until stopped by SIGTERM or SIGINT, then flush. LOCAL"
            + " must have been restored before.")
final class WatchCommand extends AgentCommand {
  @Override
  void prepare(Session session) throws Exception {
    session.requireReady();
  }
}
