package io.liteferry.cli;

import io.liteferry.history.Change;
import io.liteferry.history.KeptPoint;
import io.liteferry.history.PointRefusedException;
import io.liteferry.history.PointSpec;
import io.liteferry.past.History;
import io.liteferry.past.PathFinder;
import io.liteferry.past.Selection;
import io.liteferry.scan.PathFilter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What is different between two points. */
@Command(name = "diff", description = "Show what is different between two points of VOLUME.")
final class DiffCommand extends Subcommand {
  @Parameters(index = "0", paramLabel = "VOLUME", description = "The durable directory.")
  Path volume = Path.of("");

  @Parameters(
      index = "1..*",
      arity = "0..*",
      paramLabel = "[PATH...]",
      hideParamSyntax = true,
      description = "Show only this, relative to VOLUME, and what is below it.")
  List<String> paths = List.of();

  @Option(
      names = "--from",
      paramLabel = "POINT",
      description = "The older point. Default: the newest one before what is there now.")
  @Nullable String from;

  @Option(
      names = "--to",
      paramLabel = "POINT",
      description = "The newer point. Default: what is there now.")
  @Nullable String to;

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Mixin TimeOptions times = new TimeOptions();

  @Override
  public Integer call() throws Exception {
    var fromSpec = Optional.ofNullable(from).map(text -> times.read(this, text));
    var toSpec = Optional.ofNullable(to).map(text -> times.read(this, text));
    var history = TimeOptions.history(volume);
    var older = fromSpec.isPresent() ? resolve(history, fromSpec.get()) : newestKept(history);
    var newer = toSpec.isPresent() ? resolve(history, toSpec.get()) : now(history);
    var selection = new Selection(paths(history), PathFilter.ALL);
    var changes =
        differences(history, older.generation(), newer.generation()).stream()
            .filter(change -> selection.names(change.path()))
            .toList();
    print(
        json
            ? Output.json(
                HistoryJson.differences(history, older.generation(), newer.generation(), changes))
            : DiffText.of(named(history, older), named(history, newer), changes));
    return ExitCode.OK.code;
  }

  private KeptPoint resolve(History history, PointSpec spec) throws PointRefusedException {
    return times.resolve(history, spec, false);
  }

  private KeptPoint now(History history) throws PointRefusedException {
    return resolve(history, new PointSpec.Generation(history.timeline().current().generation()));
  }

  /** Of a volume without history, what is there now. */
  private KeptPoint newestKept(History history) throws PointRefusedException {
    var points = history.timeline().points();
    return points.size() < 2 ? now(history) : points.get(points.size() - 2);
  }

  private Set<Path> paths(History history) throws IOException {
    var chosen = new HashSet<Path>();
    if (!paths.isEmpty()) {
      var finder = new PathFinder(history);
      for (var text : paths) {
        chosen.add(finder.find(text));
      }
    }
    return chosen;
  }

  /** From a point to an older one is the same the other way round. */
  private static List<Change> differences(History history, long from, long to) throws IOException {
    return from <= to
        ? history.differences(from, to)
        : history.differences(to, from).stream().map(DiffText::reversed).toList();
  }

  private String named(History history, KeptPoint point) {
    boolean isNow = point.generation() == history.timeline().current().generation();
    return "%d (%s)".formatted(point.generation(), isNow ? "now" : times.moments().of(point));
  }
}
