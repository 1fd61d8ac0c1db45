package io.liteferry.restore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.publish.Inventory;
import io.liteferry.scan.PathFilter;
import io.liteferry.scan.Tree;
import io.liteferry.sqlite.DatabaseCheck;
import io.liteferry.sqlite.SideFile;
import io.liteferry.sqlite.Snapshot.Outcome;
import io.liteferry.state.StateException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a look at local makes of it when SQLite gives no image, or one of a moving target. */
final class UnreadLocalTest {
  private static final Path NAME = Path.of("app.db");

  @TempDir Path directory;
  private Site site;
  private Path app;

  @BeforeEach
  void publish() throws Exception {
    site = new Site(directory);
    site.clock.letAnHourPass();
    app = site.local.resolve(NAME);
    TestDatabase.create(app, "journal_mode = DELETE").insertMany(100).close();
    site.settle();
    site.kill();
    TestDatabase.tear(app, 2); // differs, and has nothing newer
    site.reboot();
  }

  @AfterEach
  void close() throws IOException {
    site.close();
  }

  private Decision.Lookback look(Outcome outcome, boolean atRest) throws IOException {
    var state = site.heldState();
    LocalImage.Source images =
        path -> {
          var copy = state.scratch();
          var image = state.scratch();
          Files.copy(site.local.resolve(path), copy);
          Files.copy(copy, image);
          return new LocalImage(copy, image, outcome, atRest);
        };
    var check = new DatabaseCheck(DatabaseCheck.Level.QUICK, Duration.ofMinutes(1));
    var volume = site.asVolume();
    return new AfterReboot(site.local, volume, check, images)
        .look(
            state.readIndex(volume.id().orElseThrow()).entries(),
            Inventory.of(site.local, PathFilter.ALL, Tree.BeforeListing.NOTHING),
            volume.manifestIfReadable());
  }

  private void assertSure(Decision.Lookback found) {
    assertEquals(Set.of(NAME), found.behind().keySet());
    assertTrue(found.doubtful().isEmpty());
  }

  private void assertDoubtful(Decision.Lookback found) {
    assertTrue(found.behind().isEmpty(), () -> found.behind().toString());
    assertEquals(Set.of(NAME), found.doubtful().keySet());
  }

  @Test
  void look_sqliteSaysThatItIsDamaged_isSure() throws IOException {
    assertSure(look(new Outcome.Taken(), true));
    assertSure(look(new Outcome.NoDatabase(), true));
    assertSure(look(new Outcome.Failed("malformed", true), true));
  }

  @Test
  void look_nothingIsSaidOfTheContent_isDoubtful() throws IOException {
    assertDoubtful(look(new Outcome.Busy("locked"), true));
    assertDoubtful(look(new Outcome.Gone(), true));
    assertDoubtful(look(new Outcome.Failed("disk I/O error", false), true));
  }

  /** The copy may be torn, and the application may be at work. */
  @Test
  void look_localIsWrittenToMeanwhile_isDoubtful() throws IOException {
    assertDoubtful(look(new Outcome.Taken(), false));
    assertDoubtful(look(new Outcome.NoDatabase(), false));
    assertDoubtful(look(new Outcome.Failed("malformed", true), false));
  }

  /** It opens such a database again, and then passes can read it. */
  @Test
  void look_aTransactionThatOnlyTheApplicationCanEnd_isKept() throws IOException {
    Files.writeString(SideFile.JOURNAL.of(app), "journal");
    assertTrue(look(new Outcome.Failed("over several databases", false), true).isIntact());
  }

  /** That says nothing of local. */
  @Test
  void requireRoom_imageIsNotWritten_saysThatStateIsFull() throws IOException {
    var state = site.heldState();
    var full =
        assertThrows(
            StateException.class,
            () ->
                LocalImage.requireRoom(new Outcome.NotWritten("database or disk is full"), state));
    assertTrue(full.getMessage().contains("is full"), full::getMessage);
    assertEquals(new Outcome.Gone(), LocalImage.requireRoom(new Outcome.Gone(), state));
  }
}
