package io.liteferry.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.liteferry.durable.PortableName;
import io.liteferry.history.Change;
import io.liteferry.history.KeptPoint;
import io.liteferry.history.PathVersion;
import io.liteferry.history.Point;
import io.liteferry.history.Reason;
import io.liteferry.history.RecordHeader;
import io.liteferry.history.Version;
import io.liteferry.past.History;
import io.liteferry.past.HistoryCheck;
import io.liteferry.past.PinNotes;
import io.liteferry.past.PointChanges;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/** What {@code history}, {@code diff} and {@code verify --history} print for programs. */
final class HistoryJson {
  private static final int FORMAT = 1;

  private HistoryJson() {}

  private static JsonObject begin() {
    var json = new JsonObject();
    json.addProperty("format", FORMAT);
    return json;
  }

  /** The points, from the oldest to the newest. */
  static JsonObject points(HistoryFacts facts, List<KeptPoint> points) throws IOException {
    var history = facts.history();
    var json = begin();
    json.addProperty("volume", history.volumeId().orElse(""));
    json.addProperty("generation", history.timeline().current().generation());
    json.addProperty("keptBytes", facts.usage().bytes());
    json.addProperty("budgetBytes", facts.budget());
    json.addProperty("thinned", facts.thinned());
    var array = new JsonArray();
    for (var point : points) {
      array.add(point(facts, point));
    }
    json.add("points", array);
    return json;
  }

  private static JsonObject point(HistoryFacts facts, KeptPoint kept) throws IOException {
    var point = kept.point();
    long generation = kept.generation();
    var json = new JsonObject();
    json.addProperty("generation", generation);
    json.addProperty("time", kept.time().toString());
    json.addProperty("timeTrusted", kept.trusted());
    json.addProperty("publication", point.publication());
    json.addProperty("epoch", point.epoch());
    var spans = new JsonArray();
    spans.add(kept.record().map(RecordHeader::after).orElse(generation));
    spans.add(generation);
    json.add("spans", spans);
    var changes = facts.history().changes(generation);
    json.add("files", files(changes));
    json.add("databases", databases(facts.history(), changes.databases()));
    json.addProperty("freesBytes", facts.usage().frees(generation));
    json.addProperty("lacks", facts.usage().missing(generation).size());
    var because = new JsonArray();
    var reasons = facts.reasons(generation);
    reasons.forEach(reason -> because.add(reason.text()));
    json.add("because", because);
    boolean expires = reasons.contains(Reason.ACCIDENT) && !reasons.contains(Reason.PINNED);
    json.addProperty("pinnedUntil", expires ? PinNotes.end(facts.points(), kept).toString() : null);
    json.addProperty("note", facts.pins().note(generation).orElse(null));
    json.addProperty("rollbackOf", point.rollback().map(Point.Rollback::to).orElse(null));
    var problems = new JsonArray();
    point.problems().forEach(problems::add);
    json.add("problems", problems);
    return json;
  }

  private static JsonObject files(PointChanges changes) {
    var json = new JsonObject();
    json.addProperty("added", changes.added());
    json.addProperty("changed", changes.changed());
    json.addProperty("deleted", changes.deleted());
    return json;
  }

  private static JsonArray databases(History history, List<Change> changes) {
    var array = new JsonArray();
    for (var change : changes) {
      var json = new JsonObject();
      json.addProperty("path", change.name());
      if (change.now() instanceof Version.Database database) {
        json.addProperty("bytes", database.bytes());
        json.addProperty("form", history.form(database));
        json.addProperty("checked", database.checked().text());
      } else {
        json.addProperty("form", "deleted");
      }
      array.add(json);
    }
    return array;
  }

  static JsonObject versions(List<HistoryFacts.OfPath> paths) {
    var array = new JsonArray();
    for (var path : paths) {
      path.versions().forEach(version -> array.add(version(path.path(), version)));
    }
    var json = begin();
    json.add("versions", array);
    return json;
  }

  private static JsonObject version(Path path, PathVersion version) {
    var json = new JsonObject();
    json.addProperty("path", PortableName.of(path));
    json.addProperty("from", version.from());
    json.addProperty("to", version.to());
    add(json, version.version());
    json.addProperty("others", version.others());
    return json;
  }

  /** What is known of a version. */
  private static void add(JsonObject json, Version version) {
    json.addProperty("kind", version.getClass().getSimpleName().toLowerCase(Locale.ROOT));
    switch (version) {
      case Version.File file -> {
        json.addProperty("bytes", file.size());
        json.addProperty("mtime", time(file.mtime()));
      }
      case Version.Database database -> {
        json.addProperty("bytes", database.bytes());
        json.addProperty("mtime", time(database.mtime()));
        json.addProperty("checked", database.checked().text());
      }
      case Version.Lost lost -> json.addProperty("why", lost.why());
      default -> {}
    }
  }

  private static String time(long mtime) {
    return Instant.ofEpochSecond(0, mtime).toString();
  }

  /** What is different between two points. */
  static JsonObject differences(History history, long from, long to, List<Change> changes)
      throws IOException {
    var json = begin();
    json.addProperty("volume", history.volumeId().orElse(""));
    json.addProperty("from", from);
    json.addProperty("to", to);
    var array = new JsonArray();
    for (var change : changes) {
      var item = new JsonObject();
      item.addProperty("path", change.name());
      item.addProperty("change", DiffText.Kind.of(change).name().toLowerCase(Locale.ROOT));
      var was = new JsonObject();
      add(was, change.was());
      item.add("was", was);
      var now = new JsonObject();
      add(now, change.now());
      item.add("now", now);
      array.add(item);
    }
    json.add("changes", array);
    return json;
  }

  /** What {@code verify --history} adds. */
  static JsonObject check(HistoryCheck check) {
    var json = new JsonObject();
    json.addProperty("sound", check.isSound());
    json.addProperty("points", check.points());
    json.add("broken", findings(check.broken()));
    json.add("notKept", findings(check.lost()));
    var damaged = new JsonObject();
    check.damaged().forEach((generation, why) -> damaged.addProperty(generation.toString(), why));
    json.add("damagedRecords", damaged);
    json.addProperty("orphans", check.orphans());
    json.addProperty("orphanBytes", check.orphanBytes());
    return json;
  }

  private static JsonArray findings(Collection<HistoryCheck.Finding> findings) {
    var array = new JsonArray();
    for (var finding : findings) {
      var json = new JsonObject();
      json.addProperty("path", PortableName.of(finding.path()));
      json.addProperty("why", finding.why());
      var points = new JsonArray();
      finding.points().forEach(points::add);
      json.add("points", points);
      array.add(json);
    }
    return array;
  }
}
