package io.liteferry.health;

import io.liteferry.agent.AgentStatus;
import io.liteferry.durable.PortableName;
import io.liteferry.publish.Problem;
import io.liteferry.publish.Space;
import io.liteferry.volume.HistoryStatus;
import io.liteferry.volume.Manifest;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/** The metrics that are read from the agent's status whenever a page is asked for: one table. */
final class StatusMetrics {
  /** How many databases have metrics of their own: the first by name. */
  static final int MOST_DATABASES = 100;

  private static final List<Metric> ALL =
      List.of(
          optional(
              "last_success_timestamp_seconds",
              "When a pass last left nothing unpublished; absent before.",
              m -> m.status.lastSuccess().map(StatusMetrics::seconds)),
          optional(
              "unpublished_since_timestamp_seconds",
              "Since when something of local is not on the volume; absent while everything is.",
              m -> m.status.lag().map(lag -> seconds(m.now.minus(lag)))),
          number(
              "unpublished_bytes",
              "Sizes of the files and databases that a pass found changed and did not publish so"
                  + " far.",
              AgentStatus::unpublishedBytes),
          new Metric(
              "problems",
              "Files and databases that the last pass could not publish, by reason.",
              "reason",
              m -> labelled(m.problems, Problem.Kind::text, n -> n)),
          flag(
              "volume_up",
              "1 while the last pass worked and the volume answered a heartbeat within"
                  + " --lease-duration.",
              AgentStatus::volumeUp),
          flag(
              "lease_held",
              "1 while no other agent can have taken the volume over.",
              AgentStatus::leaseHeld),
          number(
              "lease_epoch",
              "Grows each time the volume is claimed, by any agent.",
              AgentStatus::epoch),
          flag("fenced", "1 when another agent has taken the volume over.", AgentStatus::fenced),
          number(
              "backoff_seconds",
              "How long the agent rests after a pass that left something undone; 0 after others.",
              status -> seconds(status.backoff())),
          flag(
              "watching",
              "1 while inotify tells of changes; 0 when only scans find them.",
              AgentStatus::watching),
          number(
              "events_lost_total",
              "How often events of a directory were dropped; a scan found what changed.",
              AgentStatus::eventsLost),
          optional(
              "generation",
              "Of the volume, by its manifest; absent before the first publication.",
              m -> m.status.published().map(manifest -> (double) manifest.generation())),
          optional(
              "databases",
              "How many databases the volume has; absent before a pass knows.",
              m ->
                  m.status
                      .published()
                      .map(manifest -> (double) manifest.databases().size())
                      .or(() -> m.status.lastSuccess().map(time -> 0.0))),
          eachDatabase(
              "database_bytes",
              "Size of the published database.",
              database -> Optional.of((double) database.bytes())),
          eachDatabase(
              "database_generation",
              "The generation of the volume in which the content of the database was published.",
              database -> database.generation().map(Long::doubleValue)),
          eachDatabase(
              "database_published_timestamp_seconds",
              "When the published content of the database was published.",
              database -> Optional.of(seconds(database.published()))),
          eachDatabase(
              "database_behind_since_timestamp_seconds",
              "When the volume's file of the database fell behind what is published of it; absent"
                  + " while it is current.",
              database -> database.ahead().map(ahead -> seconds(ahead.since()))),
          eachDatabase(
              "database_behind_segments",
              "How many segments were published since: 0 when the database was published whole or"
                  + " folded last.",
              database ->
                  Optional.of((double) database.ahead().map(Manifest.Ahead::segments).orElse(0L))),
          eachDatabase(
              "database_behind_bytes",
              "Bytes of the segments that were published since.",
              database ->
                  Optional.of(
                      (double) database.ahead().map(Manifest.Ahead::segmentBytes).orElse(0L))),
          new Metric(
              "database_scrubbed_timestamp_seconds",
              "When what was captured of the database last agreed with SQLite's own image of it,"
                  + " since the agent's start.",
              "database",
              m -> labelled(scrubbed(m.status), PortableName::of, StatusMetrics::seconds)),
          number(
              "scrub_failures_total",
              "How often what was captured of a database was not what SQLite reads.",
              AgentStatus::scrubFailures),
          ofHistory(
              "points",
              "How many points of the volume can be gone back to, with the current one.",
              history -> Optional.of((double) history.points())),
          ofHistory(
              "oldest_timestamp_seconds",
              "When the oldest point was made.",
              history -> history.oldest().map(StatusMetrics::seconds)),
          ofHistory(
              "newest_checked_timestamp_seconds",
              "When the newest point was made that passed the full check; absent without one.",
              history -> history.newestChecked().map(StatusMetrics::seconds)),
          ofHistory(
              "bytes",
              "What points take beside the current files.",
              history -> Optional.of((double) history.bytes())),
          ofHistory(
              "waiting_bytes",
              "What no point needs any more, and goes within the hour.",
              history -> Optional.of((double) history.waiting())),
          ofHistory(
              "budget_bytes",
              "What points may take.",
              history -> Optional.of((double) history.budget())),
          ofHistory(
              "rung",
              "How far the budget thins the history: 0 as configured, 7 to single points.",
              history -> Optional.of((double) history.rung())),
          ofHistory(
              "accident_pins",
              "How many points stay as they are before what looked like an accident.",
              history -> Optional.of((double) history.accidentPins())),
          number(
              "history_lost_total",
              "Versions that were replaced or removed and not kept: excluded, too large, or no"
                  + " room.",
              AgentStatus::versionsLost),
          new Metric(
              "filesystem_free_bytes",
              "Room that is left in the file system of the directory; the volume's is absent while"
                  + " passes fail.",
              "directory",
              m -> labelled(m.spaces, name -> name, Space::free)),
          new Metric(
              "filesystem_size_bytes",
              "Size of the file system of the directory.",
              "directory",
              m -> labelled(m.spaces, name -> name, Space::size)));

