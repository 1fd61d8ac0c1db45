package io.liteferry.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.durable.UnknownFormatException;
import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.fixture.TreeImage;
import io.liteferry.lease.VolumeException;
import io.liteferry.restore.RefusedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What passes do when the volume or our own files on it are not as they were. */
final class PublishVolumeTest {
  @TempDir Path directory;
  private Site site;

  @BeforeEach
  void open() throws Exception {
    site = new Site(directory);
    site.clock.letAnHourPass();
    site.write("f", "x");
    site.pass();
  }

  @AfterEach
  void close() throws IOException {
    site.close();
  }

  @Test
  void pass_volumeUnmounted_failsAndWritesNothingIntoWhatIsThere() throws Exception {
    Files.move(site.volume, directory.resolve("away"));
    Files.createDirectory(site.volume);
    var before = TreeImage.trace(site.volume);
    site.write("f", "changed");
    var error = assertThrows(VolumeException.class, site::pass);
    assertTrue(error.getMessage().contains("mounted"), error.getMessage());
    assertEquals(before, TreeImage.trace(site.volume));
    site.stop();
    assertThrows(RefusedException.class, site::requireReady);
    assertEquals(before, TreeImage.trace(site.volume));

    Files.delete(site.volume);
    Files.move(directory.resolve("away"), site.volume);
    site.stop();
    site.pass();
    assertEquals("changed", site.published("f"));
  }

  /** Who asks for a flush must not be told that all is well. */
  @Test
  void pass_nothingToDoAndTheVolumeIsAway_fails() throws Exception {
    site.settle();
    assertFalse(site.pass().changedVolume());
    Files.move(site.volume, directory.resolve("away"));
    Files.createDirectory(site.volume);
    var error = assertThrows(VolumeException.class, site::pass);
    assertTrue(error.getMessage().contains("mounted"), error.getMessage());
  }

  @Test
  void pass_nothingToDoAndAnOlderCopyIsThere_fails() throws Exception {
    site.settle();
    var manifest = site.volume.resolve(".liteferry/manifest.json");
    var older = Files.readAllBytes(manifest);
    site.write("f", "newer");
    site.settle();
    assertFalse(site.pass().changedVolume());
    Files.write(manifest, older);
    var error = assertThrows(VolumeException.class, site::pass);
    assertTrue(error.getMessage().contains("somebody else has published"), error.getMessage());
    assertEquals("newer", Files.readString(site.local.resolve("f")));
  }

  @Test
  void pass_volumeOfAnotherAgent_failsAndChangesNothing() throws Exception {
    try (var other = new Site(Files.createDirectory(directory.resolve("other")))) {
      other.write("theirs", "x");
      other.pass();
      other.stop();
      Files.move(site.volume, directory.resolve("away"));
      Files.move(other.volume, site.volume);
    }
    var before = TreeImage.trace(site.volume);
    site.write("f", "changed");
    var error = assertThrows(VolumeException.class, site::pass);
    assertTrue(error.getMessage().contains("another volume"), error.getMessage());
    site.stop();
    assertThrows(RefusedException.class, site::requireReady);
    assertEquals(before, TreeImage.trace(site.volume));
  }

  @Test
  void pass_volumeGone_failsWithItsName() throws Exception {
    Files.move(site.volume, directory.resolve("away"));
    site.write("f", "changed");
    var error = assertThrows(VolumeException.class, site::pass);
    assertTrue(error.getMessage().contains(site.volume.toString()), error.getMessage());
  }

  @Test
  void pass_fileDeletedOnTheVolumeByHand_comesBackAfterARestart() throws Exception {
    Files.delete(site.volume.resolve("f"));
    site.stop();
    site.pass();
    site.assertVolumeEqualsLocal();
  }

