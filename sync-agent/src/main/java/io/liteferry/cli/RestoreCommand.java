package io.liteferry.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** The init phase alone. */
@Command(
    name = "restore",
    description = {
      "Make LOCAL ready for the application: copy VOLUME to it when it is empty, keep it when it is"
          + " the same as VOLUME or newer, refuse when neither is sure.",
    })
final class RestoreCommand implements Callable<Integer> {
  @Mixin CommonOptions common = new CommonOptions();
  @Mixin TreeOptions tree = new TreeOptions();

  @Override
  public Integer call() throws Exception {
    try (var session = Session.open(tree)) {
      session.restore();
      return ExitCode.OK.code;
    }
  }
}
