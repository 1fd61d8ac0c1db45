package io.liteferry.cli;

import io.liteferry.history.InvalidPointException;
import io.liteferry.history.KeptPoint;
import io.liteferry.history.Moments;
import io.liteferry.history.PointRefusedException;
import io.liteferry.history.PointResolver;
import io.liteferry.history.PointSpec;
import io.liteferry.past.History;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How the commands on a volume's history read and show times, and find the point that is meant. */
final class TimeOptions {
  static final String TZ = "TZ";
  private static final ZoneId UTC = ZoneId.of("UTC");

  @Option(
      names = "--time-zone",
      paramLabel = "ZONE",
      converter = Converters.Zones.class,
      description =
          "Read and show times in this zone, as Europe/Berlin. Default: the variable TZ, else UTC.")
  @Nullable ZoneId zone;

  private final Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);

  /** By now, and in the zone. */
  Moments moments() {
    return new Moments(zone(), now);
  }

  private ZoneId zone() {
    var given = zone;
    return given != null ? given : zoneOfProcess(System.getenv(TZ));
  }

  /** As {@code TZ} has it; a rule written out there is not read. */
  static ZoneId zoneOfProcess(@Nullable String variable) {
    if (variable == null || variable.isBlank()) {
      return UTC;
    }
    try {
      return ZoneId.of(variable.startsWith(":") ? variable.substring(1) : variable);
    } catch (DateTimeException e) {
      return UTC;
    }
  }

  private String source() {
    if (zone != null) {
      return "--time-zone";
    }
    return zone().equals(UTC) ? "the default" : TZ;
  }

  /** Reads what stands for a point, and says on standard error how a time was understood. */
  PointSpec read(Subcommand command, String text) {
    PointSpec spec;
    try {
      spec = PointSpec.parse(text, zone(), now);
    } catch (InvalidPointException e) {
      throw command.misused(String.valueOf(e.getMessage()));
    }
    if (spec instanceof PointSpec.AtTime time) {
      command.commandLine().getErr().println(LogSetup.oneLine(time.reading(source())));
      command.commandLine().getErr().flush();
    }
    return spec;
  }

  /** Finds the point. */
  KeptPoint resolve(History history, PointSpec spec, boolean nearest) throws PointRefusedException {
    return new PointResolver(history.timeline(), moments()).resolve(spec, nearest);
  }

  /** The same, where it stands alone on the command line. */
  KeptPoint resolve(History history, PointSpec spec) throws PointRefusedException {
    return new PointResolver(history.timeline(), moments(), "").resolve(spec, false);
  }

  /** Reads the history of a volume of ours. */
  static History history(Path argument) throws BadPathException, IOException {
    var root = Argument.VOLUME.readable(argument);
    var volume = new Volume(root);
    if (volume.manifestIfReadable().isEmpty() && volume.id().isEmpty()) {
      throw StatusCommand.notOurs(root);
    }
    return History.read(volume);
  }
}
