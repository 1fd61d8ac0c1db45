package io.liteferry.health;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.liteferry.agent.AgentStatus;
import io.liteferry.durable.PortableName;
import io.liteferry.publish.Manifest;
import io.liteferry.publish.PassReport;
import io.liteferry.publish.Timings.Step;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.core.metrics.Info;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * What is measured, and its exposition. Documented in {@code docs/operations.md}; a name never
 * changes its meaning.
 *
 * <p>For several threads. One page is written at a time, all of it from one status.
 */
final class Metrics {
  /** How many databases have metrics of their own: the first by name. */
  static final int MOST_DATABASES = 100;

  private static final double[] MILLISECONDS_TO_MINUTES = {
    0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300
  };
  private static final double[] SECONDS_TO_HOURS = {
    0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200
  };

  /** A page that was asked for. */
  record Page(String contentType, String text) {}

  private final PrometheusRegistry registry = new PrometheusRegistry();

  // Not by ExpositionFormats, which chooses Protobuf for Prometheus servers and does not have it.
  private final ExpositionFormatWriter text = PrometheusTextFormatWriter.create();
  private final ExpositionFormatWriter openMetrics = OpenMetricsTextFormatWriter.create();
  private final Clock clock;
  private final Counter passes;
  private final Counter rescans;
  private final Counter changes;
  private final Counter bytes;
  private final Histogram pass;
  private final Histogram snapshot;
  private final Histogram check;
  private final Histogram publish;
  private final Histogram restore;

  /** Of the page that is being written. */
  private Optional<AgentStatus> status = Optional.empty();

  Metrics(Health.Build build, Clock clock) {
    this.clock = clock;
    Info.builder()
        .name("liteferry_build_info")
        .help("Version and commit of the agent; always 1.")
        .labelNames("version", "commit")
        .register(registry)
        .setLabelValues(build.version(), build.commit());

    passes = counter("passes", "Passes that ended, by result.", "result");
    for (var result : Result.values()) {
      passes.initLabelValues(result.name());
    }
    rescans = counter("rescans", "Passes that nothing but --rescan asked for, and the first one.");
    changes = counter("changes", "Changes of the volume by passes that did not fail.", "operation");
    for (var operation : Operation.values()) {
      changes.initLabelValues(operation.name());
    }
    bytes = counter("published_bytes", "Bytes written to the volume by passes that did not fail.");

    pass = histogram("pass", "One pass, also one that failed.", MILLISECONDS_TO_MINUTES);
    snapshot = histogram("snapshot", "One database read into state.", MILLISECONDS_TO_MINUTES);
    check = histogram("check", "The check of one snapshot.", MILLISECONDS_TO_MINUTES);
    publish =
        histogram(
            "publish",
            "All that one pass changed on the volume, from the first change to the manifest.",
            MILLISECONDS_TO_MINUTES);
    restore =
        histogram(
            "restore", "The restore at the start, with the wait for the lease.", SECONDS_TO_HOURS);

    addStates();
    addDatabases();
  }

  /** How a pass ended. */
  private enum Result {
    /** Everything that differed is on the volume. */
    published,
    /** Nothing differed. */
    unchanged,
    /** Something could not be published. */
    incomplete,
    /** The volume, local or state did not work. */
    failed
  }

  /** What was done to the volume. */
  private enum Operation {
    publish_file,
    publish_database,
    delete
  }

  private void addStates() {
    GaugeWithCallback.builder()
        .name("liteferry_started")
        .help("1 once local is restored and the agent publishes.")
        .callback(gauge -> gauge.call(number(status.isPresent())))
        .register(registry);
    optional(
        "last_success_timestamp_seconds",
        "When a pass last left nothing unpublished; absent before.",
        s -> s.lastSuccess().map(Metrics::seconds));
    optional(
        "unpublished_since_timestamp_seconds",
        "Since when something of local is not on the volume; absent while everything is.",
        s -> s.lag().map(lag -> seconds(clock.instant().minus(lag))));
    gauge("problems", "Files and databases that could not be published.", AgentStatus::problems);
    gauge(
        "volume_up",
        "1 while the last pass worked and the volume answers.",
        s -> number(s.volumeUp()));
    gauge(
        "lease_held",
        "1 while no other agent can have taken the volume over.",
        s -> number(s.leaseHeld()));
    gauge(
        "lease_epoch", "Grows each time the volume is claimed, by any agent.", AgentStatus::epoch);
    gauge("fenced", "1 when another agent has taken the volume over.", s -> number(s.fenced()));
    gauge(
        "backoff_seconds",
        "How long the agent rests after a pass that left something undone; 0 after others.",
        s -> inSeconds(s.backoff()));
    gauge(
        "watching",
        "1 while inotify tells of changes; 0 when only scans find them.",
        s -> number(s.watching()));
    CounterWithCallback.builder()
        .name("liteferry_events_lost_total")
        .help("How often events of a directory were dropped; a scan found what changed.")
        .callback(counter -> status.ifPresent(s -> counter.call((double) s.eventsLost())))
        .register(registry);
  }

