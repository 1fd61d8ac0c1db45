package io.liteferry.health;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.liteferry.agent.AgentStatus;
import io.liteferry.history.Moments;
import io.liteferry.publish.Amount;
import io.liteferry.volume.HistoryStatus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.function.DoubleFunction;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * What {@code /} answers: one page of HTML, which is XML, too. It asks for nothing else, and runs
 * no script. Texts that are not its own go through {@link #text}.
 */
record StatusPage(Overview overview) {
  private static final String PAGE = resource("page.html");
  private static final String STYLE = resource("page.css");
  private static final String PLOT = resource("plot.html");
  private static final String TIMELINE = resource("timeline.html");
  private static final String NONE = "–";

  /** The header {@code Content-Security-Policy}: of what is not in the page, nothing. */
  static final String POLICY =
      ("default-src 'none'; style-src 'sha256-%s'; img-src data:; base-uri 'none';"
              + " form-action 'none'; frame-ancestors 'none'")
          .formatted(sha256(STYLE));

  /** What a line of time is marked with. */
  private static final List<Duration> AGES =
      List.of(
          Duration.ofMinutes(10),
          Duration.ofHours(1),
          Duration.ofHours(6),
          Duration.ofDays(1),
          Duration.ofDays(7),
          Duration.ofDays(28),
          Duration.ofDays(182));

  String html() {
    var condition = overview.condition();
    return PAGE.formatted(
        condition.headline,
        condition.ok ? "17753a" : "b3261e",
        STYLE,
        condition.text(),
        since(),
        attention(),
        overview.status().map(this::facts).orElse(""),
        plots(),
        databases(),
        points(),
        text(overview.version()),
        time(overview.moments().now()),
        text(overview.moments().zone().getId()));
  }

  private String since() {
    var moments = overview.moments();
    return overview
            .safeUpTo()
            .map(t -> "<p>What was written until %s is on the volume.</p>".formatted(time(t)))
            .orElse("")
        + "<p>%s %s (%s).</p>"
            .formatted(
                overview.condition().ok ? "All is well since" : "Since",
                time(overview.since()),
                Moments.length(Duration.between(overview.since(), moments.now())));
  }

  private String attention() {
    var items =
        overview.attention().stream()
            .map(a -> "<li><b>%s</b> %s</li>\n".formatted(text(a.what()), text(a.remedy())))
            .collect(Collectors.joining());
    return items.isEmpty() ? "<p>Nothing.</p>" : "<ul>\n" + items + "</ul>";
  }

  private String facts(AgentStatus status) {
    return fact("Waiting for the volume", Amount.ofBytes(status.unpublishedBytes()))
        + fact("Last complete pass", status.lastSuccess().map(this::time).orElse(NONE))
        + fact("Volume", status.volumeUp() ? "answers" : "<b>does not answer</b>")
        + fact("Points", status.history().map(h -> Amount.ofBytes(h.bytes())).orElse(NONE))
        + fact(
            "Room on the volume",
            status.volumeSpace().map(space -> Amount.ofBytes(space.free())).orElse(NONE));
  }

  private static String fact(String what, String html) {
    return "<div><dt>%s</dt><dd>%s</dd></div>\n".formatted(what, html);
  }

  private String plots() {
    DoubleFunction<String> bytes = b -> Amount.ofBytes(Math.round(b));
    DoubleFunction<String> time = s -> Moments.length(Duration.ofSeconds(Math.round(s)));
    return plot("Longest lag", Overview.Sample::lagSeconds, time)
        + plot("Published per minute", Overview.Sample::publishedBytes, bytes)
        + plot("Databases", Overview.Sample::databaseBytes, bytes);
  }

  /** A bar for each minute; the drawing is stretched to the width, and its texts are not. */
  private String plot(
      String title, ToDoubleFunction<Overview.Sample> value, DoubleFunction<String> label) {
    var samples = overview.samples();
    double most = samples.stream().mapToDouble(value).max().orElse(0);
    double last = samples.isEmpty() ? 0 : value.applyAsDouble(samples.getLast());
    var bars = new StringBuilder();
    for (var sample : samples) {
      long minute = (overview.moments().now().getEpochSecond() - sample.second()) / 60;
      bars.append(
          "M%d 100V%dh1V100"
              .formatted(
                  Overviews.MOST_SAMPLES - 1 - minute,
                  100 - Math.round(80 * value.applyAsDouble(sample) / Math.max(most, 1))));
    }
    return PLOT.formatted(
        title, label.apply(last), label.apply(most), Overviews.MOST_SAMPLES, bars);
  }

  private String databases() {
    var rows =
        overview.databases().stream()
            .map(
                database ->
                    List.of(
                        "<bdi>%s</bdi>".formatted(text(database.name())),
                        Amount.ofBytes(database.bytes()),
                        time(database.published()),
                        Objects.requireNonNullElse(database.checked(), NONE),
                        database.problem() == null
                            ? "published"
                            : "<b>%s</b>".formatted(database.problem().replace('_', ' '))))
            .toList();
    int more = overview.databaseCount() - rows.size();
    return table(List.of("Database", "Size", "Published", "Check", "State"), rows)
        + (more > 0 ? "<p>%d more: <code>liteferry status VOLUME</code></p>".formatted(more) : "");
  }

  private String points() {
    var points = overview.points();
    var rows =
        points.stream()
            .map(
                point ->
                    List.of(
                        Long.toString(point.generation()),
                        time(point.time()),
                        isNotable(point)
                            ? "<b>%s</b>".formatted(String.join(", ", point.because()))
                            : String.join(", ", point.because()),
                        point.command() == null
                            ? "it is there now"
                            : "<code>%s</code>".formatted(point.command())))
            .toList();
    int more = overview.history().map(HistoryStatus::points).orElse(0) - points.size();
    return (points.isEmpty() ? "" : timeline(points))
        + table(List.of("Point", "When", "Kept because", "To get it back"), rows)
        + (more > 0
            ? "<p>%d more: <code>liteferry history VOLUME --all</code></p>".formatted(more)
            : "");
  }

  private static boolean isNotable(Overview.Point point) {
    return point.because().contains("accident") || point.because().contains("pinned");
  }

  private String timeline(List<Overview.Point> points) {
    var oldest = age(points.getLast());
    var marks = new StringBuilder();
    AGES.stream()
        .filter(age -> position(age, oldest) > 4)
        .map(
            age ->
                "<text x=\"%.1f%%\" y=\"46\">%s</text>"
                    .formatted(position(age, oldest), Moments.length(age)))
        .forEach(marks::append);
    for (var point : points) {
      var kind = isNotable(point) ? "pin" : "tick";
      marks.append(
          "<rect class=\"%s\" x=\"%.1f%%\" y=\"4\" width=\"3\" height=\"24\"/>"
              .formatted(kind, position(age(point), oldest)));
    }
    var from = overview.moments().of(points.getLast().time());
    return TIMELINE.formatted(Amount.of(points.size(), "point"), from, marks);
  }

  private Duration age(Overview.Point point) {
    return Duration.between(point.time(), overview.moments().now());
  }

  /** Where an age is, in percent from the left: young ages have most room. */
  private static double position(Duration age, Duration oldest) {
    double whole = Math.log1p(Math.max(1, oldest.toSeconds()) / 60.0);
    return 99 - 99 * Math.log1p(Math.max(0, age.toSeconds()) / 60.0) / whole;
  }

  /** A new column is a title here and a cell in each row. */
  private static String table(List<String> titles, List<List<String>> rows) {
    if (rows.isEmpty()) {
      return "<p>None is known.</p>";
    }
    var html = new StringBuilder("<table>\n<thead><tr>");
    titles.forEach(title -> html.append("<th scope=\"col\">%s</th>".formatted(title)));
    html.append("</tr></thead>\n<tbody>\n");
    for (var row : rows) {
      html.append("<tr>");
      for (int i = 0; i < row.size(); i++) {
        html.append("<td data-title=\"%s\">%s</td>".formatted(titles.get(i), row.get(i)));
      }
      html.append("</tr>\n");
    }
    return html.append("</tbody></table>\n").toString();
  }

  private String time(Instant time) {
    return "<time datetime=\"%s\">%s</time>".formatted(time, overview.moments().of(time));
  }

  /** For any place in the page. */
  private static String text(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }

  private static String resource(String name) {
    try (var file = StatusPage.class.getResourceAsStream(name)) {
      return new String(Objects.requireNonNull(file).readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String sha256(String text) {
    try {
      var digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
      return Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
