package io.liteferry.pages;

import com.google.gson.JsonObject;
import java.time.Instant;

/**
 * What a segment says of itself, in a line of JSON behind its last frame, where SQLite reads no
 * more. A segment's file is a WAL of SQLite with checksums of little-endian numbers, whose first
 * frame is at byte 32, with one commit, in the last frame; the WAL's sequence is {@code last}, its
 * salts are the first half of {@code from}. Then come a line feed, the line, and a line feed. The
 * last member of the line, {@code sha256}, is about all bytes before the comma that precedes it.
 *
 * @param database whose it is, as the volume names it
 * @param first the number that the state got to which it leads; of a merged one, the least
 * @param last the number of the state to which it leads
 * @param epoch the publisher's
 * @param from the state that it begins at
 * @param to the state that it leads to
 * @param time when it was captured, for people
 * @param checked whether the state it leads to passed SQLite's full check
 */
public record Heading(
    String database,
    long first,
    long last,
    long epoch,
    Identity from,
    Identity to,
    Instant time,
    boolean checked) {
  static final int FORMAT = 1;

  /** Behind it is the SHA-256 of all that is before it in the file, then {@link #END}. */
  static final String SUM = ",\"sha256\":\"";

  static final String END = "\"}\n";

  /** The name under which it is published. */
  public SegmentName name() {
    return new SegmentName(first, last, from, to);
  }

  /** The line without what is about the line itself: {@link #SUM} and the rest. */
  String begin() {
    var json = new JsonObject();
    json.addProperty("format", FORMAT);
    json.addProperty("database", database);
    json.addProperty("first", first);
    json.addProperty("last", last);
    json.addProperty("epoch", epoch);
    json.addProperty("from", from.hex());
    json.addProperty("to", to.hex());
    json.addProperty("time", time.toString());
    json.addProperty("checked", checked);
    var text = json.toString();
    return text.substring(0, text.length() - 1);
  }

  /**
   * Reads the line.
   *
   * @throws RuntimeException of many kinds, when it is not such a line
   */
  static Heading of(JsonObject json) {
    return new Heading(
        json.get("database").getAsString(),
        json.get("first").getAsLong(),
        json.get("last").getAsLong(),
        json.get("epoch").getAsLong(),
        Identity.parse(json.get("from").getAsString()).orElseThrow(),
        Identity.parse(json.get("to").getAsString()).orElseThrow(),
        Instant.parse(json.get("time").getAsString()),
        json.get("checked").getAsBoolean());
  }
}