  @Test
  void pass_fileChangedOnTheVolumeByHand_isPublishedAgainAfterARestart() throws Exception {
    Files.writeString(site.volume.resolve("f"), "changed by hand");
    site.stop();
    site.pass();
    site.assertVolumeEqualsLocal();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "{\"format\": 1}", "\0\0\0\0\0\0"})
  void pass_manifestDamaged_isMadeAnew(String text) throws Exception {
    TestDatabase.create(site.local.resolve("app.db")).close();
    site.settle();
    var good = site.asVolume().manifest().orElseThrow().databases();
    site.stop();
    var file = site.volume.resolve("app.db");
    var inode = Files.getAttribute(file, "unix:ino");
    Files.writeString(site.asVolume().manifestFile(), text);
    site.pass();
    var mended = site.asVolume().manifest().orElseThrow();
    assertEquals(good.keySet(), mended.databases().keySet());
    assertEquals(
        good.get(Path.of("app.db")).digest(), mended.databases().get(Path.of("app.db")).digest());
    assertEquals(inode, Files.getAttribute(file, "unix:ino"), "published again");
  }

  @Test
  void pass_manifestOfTheFuture_isRefusedAndNothingChanges() throws Exception {
    site.stop();
    Files.writeString(site.asVolume().manifestFile(), "{\"format\": 2}");
    site.write("f", "changed");
    var before = TreeImage.of(site.volume);
    var error = assertThrows(IOException.class, site::pass);
    assertTrue(
        error instanceof UnknownFormatException
            || error.getCause() instanceof UnknownFormatException,
        error.toString());
    assertEquals(before, TreeImage.of(site.volume));
    assertEquals("{\"format\": 2}", Files.readString(site.asVolume().manifestFile()));
  }

  @Test
  void pass_debrisOfAKilledAgent_isRemoved() throws Exception {
    site.stop();
    var staging = site.volume.resolve(".liteferry/staging");
    Files.createDirectories(staging.resolve("killed/sub"));
    Files.writeString(staging.resolve("killed/0"), "half a file");
    Files.writeString(staging.resolve("killed/sub/1"), "half a file");
    Files.createDirectories(site.state.resolve("staging"));
    Files.writeString(site.state.resolve("staging/s0"), "half a snapshot");
    site.pass();
    assertTrue(Files.notExists(staging.resolve("killed")));
    assertTrue(Files.notExists(site.state.resolve("staging/s0")));
    site.stop();
    try (var left = Files.list(staging)) {
      assertEquals(0, left.filter(Files::isDirectory).count(), "an orderly end leaves nothing");
    }
  }

  @Test
  void pass_ownStagingRemovedUnderIt_failsAndTheNextAgentMends() throws Exception {
    Site.deleteContent(site.volume.resolve(".liteferry/staging"));
    site.write("f", "changed");
    assertThrows(VolumeException.class, site::pass);
    site.stop();
    site.pass();
    assertEquals("changed", site.published("f"));
  }

  @Test
  void pass_directoryRemovedOnTheVolumeUnderIt_isMendedByTheNextAgent() throws Exception {
    site.write("d/f", "x");
    site.pass();
    Site.deleteContent(site.volume.resolve("d"));
    Files.delete(site.volume.resolve("d"));
    site.write("d/g", "x");
    assertThrows(VolumeException.class, site::pass);
    site.stop();
    site.pass();
    site.assertVolumeEqualsLocal();
  }

  @Test
  void pass_stateDeletedUnderIt_goesOn() throws Exception {
    Files.delete(site.state.resolve("state.json"));
    Site.deleteContent(site.state.resolve("staging"));
    Files.delete(site.state.resolve("staging"));
    site.write("f", "changed");
    site.pass();
    assertEquals("changed", site.published("f"));
    assertTrue(site.heldState().read().isPresent());
  }

  @Test
  void pass_stateAfterIt_namesThePublicationOnTheVolume() throws Exception {
    var manifest = site.asVolume().manifest().orElseThrow();
    var state = site.heldState().read().orElseThrow();
    assertEquals(java.util.Optional.of(manifest.publication()), state.publication());
    assertEquals(manifest.volumeId(), state.volumeId());
    assertEquals(java.util.Optional.empty(), state.pending());
  }

  @Test
  void pass_spaceInVolumesName_works() throws Exception {
    var odd = Files.createDirectory(io.liteferry.fixture.Names.of(directory, "o%20d%FFd"));
    try (var other = new Site(odd)) {
      other.write("f", "x");
      other.clock.letAnHourPass();
      assertTrue(other.pass().isComplete());
      other.write("f", "changed");
      assertTrue(other.pass().isComplete());
      assertEquals("changed", other.published("f"));
    }
  }

  /** An error at a name that is not UTF-8 must be told as local's, not as the volume's. */
  @Test
  void pass_volumeOfAnyName_tellsItsErrorsFromLocals() throws Exception {
    var odd = Files.createDirectory(io.liteferry.fixture.Names.of(directory, "%FF"));
    try (var other = new Site(odd)) {
      other.write("f", "x");
      other.pass();
      Files.move(other.volume, odd.resolve("away"));
      other.write("f", "changed");
      assertThrows(VolumeException.class, other::pass);
    }
  }
}
