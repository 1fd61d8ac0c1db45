package io.liteferry.history;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.stream.JsonWriter;
import io.liteferry.durable.Digest;
import io.liteferry.durable.PortableName;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The lines of a record: points as JSON objects, changes as JSON arrays. What cannot be read is an
 * {@link IllegalArgumentException}, or one of those that Gson throws.
 */
final class RecordText {
  private static final Path ROOT = Path.of("/");
  private static final String OTHERS = "others";
  private static final int OCTAL = 8;
  private static final int MOST_MODE = 07777;

  private RecordText() {}

  /** Writes one JSON value. */
  private interface Value {
    void to(JsonWriter json) throws IOException;
  }

  private static String line(Value value) {
    var text = new StringWriter();
    try (var json = new JsonWriter(text)) {
      value.to(json);
    } catch (IOException e) {
      throw new AssertionError("a StringWriter does not fail", e);
    }
    return text.toString();
  }

  static String of(Point point) {
    return line(
        json -> {
          json.beginObject();
          json.name("generation").value(point.generation()).name("epoch").value(point.epoch());
          json.name("time").value(point.nodeTime().toString());
          if (point.volumeTime().isPresent()) {
            json.name("volumeTime").value(point.volumeTime().get().toString());
          }
          json.name("publication").value(point.publication());
          json.name("checked").value(point.checked().text());
          if (point.rollback().isPresent()) {
            json.name("rollbackTo").value(point.rollback().get().to());
            json.name("request").value(point.rollback().get().request());
          }
          if (!point.problems().isEmpty()) {
            json.name("problems").beginArray();
            for (var problem : point.problems()) {
              json.value(problem);
            }
            json.endArray();
          }
          json.endObject();
        });
  }

  static Point point(String line) {
    var json = JsonParser.parseString(line).getAsJsonObject();
    return new Point(
        member(json, "generation").getAsLong(),
        member(json, "epoch").getAsLong(),
        instant(member(json, "time").getAsString()),
        Optional.ofNullable(json.get("volumeTime")).map(t -> instant(t.getAsString())),
        member(json, "publication").getAsString(),
        CheckLevel.of(member(json, "checked").getAsString()),
        Optional.ofNullable(json.get("rollbackTo"))
            .map(to -> new Point.Rollback(to.getAsLong(), member(json, "request").getAsString())),
        texts(json.get("problems") instanceof JsonArray array ? array : new JsonArray()));
  }

  private static JsonElement member(JsonObject json, String name) {
    var member = json.get(name);
    if (member == null) {
      throw new IllegalArgumentException("no member " + name);
    }
    return member;
  }

  private static List<String> texts(JsonArray array) {
    var texts = new ArrayList<String>();
    array.forEach(text -> texts.add(text.getAsString()));
    return texts;
  }

  static Instant instant(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeException e) {
      throw new IllegalArgumentException("not a time: " + text, e);
    }
  }

  static String of(Change change) {
    return line(
        json -> {
          json.beginArray().value(change.name());
          write(json, change.was());
          write(json, change.now());
          if (change.others()) {
            json.value(OTHERS);
          }
          json.endArray();
        });
  }

  static Change change(String line) {
    var array = JsonParser.parseString(line).getAsJsonArray();
    boolean others = array.size() > 3;
    if (others && !array.get(3).getAsString().equals(OTHERS)) {
      throw new IllegalArgumentException("not known: " + array.get(3));
    }
    var change =
        new Change(
            array.get(0).getAsString(),
            version(array.get(1).getAsJsonArray()),
            version(array.get(2).getAsJsonArray()),
            others);
    if (!PortableName.of(change.path()).equals(change.name())) {
      throw new IllegalArgumentException("written otherwise: " + change.name());
    }
    return change;
  }

  private static void write(JsonWriter json, Version version) throws IOException {
    json.beginArray();
    switch (version) {
      case Version.Absent _ -> json.value("absent");
      case Version.Directory d -> attributes(json.value("directory"), d.mode(), d.uid(), d.gid());
      case Version.Link l ->
          json.value("link").value(target(l.target())).value(l.uid()).value(l.gid());
      case Version.File f -> {
        json.value("file").value(f.object().map(KeptObject::place).orElse(""));
        attributes(json.value(f.size()).value(f.mtime()), f.mode(), f.uid(), f.gid());
      }
      case Version.Database d -> {
        json.value("database").value(d.id()).value(d.state()).value(d.bytes());
        json.value(d.digest().hex()).value(d.checked().text());
        attributes(json, d.mode(), d.uid(), d.gid());
        json.value(d.mtime());
      }
      case Version.Lost l -> json.value("lost").value(l.why());
    }
    json.endArray();
  }

  private static void attributes(JsonWriter json, int mode, int uid, int gid) throws IOException {
    json.value(Integer.toOctalString(mode)).value(uid).value(gid);
  }

  private static Version version(JsonArray a) {
    var kind = a.get(0).getAsString();
    return switch (kind) {
      case "absent" -> new Version.Absent();
      case "directory" -> new Version.Directory(mode(a.get(1)), number(a, 2), number(a, 3));
      case "link" -> new Version.Link(target(a.get(1).getAsString()), number(a, 2), number(a, 3));
      case "file" ->
          new Version.File(
              Optional.of(a.get(1).getAsString()).filter(p -> !p.isEmpty()).map(KeptObject::at),
              size(a.get(2)),
              a.get(3).getAsLong(),
              mode(a.get(4)),
              number(a, 5),
              number(a, 6));
      case "database" ->
          new Version.Database(
              a.get(1).getAsString(),
              size(a.get(2)),
              size(a.get(3)),
              new Digest(a.get(4).getAsString()),
              CheckLevel.of(a.get(5).getAsString()),
              mode(a.get(6)),
              number(a, 7),
              number(a, 8),
              a.get(9).getAsLong());
      case "lost" -> new Version.Lost(a.get(1).getAsString());
      default -> throw new IllegalArgumentException("no kind of version: " + kind);
    };
  }

  private static int number(JsonArray array, int index) {
    return array.get(index).getAsInt();
  }

  private static int mode(JsonElement octal) {
    int mode = Integer.parseInt(octal.getAsString(), OCTAL);
    if (mode < 0 || mode > MOST_MODE) {
      throw new IllegalArgumentException("not a mode: " + octal);
    }
    return mode;
  }

  private static long size(JsonElement number) {
    long size = number.getAsLong();
    if (size < 0) {
      throw new IllegalArgumentException("less than nothing: " + size);
    }
    return size;
  }

  /** As {@link PortableName}, but it may be absolute, and may lead upwards. */
  static String target(Path target) {
    var raw = ROOT.resolve(target).toUri().getRawPath();
    // toUri() looks whether it is a directory, and then adds a slash
    var text = raw.length() > 1 && raw.endsWith("/") ? raw.substring(0, raw.length() - 1) : raw;
    return target.isAbsolute() ? text : text.substring(1);
  }

  private static Path target(String text) {
    var absolute = Path.of(URI.create("file://" + (text.startsWith("/") ? "" : "/") + text));
    // not relativize(), which resolves dots
    return text.startsWith("/") ? absolute : absolute.subpath(0, absolute.getNameCount());
  }
}