  private StatusMetrics() {}

  /**
   * One metric; a counter if its name says so.
   *
   * @param label empty where there is but one value
   * @param values by the label's value
   */
  private record Metric(
      String name, String help, String label, Function<Moment, Map<String, Double>> values) {
    MetricSnapshot at(Moment moment) {
      var points = values.apply(moment).entrySet().stream();
      if (name.endsWith("_total")) {
        return new CounterSnapshot(
            new MetricMetadata("liteferry_" + name.replace("_total", ""), help),
            points.map(p -> new CounterDataPointSnapshot(p.getValue(), of(p), null, 0)).toList());
      }
      return new GaugeSnapshot(
          new MetricMetadata("liteferry_" + name, help),
          points.map(p -> new GaugeDataPointSnapshot(p.getValue(), of(p), null)).toList());
    }

    private Labels of(Map.Entry<String, Double> point) {
      return label.isEmpty() ? Labels.EMPTY : Labels.of(label, point.getKey());
    }
  }

  /** All that one page is read from. */
  private record Moment(
      AgentStatus status,
      Map<String, Space> spaces,
      Map<Problem.Kind, Long> problems,
      Instant now) {}

  /**
   * Reads all of them.
   *
   * @param problems of the last pass
   */
  static Stream<MetricSnapshot> of(
      AgentStatus status, Map<Problem.Kind, Long> problems, Instant now) {
    var moment = new Moment(status, spaces(status), problems, now);
    return ALL.stream().map(metric -> metric.at(moment));
  }

  /** Does not ask the volume, which may hang; a pass did. */
  private static Map<String, Space> spaces(AgentStatus status) {
    var spaces = new LinkedHashMap<String, Space>();
    Space.of(status.local()).ifPresent(space -> spaces.put("local", space));
    Space.of(status.state()).ifPresent(space -> spaces.put("state", space));
    status.volumeSpace().ifPresent(space -> spaces.put("volume", space));
    return spaces;
  }

  private static Metric optional(
      String name, String help, Function<Moment, Optional<Double>> value) {
    return new Metric(name, help, "", m -> value.apply(m).map(v -> Map.of("", v)).orElse(Map.of()));
  }

  private static Metric number(String name, String help, ToDoubleFunction<AgentStatus> value) {
    return optional(name, help, m -> Optional.of(value.applyAsDouble(m.status)));
  }

  private static Metric ofHistory(
      String name, String help, Function<HistoryStatus, Optional<Double>> value) {
    return optional("history_" + name, help, m -> m.status.history().flatMap(value));
  }

  private static Metric flag(String name, String help, Predicate<AgentStatus> value) {
    return number(name, help, status -> value.test(status) ? 1 : 0);
  }

  private static Metric eachDatabase(
      String name, String help, Function<Manifest.Database, Optional<Double>> value) {
    return new Metric(
        name,
        help,
        "database",
        m -> {
          var values = new LinkedHashMap<String, Double>();
          m.status.published().stream()
              .flatMap(manifest -> manifest.databases().entrySet().stream())
              .limit(MOST_DATABASES)
              .forEach(
                  database ->
                      value
                          .apply(database.getValue())
                          .ifPresent(v -> values.put(PortableName.of(database.getKey()), v)));
          return values;
        });
  }

  /** Of the databases that are published. */
  private static SortedMap<Path, Instant> scrubbed(AgentStatus status) {
    var scrubbed = new TreeMap<>(status.scrubbed());
    scrubbed
        .keySet()
        .retainAll(status.published().map(m -> m.databases().keySet()).orElse(Set.of()));
    return scrubbed;
  }

  private static <K, V> Map<String, Double> labelled(
      Map<K, V> numbers, Function<K, String> label, ToDoubleFunction<V> value) {
    var values = new LinkedHashMap<String, Double>();
    numbers.forEach((key, number) -> values.put(label.apply(key), value.applyAsDouble(number)));
    return values;
  }

  static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }

  /** Since the epoch. */
  static double seconds(Instant moment) {
    return moment.toEpochMilli() / 1e3;
  }
}
