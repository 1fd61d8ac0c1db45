package io.liteferry.health;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.liteferry.agent.AgentStatus;
import io.liteferry.durable.PortableName;
import io.liteferry.publish.Manifest;
import io.liteferry.publish.PassReport;
import io.liteferry.publish.Problem;
import io.liteferry.publish.Space;
import io.liteferry.publish.Timings.Step;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.Gauge;
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
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
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
  private final Counter heartbeats;
  private final Histogram pass;
  private final Histogram snapshot;
  private final Histogram check;
  private final Histogram publish;
  private final Histogram restore;

  /** Of the last pass that did not fail as a whole; never changed, but replaced. */
  private volatile Map<Problem.Kind, Long> problems = none();

  // Of the page that is being written.
  private Optional<AgentStatus> status = Optional.empty();
  private Map<String, Space> spaces = Map.of();

  Metrics(Health.Build build, Duration readyMaxLag, Clock clock) {
    this.clock = clock;
    Info.builder()
        .name("liteferry_build_info")
        .help("Version and commit of the agent; always 1.")
        .labelNames("version", "commit")
        .register(registry)
        .setLabelValues(build.version(), build.commit());
    ProcessHandle.current()
        .info()
        .startInstant()
        .ifPresent(
            start ->
                constant(
                    "process_start_time_seconds",
                    "When the agent's process began.",
                    seconds(start)));
    constant(
        "liteferry_ready_max_lag_seconds",
        "How long something may be unpublished while /readyz says yes.",
        inSeconds(readyMaxLag));

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

    heartbeats = counter("heartbeats", "Calls of the heartbeat URL, by result.", "result");
    for (var result : Heartbeat.values()) {
      heartbeats.initLabelValues(result.name());
    }

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
    addSpace();
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
    gauge(
        "unpublished_bytes",
        "Sizes of the files and databases that a pass found changed and did not publish so far.",
        AgentStatus::unpublishedBytes);
    GaugeWithCallback.builder()
        .name("liteferry_problems")
        .help("Files and databases that the last pass could not publish, by reason.")
        .labelNames("reason")
        .callback(
            gauge -> {
              if (status.isPresent()) {
                problems.forEach((kind, number) -> gauge.call(number, label(kind)));
              }
            })
        .register(registry);
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
        "How many databases the volume has; absent before a pass knows.",
        s ->
            s.published()
                .map(m -> (double) m.databases().size())
                .or(() -> s.lastSuccess().map(time -> 0.0)));
    eachDatabase(
        "database_bytes",
        "Size of the published database.",
        database -> Optional.of((double) database.bytes()));
    eachDatabase(
        "database_generation",
        "The generation of the volume in which the content of the database was published.",
        database -> database.generation().map(Long::doubleValue));
    eachDatabase(
        "database_published_timestamp_seconds",
        "When the published content of the database was published.",
        database -> Optional.of(seconds(database.published())));
  }

  private void addSpace() {
    space("free_bytes", "Room that is left in the file system of the directory.", Space::free);
    space("size_bytes", "Size of the file system of the directory.", Space::size);
  }

  private void space(String name, String help, ToDoubleFunction<Space> value) {
    GaugeWithCallback.builder()
        .name("liteferry_filesystem_" + name)
        .help(help)
        .labelNames("directory")
        .callback(
            gauge ->
                spaces.forEach(
                    (directory, space) -> gauge.call(value.applyAsDouble(space), directory)))
        .register(registry);
  }

  private static void putSpace(Map<String, Space> spaces, String name, Optional<Space> space) {
    space.ifPresent(found -> spaces.put(name, found));
  }

  /** Does not ask the volume, which may hang; a pass did. */
  private static Map<String, Space> spaces(Optional<AgentStatus> status) {
    var spaces = new TreeMap<String, Space>();
    if (status.isPresent()) {
      putSpace(spaces, "local", Space.of(status.get().local()));
      putSpace(spaces, "state", Space.of(status.get().state()));
      putSpace(spaces, "volume", status.get().volumeSpace());
    }
    return spaces;
  }

  private void constant(String name, String help, double value) {
    Gauge.builder().name(name).help(help).register(registry).set(value);
  }

  private static String label(Problem.Kind kind) {
    return kind.name().toLowerCase(Locale.ROOT);
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

  private void eachDatabase(
      String name, String help, Function<Manifest.Database, Optional<Double>> value) {
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
                                        value
                                            .apply(database.getValue())
                                            .ifPresent(
                                                v ->
                                                    gauge.call(
                                                        v, PortableName.of(database.getKey()))))))
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

  /** With a number for each reason, so that an alert need not wait for a series to appear. */
  private static Map<Problem.Kind, Long> count(PassReport report) {
    var numbers = none();
    report.problems().values().forEach(problem -> numbers.merge(problem.kind(), 1L, Long::sum));
    return numbers;
  }

  private static Map<Problem.Kind, Long> none() {
    var numbers = new EnumMap<Problem.Kind, Long>(Problem.Kind.class);
    for (var kind : Problem.Kind.values()) {
      numbers.put(kind, 0L);
    }
    return numbers;
  }

  private void add(PassReport report) {
    changes.labelValues(Operation.publish_file.name()).inc(report.files());
    changes.labelValues(Operation.publish_database.name()).inc(report.databases());
    changes.labelValues(Operation.delete.name()).inc(report.deletions());
    bytes.inc(report.bytes());
    problems = count(report);
  }

  void heartbeat(boolean answered) {
    heartbeats.labelValues((answered ? Heartbeat.answered : Heartbeat.failed).name()).inc();
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
    spaces = spaces(now);
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
