package io.liteferry.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.LogLines;
import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.logging.Level;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each fold compares what was captured with what SQLite reads. */
final class FoldScrubTest {
  private static final Path NAME = Path.of("app.db");
  private static final String MARK = "a mark that the disk will change";
  private static final String OTHER = "A MARK THAT THE DISK WILL CHANGE";

  @TempDir Path directory;
  private Site site;
  private TestDatabase app;

  @BeforeEach
  void publishOnce() throws Exception {
    site = new Site(directory).segments(Duration.ofDays(1));
    app = TestDatabase.create(site.local.resolve(NAME), "journal_mode=WAL");
    app.run("INSERT INTO t(word) VALUES ('" + MARK + "')").insertMany(2000);
    app.run("PRAGMA wal_checkpoint(TRUNCATE)");
    site.pass();
    app.insert("next");
    site.pass();
  }

  @AfterEach
  void close() throws IOException {
    app.close();
    site.close();
  }

  private Scrubs scrubs() {
    return site.scrubs();
  }

  @Test
  void pass_fold_findsThatTheShortCutAgrees() throws Exception {
    assertTrue(scrubs().lastAgreed().isEmpty());
    app.insert("one more");
    site.pass(Publisher.Purpose.STOP);
    assertEquals(NAME, scrubs().lastAgreed().firstKey());
    assertEquals(0, scrubs().disagreements());
  }

  @Test
  void pass_foldWhileOthersWrite_comparesOneState() throws Exception {
    for (int i = 0; i < 20; i++) {
      var writer = Thread.ofVirtual().start(() -> app.insertMany(50));
      app.insert("before");
      site.pass(Publisher.Purpose.STOP);
      writer.join();
    }
    assertEquals(0, scrubs().disagreements());
  }

  @Test
  void pass_diskChangedAPage_isSaidAndPublishedAsSqliteReadsIt() throws Exception {
    overwrite(site.local.resolve(NAME));
    app.insert("by SQLite");
    try (var lines = new LogLines(Scrubs.class, Level.ALL)) {
      site.pass();
      assertEquals(0, scrubs().disagreements(), "no segment looks at that page");
      site.pass(Publisher.Purpose.STOP);
      assertEquals(1, scrubs().disagreements());
      var said = lines.take();
      assertTrue(said.toString().contains("are not what SQLite reads"), said::toString);
    }
    var published = site.volume.resolve(NAME);
    assertEquals(
        "1",
        TestDatabase.valueIn(published, "SELECT count(*) FROM t WHERE word = '" + OTHER + "'"));
    app.insert("later");
    site.pass(Publisher.Purpose.STOP);
    assertEquals(1, scrubs().disagreements(), "from then on the map is right");
  }

  /** As a disk that fails: the file's time does not show it, as it does when a program wrote. */
  private static void overwrite(Path database) throws IOException {
    var time = Files.getLastModifiedTime(database);
    var bytes = new String(Files.readAllBytes(database), StandardCharsets.ISO_8859_1);
    int at = bytes.indexOf(MARK);
    assertTrue(at > 0);
    try (var file = new RandomAccessFile(database.toFile(), "rw")) {
      file.seek(at);
      file.write(OTHER.getBytes(StandardCharsets.ISO_8859_1));
    }
    Files.setLastModifiedTime(database, time);
  }
}
