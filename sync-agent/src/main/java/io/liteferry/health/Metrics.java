package io.liteferry.health;

import static io.liteferry.health.StatusMetrics.seconds;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.liteferry.agent.AgentStatus;
import io.liteferry.publish.PassReport;
import io.liteferry.publish.Problem;
import io.liteferry.publish.Timings.Step;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.core.metrics.Info;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What is measured, and its exposition. Documented in {@code docs/operations.md}; a name never
 * changes its meaning. For several threads.
 */
final class Metrics {
  private static final double[] MILLISECONDS_TO_MINUTES = {
    0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300
  };
  private static final double[] SECONDS_TO_HOURS = {
    0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200
  };

  /** A page that was asked for. */
  record Page(String contentType, String text) {}

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

  /** What became of a call. */
  private enum Heartbeat {
    answered,
    failed
  }

  /** What was done to the volume. */
  private enum Operation {
    publish_file,
    publish_database,
    delete
  }

  private final PrometheusRegistry registry = new PrometheusRegistry();

  // Not by ExpositionFormats, which chooses Protobuf for Prometheus servers and does not have it.
  private final ExpositionFormatWriter text = PrometheusTextFormatWriter.create();
  private final ExpositionFormatWriter openMetrics = OpenMetricsTextFormatWriter.create();
  private final Clock clock;

  private final Gauge started =
      gauge("liteferry_started", "1 once local is restored and the agent publishes.");
  private final Counter passes =
      counter(
          "passes",
          "Passes that ended, by result; incomplete: something could not be published.",
          "result",
          Result.values());
  private final Counter rescans =
      counter("rescans", "Passes that nothing but --rescan asked for, and the first one.");
  private final Counter changes =
      counter(
          "changes",
          "Changes of the volume by passes that did not fail; publish_file: links and directories,"
              + " too.",
          "operation",
          Operation.values());
  private final Counter bytes =
      counter("published_bytes", "Bytes written to the volume by passes that did not fail.");
  private final Counter heartbeats =
      counter("heartbeats", "Calls of the heartbeat URL, by result.", "result", Heartbeat.values());
  private final Histogram pass =
      histogram("pass", "One pass, also one that failed.", MILLISECONDS_TO_MINUTES);
  private final Histogram restore =
      histogram(
          "restore", "The restore at the start, with the wait for the lease.", SECONDS_TO_HOURS);
  private final Map<Step, Histogram> steps =
      new EnumMap<>(
          Map.of(
              Step.SNAPSHOT,
              histogram(
                  "snapshot",
                  "One database read into state, with the wait for its lock.",
                  MILLISECONDS_TO_MINUTES),
              Step.CHECK,
              histogram("check", "The check of one snapshot.", MILLISECONDS_TO_MINUTES),
              Step.PUBLISH,
              histogram(
                  "publish",
                  "All that one pass changed on the volume, from the first change to the manifest.",
                  MILLISECONDS_TO_MINUTES)));

  /** Of the last pass that did not fail as a whole; never changed, but replaced. */
  private volatile Map<Problem.Kind, Long> problems = none();

  Metrics(Health.Build build, Duration readyMaxLag, Clock clock) {
    this.clock = clock;
    Info.builder()
        .name("liteferry_build_info")
        .help("Version and commit of the agent; always 1.")
        .labelNames("version", "commit")
        .register(registry)
        .setLabelValues(build.version(), build.commit());
    gauge(
            "liteferry_ready_max_lag_seconds",
            "How long something may be unpublished while /readyz says yes.")
        .set(seconds(readyMaxLag));
    ProcessHandle.current()
        .info()
        .startInstant()
        .ifPresent(
            start ->
                gauge("process_start_time_seconds", "When the agent's process began.")
                    .set(seconds(start)));
  }

  private Gauge gauge(String name, String help) {
    return Gauge.builder().name(name).help(help).register(registry);
  }

  private Counter counter(String name, String help, String... labels) {
    return Counter.builder()
        .name("liteferry_" + name + "_total")
        .help(help)
        .labelNames(labels)
        .withoutExemplars()
        .register(registry);
  }

  /** With a number for each value of the label from the start. */
  private Counter counter(String name, String help, String label, Enum<?>[] values) {
    var counter = counter(name, help, label);
    Arrays.stream(values).map(Enum::name).forEach(counter::initLabelValues);
    return counter;
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

  void restored(Duration took) {
    restore.observe(seconds(took));
  }

  void passEnded(Optional<PassReport> report, Duration took, boolean asked) {
    pass.observe(seconds(took));
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
    var numbers = none();
    report.problems().values().forEach(problem -> numbers.merge(problem.kind(), 1L, Long::sum));
    problems = numbers;
  }

  /** With a number for each reason, so that an alert need not wait for a series to appear. */
  private static Map<Problem.Kind, Long> none() {
    var numbers = new EnumMap<Problem.Kind, Long>(Problem.Kind.class);
    Arrays.stream(Problem.Kind.values()).forEach(kind -> numbers.put(kind, 0L));
    return numbers;
  }

  void heartbeat(boolean answered) {
    heartbeats.labelValues((answered ? Heartbeat.answered : Heartbeat.failed).name()).inc();
  }

  void took(Step step, long nanos) {
    Objects.requireNonNull(steps.get(step)).observe(nanos / 1e9);
  }

  /**
   * All of it in the format that is wanted: text unless OpenMetrics is accepted.
   *
   * @param accept the request's header
   * @param status empty until the agent runs
   */
  Page page(Optional<String> accept, Optional<AgentStatus> status) throws IOException {
    status.ifPresent(s -> started.set(1));
    var ofStatus = status.stream().flatMap(s -> StatusMetrics.of(s, problems, clock.instant()));
    var all = Stream.concat(registry.scrape().stream(), ofStatus).toList();
    var writer = openMetrics.accepts(accept.orElse("")) ? openMetrics : text;
    var page = new ByteArrayOutputStream();
    writer.write(page, new MetricSnapshots(all));
    return new Page(writer.getContentType(), page.toString(UTF_8));
  }
}
