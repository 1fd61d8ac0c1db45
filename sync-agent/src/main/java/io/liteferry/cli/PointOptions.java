package io.liteferry.cli;

import io.liteferry.durable.Durable;
import io.liteferry.history.KeptPoint;
import io.liteferry.history.Version;
import io.liteferry.past.History;
import io.liteferry.past.PathFinder;
import io.liteferry.past.PointCopy;
import io.liteferry.past.Selection;
import io.liteferry.publish.Amount;
import io.liteferry.restore.RefusedException;
import io.liteferry.state.StateDirectory;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The part of {@code restore --copy} that goes back in time. */
final class PointOptions {
  private static final Logger log = LoggerFactory.getLogger(PointOptions.class);

  @Option(
      names = "--at",
      paramLabel = "POINT",
      description =
          "Take what was on VOLUME at this point: a generation as 131, last-checked, or a time as"
              + " 2026-11-27T18:00:00+01:00, \"yesterday 18:00\" or \"2h ago\". Without --copy"
              + " LOCAL must be empty, and VOLUME gets it, too, as a new point.")
  @Nullable String at;

  @Option(names = "--nearest", description = "Take the nearest point that is kept.")
  boolean nearest;

  @Option(
      names = "--only",
      paramLabel = "PATH",
      description =
          "With --copy: copy only this, relative to VOLUME, and what is below it. May be repeated.")
  List<String> only = List.of();

  @Option(
      names = "--all-versions",
      description =
          "With --only: copy every version up to that point, each to a directory with the number of"
              + " its first point.")
  boolean allVersions;

  @Mixin TimeOptions times = new TimeOptions();

  /** Whether a point is asked for; refuses options that need one, or a copy. */
  boolean given(Subcommand command, boolean copy) {
    if (at == null && (nearest || !only.isEmpty() || allVersions)) {
      throw command.misused("--nearest, --only and --all-versions need --at");
    }
    if (!copy && (!only.isEmpty() || allVersions)) {
      throw command.misused("--only and --all-versions need --copy");
    }
    if (allVersions && only.isEmpty()) {
      throw command.misused("--all-versions needs --only: name the file");
    }
    return at != null;
  }

  /** What a start goes back to first. */
  Optional<GoingBack> goingBack(Subcommand command, String request) {
    return Optional.ofNullable(at)
        .map(
            text ->
                new GoingBack(
                    times.read(command, text),
                    nearest,
                    times,
                    request.isEmpty() ? "" : GoingBack.id(text, request)));
  }

  /** Copies, prints what and where to, and returns the exit code. */
  int copy(Subcommand command, TreeOptions tree) throws Exception {
    var spec = times.read(command, String.valueOf(at));
    var directory = emptyDirectory(tree);
    var history = TimeOptions.history(tree.volume);
    var point = times.resolve(history, spec, nearest);
    warn(point);
    var run = new Run(command, tree, directory, history);
    return allVersions ? run.versions(point) : run.point(point);
  }

  private static void warn(KeptPoint point) {
    if (!point.point().problems().isEmpty()) {
      log.warn(
          "point {} was published with problems: {}",
          point.generation(),
          String.join("; ", point.point().problems()));
    }
  }

  /** Makes it when it is not there: a container may have nothing else to make it with. */
  private static Path emptyDirectory(TreeOptions tree) throws BadPathException, IOException {
    if (!tree.local.toString().isEmpty() && !Files.exists(tree.local)) {
      try {
        Files.createDirectories(tree.local);
      } catch (IOException e) {
        throw Argument.LOCAL.unusable(tree.local, e);
      }
    }
    var directories = tree.directories(Argument.LOCAL);
    if (StateDirectory.look(directories.state()).read().isPresent()) {
      throw new RefusedException(
          "LOCAL %s belongs to an agent, as %s says"
              .formatted(directories.local(), directories.state()),
          "give another directory, an empty one");
    }
    for (var found : Durable.list(directories.local())) {
      if (!Volume.isNeverTaken(directories.local().relativize(found))) {
        throw new RefusedException(
            "%s is not empty".formatted(directories.local()), "give another directory for --copy");
      }
    }
    return directories.local();
  }

