package io.liteferry.restore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.fixture.TreeImage;
import io.liteferry.lease.VolumeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Starts after a kill between the publication of what took a database's place and the index. */
final class ReplacedDatabaseTest {
  @TempDir Path directory;
  private Site site;
  private Path app;

  /** What takes its place. */
  enum Kind {
    DIRECTORY,
    FILLED_DIRECTORY,
    LINK,
    FILE,
    EMPTY,
    REKEYED
  }

  @BeforeEach
  void open() throws Exception {
    site = new Site(directory);
    site.clock.letAnHourPass();
    app = site.local.resolve("d/app.db");
    Files.createDirectory(app.getParent());
    TestDatabase.create(app).insertMany(100).close();
    site.settle();
  }

  @AfterEach
  void close() throws IOException {
    site.close();
  }

  private void replaceBy(Kind kind) throws IOException {
    var size = (int) Files.size(app);
    Files.delete(app);
    switch (kind) {
      case DIRECTORY -> Files.createDirectory(app);
      case FILLED_DIRECTORY -> Files.writeString(Files.createDirectory(app).resolve("f"), "x");
      case LINK -> Files.createSymbolicLink(app, Path.of("elsewhere"));
      case FILE -> Files.writeString(app, "no database");
      case EMPTY -> Files.createFile(app);
      case REKEYED -> {
        var noise = new byte[size];
        Arrays.fill(noise, (byte) 0x5a);
        Files.write(app, noise);
      }
    }
  }

  private void assertStartsAndPublishes() throws Exception {
    site.restore();
    site.clock.letAnHourPass();
    site.settle();
    assertEquals(TreeImage.of(site.local), TreeImage.of(site.volume));
  }

  @ParameterizedTest
  @EnumSource
  void restore_killedAfterItWasPublished_keepsLocal(Kind kind) throws Exception {
    replaceBy(kind);
    site.pass();
    site.kill();
    assertStartsAndPublishes();
  }

  @ParameterizedTest
  @EnumSource
  void restore_killedAndLocalIsADatabaseAgain_keepsLocal(Kind kind) throws Exception {
    replaceBy(kind);
    site.pass();
    site.kill();
    Site.deleteContent(app.getParent());
    TestDatabase.create(app).insert("a new one").close();
    site.restore();
    site.clock.letAnHourPass();
    site.settle();
    site.assertVolumeEqualsLocalByContent();
    assertTrue(TestDatabase.content(site.volume.resolve("d/app.db")).contains("a new one"));
  }

  @ParameterizedTest
  @EnumSource
  void restore_killedAndRebooted_keepsLocal(Kind kind) throws Exception {
    replaceBy(kind);
    site.pass();
    site.reboot();
    assertStartsAndPublishes();
  }

  /** The manifest still names the database, and there is nothing on the volume but a directory. */
  @Test
  void restore_killedBeforeTheManifestAndNothingElseIsThere_isNotTakenForLostData()
      throws Exception {
    replaceBy(Kind.DIRECTORY);
    var file = site.volume.resolve(".liteferry/manifest.json");
    var manifest = Files.readAllBytes(file);
    var state = site.heldState().read().orElseThrow();
    site.pass();
    site.kill();
    Files.write(file, manifest);
    site.heldState().write(state.begin("another"));
    site.kill();
    assertStartsAndPublishes();
  }

  /** The name was announced as a database's before, which need not survive a power failure. */
  @ParameterizedTest
  @EnumSource
  void restore_announcedAsADatabaseBefore_keepsLocal(Kind kind) throws Exception {
    TestDatabase.open(app).insert("published, not in the index").close();
    site.pass();
    replaceBy(kind);
    site.pass();
    site.kill();
    Site.deleteContent(app.getParent());
    TestDatabase.create(app).insert("a new one").close();
    site.restore();
    site.settle();
    site.assertVolumeEqualsLocalByContent();
  }

  /** Deleted by one pass, and something else by another. */
  @ParameterizedTest
  @EnumSource
  void restore_killedAfterADeletionAndAnotherKind_keepsLocal(Kind kind) throws Exception {
    replaceBy(kind);
    var kept = directory.resolve("kept");
    Files.move(app, kept);
    site.pass();
    Files.move(kept, app);
    site.pass();
    site.kill();
    assertStartsAndPublishes();
  }

  /** The directory of a database was moved and a link made in its place, which leads to it. */
  @ParameterizedTest
  @EnumSource(names = {"FILE", "LINK"})
  void restore_killedAfterItsDirectoryWasReplaced_keepsLocal(Kind kind) throws Exception {
    TestDatabase.open(app).insert("published, not in the index").close();
    Files.move(app.getParent(), site.local.resolve("e"));
    if (kind == Kind.LINK) {
      Files.createSymbolicLink(site.local.resolve("d"), Path.of("e"));
    } else {
      site.write("d", "no directory");
    }
    for (int i = 0; i < 3; i++) {
      site.clock.letAnHourPass();
      site.pass();
    }
    site.kill();
    site.restore();
    site.settle();
    site.assertVolumeEqualsLocalByContent();
  }

  /** Nobody here announced it, and local has something else there. */
  @ParameterizedTest
  @EnumSource(names = {"FILE", "EMPTY", "REKEYED"})
  void restore_replacedOnTheVolumeByHand_isNotTakenForOurs(Kind kind) throws Exception {
    site.write("f", "x");
    site.settle();
    site.stop();
    var here = Files.readAllBytes(app);
    replaceBy(kind);
    Files.delete(site.volume.resolve("d/app.db"));
    Files.move(app, site.volume.resolve("d/app.db"));
    Files.write(app, here);
    assertThrows(RefusedException.class, site::restore);
  }

  @ParameterizedTest
  @EnumSource(names = {"DIRECTORY", "LINK"})
  void restore_noFileOnTheVolumeByHand_isNotTakenForOurs(Kind kind) throws Exception {
    site.write("f", "x");
    site.settle();
    site.stop();
    var here = Files.readAllBytes(app);
    replaceBy(kind);
    Files.delete(site.volume.resolve("d/app.db"));
    Files.move(app, site.volume.resolve("d/app.db"));
    Files.write(app, here);
    assertThrows(VolumeException.class, site::restore);
  }
}
