package io.liteferry.cli;

import io.liteferry.history.KeptPoint;
import io.liteferry.history.PointSpec;
import io.liteferry.history.Version;
import io.liteferry.past.History;
import io.liteferry.past.PathFinder;
import io.liteferry.publish.Amount;
import io.liteferry.volume.HistoryOrder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Points are to go, or what is kept of a path. */
@Command(
    name = "drop",
    description =
        "Remove points, or what is kept of a path, for good: a copy that is being made may fail.")
final class HistoryDropCommand extends HistoryOrderCommand {
  private static final Version ABSENT = new Version.Absent();
  private static final String LOST = "all records, as one is damaged and no point is left";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "[POINT]",
      hideParamSyntax = true,
      description = POINT)
  @Nullable String point;

  @Option(
      names = "--before",
      paramLabel = "TIME",
      description = "Drop all points before this time or point.")
  @Nullable String before;

  @Option(
      names = "--path",
      paramLabel = "PATH",
      description =
          "Drop what is kept of this path and below, but for its names and what is there now.")
  @Nullable String path;

  @Option(names = "--all", description = "Drop all points but the current one.")
  boolean all;

  @Option(names = "--yes", description = "Do it, not only say what would be done.")
  boolean yes;

  @Override
  public Integer call() throws Exception {
    if (Stream.of(point != null, before != null, path != null, all).filter(is -> is).count() != 1) {
      throw misused("give one of POINT, --before, --path and --all");
    }
    var history = history();
    return path == null ? dropPoints(history) : dropPath(history, Objects.requireNonNull(path));
  }

  private int dropPoints(History history) throws Exception {
    var chosen = chosen(history);
    var usage = history.usage();
    var staying =
        new TreeSet<>(history.timeline().points().stream().map(KeptPoint::generation).toList());
    var going = new TreeSet<>(chosen.stream().map(KeptPoint::generation).toList());
    staying.removeAll(going);
    requireUnpinned(history, chosen);
    boolean isLost = history.timeline().points().isEmpty() && !history.damaged().isEmpty();
    if (!yes) {
      return preview(
          going.isEmpty()
              ? (isLost ? LOST : "no point")
              : chosen.stream().map(this::named).collect(Collectors.joining(", ")),
          usage.bytes() - usage.bytesOf(staying),
          "");
    }
    var done = carryOut(history, new HistoryOrder.DropPoints(going));
    done.ifPresent(
        what ->
            print(
                isLost
                    ? "dropped " + LOST
                    : "dropped %s, freed %s"
                        .formatted(
                            Amount.of(what.count(), "point"), Amount.ofBytes(what.freed()))));
    return (done.isPresent() ? ExitCode.OK : ExitCode.INCOMPLETE).code;
  }

  private List<KeptPoint> chosen(History history) throws IOException, BadPathException {
    if (point != null) {
      var found = point(history, point);
      if (isNow(history, found)) {
        throw refused(
            "point %d is what is on VOLUME now: name an older one".formatted(found.generation()));
      }
      return List.of(found);
    }
    Predicate<KeptPoint> goes =
        before == null
            ? p -> true
            : switch (times.read(this, before)) {
              case PointSpec.AtTime at -> p -> p.time().isBefore(at.time());
              case PointSpec.Generation number -> p -> p.generation() < number.number();
              case PointSpec.LastChecked _ ->
                  throw misused("--before takes a time or a generation");
            };
    return history.timeline().points().stream()
        .filter(p -> !isNow(history, p))
        .filter(goes)
        .toList();
  }

  private static boolean isNow(History history, KeptPoint point) {
    return point.generation() == history.timeline().current().generation();
  }

  private void requireUnpinned(History history, List<KeptPoint> chosen) throws Exception {
    var users = history.pins().users().keySet();
    var pinned =
        chosen.stream().filter(p -> users.contains(p.generation())).map(this::named).toList();
    if (!pinned.isEmpty()) {
      throw refused(
          "pinned: %s: liteferry history unpin first, or name others"
              .formatted(Amount.some(pinned)));
    }
  }

  private static BadPathException refused(String message) {
    return new BadPathException(ExitCode.REFUSED, message);
  }

  private int dropPath(History history, String text) throws Exception {
    var found = new PathFinder(history).find(text);
    boolean isThere =
        history.tree(history.timeline().current().generation()).keySet().stream()
            .anyMatch(name -> name.startsWith(found));
    var remark = isThere ? "\n%s is on VOLUME now, and stays there".formatted(found) : "";
    if (!yes) {
      var kept = new TreeMap<>(history.keptBytes());
      kept.keySet().removeIf(name -> !name.startsWith(found));
      return preview(
          "what is kept of " + (kept.isEmpty() ? found : Amount.some(kept.keySet())),
          kept.values().stream().mapToLong(bytes -> bytes).sum(),
          remark + ofPinned(history, found));
    }
    var done = carryOut(history, new HistoryOrder.DropPath(found));
    done.ifPresent(
        what ->
            print(
                "dropped %s of %s, freed %s%s"
                    .formatted(
                        Amount.of(what.count(), "version"),
                        found,
                        Amount.ofBytes(what.freed()),
                        remark)));
    return (done.isPresent() ? ExitCode.OK : ExitCode.INCOMPLETE).code;
  }

  /** A point that a user pinned is not dropped, but may lose this. */
  private String ofPinned(History history, Path path) throws IOException {
    var now = history.tree(history.timeline().current().generation());
    var losing = new ArrayList<String>();
    for (var point : history.timeline().points()) {
      if (history.pins().users().containsKey(point.generation())
          && history.tree(point.generation()).entrySet().stream()
              .anyMatch(
                  one ->
                      one.getKey().startsWith(path)
                          && !one.getValue().isSameAs(now.getOrDefault(one.getKey(), ABSENT)))) {
        losing.add(named(point));
      }
    }
    return losing.isEmpty() ? "" : "\npinned, and loses it too: " + Amount.some(losing);
  }

  private int preview(String what, long bytes, String remark) {
    print(
        LogSetup.oneLine("would drop " + what)
            + "\nwould free %s%s\nadd --yes to do it".formatted(Amount.ofBytes(bytes), remark));
    return ExitCode.REFUSED.code;
  }
}
