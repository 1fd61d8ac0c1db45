package io.liteferry.cli;

import io.liteferry.lease.Lease;
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
    description = "Show what was published to VOLUME, when, and by whom. Changes nothing.")
final class StatusCommand implements Callable<Integer> {
  @Mixin CommonOptions common = new CommonOptions();

  @Parameters(index = "0", paramLabel = "VOLUME", description = "The durable directory.")
  Path volume = Path.of("");

  @Option(
      names = "--json",
      description = "Print it as JSON: the manifest, with members for the lease and kept copies.")
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
    var lease = Lease.holder(new Volume(root).own());
    var kept = new Volume(root).keptCopies();
    Output.print(
        spec,
        json ? Output.json(manifest.get(), lease, kept) : Output.text(manifest.get(), lease, kept));
    return ExitCode.OK.code;
  }
}
