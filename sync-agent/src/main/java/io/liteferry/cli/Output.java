package io.liteferry.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.liteferry.durable.JsonFile;
import io.liteferry.durable.PortableName;
import io.liteferry.publish.Amount;
import io.liteferry.volume.Manifest;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** What commands print on standard output. */
final class Output {
  private Output() {}

  static String json(JsonObject json) {
    return new String(JsonFile.bytes(json), UTF_8);
  }

  /** What {@code status} prints for programs: the manifest, and what else is known. */
  static JsonObject toJson(StatusCommand.OnVolume found) {
    var lease = found.lease();
    var json = found.manifest().map(Manifest::toJson).orElseGet(() -> unpublished(found));
    if (lease.isPresent()) {
      var holder = new JsonObject();
      holder.addProperty("epoch", lease.get().epoch());
      holder.addProperty("owner", lease.get().owner());
      holder.addProperty("released", lease.get().released());
      lease.get().heard().ifPresent(t -> holder.addProperty("heard", t.toString()));
      json.add("lease", holder);
    }
    var copies = new JsonArray();
    found.kept().forEach(path -> copies.add(PortableName.of(path)));
    json.add("kept", copies);
    return json;
  }

  private static JsonObject unpublished(StatusCommand.OnVolume found) {
    var json = new JsonObject();
    json.addProperty("volume", found.volumeId());
    json.addProperty("generation", 0);
    return json;
  }

  static String text(StatusCommand.OnVolume found) {
    var text = new StringBuilder();
    text.append("volume      ").append(found.volumeId()).append('\n');
    found
        .manifest()
        .ifPresentOrElse(
            manifest -> append(text, manifest),
            () -> text.append("generation  0: nothing had to be published yet\n"));
    if (found.lease().isPresent()) {
      var holder = found.lease().get();
      text.append("lease       epoch ").append(holder.epoch());
      text.append(holder.released() ? ", released by " : ", claimed by ");
      text.append(LogSetup.oneLine(holder.owner()));
      holder.heard().ifPresent(t -> text.append(", last heard ").append(time(t)));
      text.append('\n');
    }
    found
        .kept()
        .forEach(
            path ->
                text.append("kept        ").append(LogSetup.oneLine(path.toString())).append('\n'));
    return text.toString();
  }

  /** For people, who do not read nanoseconds. */
  static String time(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  private static void append(StringBuilder text, Manifest manifest) {
    text.append("generation  ").append(manifest.generation());
    text.append(manifest.complete() ? "\n" : " (being published, or interrupted)\n");
    text.append("published   ").append(time(manifest.written())).append('\n');
    text.append("databases   ").append(manifest.databases().size()).append('\n');
    manifest
        .databases()
        .forEach(
            (path, database) ->
                text.append(
                    "  %s: %d bytes, page size %d, %s, published %s%s%n"
                        .formatted(
                            LogSetup.oneLine(path.toString()),
                            database.bytes(),
                            database.pageSize(),
                            database.wal() ? "WAL" : "rollback journal",
                            time(database.published()),
                            database
                                .ahead()
                                .map(
                                    a ->
                                        " by segments; its file is behind since %s, by %s of %s"
                                            .formatted(
                                                time(a.since()),
                                                Amount.of(a.segments(), "segment"),
                                                Amount.ofBytes(a.segmentBytes())))
                                .orElse(" whole"))));
  }
}
