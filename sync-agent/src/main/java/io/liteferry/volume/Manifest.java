package io.liteferry.volume;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.liteferry.durable.Digest;
import io.liteferry.durable.PortableName;
import java.nio.file.Path;
import java.time.Instant;
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
 */
public record Manifest(
    String volumeId,
    long generation,
    String publication,
    boolean complete,
    Instant written,
    NavigableMap<Path, Database> databases) {
  static final int FORMAT = 1;

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
   */
  public record Database(
      long bytes,
      int pageSize,
      boolean wal,
      Digest digest,
      Optional<Digest> previous,
      Instant published,
      Optional<Long> generation) {

    /** Now that it is in its place. */
    public Database completed() {
      return new Database(bytes, pageSize, wal, digest, Optional.empty(), published, generation);
    }

    /** Whether this content is one that a pass of ours put there. */
    public boolean names(Digest found) {
      return digest.equals(found) || previous.filter(found::equals).isPresent();
    }
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
              item.has("generation")
                  ? Optional.of(item.get("generation").getAsLong())
                  : Optional.empty()));
    }
    return new Manifest(
        json.get("volume").getAsString(),
        json.get("generation").getAsLong(),
        json.get("publication").getAsString(),
        json.get("complete").getAsBoolean(),
        instant(json, "written"),
        databases);
  }

  private static Instant instant(JsonObject json, String member) {
    try {
      return Instant.parse(json.get(member).getAsString());
    } catch (java.time.format.DateTimeParseException e) {
      throw new IllegalArgumentException(member, e);
    }
  }
}
