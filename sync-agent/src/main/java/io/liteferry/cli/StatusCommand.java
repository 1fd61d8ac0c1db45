package io.liteferry.cli;

import io.liteferry.publish.Volume;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What the manifest of a volume says. */
@Command(
    name = "status",
    description = "Show what was published to VOLUME, and when. Reads the manifest alone.")
final class StatusCommand implements Callable<Integer> {
  @Mixin CommonOptions common = new CommonOptions();

  @Parameters(index = "0", paramLabel = "VOLUME", description = "The durable directory.")
  Path volume = Path.of("");

  @Option(names = "--json", description = "Print the manifest as JSON.")
  boolean json;

  @Spec @Nullable CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    var root = Directories.readable(volume);
    var manifest = new Volume(root).manifest();
    if (manifest.isEmpty()) {
      throw new BadPathException(
          ExitCode.VOLUME_UNAVAILABLE,
          "%s has no manifest: nothing was published to it by Liteferry".formatted(root));
    }
    Output.print(spec, json ? Output.json(manifest.get().toJson()) : Output.text(manifest.get()));
    return ExitCode.OK.code;
  }
}