  private void addDatabases() {
    optional(
        "generation",
        "Of the volume, by its manifest; absent before the first publication.",
        s -> s.published().map(m -> (double) m.generation()));
    optional(
        "databases",
        "How many databases the volume has.",
        s -> s.published().map(m -> (double) m.databases().size()));
    eachDatabase("database_bytes", "Size of the published database.", Manifest.Database::bytes);
    eachDatabase(
        "database_published_timestamp_seconds",
        "When the published content of the database was published.",
        database -> seconds(database.published()));
  }

  private Counter counter(String name, String help, String... labels) {
    return Counter.builder()
        .name("liteferry_" + name + "_total")
        .help(help)
        .labelNames(labels)
        .withoutExemplars()
        .register(registry);
  }

  private Histogram histogram(String what, String help, double[] buckets) {
    return Histogram.builder()
        .name("liteferry_" + what + "_duration_seconds")
        .help(help)
        .classicOnly()
        .classicUpperBounds(buckets)
        .withoutExemplars()
        .register(registry);
  }

  private void gauge(String name, String help, ToDoubleFunction<AgentStatus> value) {
    optional(name, help, s -> Optional.of(value.applyAsDouble(s)));
  }

  private void optional(String name, String help, Function<AgentStatus, Optional<Double>> value) {
    GaugeWithCallback.builder()
        .name("liteferry_" + name)
        .help(help)
        .callback(gauge -> status.flatMap(value).ifPresent(gauge::call))
        .register(registry);
  }

  private void eachDatabase(String name, String help, ToDoubleFunction<Manifest.Database> value) {
    GaugeWithCallback.builder()
        .name("liteferry_" + name)
        .help(help)
        .labelNames("database")
        .callback(
            gauge ->
                status
                    .flatMap(AgentStatus::published)
                    .ifPresent(
                        manifest ->
                            manifest.databases().entrySet().stream()
                                .limit(MOST_DATABASES)
                                .forEach(
                                    database ->
                                        gauge.call(
                                            value.applyAsDouble(database.getValue()),
                                            PortableName.of(database.getKey())))))
        .register(registry);
  }

  void restored(Duration took) {
    restore.observe(inSeconds(took));
  }

  void passEnded(Optional<PassReport> report, Duration took, boolean asked) {
    pass.observe(inSeconds(took));
    passes.labelValues(result(report).name()).inc();
    if (!asked) {
      rescans.inc();
    }
    report.ifPresent(this::add);
  }

  private static Result result(Optional<PassReport> report) {
    if (report.isEmpty()) {
      return Result.failed;
    }
    if (!report.get().isComplete()) {
      return Result.incomplete;
    }
    return report.get().changedVolume() ? Result.published : Result.unchanged;
  }

  private void add(PassReport report) {
    changes.labelValues(Operation.publish_file.name()).inc(report.files());
    changes.labelValues(Operation.publish_database.name()).inc(report.databases());
    changes.labelValues(Operation.delete.name()).inc(report.deletions());
    bytes.inc(report.bytes());
  }

  void took(Step step, long nanos) {
    var histogram =
        switch (step) {
          case SNAPSHOT -> snapshot;
          case CHECK -> check;
          case PUBLISH -> publish;
        };
    histogram.observe(inSeconds(Duration.ofNanos(nanos)));
  }

  /**
   * All of it in the format that is wanted: text unless OpenMetrics is accepted.
   *
   * @param accept the request's header
   * @param now empty until the agent runs
   */
  synchronized Page page(Optional<String> accept, Optional<AgentStatus> now) throws IOException {
    status = now;
    var writer = openMetrics.accepts(accept.orElse("")) ? openMetrics : text;
    var page = new ByteArrayOutputStream();
    writer.write(page, registry.scrape());
    return new Page(writer.getContentType(), page.toString(UTF_8));
  }

  private static double number(boolean value) {
    return value ? 1 : 0;
  }

  private static double inSeconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }

  /** Since the epoch. */
  private static double seconds(Instant moment) {
    return moment.toEpochMilli() / 1e3;
  }
}
