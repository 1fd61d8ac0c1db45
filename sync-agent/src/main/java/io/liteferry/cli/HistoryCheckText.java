package io.liteferry.cli;

import io.liteferry.past.HistoryCheck;
import io.liteferry.publish.Amount;

/** What {@code verify --history} adds for people. */
final class HistoryCheckText {
  private HistoryCheckText() {}

  /** A line for each finding and a last one for all. */
  static String of(HistoryCheck check) {
    var text = new StringBuilder();
    check.broken().forEach(finding -> text.append(line("broken", finding)));
    check.lost().forEach(finding -> text.append(line("not kept", finding)));
    check
        .damaged()
        .forEach(
            (generation, why) ->
                text.append(
                    "damaged  the record of %d: no point before it can be copied (%s)%n"
                        .formatted(generation, LogSetup.oneLine(why))));
    text.append(
        "%s, %d not sound%n"
            .formatted(
                Amount.of(check.points(), "point"),
                check.broken().stream().flatMap(f -> f.points().stream()).distinct().count()));
    if (check.orphans() > 0) {
      text.append(
          "%s that no point needs, %s: the agent removes what is older than an hour%n"
              .formatted(
                  Amount.of(check.orphans(), "kept file"), Amount.ofBytes(check.orphanBytes())));
    }
    return text.toString();
  }

  private static String line(String verdict, HistoryCheck.Finding finding) {
    var points = finding.points();
    var at =
        points.size() == 1
            ? "point " + points.getFirst()
            : "points %d to %d".formatted(points.getFirst(), points.getLast());
    return "%s  %s at %s  (%s)%n"
        .formatted(
            verdict,
            LogSetup.oneLine(finding.path().toString()),
            at,
            LogSetup.oneLine(finding.why()));
  }
}
