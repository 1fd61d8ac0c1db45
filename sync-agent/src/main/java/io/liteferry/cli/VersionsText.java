package io.liteferry.cli;

import io.liteferry.durable.PortableName;
import io.liteferry.history.KeptPoint;
import io.liteferry.history.Moments;
import io.liteferry.history.PathVersion;
import io.liteferry.history.Version;
import io.liteferry.past.History;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** What {@code history} with a path prints for people. */
final class VersionsText {
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("d MMMM uuuu", Locale.ENGLISH);

  /** What no shell changes. */
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9._/+:=@,-]+");

  private final History history;
  private final Moments moments;

  VersionsText(History history, Moments moments) {
    this.history = history;
    this.moments = moments;
  }

  String of(List<HistoryFacts.OfPath> paths, Path volume) {
    var text = new StringBuilder();
    for (var path : paths) {
      append(text, path);
      restorable(path.versions())
          .ifPresent(
              version ->
                  text.append(
                      "get one: liteferry restore --copy DIR %s --at %d --only %s\n"
                          .formatted(typed(volume), version.to(), typed(path.path()))));
    }
    return text.toString();
  }

  private void append(StringBuilder text, HistoryFacts.OfPath path) {
    text.append(LogSetup.oneLine(path.path().toString())).append('\n');
    var versions = path.versions();
    int number = Long.toString(versions.isEmpty() ? 0 : versions.getLast().from()).length();
    int width = versions.stream().mapToInt(v -> time(v).length()).max().orElse(0);
    for (int i = versions.size() - 1; i >= 0; i--) {
      var version = versions.get(i);
      boolean wasThere =
          versions.subList(0, i).stream().anyMatch(v -> !(v.version() instanceof Version.Absent));
      text.append(
          "  from %s %s  %s%s\n"
              .formatted(
                  ("%" + number + "d").formatted(version.from()),
                  TextTable.padded(time(version), width),
                  described(version.version(), wasThere),
                  version.others() ? "; somebody else put it there" : ""));
    }
  }

  private String time(PathVersion version) {
    var point = history.timeline().point(version.from());
    return point.map((KeptPoint p) -> (p.trusted() ? " " : "") + moments.of(p)).orElse("");
  }

  private String described(Version version, boolean wasThere) {
    return switch (version) {
      case Version.Absent _ -> wasThere ? "absent (deleted)" : "absent";
      case Version.Directory d -> "directory, mode %o".formatted(d.mode());
      case Version.Link l -> "link to " + LogSetup.oneLine(l.target().toString());
      case Version.File f -> "%s, %s".formatted(bytes(f.size()), date(f.mtime()));
      case Version.Database d ->
          "database, %s, %s, check %s"
              .formatted(bytes(d.bytes()), date(d.mtime()), d.checked().text());
      case Version.Lost l -> "not kept (%s)".formatted(LogSetup.oneLine(l.why()));
    };
  }

  private static String bytes(long bytes) {
    return String.format(Locale.ENGLISH, "%,d byte%s", bytes, bytes == 1 ? "" : "s");
  }

  private String date(long mtime) {
    return DATE.format(Instant.ofEpochSecond(0, mtime).atZone(moments.zone()));
  }

  /** The newest version that is not the current one, of which the last point is the one to take. */
  private Optional<PathVersion> restorable(List<PathVersion> versions) {
    long now = history.timeline().current().generation();
    return versions.reversed().stream()
        .filter(v -> v.to() != now)
        .filter(
            v -> !(v.version() instanceof Version.Absent || v.version() instanceof Version.Lost))
        .findFirst();
  }

  /** As it can be typed in a shell. */
  private static String typed(Path path) {
    var text = path.toString();
    if (PLAIN.matcher(text).matches() || path.isAbsolute()) {
      return LogSetup.oneLine(text);
    }
    return PortableName.of(path);
  }
}
