package io.liteferry.cli;

import io.liteferry.history.Change;
import io.liteferry.history.Version;
import io.liteferry.past.History;
import io.liteferry.publish.Amount;
import java.util.List;

/** What {@code diff} prints for people. */
final class DiffText {
  private static final String ARROW = " → ";

  /** What became of a path. */
  enum Kind {
    ADDED("A"),
    CHANGED("M"),
    DELETED("D");

    private final String letter;

    Kind(String letter) {
      this.letter = letter;
    }

    static Kind of(Change change) {
      if (change.was() instanceof Version.Absent) {
        return ADDED;
      }
      return change.now() instanceof Version.Absent ? DELETED : CHANGED;
    }
  }

  private record Line(Kind kind, String name, String was, String now) {
    static Line of(Change change) {
      var was = change.was();
      var now = change.now();
      boolean isOfMode = isOfSameContent(was, now) && mode(was) != mode(now);
      return new Line(
          Kind.of(change),
          LogSetup.oneLine(change.path().toString()),
          isOfMode ? "mode %o".formatted(mode(was)) : shown(was),
          isOfMode ? "mode %o".formatted(mode(now)) : shown(now));
    }

    private static boolean isOfSameContent(Version was, Version now) {
      return was.getClass().equals(now.getClass()) && History.bytes(was) == History.bytes(now);
    }

    private static int mode(Version version) {
      return switch (version) {
        case Version.Directory d -> d.mode();
        case Version.File f -> f.mode();
        case Version.Database d -> d.mode();
        default -> 0;
      };
    }

    private static String shown(Version version) {
      return switch (version) {
        case Version.Absent _ -> "";
        case Version.Directory _ -> "directory";
        case Version.Link link -> "link to " + LogSetup.oneLine(link.target().toString());
        case Version.Lost _ -> "not kept";
        case Version.File _, Version.Database _ -> Amount.ofBytes(History.bytes(version));
      };
    }
  }

  private DiffText() {}

  /** A line for each path, and a last one for all. */
  static String of(String from, String to, List<Change> changes) {
    var lines = changes.stream().map(Line::of).toList();
    int name = lines.stream().mapToInt(line -> line.name().length()).max().orElse(0);
    int was = lines.stream().mapToInt(line -> line.was().length()).max().orElse(0);
    var text = new StringBuilder("from %s to %s%n".formatted(from, to));
    for (var line : lines) {
      var arrow = line.kind() == Kind.CHANGED ? ARROW : " ".repeat(ARROW.length());
      text.append(
          (line.kind().letter
                  + "  "
                  + TextTable.padded(line.name(), name)
                  + "  "
                  + TextTable.padded(line.was(), was)
                  + arrow
                  + line.now())
              .stripTrailing());
      text.append('\n');
    }
    return text.append(
            "%d changed, %d added, %d deleted%n"
                .formatted(
                    count(lines, Kind.CHANGED),
                    count(lines, Kind.ADDED),
                    count(lines, Kind.DELETED)))
        .toString();
  }

  /** The same change the other way round. */
  static Change reversed(Change change) {
    var before = change.now();
    var after = change.was();
    return new Change(change.name(), before, after, change.others());
  }

  private static long count(List<Line> lines, Kind kind) {
    return lines.stream().filter(line -> line.kind() == kind).count();
  }
}
