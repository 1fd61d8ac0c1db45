package io.liteferry.durable;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.FormattingStyle;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;

/** Small versioned JSON documents: each has the member {@code format}, a whole number. */
public final class JsonFile {
  /** No document of ours comes near this; a larger one is not ours. */
  private static final long MAX_BYTES = 64L << 20;

  private JsonFile() {}

  /**
   * Reads and converts a document; empty when there is none.
   *
   * @throws UnknownFormatException when a later version wrote it
   * @throws DamagedFileException when it is no such document
   */
  public static <T> Optional<T> read(Path file, int format, Function<JsonObject, T> convert)
      throws IOException {
    String text;
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new DamagedFileException(file, "too large");
      }
      text = new String(Files.readAllBytes(file), UTF_8);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (DamagedFileException e) {
      throw e;
    } catch (IOException e) {
      throw Errno.named(file, e);
    }
    try {
      var json = JsonParser.parseString(text).getAsJsonObject();
      int found = json.get("format").getAsInt();
      if (found > format) {
        throw new UnknownFormatException(file, found, format);
      }
      return Optional.of(convert.apply(json));
    } catch (JsonParseException
        | IllegalStateException
        | IllegalArgumentException
        | UnsupportedOperationException
        | NullPointerException e) {
      // Gson and the converters say in these ways that a member is missing or of another type
      var why = text.isBlank() ? "empty" : "not the expected JSON";
      var damaged = new DamagedFileException(file, why);
      damaged.initCause(e);
      throw damaged;
    }
  }

  /** The document as UTF-8 text with line breaks, for people to read as well. */
  public static byte[] bytes(JsonObject json) {
    var text = new StringWriter();
    try (var writer = new JsonWriter(text)) {
      writer.setFormattingStyle(FormattingStyle.PRETTY);
      write(writer, json);
    } catch (IOException e) {
      throw new AssertionError("a StringWriter does not fail", e);
    }
    return text.append('\n').toString().getBytes(UTF_8);
  }

  /** What Gson itself would do, without the reflection that an instance of it prepares at start. */
  private static void write(JsonWriter writer, JsonElement element) throws IOException {
    if (element instanceof JsonObject object) {
      writer.beginObject();
      for (var member : object.entrySet()) {
        writer.name(member.getKey());
        write(writer, member.getValue());
      }
      writer.endObject();
    } else if (element instanceof JsonArray array) {
      writer.beginArray();
      for (var item : array) {
        write(writer, item);
      }
      writer.endArray();
    } else {
      writer.jsonValue(element.toString());
    }
  }
}
