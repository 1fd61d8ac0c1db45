package io.liteferry.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.liteferry.lease.Lease;
import io.liteferry.lease.LeaseRefusedException;
import io.liteferry.lease.LeaseSettings;
import io.liteferry.lease.VolumeException;
import io.liteferry.volume.Predecessor;
import io.liteferry.volume.Volume;
import io.liteferry.volume.VolumeWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A volume on a file system without hard links, as exFAT and vfat, or that refuses one. */
final class HardLinksTest {
  private static final Path APP = Path.of("app.db");
  private static final LeaseSettings SETTINGS =
      new LeaseSettings("owner", Duration.ofSeconds(3), Duration.ZERO);

  private final ModelFileSystem client = new ModelServer().mount("agent");

  private void failLinks(Errno errno) {
    client.gate(
        request ->
            request.kind() == Request.Kind.LINK
                ? new Gate.Fate.Fails(errno, false)
                : Gate.Fate.Passes.ONCE);
  }

  /** Removes a database, of which a copy is kept before. */
  private List<Path> removeWhereLinksFail(Errno errno) throws Exception {
    var volume = new Volume(client.root());
    Files.writeString(client.root().resolve(APP), "content");
    try (var lease = Lease.acquire(volume.own(), SETTINGS, Pod.alone())) {
      var keeping = new VolumeWriter.Keeping(50, Optional.empty());
      var writer = new VolumeWriter(volume, lease.staging(), keeping, () -> {});
      failLinks(errno);
      writer.remove(APP, Predecessor.DATABASE);
    }
    return volume.keptCopies();
  }

  @ParameterizedTest
  @EnumSource(names = {"EPERM", "EMLINK"})
  void keep_noLinkIsPossible_copies(Errno errno) throws Exception {
    var kept = removeWhereLinksFail(errno);
    assertEquals(1, kept.size());
    assertEquals("content", Files.readString(client.root().resolve(kept.getFirst())));
  }

  /** A copy would take long, and fail as well, or hide what is wrong. */
  @ParameterizedTest
  @EnumSource(names = {"EIO", "ENOSPC", "ENOENT", "ESTALE"})
  void keep_linkFailsOtherwise_isAnErrorOfTheVolume(Errno errno) throws IOException {
    assertThrows(VolumeException.class, () -> removeWhereLinksFail(errno));
    assertEquals("content", Files.readString(client.root().resolve(APP)));
    assertEquals(List.of(), new Volume(client.root()).keptCopies());
  }

  @Test
  void acquire_fileSystemHasNoHardLinks_refusesAndNamesTheFileSystem() {
    failLinks(Errno.EPERM);
    var e =
        assertThrows(
            LeaseRefusedException.class,
            () -> Lease.acquire(client.root().resolve(".liteferry"), SETTINGS, Pod.alone()));
    assertEquals(
        "the file system of the volume %s (model) has no hard links, which the lease needs: use one"
                .formatted(client.root())
            + " that has them, such as ext4, XFS, Btrfs or NFS",
        e.getMessage());
  }
}
