package io.liteferry.cli;

import io.liteferry.doctor.Doctor;
import io.liteferry.doctor.Finding;
import io.liteferry.doctor.Finding.Verdict;
import io.liteferry.doctor.Limits;
import io.liteferry.doctor.Report;
import io.liteferry.doctor.TimeLimit;
import io.liteferry.restore.RestoreSite;
import io.liteferry.state.StateDirectory;
import io.liteferry.volume.Volume;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What will work and what will not. */
@Command(
    name = "doctor",
    description =
        "Say what will work with LOCAL and VOLUME, and how to mend what will not. May run beside"
            + " an agent.")
final class DoctorCommand extends Subcommand {
  @Mixin TreeOptions tree = new TreeOptions();

  @Mixin FormOptions form = new FormOptions();
  @Mixin KeepOptions keep = new KeepOptions();

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Option(
      names = "--local-limit",
      paramLabel = "SIZE",
      converter = Converters.Sizes.class,
      description =
          "What LOCAL may take, as an emptyDir's sizeLimit, which nobody sees from inside; as"
              + " 10GiB.")
  @Nullable Long localLimit;

  @Option(
      names = "--state-limit",
      paramLabel = "SIZE",
      converter = Converters.Sizes.class,
      description = "What STATE may take.")
  @Nullable Long stateLimit;

  @Option(
      names = "--time-limit",
      paramLabel = "DURATION",
      defaultValue = "30s",
      converter = Converters.Timeouts.class,
      description = "Wait this long for each answer of a file system. Default: ${DEFAULT-VALUE}.")
  Duration timeLimit = Duration.ofSeconds(30);

  @Override
  public Integer call() throws Exception {
    var report = examine(new TimeLimit(timeLimit));
    var text = json ? Output.json(report.toJson()) : report.toString();
    print(text.lines().map(LogSetup::oneLine).reduce("", (a, b) -> a + b + "\n"));
    return (report.isGood() ? ExitCode.OK : ExitCode.REFUSED).code;
  }

  private Report examine(TimeLimit limit) throws Exception {
    try {
      var directories = directories(limit);
      var site =
          new RestoreSite(
              directories.local(),
              new Volume(directories.volume()),
              StateDirectory.look(directories.state()),
              tree.filter(),
              Clock.systemUTC());
      var limits = new Limits(Optional.ofNullable(localLimit), Optional.ofNullable(stateLimit));
      var forms = new Doctor.Forms(form.settings(), keep.settings());
      return new Doctor(site, tree.transfers, limits, forms, limit).examine();
    } catch (BadPathException e) {
      if (e.exitCode == ExitCode.USAGE) {
        throw e;
      }
      var parts = String.valueOf(e.getMessage()).split(": ", 2);
      return alone(parts[0], parts.length > 1 ? parts[1] : "");
    } catch (TimeLimit.Exceeded e) {
      return alone(
          "LOCAL or STATE gives " + e.getMessage(), "check whether its server can be reached");
    }
  }

  /** What the doctor finds of a volume that hangs is that. */
  private Directories directories(TimeLimit limit) throws Exception {
    var state = Optional.ofNullable(tree.state);
    try {
      return limit.ask(() -> tree.directories());
    } catch (TimeLimit.Exceeded e) {
      return limit.ask(() -> Directories.resolveBesideHungVolume(tree.local, tree.volume, state));
    }
  }

  private static Report alone(String text, String remedy) {
    return new Report(List.of(new Finding(Verdict.PROBLEM, "arguments", text, remedy)));
  }
}
