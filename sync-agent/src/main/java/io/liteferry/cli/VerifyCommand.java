package io.liteferry.cli;

import io.liteferry.past.History;
import io.liteferry.past.HistoryCheck;
import io.liteferry.publish.Verification;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Checks what is on a volume. */
@Command(
    name = "verify",
    description =
        "Check every database on VOLUME and compare it with the manifest. May run beside an agent.")
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

  /** In memory, a copy could take what an agent in the same container needs. */
  private static final Set<String> IN_MEMORY = Set.of("tmpfs", "ramfs");

  /** The system's directories for temporary files that are on a disk. */
  private static List<Path> scratch() throws IOException {
    var directories = new ArrayList<Path>();
    for (var name : List.of("/var/tmp", System.getProperty("java.io.tmpdir"))) {
      var directory = Path.of(name);
      if (Files.isDirectory(directory)
          && !IN_MEMORY.contains(Files.getFileStore(directory).type())) {
        directories.add(directory);
      }
    }
    return directories;
  }

  @Override
  public Integer call() throws Exception {
    var root = Argument.VOLUME.readable(volume);
    var databaseCheck = verification.databaseCheck();
    var result = Verification.of(new Volume(root), databaseCheck, scratch());
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
