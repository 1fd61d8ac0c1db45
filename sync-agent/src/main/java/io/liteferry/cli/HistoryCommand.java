package io.liteferry.cli;

import io.liteferry.history.KeptPoint;
import io.liteferry.history.PointSpec;
import io.liteferry.past.History;
import io.liteferry.past.PathFinder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The points of a volume, or the versions of paths. */
@Command(
    name = "history",
    description =
        "Show to which points VOLUME can go back, or the versions of a path (of one called pin:"
            + " ./pin).",
    subcommands = {
      HistoryPinCommand.class,
      HistoryUnpinCommand.class,
      HistoryDropCommand.class,
    })
final class HistoryCommand extends Subcommand {
  /** More are shown when they are asked for. */
  private static final int MOST_POINTS = 30;

  @Parameters(
      index = "0",
      arity = "0..1", // a command that comes instead has its own
      paramLabel = "VOLUME",
      hideParamSyntax = true,
      description = "The durable directory.")
  @Nullable Path volume;

  @Parameters(
      index = "1..*",
      arity = "0..*",
      paramLabel = "[PATH...]",
      hideParamSyntax = true,
      description = "Show the versions of this file, relative to VOLUME.")
  List<String> paths = List.of();

  @Option(names = "--since", paramLabel = "TIME", description = "Leave out what is older.")
  @Nullable String since;

  @Option(names = "--until", paramLabel = "TIME", description = "Leave out what is newer.")
  @Nullable String until;

  @Option(names = "--all", description = "Show all points, not the newest " + MOST_POINTS + ".")
  boolean all;

  @Option(names = "--explain", description = "Show also what is known of each point.")
  boolean explain;

  @Option(names = "--biggest", description = "Show the paths of which most bytes are kept.")
  boolean biggest;

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Mixin TimeOptions times = new TimeOptions();

  @Override
  public Integer call() throws Exception {
    var given = volume;
    if (given == null) {
      throw misused("Missing required parameter: 'VOLUME'");
    }
    var from = bound(since, "--since", Instant.MIN);
    var to = bound(until, "--until", Instant.MAX);
    var history = TimeOptions.history(given);
    if (!paths.isEmpty()) {
      printVersions(given, history, from, to);
      return ExitCode.OK.code;
    }
    var facts = HistoryFacts.of(history, times.moments().zone());
    var chosen =
        history.timeline().points().stream()
            .filter(p -> !p.time().isBefore(from) && !p.time().isAfter(to))
            .toList();
    if (json) {
      print(Output.json(HistoryJson.points(facts, chosen)));
      return ExitCode.OK.code;
    }
    int left = all ? 0 : Math.max(0, chosen.size() - MOST_POINTS);
    var text = new HistoryText(facts, times.moments());
    var shown = chosen.subList(left, chosen.size());
    print(text.points(shown, left, explain) + (biggest ? text.biggest() : ""));
    return ExitCode.OK.code;
  }

  private Instant bound(@Nullable String text, String option, Instant unbounded) {
    if (text == null) {
      return unbounded;
    }
    if (times.read(this, text) instanceof PointSpec.AtTime time) {
      return time.time();
    }
    throw misused("%s takes a time, as \"2h ago\" or \"yesterday 18:00\"".formatted(option));
  }

  private void printVersions(Path given, History history, Instant from, Instant to)
      throws IOException {
    var finder = new PathFinder(history);
    var versions = new ArrayList<HistoryFacts.OfPath>();
    for (var text : paths) {
      var path = finder.find(text);
      var chosen =
          history.versions(path).stream()
              .filter(v -> !time(history, v.from()).isAfter(to))
              .filter(v -> !time(history, v.to()).isBefore(from))
              .toList();
      versions.add(new HistoryFacts.OfPath(path, chosen));
    }
    print(
        json
            ? Output.json(HistoryJson.versions(versions))
            : new VersionsText(history, times.moments()).of(versions, given));
  }

  private static Instant time(History history, long point) {
    return history.timeline().point(point).map(KeptPoint::time).orElseThrow();
  }
}
