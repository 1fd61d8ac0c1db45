package io.liteferry.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.KeptTrees;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.lease.Lease;
import io.liteferry.lease.LeaseRefusedException;
import io.liteferry.lease.LeaseSettings;
import io.liteferry.lease.VolumeException;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A volume on a file system without hard links, as exFAT and vfat, or that refuses one. */
final class HardLinksTest {
  private static final LeaseSettings SETTINGS =
      new LeaseSettings("owner", Duration.ofSeconds(3), Duration.ZERO);

  @TempDir Path directory;
  private final ModelFileSystem client = new ModelServer().mount("agent");

  private static boolean isOfLease(Request request) {
    return String.valueOf(request.other()).contains("/epochs/");
  }

  private void failLinks(Errno errno) {
    client.gate(
        request ->
            request.kind() == Request.Kind.LINK && !isOfLease(request)
                ? new Gate.Fate.Fails(errno, false)
                : Gate.Fate.Passes.ONCE);
  }

  private Pod pod() throws IOException {
    var local = Files.createDirectories(directory.resolve("local"));
    return new Pod(local, directory.resolve("state"), client);
  }

  private void change(int version) throws Exception {
    var local = directory.resolve("local");
    Files.writeString(local.resolve("replaced"), "version " + version);
    try (var database = TestDatabase.open(local.resolve("app.db"))) {
      database.run("CREATE TABLE IF NOT EXISTS t(x)", "INSERT INTO t VALUES (" + version + ")");
    }
    if (version == 1) {
      Files.writeString(local.resolve("removed"), "removed");
    } else {
      Files.delete(local.resolve("removed"));
    }
  }

  /** The first version is published, and then replaced. */
  private void replaceWhereLinksFail(Errno errno) throws Exception {
    try (var pod = pod()) {
      change(1);
      pod.requireReady();
      pod.publishAll();
      var first = KeptTrees.current(new Volume(client.root()));
      change(2);
      failLinks(errno);
      try {
        pod.publishAll();
      } finally {
        client.gate(Gate.OPEN);
        assertEquals(first, points().firstEntry().getValue());
      }
      assertTrue(points().size() > 1);
    }
  }

  private SortedMap<Long, SortedMap<String, String>> points() throws IOException {
    return new KeptTrees(new Volume(client.root())).all();
  }

  @ParameterizedTest
  @EnumSource(names = {"EPERM", "EMLINK", "EACCES"})
  void keep_noLinkIsPossible_copies(Errno errno) throws Exception {
    replaceWhereLinksFail(errno);
  }

  /** A copy would take long, and fail as well, or hide what is wrong. */
  @ParameterizedTest
  @EnumSource(names = {"EIO", "ESTALE"})
  void keep_linkFailsOtherwise_isAnErrorOfTheVolume(Errno errno) {
    assertThrows(VolumeException.class, () -> replaceWhereLinksFail(errno));
  }

  @Test
  void acquire_fileSystemHasNoHardLinks_refusesAndNamesTheFileSystem() {
    client.gate(
        request ->
            request.kind() == Request.Kind.LINK
                ? new Gate.Fate.Fails(Errno.EPERM, false)
                : Gate.Fate.Passes.ONCE);
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
