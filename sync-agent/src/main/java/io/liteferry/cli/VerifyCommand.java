package io.liteferry.cli;

import io.liteferry.past.History;
import io.liteferry.past.HistoryCheck;
import io.liteferry.publish.Verification;
import io.liteferry.volume.Volume;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Checks what is on a volume. */
@Command(
    name = "verify",
    description =
        "Check every database on VOLUME and compare it with the manifest. Changes nothing; may run"
            + " beside an agent.")
final class VerifyCommand extends Subcommand {
  @Parameters(index = "0", paramLabel = "VOLUME", description = "The durable directory.")
  Path volume = Path.of("");

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Option(
      names = "--history",
      description = "Verify also that each point of the history can be copied.")
  boolean history;

  @Mixin VerificationOptions verification = new VerificationOptions();

  @Override
  public Integer call() throws Exception {
    var root = Argument.VOLUME.readable(volume);
    var databaseCheck = verification.databaseCheck();
    var result = Verification.of(new Volume(root), databaseCheck);
    if (result.databases().isEmpty() && new Volume(root).manifest().isEmpty()) {
      throw new BadPathException(
          ExitCode.VOLUME_UNAVAILABLE,
          "%s has no manifest and no database: is it mounted, and was anything published to it?"
              .formatted(root));
    }
    if (history) {
      var check = HistoryCheck.of(History.read(new Volume(root)), databaseCheck);
      var both = result.toJson();
      both.add("history", HistoryJson.check(check));
      print(json ? Output.json(both) : result + HistoryCheckText.of(check));
      return (result.isSound() && check.isSound() ? ExitCode.OK : ExitCode.CORRUPT).code;
    }
    print(json ? Output.json(result.toJson()) : result.toString());
    return (result.isSound() ? ExitCode.OK : ExitCode.CORRUPT).code;
  }
}
