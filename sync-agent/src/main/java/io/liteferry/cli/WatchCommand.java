package io.liteferry.cli;

import picocli.CommandLine.Command;

/** Watch what was restored before. */
@Command(
    name = "watch",
    description =
        "Publish changes of LOCAL, which was restored before, to VOLUME until stopped, then flush.")
final class WatchCommand extends AgentCommand {
  @Override
  void prepare(Session session) throws Exception {
    session.requireReady();
  }
}
