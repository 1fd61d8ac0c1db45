package io.liteferry.cli;

import io.liteferry.history.Change;
import io.liteferry.history.KeptPoint;
import io.liteferry.history.Moments;
import io.liteferry.history.Reason;
import io.liteferry.history.RecordHeader;
import io.liteferry.history.Version;
import io.liteferry.past.PinNotes;
import io.liteferry.past.PointChanges;
import io.liteferry.publish.Amount;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What {@code history} prints for people. */
final class HistoryText {
  private static final int MOST_DATABASES = 3;
  private static final int MOST_PATHS = 20;
  private static final String NONE = "–";

  private final HistoryFacts facts;
  private final Moments moments;

  HistoryText(HistoryFacts facts, Moments moments) {
    this.facts = facts;
    this.moments = moments;
  }

  /**
   * The points, the newest first.
   *
   * @param points from the oldest to the newest
   * @param left how many older ones are not among them
   */
  String points(List<KeptPoint> points, int left, boolean explain) throws IOException {
    var table = new TextTable();
    table.add("point", " when (" + moments.zone() + ")", "changed", "frees", "kept because");
    for (var point : points.reversed()) {
      table.add(
          Long.toString(point.generation()),
          when(points, point),
          changed(point),
          isNow(point) ? NONE : Amount.ofBytes(facts.usage().frees(point.generation())),
          because(point, explain));
      if (explain) {
        table.addBelow(explanation(point));
      }
    }
    var text = new StringBuilder(table.text());
    if (left > 0) {
      text.append("%s older: --all shows all%n".formatted(Amount.of(left, "point")));
    }
    text.append(summary());
    if (explain) {
      text.append(policy());
    }
    return text.append(troubles()).toString();
  }

  private boolean isNow(KeptPoint point) {
    return point.generation() == facts.history().timeline().current().generation();
  }

  /** The time, padded to that of the others, and the age. */
  private String when(List<KeptPoint> all, KeptPoint point) {
    int width = all.stream().mapToInt(p -> time(p).length()).max().orElse(0);
    var age = Moments.length(Duration.between(point.time(), moments.now()));
    return TextTable.padded(time(point), width) + "  " + (isNow(point) ? "now" : age);
  }

  private String time(KeptPoint point) {
    return (point.trusted() ? " " : "") + moments.of(point);
  }

  private String changed(KeptPoint point) throws IOException {
    if (point.record().isEmpty()) {
      return NONE;
    }
    var changes = facts.history().changes(point.generation());
    var parts = new ArrayList<String>();
    if (!changes.databases().isEmpty()) {
      var names = changes.databases().stream().map(HistoryText::database);
      parts.add(Amount.some(names, MOST_DATABASES, changes.databases().size()));
    }
    if (!files(changes).isEmpty()) {
      parts.add(files(changes));
    }
    point.point().rollback().ifPresent(rollback -> parts.add("went back to " + rollback.to()));
    var text = parts.isEmpty() ? NONE : String.join("; ", parts);
    boolean isAccident = facts.pins().pins().accidents().contains(point.record().get().after());
    return isAccident && point.point().rollback().isEmpty() ? text + "  ACCIDENT?" : text;
  }

  private static String database(Change change) {
    var name = LogSetup.oneLine(change.path().toString());
    if (change.was() instanceof Version.Absent) {
      return "+" + name;
    }
    return change.now() instanceof Version.Absent ? "−" + name : name;
  }

  private static String files(PointChanges changes) {
    var parts = new ArrayList<String>();
    if (changes.added() > 0) {
      parts.add("+" + Amount.of(changes.added(), "file"));
    }
    if (changes.deleted() > 0) {
      parts.add("−" + Amount.of(changes.deleted(), "file"));
    }
    if (changes.changed() > 0) {
      parts.add(Amount.of(changes.changed(), "file"));
    }
    if (parts.isEmpty() && changes.directories() > 0) {
      parts.add(
          changes.directories() == 1 ? "1 directory" : changes.directories() + " directories");
    }
    return String.join(", ", parts);
  }

