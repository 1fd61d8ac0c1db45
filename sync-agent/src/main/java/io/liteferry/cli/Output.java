package io.liteferry.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonObject;
import io.liteferry.durable.JsonFile;
import io.liteferry.publish.Manifest;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** What commands print on standard output. */
final class Output {
  private Output() {}

  static void print(@Nullable CommandSpec spec, String text) {
    if (spec != null) {
      var out = spec.commandLine().getOut();
      out.println(text.stripTrailing());
      out.flush();
    }
  }

  static String json(JsonObject json) {
    return new String(JsonFile.bytes(json), UTF_8);
  }

  static String text(Manifest manifest) {
    var text = new StringBuilder();
    text.append("volume      ").append(manifest.volumeId()).append('\n');
    text.append("generation  ").append(manifest.generation());
    text.append(manifest.complete() ? "\n" : " (being published, or interrupted)\n");
    text.append("published   ").append(manifest.written()).append('\n');
    text.append("databases   ").append(manifest.databases().size()).append('\n');
    manifest
        .databases()
        .forEach(
            (path, database) ->
                text.append(
                    "  %s: %d bytes, page size %d, %s, published %s%n"
                        .formatted(
                            LogSetup.oneLine(path.toString()),
                            database.bytes(),
                            database.pageSize(),
                            database.wal() ? "WAL" : "rollback journal",
                            database.published())));
    return text.toString();
  }
}
