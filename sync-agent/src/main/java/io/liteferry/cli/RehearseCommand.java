package io.liteferry.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.liteferry.history.Moments;
import io.liteferry.past.History;
import io.liteferry.past.Rehearsal;
import io.liteferry.publish.Amount;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Tries whether a restore would work. */
@Command(
    name = "rehearse",
    description =
        "Restore the newest point of VOLUME and one drawn at random to a temporary directory,"
            + " check every database, and remove it.")
final class RehearseCommand extends Subcommand {
  private static final int TRANSFERS = 8;
  private static final double MILLIS_PER_SECOND = 1e3;

  @Parameters(index = "0", paramLabel = "VOLUME", description = "The durable directory.")
  Path volume = Path.of("");

  @Option(
      names = "--in",
      paramLabel = "DIR",
      description =
          "Where the temporary directory is made: with room for a whole point. Default: Java's.")
  @Nullable Path in;

  @Option(
      names = "--textfile",
      paramLabel = "FILE",
      description =
          "When all is sound, write metrics to this file for Prometheus' node exporter; its name"
              + " ends with .prom.")
  @Nullable Path textfile;

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Mixin VerificationOptions verification = new VerificationOptions();
  @Mixin TimeOptions times = new TimeOptions();

  @Override
  public Integer call() throws Exception {
    var history = TimeOptions.history(volume);
    if (history.timeline().current().generation() == 0) {
      throw new BadPathException(
          ExitCode.VOLUME_UNAVAILABLE,
          "%s has no manifest: is it mounted, and was anything published to it?".formatted(volume));
    }
    var file = textfile();
    var rehearsal =
        new Rehearsal(directory(), verification.databaseCheck(), TRANSFERS, new SecureRandom());
    var outcomes = new ArrayList<Rehearsal.Outcome>();
    outcomes.add(rehearsal.newest(history));
    rehearsal.another(history).ifPresent(outcomes::add);
    print(json ? Output.json(json(history, outcomes)) : text(outcomes, times.moments()));
    boolean isSound = outcomes.stream().allMatch(Rehearsal.Outcome::isSound);
    if (isSound && file.isPresent()) {
      var took =
          outcomes.stream().map(Rehearsal.Outcome::took).reduce(Duration.ZERO, Duration::plus);
      file.get().succeeded(Instant.now(), took);
    }
    return (isSound ? ExitCode.OK : ExitCode.CORRUPT).code;
  }

  private Optional<RehearsalTextfile> textfile() throws BadPathException {
    var given = textfile;
    if (given == null) {
      return Optional.empty();
    }
    if (!given.toString().endsWith(".prom")) {
      throw misused("--textfile takes a name that ends with .prom, not '%s'".formatted(given));
    }
    return Optional.of(RehearsalTextfile.of(given, Argument.VOLUME.readable(volume)));
  }

  private Path directory() throws BadPathException {
    var given = in;
    var directory =
        Argument.DIR.readable(
            given != null ? given : Path.of(System.getProperty("java.io.tmpdir", "/tmp")));
    Argument.DIR.requireWritable(directory);
    if (directory.startsWith(Argument.VOLUME.readable(volume))) {
      throw new BadPathException(
          ExitCode.USAGE, "DIR %s is on VOLUME: give another directory".formatted(directory));
    }
    return directory;
  }

  private static String text(List<Rehearsal.Outcome> outcomes, Moments moments) {
    var text = new StringBuilder();
    for (var outcome : outcomes) {
      text.append(
          "point %d (%s): %s, %s, %s in %.1f s%n"
              .formatted(
                  outcome.point().generation(),
                  moments.of(outcome.point()),
                  outcome.isSound() ? "ok" : "NOT OK",
                  Amount.of(outcome.databases(), "database"),
                  Amount.ofBytes(outcome.bytes()),
                  outcome.took().toMillis() / MILLIS_PER_SECOND));
      for (var shortfall : outcome.shortfalls()) {
        text.append("  %s%n".formatted(LogSetup.oneLine(shortfall.text())));
      }
    }
    return text.toString();
  }

  private static JsonObject json(History history, List<Rehearsal.Outcome> outcomes)
      throws IOException {
    var points = new JsonArray();
    for (var outcome : outcomes) {
      var point = new JsonObject();
      point.addProperty("generation", outcome.point().generation());
      point.addProperty("time", outcome.point().time().toString());
      point.addProperty("sound", outcome.isSound());
      point.addProperty("millis", outcome.took().toMillis());
      point.addProperty("bytes", outcome.bytes());
      point.addProperty("databases", outcome.databases());
      var problems = new JsonArray();
      outcome.shortfalls().forEach(shortfall -> problems.add(shortfall.text()));
      point.add("problems", problems);
      points.add(point);
    }
    var json = new JsonObject();
    json.addProperty("format", 1);
    json.addProperty("volume", history.volumeId().orElse(""));
    json.addProperty("sound", outcomes.stream().allMatch(Rehearsal.Outcome::isSound));
    json.add("points", points);
    return json;
  }
}