  /** All reasons, or those that hold longest. */
  private String because(KeptPoint point, boolean all) {
    var reasons = new ArrayList<>(facts.reasons(point.generation()));
    if (!all) {
      var absolute = reasons.stream().filter(Reason::isAbsolute).toList();
      reasons.removeAll(absolute);
      reasons.subList(0, Math.max(0, reasons.size() - 1)).clear();
      if (absolute.contains(Reason.NEWEST)) {
        reasons.clear();
      }
      reasons.addAll(absolute);
    }
    var text =
        reasons.isEmpty()
            ? "until it is thinned"
            : reasons.stream().map(r -> because(point, r)).collect(Collectors.joining(", "));
    return lacks(point) == 0
        ? text
        : "%s; LACKS %s".formatted(text, Amount.of(lacks(point), "file"));
  }

  private int lacks(KeptPoint point) {
    return facts.usage().missing(point.generation()).size();
  }

  private String because(KeptPoint point, Reason reason) {
    var pins = facts.pins();
    return switch (reason) {
      case RECENT ->
          facts.policy().all().equals(Duration.ofHours(1))
              ? "last hour"
              : "last " + Moments.length(facts.policy().all());
      case PINNED -> noted("pinned", pins.users(), point);
      case ACCIDENT ->
          noted(
              "pinned until " + moments.day(PinNotes.end(facts.points(), point)),
              pins.accidents(),
              point);
      default -> reason.text();
    };
  }

  private static String noted(String text, Map<Long, String> notes, KeptPoint point) {
    var note = notes.getOrDefault(point.generation(), "");
    return note.isEmpty() ? text : text + ": " + LogSetup.oneLine(note);
  }

  private String explanation(KeptPoint point) {
    var made = point.point();
    var text =
        new StringBuilder(
            "made %s, epoch %d, check %s"
                .formatted(Output.time(made.nodeTime()), made.epoch(), made.checked().text()));
    made.volumeTime().ifPresent(t -> text.append(", by the volume ").append(Output.time(t)));
    if (!point.trusted()) {
      text.append("; its clock was wrong, the time is that of the next point");
    }
    point
        .record()
        .filter(record -> record.thinned() > 0)
        .ifPresent(record -> text.append(thinned(record)));
    made.problems()
        .forEach(problem -> text.append("; problem: ").append(LogSetup.oneLine(problem)));
    return text.toString();
  }

  private static String thinned(RecordHeader record) {
    return "; %d between %d and this %s thinned"
        .formatted(record.thinned(), record.after(), record.thinned() == 1 ? "was" : "were");
  }

  private String summary() {
    var all = facts.history().timeline().points();
    var text = new StringBuilder();
    if (all.isEmpty()) {
      return "no point can be read\n";
    }
    text.append(
        "%s since %s, %s of %s."
            .formatted(
                Amount.of(all.size(), "point"),
                moments.of(all.getFirst()),
                Amount.ofBytes(facts.usage().bytes()),
                Amount.ofBytes(facts.budget())));
    int thinned = facts.thinned();
    if (thinned > 0) {
      text.append(" %d more %s thinned.".formatted(thinned, thinned == 1 ? "was" : "were"));
    }
    return text.append('\n').toString();
  }

  private String policy() {
    var policy = facts.policy();
    return "by default stay all points of %s, then the newest of %d hours, %d days and %d weeks in which something changed; rung %d of the ladder\n"
        .formatted(
            Moments.length(policy.all()),
            policy.hourly(),
            policy.daily(),
            policy.weekly(),
            facts.plan().rung());
  }

  private String troubles() {
    var timeline = facts.history().timeline();
    var text = new StringBuilder();
    if (timeline.newestUnreadable() > 0) {
      text.append(
          "the record of %d cannot be read, so no point before it: liteferry verify --history says why\n"
              .formatted(timeline.newestUnreadable()));
    }
    if (timeline.points().stream().anyMatch(p -> lacks(p) > 0)) {
      text.append("what points lack was not kept: liteferry verify --history names it\n");
    }
    if (!timeline.unfinished().isEmpty()) {
      text.append("a pass is at work or was cut off: the volume has what it changed so far\n");
    }
    return text.toString();
  }

  /** The paths of which most is kept. */
  String biggest() throws IOException {
    var kept = facts.history().keptBytes();
    if (kept.isEmpty()) {
      return "nothing is kept but what is there now\n";
    }
    var text = new StringBuilder("most is kept of:\n");
    kept.entrySet().stream()
        .sorted(Map.Entry.<Path, Long>comparingByValue().reversed())
        .limit(MOST_PATHS)
        .forEach(
            e ->
                text.append(
                    "%10s  %s%n"
                        .formatted(
                            Amount.ofBytes(e.getValue()),
                            LogSetup.oneLine(e.getKey().toString()))));
    return text.toString();
  }
}
