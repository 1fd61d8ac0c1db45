package io.liteferry.past;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.publish.Publisher;
import io.liteferry.sqlite.DatabaseCheck;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Points of databases that are published by segments, beside an agent. */
final class HistoryCheckTest {
  private static final DatabaseCheck CHECK =
      new DatabaseCheck(DatabaseCheck.Level.FULL, Duration.ofMinutes(1));

  @TempDir Path directory;
  private Site site;
  private TestDatabase app;

  @BeforeEach
  void publish() throws Exception {
    site = new Site(directory).segments(Duration.ofDays(1));
    app = TestDatabase.create(site.local.resolve("app.db"), "journal_mode=WAL").insertMany(2000);
    site.pass();
    commitAndPass();
    commitAndPass();
  }

  @AfterEach
  void close() throws IOException {
    app.close();
    site.close();
  }

  private void commitAndPass() throws Exception {
    app.insert("more");
    site.pass();
  }

  @Test
  void of_plainFileWasReplacedSinceItWasListed_looksAgain() throws Exception {
    var before = History.read(site.asVolume());
    site.pass(Publisher.Purpose.STOP);
    var check = HistoryCheck.of(before, CHECK);
    assertTrue(check.isSound(), check::toString);
  }

  @Test
  void of_severalFoldsMeanwhile_looksAgain() throws Exception {
    var before = History.read(site.asVolume());
    for (int i = 0; i < 2; i++) {
      commitAndPass();
      site.pass(Publisher.Purpose.STOP);
    }
    var check = HistoryCheck.of(before, CHECK);
    assertTrue(check.isSound(), check::toString);
  }

  @Test
  void of_plainFileIsDamaged_saysSo() throws Exception {
    var before = History.read(site.asVolume());
    TestDatabase.tear(site.volume.resolve("app.db"), 5);
    assertFalse(HistoryCheck.of(before, CHECK).isSound());
    assertFalse(HistoryCheck.of(History.read(site.asVolume()), CHECK).isSound());
  }
}