  /** One copy, or one of each version. */
  private final class Run {
    private final Subcommand command;
    private final TreeOptions tree;
    private final Path directory;
    private final History history;
    private final Set<String> said = new TreeSet<>();
    private boolean broken;

    Run(Subcommand command, TreeOptions tree, Path directory, History history) {
      this.command = command;
      this.tree = tree;
      this.directory = directory;
      this.history = history;
    }

    int point(KeptPoint point) throws IOException, InterruptedException {
      var chosen = new TreeSet<Path>();
      if (!only.isEmpty()) {
        var finder = new PathFinder(history);
        for (var text : only) {
          chosen.add(finder.findAt(text, point.generation()));
        }
      }
      var result = copy(directory, point.generation(), chosen);
      var text =
          new StringBuilder(
              "%s has %s as of %d (%s)%n"
                  .formatted(
                      directory,
                      totals(result.items().values()),
                      point.generation(),
                      times.moments().of(point)));
      for (var path : chosen) {
        if (result.items().containsKey(path)) {
          text.append("  %s%n".formatted(LogSetup.oneLine(directory.resolve(path).toString())));
        }
      }
      command.print(text.toString());
      return code();
    }

    int versions(KeptPoint last) throws IOException, InterruptedException {
      var copied = new ArrayList<String>();
      for (var one : contentUpTo(last)) { // what is refused is refused before a copy
        var to = Files.createDirectories(directory.resolve(Long.toString(one.from())));
        if (copy(to, one.from(), Set.of(one.path())).items().containsKey(one.path())) {
          copied.add(LogSetup.oneLine(to.resolve(one.path()).toString()));
        }
      }
      command.print(
          "%s has %s%n  %s"
              .formatted(
                  directory, Amount.of(copied.size(), "version"), String.join("\n  ", copied)));
      return code();
    }

    /** A version that has content, from a point on. */
    private record Content(Path path, long from) {}

    private List<Content> contentUpTo(KeptPoint last) throws IOException {
      var finder = new PathFinder(history);
      var found = new ArrayList<Content>();
      for (var text : only) {
        var path = finder.find(text);
        for (var version : history.versions(path)) {
          if (version.from() > last.generation() || version.version() instanceof Version.Absent) {
            continue;
          }
          if (version.version() instanceof Version.Directory) {
            throw new RefusedException(
                text + " is a directory at " + version.from(),
                "give --all-versions the path of a file or database in it");
          }
          found.add(new Content(path, version.from()));
        }
      }
      return found;
    }

    private PointCopy.Result copy(Path to, long point, Set<Path> chosen)
        throws IOException, InterruptedException {
      var result =
          new PointCopy(to, tree.databaseCheck(), tree.transfers)
              .copy(history, point, new Selection(chosen, tree.filter()));
      for (var shortfall : result.shortfalls()) {
        if (said.add(shortfall.text())) {
          Main.fail(shortfall.text(), ExitCode.REFUSED);
        }
        broken |= shortfall.broken();
      }
      return result;
    }

    private int code() {
      if (said.isEmpty()) {
        return ExitCode.OK.code;
      }
      return (broken ? ExitCode.CORRUPT : ExitCode.REFUSED).code;
    }
  }

  /** What there is of each kind, and how much in all. */
  private static String totals(Collection<Version> versions) {
    var parts = new ArrayList<String>();
    add(parts, versions, Version.Database.class, "database");
    add(parts, versions, Version.File.class, "file");
    add(parts, versions, Version.Link.class, "link");
    parts.add(Amount.ofBytes(versions.stream().mapToLong(History::bytes).sum()));
    return String.join(", ", parts);
  }

  private static void add(
      List<String> parts, Collection<Version> versions, Class<?> kind, String name) {
    long number = versions.stream().filter(kind::isInstance).count();
    if (number > 0) {
      parts.add(Amount.of(number, name));
    }
  }
}
