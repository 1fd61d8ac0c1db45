package io.liteferry.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Restore, then watch. */
@Command(
    name = "run",
    description =
        "Restore LOCAL from VOLUME, publish changes of LOCAL to VOLUME until stopped by SIGTERM or"
            + " SIGINT, then flush.")
final class RunCommand extends AgentCommand {
  @Option(
      names = "--keep-local",
      description =
          "Refuse where LOCAL would be replaced: for a supervisor that may restart this under the"
              + " application, as Kubernetes does with a sidecar.")
  boolean keepLocal;

  @Override
  void prepare(Session session) throws Exception {
    session.restore(keepLocal);
  }
}
