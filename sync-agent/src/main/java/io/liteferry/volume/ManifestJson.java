package io.liteferry.volume;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.liteferry.durable.Digest;
import io.liteferry.durable.PortableName;
import io.liteferry.history.CheckLevel;
import io.liteferry.history.Point;
import io.liteferry.pages.Identity;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Optional;
import java.util.TreeMap;

/** The file {@code manifest.json}. */
final class ManifestJson {
  private ManifestJson() {}

  /** As {@link Manifest#toJson}. */
  static JsonObject of(Manifest manifest) {
    var json = new JsonObject();
    json.addProperty("format", Manifest.FORMAT);
    json.addProperty("volume", manifest.volumeId());
    json.addProperty("generation", manifest.generation());
    json.addProperty("publication", manifest.publication());
    json.addProperty("complete", manifest.complete());
    json.addProperty("written", manifest.written().toString());
    json.addProperty("epoch", manifest.epoch());
    if (!manifest.problems().isEmpty()) {
      var list = new JsonArray();
      manifest.problems().forEach(list::add);
      json.add("problems", list);
    }
    if (!manifest.rollbacks().isEmpty()) {
      var list = new JsonArray();
      manifest.rollbacks().forEach(applied -> list.add(toJson(applied)));
      json.add("rollbacks", list);
    }
    var array = new JsonArray();
    manifest
        .databases()
        .forEach(
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
              database.ahead().ifPresent(ahead -> item.add("ahead", toJson(ahead)));
              array.add(item);
            });
    json.add("databases", array);
    return json;
  }

  /**
   * Reads it.
   *
   * @throws RuntimeException of many kinds, when it is not one
   */
  static Manifest parse(JsonObject json) {
    var databases = new TreeMap<Path, Manifest.Database>();
    for (var element : json.get("databases").getAsJsonArray()) {
      var item = element.getAsJsonObject();
      databases.put(
          PortableName.parse(item.get("path").getAsString()),
          new Manifest.Database(
              item.get("bytes").getAsLong(),
              item.get("pageSize").getAsInt(),
              item.get("journalMode").getAsString().equals("wal"),
              new Digest(item.get("sha256").getAsString()),
              item.has("previousSha256")
                  ? Optional.of(new Digest(item.get("previousSha256").getAsString()))
                  : Optional.empty(),
              instant(item, "published"),
              number(item, "generation"),
              item.has("id") ? Optional.of(state(item)) : Optional.empty(),
              item.has("ahead")
                  ? Optional.of(ahead(item.get("ahead").getAsJsonObject()))
                  : Optional.empty()));
    }
    var problems = new ArrayList<String>();
    if (json.has("problems")) {
      json.get("problems").getAsJsonArray().forEach(text -> problems.add(text.getAsString()));
    }
    var rollbacks = new ArrayList<Manifest.Applied>();
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

  private static JsonObject toJson(Manifest.Ahead ahead) {
    var item = new JsonObject();
    item.addProperty("state", ahead.number());
    item.addProperty("identity", ahead.identity().hex());
    item.addProperty("bytes", ahead.bytes());
    item.addProperty("mtime", ahead.mtime());
    item.addProperty("since", ahead.since().toString());
    item.addProperty("segments", ahead.segments());
    item.addProperty("segmentBytes", ahead.segmentBytes());
    return item;
  }

  private static Manifest.Ahead ahead(JsonObject item) {
    return new Manifest.Ahead(
        item.get("state").getAsLong(),
        Identity.parse(item.get("identity").getAsString()).orElseThrow(),
        item.get("bytes").getAsLong(),
        item.get("mtime").getAsLong(),
        instant(item, "since"),
        number(item, "segments").orElse(0L),
        number(item, "segmentBytes").orElse(0L));
  }

  private static JsonObject toJson(Manifest.Applied applied) {
    var item = new JsonObject();
    item.addProperty("generation", applied.generation());
    item.addProperty("to", applied.rollback().to());
    item.addProperty("request", applied.rollback().request());
    item.addProperty("when", applied.when().toString());
    return item;
  }

  private static Manifest.Applied applied(JsonObject item) {
    var to = item.get("to").getAsLong();
    return new Manifest.Applied(
        item.get("generation").getAsLong(),
        new Point.Rollback(to, item.get("request").getAsString()),
        instant(item, "when"));
  }

  private static void add(JsonObject item, Manifest.State state) {
    item.addProperty("id", state.id());
    item.addProperty("state", state.number());
    item.addProperty("checked", state.checked().text());
    state.previous().ifPresent(number -> item.addProperty("previousState", number));
  }

  private static Manifest.State state(JsonObject item) {
    return new Manifest.State(
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
