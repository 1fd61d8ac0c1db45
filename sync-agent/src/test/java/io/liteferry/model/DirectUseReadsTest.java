package io.liteferry.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a pass reads of a database that somebody has used on the volume. */
final class DirectUseReadsTest extends OnModelVolume {
  private final AtomicInteger opened = new AtomicInteger();
  private Pod pod;

  @BeforeEach
  void begin() throws Exception {
    pod = pod("a");
    TestDatabase.create(local.resolve("app.db"), "journal_mode=WAL").insertMany(2000).close();
    pod.publishAll();
    pod.stop();
  }

  @AfterEach
  void end() throws IOException {
    pod.close();
  }

  @Test
  void pass_fileIsAnothersWithSideFiles_readsItNoMoreThanItHasTo() throws Exception {
    var scratch = directory.resolve("scratch.db");
    Files.write(scratch, Files.readAllBytes(volume.resolve("app.db")));
    try (var db = TestDatabase.open(scratch)) {
      db.run("PRAGMA journal_mode=DELETE", "INSERT INTO t(word) VALUES ('direct')");
    }
    Files.write(volume.resolve("app.db"), Files.readAllBytes(scratch));
    Files.createFile(volume.resolve("app.db-wal"));
    pod.close();
    pod = new Pod(local, directory.resolve("state"), server.mount("b"));
    var path = pod.client.root().resolve("app.db");
    server.onExecuted(
        request -> {
          if (request.kind() == Request.Kind.OPEN && request.path().equals(path)) {
            opened.incrementAndGet();
          }
        });
    assertTrue(pod.pass().isComplete());
    assertEquals(4, opened.get(), "twice as a whole, for the record, and twice for its header");
  }
}
