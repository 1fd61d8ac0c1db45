package io.liteferry.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.agent.AgentStatus;
import io.liteferry.publish.PassReport;
import io.liteferry.publish.Problem;
import io.liteferry.publish.Timings.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MetricsTest {
  private static final Path DOCUMENT = Path.of("../docs/metrics.txt");
  private static final Set<String> LISTED = Set.of("reason", "result", "operation", "directory");
  private static final Path MONITORING = Path.of("../helm-chart/liteferry/monitoring");
  private static final Path RUNBOOKS = Path.of("../docs/kubernetes/runbooks.md");
  private static final Clock NOW = Clock.fixed(Instant.ofEpochSecond(1_007), ZoneOffset.UTC);

  private final Metrics metrics =
      new Metrics(new Health.Build("1.2.3", "abcdef"), Duration.ofMinutes(5), NOW);

  private String text(AgentStatus status) throws IOException {
    return metrics.page(Optional.empty(), Optional.of(status)).text();
  }

  private static void assertHasLine(String text, String line) {
    assertTrue(text.lines().anyMatch(line::equals), () -> line + " is not in\n" + text);
  }

  private static PassReport report(int files, String... problems) {
    var reasons = new TreeMap<Path, Problem>();
    for (var problem : problems) {
      reasons.put(Path.of(problem), new Problem(Problem.Kind.CHECK_FAILED, "why"));
    }
    return new PassReport(17, files, 1, 2, 4096, false, reasons, Set.of(), 0, Optional.empty());
  }

  @Test
  void page_beforeTheAgentRuns_hasNoStatesAndAllCounters() throws IOException {
    var text = metrics.page(Optional.empty(), Optional.empty()).text();
    assertHasLine(text, "liteferry_started 0.0");
    assertHasLine(text, "liteferry_build_info{commit=\"abcdef\",version=\"1.2.3\"} 1");
    assertHasLine(text, "liteferry_passes_total{result=\"failed\"} 0.0");
    assertHasLine(text, "liteferry_restore_duration_seconds_count 0");
    assertFalse(text.contains("liteferry_volume_up "), text);
  }

  @Test
  void page_states_areInBaseUnits() throws IOException {
    var text = text(Statuses.lagging(Duration.ofSeconds(7)));
    assertHasLine(text, "liteferry_started 1.0");
    assertHasLine(text, "liteferry_last_success_timestamp_seconds 1000.0");
    assertHasLine(text, "liteferry_unpublished_since_timestamp_seconds 1000.0");
    assertHasLine(text, "liteferry_unpublished_bytes 65536.0");
    assertHasLine(text, "liteferry_ready_max_lag_seconds 300.0");
    assertHasLine(text, "liteferry_filesystem_free_bytes{directory=\"volume\"} 1000.0");
    assertHasLine(text, "liteferry_filesystem_size_bytes{directory=\"volume\"} 4000.0");
    assertTrue(text.contains("liteferry_filesystem_free_bytes{directory=\"local\"} "), text);
    assertTrue(text.contains("liteferry_filesystem_free_bytes{directory=\"state\"} "), text);
    assertHasLine(text, "liteferry_database_generation{database=\"app%20000.db\"} 16.0");
    assertHasLine(text, "liteferry_lease_epoch 3.0");
    assertHasLine(text, "liteferry_backoff_seconds 1.5");
    assertHasLine(text, "liteferry_events_lost_total 4.0");
    assertHasLine(text, "liteferry_generation 17.0");
    assertHasLine(text, "liteferry_database_bytes{database=\"app%20000.db\"} 8192.0");
    assertHasLine(
        text, "liteferry_database_behind_since_timestamp_seconds{database=\"app%20000.db\"} 880.0");
    assertHasLine(text, "liteferry_database_behind_segments{database=\"app%20000.db\"} 2.0");
    assertHasLine(text, "liteferry_database_behind_bytes{database=\"app%20000.db\"} 9000.0");
    assertHasLine(
        text, "liteferry_database_scrubbed_timestamp_seconds{database=\"app%20000.db\"} 890.0");
    assertHasLine(text, "liteferry_scrub_failures_total 2.0");
    assertHasLine(
        text, "liteferry_database_published_timestamp_seconds{database=\"app%20000.db\"} 900.0");
  }

  @Test
  void page_history_isAbsentUntilItIsKnown() throws IOException {
    var text = text(Statuses.well());
    assertHasLine(text, "liteferry_history_points 12.0");
    assertHasLine(text, "liteferry_history_oldest_timestamp_seconds 500.0");
    assertHasLine(text, "liteferry_history_newest_checked_timestamp_seconds 700.0");
    assertHasLine(text, "liteferry_history_bytes 2048.0");
    assertHasLine(text, "liteferry_history_waiting_bytes 512.0");
    assertHasLine(text, "liteferry_history_budget_bytes 8192.0");
    assertHasLine(text, "liteferry_history_rung 2.0");
    assertHasLine(text, "liteferry_history_accident_pins 1.0");
    var unknown = text(Statuses.empty());
    assertHasLine(unknown, "liteferry_history_lost_total 5.0");
    assertFalse(unknown.contains("\nliteferry_history_points"), unknown);
  }

  @Test
  void page_nothingUnpublished_saysNoTime() throws IOException {
    assertFalse(text(Statuses.well()).contains("\nliteferry_unpublished_since"));
  }

  @Test
  void passEnded_eachResult_isCounted() throws IOException {
    metrics.passEnded(Optional.of(report(5)), Duration.ofMillis(300), true);
    metrics.passEnded(Optional.of(report(5, "app.db")), Duration.ofMillis(300), true);
    metrics.passEnded(Optional.empty(), Duration.ofSeconds(2), false);
    metrics.passEnded(
        Optional.of(
            new PassReport(17, 0, 0, 0, 0, false, new TreeMap<>(), Set.of(), 0, Optional.empty())),
        Duration.ofMillis(1),
        false);
    var text = text(Statuses.well());
    assertHasLine(text, "liteferry_passes_total{result=\"published\"} 1.0");
    assertHasLine(text, "liteferry_passes_total{result=\"incomplete\"} 1.0");
    assertHasLine(text, "liteferry_passes_total{result=\"failed\"} 1.0");
    assertHasLine(text, "liteferry_passes_total{result=\"unchanged\"} 1.0");
    assertHasLine(text, "liteferry_rescans_total 2.0");
    assertHasLine(text, "liteferry_changes_total{operation=\"publish_file\"} 10.0");
    assertHasLine(text, "liteferry_changes_total{operation=\"publish_database\"} 2.0");
    assertHasLine(text, "liteferry_changes_total{operation=\"delete\"} 4.0");
    assertHasLine(text, "liteferry_published_bytes_total 8192.0");
    assertHasLine(text, "liteferry_pass_duration_seconds_bucket{le=\"0.25\"} 1");
    assertHasLine(text, "liteferry_pass_duration_seconds_bucket{le=\"0.5\"} 3");
    assertHasLine(text, "liteferry_pass_duration_seconds_count 4");
  }

  @Test
  void passEnded_problems_areCountedByReasonUntilTheNextPassEnds() throws IOException {
    assertHasLine(text(Statuses.well()), "liteferry_problems{reason=\"check_failed\"} 0.0");
    metrics.passEnded(Optional.of(report(5, "a.db", "b.db")), Duration.ofMillis(1), true);
    metrics.passEnded(Optional.empty(), Duration.ofMillis(1), true);
    var text = text(Statuses.well());
    assertHasLine(text, "liteferry_problems{reason=\"check_failed\"} 2.0");
    assertHasLine(text, "liteferry_problems{reason=\"locked\"} 0.0");
    metrics.passEnded(Optional.of(report(5)), Duration.ofMillis(1), true);
    assertHasLine(text(Statuses.well()), "liteferry_problems{reason=\"check_failed\"} 0.0");
  }

  @Test
  void page_databasePublishedByAnEarlierVersion_hasNoGeneration() throws IOException {
    var text = text(Statuses.withDatabases(2));
    assertTrue(text.contains("liteferry_database_bytes{database=\"app%20001.db\"}"), text);
    assertFalse(text.contains("liteferry_database_generation{database=\"app%20001.db\"}"), text);
  }

  @Test
  void page_nothingPublishedYet_hasNoDatabase() throws IOException {
    assertHasLine(text(Statuses.empty()), "liteferry_databases 0.0");
  }

  @Test
  void took_eachStep_hasItsHistogram() throws IOException {
    for (var step : Step.values()) {
      metrics.took(step, 2_000_000);
    }
    metrics.restored(Duration.ofMinutes(3));
    var text = text(Statuses.well());
    for (var what : new String[] {"snapshot", "check", "publish", "restore"}) {
      assertHasLine(text, "liteferry_%s_duration_seconds_count 1".formatted(what));
    }
    assertHasLine(text, "liteferry_restore_duration_seconds_sum 180.0");
  }

  @Test
  void page_veryManyDatabases_namesTheFirstAndCountsAll() throws IOException {
    var text = text(Statuses.withDatabases(StatusMetrics.MOST_DATABASES + 1));
    assertEquals(
        StatusMetrics.MOST_DATABASES,
        text.lines().filter(l -> l.startsWith("liteferry_database_bytes{")).count());
    assertHasLine(text, "liteferry_databases 101.0");
  }

  @Test
  void page_openMetricsAccepted_isThat() throws IOException {
    var page =
        metrics.page(
            Optional.of(
                "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;q=0.6,"
                    + "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.3"),
            Optional.of(Statuses.well()));
    assertTrue(page.contentType().startsWith("application/openmetrics-text"), page.contentType());
    assertTrue(page.text().endsWith("# EOF\n"));
    assertTrue(text(Statuses.well()).startsWith("# HELP"));
  }

  @Test
  void page_protobufAloneAccepted_isText() throws IOException {
    var page =
        metrics.page(
            Optional.of("application/vnd.google.protobuf;encoding=delimited"), Optional.empty());
    assertTrue(page.contentType().startsWith("text/plain; version=0.0.4"), page.contentType());
  }

  private NavigableSet<String> names() throws IOException {
    return text(Statuses.withDatabases(1))
        .lines()
        .filter(line -> line.startsWith("# TYPE "))
        .map(line -> line.split(" ", -1)[2])
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static NavigableSet<String> matches(String pattern, Path file) throws IOException {
    return Pattern.compile(pattern)
        .matcher(Files.readString(file))
        .results()
        .map(result -> result.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @ParameterizedTest
  @ValueSource(strings = {"rules.yaml", "dashboard.json"})
  void monitoring_everyMetricThatItAsksFor_exists(String file) throws IOException {
    var asked =
        matches(
            "\\b((?:liteferry|process)_[a-z_]+?)(?:_bucket|_sum|_count)?\\b",
            MONITORING.resolve(file));
    assertTrue(asked.size() > 10, asked::toString);
    asked.removeAll(names());
    asked.remove("liteferry_rehearsal_last_success_timestamp_seconds"); // of rehearse --textfile
    assertEquals(Set.of(), asked);
  }

  @Test
  void monitoring_everyAlert_hasItsRunbook() throws IOException {
    var rules = MONITORING.resolve("rules.yaml");
    var alerts = matches("- alert: (\\w+)", rules);
    assertEquals(alerts, matches("(?m)^## (Liteferry\\w+)$", RUNBOOKS));
    assertEquals(
        alerts.stream()
            .map(alert -> "docs/kubernetes/runbooks.md#" + alert.toLowerCase(Locale.ROOT))
            .collect(Collectors.toSet()),
        matches("runbook_url: https://github.com/liteferry/liteferry/blob/main/(\\S+)", rules));
  }

  /** Held to what is served, or written when told to, as {@code docs/configuration.md} is. */
  @Test
  void page_everyMetric_isDocumented() throws IOException {
    var wanted = documented(text(Statuses.withDatabases(1)));
    if ("write".equals(System.getProperty("liteferry.docs"))) {
      Files.writeString(DOCUMENT, wanted);
    }
    assertEquals(wanted, Files.readString(DOCUMENT), DOCUMENT + " is stale");
  }

  /** Each metric with its labels and their values, its type and its help. */
  private static String documented(String page) {
    var types = new TreeMap<String, String>();
    var helps = new TreeMap<String, String>();
    var labels = new TreeMap<String, NavigableSet<String>>();
    for (var line : page.lines().toList()) {
      var words = line.split(" ", 4);
      if (line.startsWith("# TYPE ")) {
        types.put(words[2], words[3]);
      } else if (line.startsWith("# HELP ")) {
        helps.put(words[2], words[3]);
      } else {
        Pattern.compile("(\\w+)=\"([^\"]*)\"")
            .matcher(line)
            .results()
            .filter(label -> !label.group(1).equals("le"))
            .forEach(
                label ->
                    labels
                        .computeIfAbsent(line.replaceAll("\\{.*", ""), name -> new TreeSet<>())
                        .add(LISTED.contains(label.group(1)) ? label.group() : label.group(1)));
      }
    }
    return types.entrySet().stream()
        .map(
            type ->
                "%s (%s)%n%s    %s%n"
                    .formatted(
                        type.getKey(),
                        type.getValue(),
                        labels.containsKey(type.getKey())
                            ? "    by %s%n".formatted(String.join(", ", labels.get(type.getKey())))
                            : "",
                        helps.get(type.getKey())))
        .collect(Collectors.joining());
  }
}
