package io.liteferry.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the volume has must be in local after a power failure; by the runtime's own events. */
final class LocalSyncTest {
  @TempDir Path directory;
  private Site site;
  private Path app;

  @BeforeEach
  void open() throws IOException {
    site = new Site(directory);
    site.clock.letAnHourPass();
    app = site.local.resolve("app.db");
  }

  @AfterEach
  void close() throws IOException {
    site.close();
  }

  private interface Action {
    PassReport run() throws Exception;
  }

  private Set<Path> synced(Action action) throws Exception {
    try (var recording = new Recording()) {
      recording.enable("jdk.FileForce").withThreshold(Duration.ZERO).withoutStackTrace();
      recording.start();
      assertEquals(0, action.run().databases(), "what is the same was published again");
      recording.stop();
      var file = directory.resolve("recording.jfr");
      recording.dump(file);
      var paths = new TreeSet<Path>();
      for (var event : RecordingFile.readAllEvents(file)) {
        paths.add(Path.of(event.getString("path")).getFileName()); // of Beneath it has no more
      }
      return paths;
    }
  }

  /**
   * An application without syncs checkpoints what was published from its WAL, and the WAL begins
   * anew: the database alone has it now, and in memory only.
   */
  @Test
  void pass_databaseWasCheckpointedOnly_isSyncedInLocal() throws Exception {
    try (var live =
        TestDatabase.create(
            app, "journal_mode = WAL", "synchronous = OFF", "wal_autocheckpoint = 0")) {
      live.insertMany(100);
      site.settle();
      live.run("PRAGMA wal_checkpoint(TRUNCATE)");
      var synced = synced(site::pass);
      assertTrue(synced.contains(app.getFileName()), synced::toString);
    }
    assertTrue(Files.exists(app));
  }
}
