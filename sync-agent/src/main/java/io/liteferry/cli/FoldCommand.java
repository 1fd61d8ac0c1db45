package io.liteferry.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.liteferry.durable.PortableName;
import io.liteferry.lease.VolumeException;
import io.liteferry.publish.Amount;
import io.liteferry.publish.PlainFold;
import io.liteferry.publish.PlainFold.Outcome;
import io.liteferry.volume.Tips;
import io.liteferry.volume.Volume;
import io.liteferry.volume.VolumeWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes plain files what was published last, where no agent does. */
@Command(
    name = "fold",
    description =
        "Bring the files of databases on VOLUME that are behind up to date, where no agent runs."
            + " Checks each result.")
final class FoldCommand extends Subcommand {
  @Parameters(index = "0", paramLabel = "VOLUME", description = "The durable directory.")
  Path volume = Path.of("");

  @Parameters(
      index = "1..*",
      arity = "0..*",
      paramLabel = "[PATH...]",
      hideParamSyntax = true,
      description = "These databases alone, relative to VOLUME.")
  List<Path> paths = new ArrayList<>();

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      defaultValue = "1m",
      converter = Converters.Timeouts.class,
      description = "Give up waiting after this long. Default: ${DEFAULT-VALUE}.")
  Duration timeout = Duration.ofMinutes(1);

  @Mixin LeaseDurations lease = new LeaseDurations();
  @Mixin VerificationOptions verification = new VerificationOptions();

  @Override
  public Integer call() throws Exception {
    lease.check(commandLine());
    var root = Argument.VOLUME.readable(volume);
    var on = new Volume(root);
    try {
      if (on.id().isEmpty()) {
        throw StatusCommand.notOurs(root);
      }
      Argument.VOLUME.requireWritable(root);
      var fold = new PlainFold(on, verification.databaseCheck());
      var chosen = chosen(root, fold.databases());
      var outcomes = withLease(on, fold, chosen);
      print(json ? Output.json(json(outcomes)) : text(outcomes));
      return exitCode(outcomes).code;
    } catch (IOException e) {
      throw VolumeException.of(root, e);
    }
  }

  private List<Path> chosen(Path root, SortedSet<Path> all) throws BadPathException {
    if (paths.isEmpty()) {
      return List.copyOf(all);
    }
    var chosen = new ArrayList<Path>();
    for (var given : paths) {
      var path = root.relativize(root.resolve(given).normalize());
      if (!all.contains(path)) {
        throw new BadPathException(
            ExitCode.REFUSED,
            "%s is not a database on VOLUME: give a path relative to VOLUME, as liteferry status"
                    .formatted(given)
                + " prints it");
      }
      chosen.add(path);
    }
    return chosen;
  }

  private Map<Path, Outcome> withLease(Volume on, PlainFold fold, List<Path> chosen)
      throws IOException, InterruptedException, BadPathException {
    var held =
        lease.acquire(
            on,
            "fold/",
            timeout,
            "; an agent does this itself, by --fold-after and when it is stopped");
    try {
      var writer = new VolumeWriter(on, held.staging());
      var tips = Tips.of(on);
      var outcomes = new LinkedHashMap<Path, Outcome>();
      for (var path : chosen) {
        held.confirm();
        outcomes.put(path, fold.one(writer, path, tips));
      }
      return outcomes;
    } finally {
      held.release();
    }
  }

  private static ExitCode exitCode(Map<Path, Outcome> outcomes) {
    if (outcomes.values().stream().anyMatch(Outcome.Damaged.class::isInstance)) {
      return ExitCode.CORRUPT;
    }
    boolean isRefused = outcomes.values().stream().anyMatch(Outcome.InUse.class::isInstance);
    return isRefused ? ExitCode.REFUSED : ExitCode.OK;
  }

  private static String text(Map<Path, Outcome> outcomes) {
    var text = new StringBuilder();
    outcomes.forEach(
        (path, outcome) ->
            text.append(LogSetup.oneLine("%s: %s".formatted(path, words(outcome)))).append('\n'));
    return outcomes.isEmpty() ? "no database is on VOLUME" : text.toString();
  }

  private static String words(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Current _ -> "is up to date";
      case Outcome.Folded folded ->
          "brought up to date, %s, %s"
              .formatted(Amount.of(folded.segments(), "segment"), Amount.ofBytes(folded.bytes()));
      case Outcome.Foreign foreign ->
          "somebody else put it there; what was published, in %s, is not used"
              .formatted(Amount.of(foreign.segments(), "segment"));
      case Outcome.InUse use -> "NOT brought up to date, nothing was changed: " + use.why();
      case Outcome.Damaged damaged ->
          "NOT brought up to date, nothing was changed: " + damaged.why();
    };
  }

  private static JsonObject json(Map<Path, Outcome> outcomes) {
    var array = new JsonArray();
    outcomes.forEach(
        (path, outcome) -> {
          var item = new JsonObject();
          item.addProperty("path", PortableName.of(path));
          switch (outcome) {
            case Outcome.Current _ -> item.addProperty("result", "current");
            case Outcome.Folded folded -> {
              item.addProperty("result", "folded");
              item.addProperty("segments", folded.segments());
              item.addProperty("bytes", folded.bytes());
            }
            case Outcome.Foreign foreign -> {
              item.addProperty("result", "foreign");
              item.addProperty("segments", foreign.segments());
            }
            case Outcome.InUse use -> {
              item.addProperty("result", "in-use");
              item.addProperty("why", use.why());
            }
            case Outcome.Damaged damaged -> {
              item.addProperty("result", "damaged");
              item.addProperty("why", damaged.why());
            }
          }
          array.add(item);
        });
    var json = new JsonObject();
    json.add("databases", array);
    return json;
  }
}
