package io.liteferry.volume;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.liteferry.durable.Digest;
import io.liteferry.durable.PortableName;
import io.liteferry.history.CheckLevel;
import io.liteferry.history.Point;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * {@code manifest.json}: evidence of what was published, not an authority over what is there.
 *
 * @param volumeId of the volume it was written for
 * @param generation the number of passes that changed the volume so far
 * @param publication a name for this generation that no other agent can have chosen
 * @param complete false from before the first database of a pass is renamed until after the last;
 *     meanwhile each database has either of its two digests
 * @param written when, by the node's clock
 * @param databases by path relative to the volume
 * @param epoch of the lease under which it was written; 0 when an earlier version did it
 * @param problems that the pass had, for people
 * @param rollbacks the last ones, by which a request for one is known; the youngest last
 */
public record Manifest(
    String volumeId,
    long generation,
    String publication,
    boolean complete,
    Instant written,
    NavigableMap<Path, Database> databases,
    long epoch,
    List<String> problems,
    List<Applied> rollbacks) {
  static final int FORMAT = 1;

  /** So many rollbacks are remembered. */
  public static final int MOST_ROLLBACKS = 32;

  /** Copies the lists. */
  public Manifest {
    problems = List.copyOf(problems);
    rollbacks = List.copyOf(rollbacks);
  }

  /**
   * A rollback that was made.
   *
   * @param generation that it made
   * @param when by the node's clock
   */
  public record Applied(long generation, Point.Rollback rollback, Instant when) {}

  /** The rollback that was made for a request. */
  public Optional<Applied> applied(String request) {
    return rollbacks.stream().filter(a -> a.rollback().request().equals(request)).findFirst();
  }

  /**
   * Which of a database's contents one is, for the history.
   *
   * @param id of the database, for life
   * @param number counts its contents
   * @param checked before it was published
   * @param previous which may still be in place, while the manifest is not complete
   */
  public record State(String id, long number, CheckLevel checked, Optional<Long> previous) {}

  /**
   * One published database.
   *
   * @param bytes its size
   * @param pageSize in bytes
   * @param wal whether it is in WAL mode
   * @param digest of its content; while the manifest is not complete, perhaps not yet there
   * @param previous the digest before this pass, while the manifest is not complete
   * @param published when this content was published, by the node's clock
   * @param generation in which this content was published; empty when an earlier version did it
   * @param state which content it is; empty where nothing is kept
   */
  public record Database(
      long bytes,
      int pageSize,
      boolean wal,
      Digest digest,
      Optional<Digest> previous,
      Instant published,
      Optional<Long> generation,
      Optional<State> state) {

    /** Now that it is in its place. */
    public Database completed() {
      var settled = state.map(s -> new State(s.id(), s.number(), s.checked(), Optional.empty()));
      return new Database(
          bytes, pageSize, wal, digest, Optional.empty(), published, generation, settled);
    }

    /** The number of the content that is in place; empty when that is none of ours. */
    public Optional<Long> numberOf(Digest found) {
      return digest.equals(found)
          ? state.map(State::number)
          : state.filter(s -> previous.equals(Optional.of(found))).flatMap(State::previous);
    }

    /** Whether this content is one that a pass of ours put there. */
    public boolean names(Digest found) {
      return digest.equals(found) || previous.filter(found::equals).isPresent();
    }
  }

  /** What is told of this generation in the history; its time by the volume is not known here. */
  public Point point() {
    var checked =
        databases.values().stream()
            .map(database -> database.state().map(State::checked).orElse(CheckLevel.NONE))
            .min(Comparator.naturalOrder())
            .orElse(CheckLevel.FULL);
    return new Point(
        generation,
        epoch,
        written,
        Optional.empty(),
        publication,
        checked,
        rollbacks.stream()
            .filter(a -> a.generation() == generation)
            .map(Applied::rollback)
            .findFirst(),
        problems);
  }

  /** As it is written, and as {@code status --json} prints it. */
  public JsonObject toJson() {
    var json = new JsonObject();
    json.addProperty("format", FORMAT);
    json.addProperty("volume", volumeId);
    json.addProperty("generation", generation);
    json.addProperty("publication", publication);
    json.addProperty("complete", complete);
    json.addProperty("written", written.toString());
    json.addProperty("epoch", epoch);
    if (!problems.isEmpty()) {
      var list = new JsonArray();
      problems.forEach(list::add);
      json.add("problems", list);
    }
    if (!rollbacks.isEmpty()) {
      var list = new JsonArray();
      rollbacks.forEach(applied -> list.add(toJson(applied)));
      json.add("rollbacks", list);
    }
    var array = new JsonArray();
    databases.forEach(
        (path, database) -> {
          var item = new JsonObject();
          item.addProperty("path", PortableName.of(path));
          item.addProperty("bytes", database.bytes());
          item.addProperty("pageSize", database.pageSize());
          item.addProperty("journalMode", database.wal() ? "wal" : "rollback");
          item.addProperty("sha256", database.digest().hex());
          database.previous().ifPresent(d -> item.addProperty("previousSha256", d.hex()));
          item.addProperty("published", database.published().toString());
          database.generation().ifPresent(g -> item.addProperty("generation", g));
          database.state().ifPresent(state -> add(item, state));
          array.add(item);
        });
    json.add("databases", array);
    return json;
  }

  static Manifest fromJson(JsonObject json) {
    var databases = new TreeMap<Path, Database>();
    for (var element : json.get("databases").getAsJsonArray()) {
      var item = element.getAsJsonObject();
      databases.put(
          PortableName.parse(item.get("path").getAsString()),
          new Database(
              item.get("bytes").getAsLong(),
              item.get("pageSize").getAsInt(),
              item.get("journalMode").getAsString().equals("wal"),
              new Digest(item.get("sha256").getAsString()),
              item.has("previousSha256")
                  ? Optional.of(new Digest(item.get("previousSha256").getAsString()))
                  : Optional.empty(),
              instant(item, "published"),
              number(item, "generation"),
              item.has("id") ? Optional.of(state(item)) : Optional.empty()));
    }
    var problems = new ArrayList<String>();
    if (json.has("problems")) {
      json.get("problems").getAsJsonArray().forEach(text -> problems.add(text.getAsString()));
    }
    var rollbacks = new ArrayList<Applied>();
    if (json.has("rollbacks")) {
      json.get("rollbacks")
          .getAsJsonArray()
          .forEach(applied -> rollbacks.add(applied(applied.getAsJsonObject())));
    }
    return new Manifest(
        json.get("volume").getAsString(),
        json.get("generation").getAsLong(),
        json.get("publication").getAsString(),
        json.get("complete").getAsBoolean(),
        instant(json, "written"),
        databases,
        number(json, "epoch").orElse(0L),
        problems,
        rollbacks);
  }

  private static JsonObject toJson(Applied applied) {
    var item = new JsonObject();
    item.addProperty("generation", applied.generation());
    item.addProperty("to", applied.rollback().to());
    item.addProperty("request", applied.rollback().request());
    item.addProperty("when", applied.when().toString());
    return item;
  }

  private static Applied applied(JsonObject item) {
    var to = item.get("to").getAsLong();
    return new Applied(
        item.get("generation").getAsLong(),
        new Point.Rollback(to, item.get("request").getAsString()),
        instant(item, "when"));
  }

  private static void add(JsonObject item, State state) {
    item.addProperty("id", state.id());
    item.addProperty("state", state.number());
    item.addProperty("checked", state.checked().text());
    state.previous().ifPresent(number -> item.addProperty("previousState", number));
  }

  private static State state(JsonObject item) {
    return new State(
        item.get("id").getAsString(),
        item.get("state").getAsLong(),
        CheckLevel.of(item.get("checked").getAsString()),
        number(item, "previousState"));
  }

  private static Optional<Long> number(JsonObject json, String member) {
    return json.has(member) ? Optional.of(json.get(member).getAsLong()) : Optional.empty();
  }

  private static Instant instant(JsonObject json, String member) {
    try {
      return Instant.parse(json.get(member).getAsString());
    } catch (java.time.format.DateTimeParseException e) {
      throw new IllegalArgumentException(member, e);
    }
  }
}
