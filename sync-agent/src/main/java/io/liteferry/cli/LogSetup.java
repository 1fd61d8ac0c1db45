package io.liteferry.cli;

import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.liteferry.durable.OneLine;
import io.liteferry.log.Event;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.logging.ConsoleHandler;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Sets java.util.logging up, which SLF4J writes to: one line an event, on standard error. */
final class LogSetup {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  /** Keeps the one logger that is configured here from being collected. */
  private static final Logger OURS = Logger.getLogger("io.liteferry");

  private LogSetup() {}

  static void configure(CommonOptions.LogFormat format, CommonOptions.LogLevel level) {
    LogManager.getLogManager().reset();
    var handler = new ConsoleHandler();
    handler.setLevel(Level.ALL);
    handler.setFormatter(format == CommonOptions.LogFormat.json ? new Json() : new Text());
    Logger.getLogger("").addHandler(handler);
    Logger.getLogger("").setLevel(Level.WARNING);
    OURS.setLevel(
        switch (level) {
          case error -> Level.SEVERE;
          case warn -> Level.WARNING;
          case info -> Level.INFO;
          case debug -> Level.FINE;
        });
  }

  /** As {@link OneLine} has it. */
  static String oneLine(String text) {
    return OneLine.of(text);
  }

  private static String word(Level level) {
    int value = level.intValue();
    if (value >= Level.SEVERE.intValue()) {
      return "error";
    }
    if (value >= Level.WARNING.intValue()) {
      return "warn";
    }
    return value >= Level.INFO.intValue() ? "info" : "debug";
  }

  private static String time(LogRecord event) {
    return TIME.format(Instant.ofEpochMilli(event.getMillis()));
  }

  private static String trace(Throwable thrown) {
    var text = new StringWriter();
    thrown.printStackTrace(new PrintWriter(text));
    return text.toString();
  }

  private static final class Text extends Formatter {
    @Override
    public String format(LogRecord event) {
      var line =
          "%s %-5s %s%n"
              .formatted(
                  time(event),
                  word(event.getLevel()).toUpperCase(Locale.ROOT),
                  oneLine(formatMessage(event)));
      return event.getThrown() == null ? line : line + trace(event.getThrown());
    }
  }

  private static final class Json extends Formatter {
    private static JsonPrimitive element(Object value) {
      return value instanceof Number number
          ? new JsonPrimitive(number)
          : new JsonPrimitive(oneLine(value.toString()));
    }

    @Override
    public String format(LogRecord event) {
      var json = new JsonObject();
      json.addProperty("time", time(event));
      json.addProperty("level", word(event.getLevel()));
      json.addProperty("logger", event.getLoggerName());
      Event.current().forEach((key, value) -> json.add(key, element(value)));
      json.addProperty("message", oneLine(formatMessage(event)));
      if (event.getThrown() != null) {
        json.addProperty("exception", trace(event.getThrown()));
      }
      return json + System.lineSeparator();
    }
  }
}
