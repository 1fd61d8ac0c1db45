package io.liteferry.restore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.LogLines;
import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Level;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A copy of a volume to which an agent publishes meanwhile. */
final class InspectionCopyTest {
  @TempDir Path directory;
  private Site site;

  @AfterEach
  void close() throws IOException {
    site.close();
  }

  @Test
  void copy_passWasCutOffAndNobodyIsAtWork_saysSo() throws Exception {
    site = new Site(directory);
    site.write("f", "before");
    site.pass();
    site.write("f", "after");
    site.pass();
    site.stop();
    var manifest = site.asVolume().manifestFile();
    var complete = Files.readString(manifest);
    Files.writeString(manifest, complete.replace("\"complete\": true", "\"complete\": false"));
    try (var log = new LogLines(InspectionCopy.class, Level.INFO);
        var other = new Site(Files.createDirectory(directory.resolve("other")))) {
      other.on(site.volume).copyOnly();
      assertEquals("before", Files.readString(other.local.resolve("f")));
      var said = log.take();
      assertTrue(
          said.toString().contains("was cut off: copying point 1 before it"), said::toString);
      assertFalse(said.toString().contains("somebody publishes"), said::toString);
    }
  }

  @Test
  void copy_segmentsComeAllTheTime_isTheNewestPointOfItsBeginning() throws Exception {
    site = new Site(directory).segments(Duration.ofDays(1));
    site.write("f", "text");
    Files.write(site.local.resolve("large"), new byte[200 << 20]); // takes longer than a pass
    try (var app =
            TestDatabase.create(site.local.resolve("app.db"), "journal_mode=WAL").insertMany(5000);
        var other = new Site(Files.createDirectory(directory.resolve("other")))) {
      site.pass();
      var end = new AtomicBoolean();
      var segments = new Semaphore(0);
      var passes =
          CompletableFuture.supplyAsync(
              () -> {
                while (!end.get()) {
                  app.insert("more");
                  try {
                    assertTrue(site.pass().isComplete());
                    segments.release();
                  } catch (IOException | InterruptedException e) {
                    throw new AssertionError(e);
                  }
                }
                return true;
              });
      try {
        assertTrue(segments.tryAcquire(3, 1, TimeUnit.MINUTES));
        other.on(site.volume).copyOnly();
      } finally {
        end.set(true);
      }
      assertTrue(passes.get());
      var copy = other.local.resolve("app.db");
      assertEquals("ok", TestDatabase.valueIn(copy, "PRAGMA integrity_check"));
      assertFalse(Integer.parseInt(TestDatabase.valueIn(copy, "SELECT count(*) FROM t")) < 5001);
      assertEquals("text", Files.readString(other.local.resolve("f")));
    }
  }
}
