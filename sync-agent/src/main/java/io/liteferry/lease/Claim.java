package io.liteferry.lease;

import com.google.gson.JsonObject;
import io.liteferry.durable.DamagedFileException;
import io.liteferry.durable.JsonFile;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The file {@code epochs/N}: who claimed epoch N. It is made complete elsewhere and linked to its
 * name, so it is never seen in part; it never changes.
 *
 * @param owner of whoever made it
 * @param staging the name of the staging directory through which its changes go
 * @param duration after which its holder may be succeeded when it is silent
 * @param flushed whether it was known that the holders before had everything on the volume, and
 *     this one publishes nothing
 */
record Claim(String owner, String staging, Duration duration, boolean flushed) {
  private static final int FORMAT = 1;

  /** As nanoseconds it must be a number. */
  private static final long MOST_MILLIS = TimeUnit.NANOSECONDS.toMillis(Long.MAX_VALUE);

  byte[] bytes() {
    var json = new JsonObject();
    json.addProperty("format", FORMAT);
    json.addProperty("owner", owner);
    json.addProperty("staging", staging);
    json.addProperty("leaseMillis", duration.toMillis());
    if (flushed) {
      json.addProperty("flushed", true);
    }
    return JsonFile.bytes(json);
  }

  /**
   * Reads a claim; empty when there is none.
   *
   * <p>One that is damaged, as by a failing disk, counts as that of nobody who is known: it can be
   * waited for like any other, and its staging directory is found by listing.
   */
  static Optional<Claim> read(Path file) throws IOException {
    try {
      return JsonFile.read(
          file,
          FORMAT,
          json -> {
            var staging = json.get("staging").getAsString();
            if (staging.isEmpty() || staging.contains("/") || staging.startsWith(".")) {
              throw new IllegalArgumentException("not a name: " + staging);
            }
            long millis = json.get("leaseMillis").getAsLong();
            if (millis < 1 || millis > MOST_MILLIS) {
              throw new IllegalArgumentException("not a duration: " + millis);
            }
            return new Claim(
                json.get("owner").getAsString(),
                staging,
                Duration.ofMillis(millis),
                json.has("flushed") && json.get("flushed").getAsBoolean());
          });
    } catch (DamagedFileException e) {
      return Optional.of(new Claim("", "", Duration.ofSeconds(15), false));
    }
  }

  boolean isDamaged() {
    return staging.isEmpty();
  }

  /** For people. */
  String holder() {
    return isDamaged() ? "an agent whose claim is damaged" : owner;
  }
}
