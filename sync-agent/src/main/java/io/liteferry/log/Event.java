package io.liteferry.log;

import io.liteferry.durable.PortableName;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a line of the log is about: a kind, and values with names. In the JSON form of the log they
 * are keys beside the message. Documented in {@code docs/operations.md}; they never change their
 * meaning.
 *
 * <p>Handed on by the thread, as SLF4J's own key-value pairs do not reach java.util.logging.
 */
public final class Event {
  private static final ThreadLocal<@Nullable Event> CURRENT = new ThreadLocal<>();

  private final Map<String, Object> values = new LinkedHashMap<>();

  private Event(String kind) {
    values.put("event", kind);
  }

  public static Event of(String kind) {
    return new Event(kind);
  }

  public Event with(String key, long number) {
    values.put(key, number);
    return this;
  }

  public Event with(String key, String text) {
    values.put(key, text);
    return this;
  }

  /** Which file or database, below local. */
  public Event with(Path path) {
    values.put("path", PortableName.of(path));
    return this;
  }

  /** Runs what logs one line about this. */
  public void log(Runnable line) {
    CURRENT.set(this);
    try {
      line.run();
    } finally {
      CURRENT.remove();
    }
  }

  /** What the line is about that is being logged on this thread; empty when nothing special. */
  public static Map<String, Object> current() {
    var event = CURRENT.get();
    return event == null ? Map.of() : event.values;
  }
}
