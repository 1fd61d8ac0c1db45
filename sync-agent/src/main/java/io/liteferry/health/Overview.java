package io.liteferry.health;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.gson.JsonSerializer;
import io.liteferry.agent.AgentStatus;
import io.liteferry.durable.OneLine;
import io.liteferry.history.Moments;
import io.liteferry.history.Reason;
import io.liteferry.publish.Amount;
import io.liteferry.publish.Problem;
import io.liteferry.publish.Space;
import io.liteferry.volume.HistoryStatus;
import io.liteferry.volume.Manifest;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What {@code /} and {@code /status} show of one moment, documented in {@code docs/status-page.md};
 * a name in JSON never changes its meaning. Nothing in it changes any more, all that it lists is
 * bounded, and no text has a file's name unless names may be told.
 *
 * @param status empty until the agent runs
 * @param since when the condition began; all that are ok count as one
 * @param problems of the last pass that worked
 * @param samples from the oldest to the newest
 * @param names whether names of files may be told
 */
record Overview(
    String version,
    Optional<AgentStatus> status,
    Condition condition,
    Instant since,
    SortedMap<Path, Problem.Kind> problems,
    List<Sample> samples,
    Moments moments,
    boolean names) {
  private static final int FORMAT = 1;
  private static final int MOST_POINTS = 80;
  private static final int MOST_RECENT = 20;
  private static final int MOST_NAME = 100;
  private static final int MOST_NAMED = 5;
  private static final double LITTLE_ROOM = 1.2; // as the alert LiteferryVolumeSpace

  private static final Gson GSON =
      new GsonBuilder()
          .registerTypeAdapter(
              Instant.class,
              (JsonSerializer<Instant>) (time, type, context) -> new JsonPrimitive(time.toString()))
          .create();

  /**
   * One minute.
   *
   * @param second since the epoch, when it ended
   * @param lagSeconds the longest lag
   * @param publishedBytes written to the volume
   * @param databaseBytes of all published databases
   */
  record Sample(long second, double lagSeconds, long publishedBytes, long databaseBytes) {}

  /** A published database; null where there is none, or it is not known. */
  record Database(
      String name,
      long bytes,
      Instant published,
      @Nullable String checked,
      @Nullable String problem) {}

  /** A point that is kept; the command copies it, and is null for what is there now. */
  record Point(long generation, Instant time, List<String> because, @Nullable String command) {}

  /** What needs a hand, and what to do. */
  record Attention(String what, String remedy) {}

  private Optional<Manifest> published() {
    return status.flatMap(AgentStatus::published);
  }

  /** The first databases by name. */
  List<Database> databases() {
    var list = new ArrayList<Database>();
    published().stream()
        .flatMap(manifest -> manifest.databases().entrySet().stream())
        .limit(StatusMetrics.MOST_DATABASES)
        .forEach(e -> list.add(database(list.size() + 1, e.getKey(), e.getValue())));
    return list;
  }

  private Database database(int number, Path path, Manifest.Database database) {
    return new Database(
        names ? shown(path) : "database " + number,
        database.bytes(),
        database.published(),
        database.state().map(state -> state.checked().text()).orElse(null),
        Optional.ofNullable(problems.get(path)).map(Problem.Kind::text).orElse(null));
  }

  private static String shown(Path path) {
    var name = path.toString().isEmpty() ? "the last changes" : OneLine.of(path.toString());
    int half = MOST_NAME / 2;
    return name.codePointCount(0, name.length()) <= MOST_NAME
        ? name
        : name.substring(0, name.offsetByCodePoints(0, half))
            + "…"
            + name.substring(name.offsetByCodePoints(name.length(), -half));
  }

  int databaseCount() {
    return published().map(manifest -> manifest.databases().size()).orElse(0);
  }

  long databaseBytes() {
    return published().map(Manifest::databaseBytes).orElse(0L);
  }

  /** Everything that was written before is on the volume, as far as it is known. */
  Optional<Instant> safeUpTo() {
    return status
        .filter(s -> s.lastSuccess().isPresent())
        .map(s -> moments.now().minus(s.lag().orElse(Duration.ZERO)));
  }

  Optional<HistoryStatus> history() {
    return status.flatMap(AgentStatus::history);
  }

  /** The points, from the newest to the oldest: of the last hour some, of older ones all. */
  List<Point> points() {
    var shown = new ArrayList<Point>();
    for (var kept : history().map(HistoryStatus::kept).orElse(List.of()).reversed()) {
      if (shown.size() < MOST_RECENT
          || (shown.size() < MOST_POINTS && !kept.because().equals(Set.of(Reason.RECENT)))) {
        shown.add(point(kept));
      }
    }
    return shown;
  }

  private Point point(HistoryStatus.Kept kept) {
    long generation = kept.point().generation();
    boolean isNow = published().filter(m -> m.generation() == generation).isPresent();
    var command = "liteferry restore --copy /tmp/point-%1$d VOLUME --at %1$d".formatted(generation);
    return new Point(
        generation,
        kept.point().time(),
        kept.because().stream().sorted().map(Reason::text).toList(),
        isNow ? null : command);
  }

  String json() {
    var json = new JsonObject();
    json.addProperty("format", FORMAT);
    json.addProperty("version", version);
    json.addProperty("ok", condition.ok);
    json.addProperty("state", condition.text());
    json.addProperty("summary", condition.headline);
    json.addProperty("since", since.toString());
    safeUpTo().ifPresent(time -> json.addProperty("safeUpTo", time.toString()));
    status.ifPresentOrElse(s -> add(json, s), () -> json.addProperty("phase", "restoring"));
    json.addProperty("databaseCount", databaseCount());
    json.addProperty("databaseBytes", databaseBytes());
    json.add("databases", GSON.toJsonTree(databases()));
    json.add("points", GSON.toJsonTree(points()));
    json.add("attention", GSON.toJsonTree(attention()));
    json.add("samples", GSON.toJsonTree(samples));
    return json + "\n";
  }

  private void add(JsonObject json, AgentStatus agent) {
    agent.toJson(moments.now()).asMap().forEach(json::add);
    json.addProperty("lagSeconds", StatusMetrics.seconds(agent.lag().orElse(Duration.ZERO)));
    json.addProperty("unpublishedBytes", agent.unpublishedBytes());
    agent.volumeSpace().ifPresent(space -> json.addProperty("volumeFreeBytes", space.free()));
    agent.volumeSpace().ifPresent(space -> json.addProperty("volumeSizeBytes", space.size()));
  }

  /** What needs a hand, the worst first; a note or two although all is well. */
  List<Attention> attention() {
    var list = new ArrayList<Attention>();
    status.ifPresent(agent -> add(list, agent));
    return list;
  }

  private void add(List<Attention> list, AgentStatus agent) {
    say(
        list,
        agent.fenced(),
        "Another agent has taken the volume over; this one publishes nothing more.",
        "Let one agent run. The log names what only this local has: choose a side before you"
            + " delete it.");
    say(
        list,
        !agent.fenced() && !agent.volumeUp(),
        agent.failure().isPresent()
            ? "The last pass failed: the volume, local or state does not work."
            : "The volume does not answer.",
        "The log names the cause; look at the volume's server, network and mount. Passes go on by"
            + " themselves. Until then keep the pod and its node.");
    say(
        list,
        !agent.isTurning(),
        "A pass is long overdue, or makes no progress in local or state.",
        "Look at the node's disk. A restart of the agent is safe.");
    for (var kind : new TreeSet<>(problems.values())) {
      var paths = problems.keySet().stream().filter(path -> problems.get(path) == kind).toList();
      var what =
          names
              ? Amount.some(paths.stream().map(Overview::shown), MOST_NAMED, paths.size())
              : Amount.of(paths.size(), "file");
      list.add(new Attention(what + ": " + kind.text().replace('_', ' ') + ".", remedy(kind)));
    }
    say(
        list,
        condition == Condition.BEHIND,
        "Something has waited for the volume for too long.",
        "The log names a file that never pauses: exclude it. Else one pass takes long.");
    long free = agent.volumeSpace().map(Space::free).orElse(Long.MAX_VALUE);
    say(
        list,
        free < LITTLE_ROOM * databaseBytes(),
        "The volume has only %s left.".formatted(Amount.ofBytes(free)),
        "Make room there, or let points take less by --keep-bytes.");
    say(
        list,
        !agent.watching(),
        "The kernel does not tell of changes, so only scans find them.",
        "Raise fs.inotify.max_user_watches on the node.");
    say(
        list,
        history().map(HistoryStatus::accidentPins).orElse(0) > 0,
        "Something looked like an accident; the point before it stays for seven days.",
        "If data is missing, bring back the point that is kept because of an accident.");
  }

  private static void say(List<Attention> list, boolean condition, String what, String remedy) {
    if (condition) {
      list.add(new Attention(what, remedy));
    }
  }

  private static String remedy(Problem.Kind kind) {
    return switch (kind) {
      case CHECK_FAILED ->
          "The volume keeps the last sound copy. Recover the database, or bring back a point.";
      case CHECK_UNFINISHED -> "Raise --check-timeout, or give the agent more memory.";
      case LOCKED -> "Look for a long transaction; raise --busy-timeout.";
      case CHANGING -> "Wait. Exclude a log that never pauses.";
      case UNREADABLE -> "Let the agent run as the application's user.";
      case REFUSED -> "Rename or exclude it, or move away what the log names.";
      case NO_ROOM -> "Make room on the volume, or raise its quota.";
      case STATE_UNWRITABLE -> "Make room in the agent's state directory.";
    };
  }
}
