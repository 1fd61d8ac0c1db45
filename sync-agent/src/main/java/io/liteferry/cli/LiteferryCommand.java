package io.liteferry.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The root command: shows help. */
@Command(
    name = "liteferry",
    modelTransformer = HelpModel.class,
    description = {
      "Keeps an application's directory on node-local disk and its durable copy on a network"
          + " volume, its SQLite databases always consistent.",
    },
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      RunCommand.class,
      RestoreCommand.class,
      WatchCommand.class,
      SyncCommand.class,
      FlushCommand.class,
      VerifyCommand.class,
      StatusCommand.class,
      HistoryCommand.class,
      DiffCommand.class,
      RollbackCommand.class,
      RehearseCommand.class,
      DoctorCommand.class,
      FoldCommand.class,
      DetachCommand.class,
      HelpCommand.class,
    },
    footerHeading = "%nTypical use:%n",
    footer = {
      "  liteferry run /srv/app /mnt/nfs/app      restore, watch, flush at SIGTERM",
      "  liteferry verify /mnt/nfs/app            check every database on the volume",
      "",
      "Each option OPTION-NAME of a command can be given as variable LITEFERRY_OPTION_NAME.",
    })
final class LiteferryCommand implements Runnable {
  @Spec @Nullable CommandSpec spec;

  @Override
  public void run() {
    if (spec != null) {
      throw new ParameterException(spec.commandLine(), "Missing command");
    }
  }
}
