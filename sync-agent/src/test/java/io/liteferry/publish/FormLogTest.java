package io.liteferry.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.LogLines;
import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.logging.Level;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The log says once which form a database takes, when that changes, and when one was folded. */
final class FormLogTest {
  private static final String SEGMENTS =
      "INFO app.db is published by segments: its own file on the volume may be behind by 600 s";

  @TempDir Path directory;

  @Test
  void log_databaseOfAnyForm_saysItOnceAndWhenItChanges() throws Exception {
    try (var site = new Site(directory).segments(Duration.ofMinutes(10));
        var lines = new LogLines(FormLog.class, Level.INFO);
        var app = TestDatabase.create(site.local.resolve("app.db")).insertMany(1_000)) {
      site.pass();
      assertEquals(List.of(), lines.take());
      app.run("INSERT INTO t(word) VALUES ('one')");
      site.pass();
      assertEquals(List.of(SEGMENTS), lines.take());
      app.run("INSERT INTO t(word) VALUES ('two')");
      site.pass();
      assertEquals(List.of(), lines.take());

      app.run("INSERT INTO t(word) VALUES ('three')");
      site.pass(Publisher.Purpose.STOP);
      var fold = lines.take();
      assertEquals(1, fold.size(), fold::toString);
      assertTrue(
          fold.getFirst().matches("INFO app.db is up to date on the volume again: .* in \\d+ ms"),
          fold::toString);
      assertEquals("fold", lines.events().getLast().get("event"));
      assertEquals("app.db", lines.events().getLast().get("path"));

      var file = site.local.resolve("app.db");
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
      app.run("INSERT INTO t(word) VALUES ('four')");
      site.pass();
      assertEquals(
          List.of("INFO app.db is published whole: " + WholeReason.ATTRIBUTES.text()),
          lines.take());
      app.run("INSERT INTO t(word) VALUES ('five')");
      site.pass();
      assertEquals(List.of(SEGMENTS), lines.take());
    }
  }
}
