package io.liteferry.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.fixture.TreeImage;
import io.liteferry.publish.Verification.Verdict;
import io.liteferry.sqlite.DatabaseCheck;
import io.liteferry.sqlite.SideFile;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class VerificationTest {
  private static final Path APP = Path.of("app.db");

  @TempDir Path directory;
  private Site site;
  private Path published;

  @BeforeEach
  void publish() throws Exception {
    site = new Site(directory);
    site.clock.letAnHourPass();
    site.write("f", "x");
    TestDatabase.create(site.local.resolve("app.db"), "journal_mode = WAL")
        .insertMany(1_000)
        .close();
    site.pass();
    site.stop();
    published = site.volume.resolve("app.db");
  }

  @AfterEach
  void close() throws IOException {
    site.close();
  }

  private Verification verify() throws IOException {
    return Verification.of(
        site.asVolume(), new DatabaseCheck(DatabaseCheck.Level.FULL, Duration.ofMinutes(1)));
  }

  private Verdict verdict() throws IOException {
    return verify().databases().get(APP).verdict();
  }

  @Test
  void of_volumeAsPublished_isSoundAndNothingIsWritten() throws IOException {
    var before = TreeImage.trace(site.volume);
    assertEquals(Verdict.OK, verdict());
    assertTrue(verify().isSound());
    assertEquals(before, TreeImage.trace(site.volume));
  }

  @Test
  void of_tornDatabase_isCorruptAndNamed() throws IOException {
    TestDatabase.tear(published, 5);
    assertEquals(Verdict.CORRUPT, verdict());
    assertFalse(verify().isSound());
    assertTrue(verify().toString().contains("corrupt  app.db"), verify().toString());
    assertFalse(verify().toJson().get("sound").getAsBoolean());
  }

  @Test
  void of_databaseThatTheManifestNamesAndIsNotThere_isMissing() throws IOException {
    Files.delete(published);
    assertEquals(Verdict.MISSING, verdict());
    assertFalse(verify().isSound());
  }

  @Test
  void of_databaseOfWhichTheHeaderIsGone_isNotSound() throws IOException {
    Files.write(published, new byte[8192]);
    assertEquals(Verdict.CORRUPT, verdict());
  }

  @Test
  void of_databaseThatSomebodyElsePut_isSoundAndToldApart() throws IOException {
    Files.delete(published);
    TestDatabase.create(published).insert("from a backup").close();
    assertEquals(Verdict.NOT_IN_MANIFEST, verdict());
    assertTrue(verify().isSound());
  }

  @Test
  void of_databaseWithSideFiles_isToldApart() throws IOException {
    Files.createFile(SideFile.WAL.of(published));
    assertEquals(Verdict.OK, verdict(), "somebody has only read it");
    Files.writeString(SideFile.WAL.of(published), "commits");
    assertEquals(Verdict.HAS_SIDE_FILES, verdict());
  }

  @Test
  void of_missingCollation_isPartlyChecked() throws IOException {
    Files.delete(published);
    try (var live = TestDatabase.create(published).withCollation("APPLICATION")) {
      live.run("CREATE TABLE n(x COLLATE APPLICATION)", "CREATE INDEX i ON n(x)");
      live.run("INSERT INTO n VALUES ('x'), ('y')");
    }
    assertEquals(Verdict.PARTLY_CHECKED, verdict());
    assertTrue(verify().isSound());
  }

  @Test
  void of_damagedManifest_isFound() throws IOException {
    Files.writeString(site.asVolume().manifestFile(), "{");
    var verification = verify();
    assertFalse(verification.isSound());
    assertEquals(
        Verdict.DAMAGED,
        verification.databases().get(Path.of(".liteferry/manifest.json")).verdict());
    assertEquals(Verdict.OK, verification.databases().get(APP).verdict());
  }

  @Test
  void of_volumeThatIsNotOurs_checksItsDatabases() throws IOException {
    var other = Files.createDirectory(directory.resolve("other"));
    TestDatabase.create(other.resolve("app.db")).close();
    var verification =
        Verification.of(
            new Volume(other), new DatabaseCheck(DatabaseCheck.Level.FULL, Duration.ofMinutes(1)));
    assertTrue(verification.isSound());
    assertEquals(1, verification.databases().size());
  }

  @Test
  void of_checkThatDoesNotEnd_isNeitherSoundNorCorrupt() throws Exception {
    TestDatabase.createCheckThatNeverEnds(site.volume.resolve("endless.db"));
    var check = new DatabaseCheck(DatabaseCheck.Level.QUICK, Duration.ofMillis(100));
    var verification = Verification.of(site.asVolume(), check);
    assertEquals(
        Verification.Verdict.UNCHECKED,
        verification.databases().get(Path.of("endless.db")).verdict());
    assertFalse(verification.isSound());
  }
}
