package io.liteferry.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.liteferry.durable.Durable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/** When a rehearsal last succeeded, as the node exporter of Prometheus reads it. */
final class RehearsalTextfile {
  private final Path file;
  private final Path volume;

  private RehearsalTextfile(Path file, Path volume) {
    this.file = file;
    this.volume = volume;
  }

  /**
   * A file that will be written.
   *
   * @throws BadPathException when it cannot be, or would be on the volume
   */
  static RehearsalTextfile of(Path file, Path volume) throws BadPathException {
    var directory = Argument.DIR.readable(file.resolveSibling("").toAbsolutePath());
    Argument.DIR.requireWritable(directory);
    if (directory.startsWith(volume)) {
      throw new BadPathException(
          ExitCode.USAGE, "FILE %s is on VOLUME: give another directory".formatted(file));
    }
    return new RehearsalTextfile(directory.resolve(file.getFileName()), volume);
  }

  /** All was sound; a scraper sees the old content or the new one. */
  void succeeded(Instant when, Duration took) throws IOException {
    var text =
        metric(
                "last_success_timestamp_seconds",
                "when a rehearsal last succeeded",
                when.toEpochMilli())
            + metric("duration_seconds", "how long that one took", took.toMillis());
    var scratch = file.resolveSibling(file.getFileName() + ".new");
    Durable.replace(file, text.getBytes(UTF_8), scratch);
  }

  private String metric(String name, String help, long millis) {
    var label = volume.toString().replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    return """
    # HELP liteferry_rehearsal_%1$s %2$s
    # TYPE liteferry_rehearsal_%1$s gauge
    liteferry_rehearsal_%1$s{volume="%3$s"} %4$d.%5$03d
    """
        .formatted(name, help, label, millis / 1_000, millis % 1_000);
  }
}
