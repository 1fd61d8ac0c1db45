package io.liteferry.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.liteferry.lease.Lease;
import io.liteferry.lease.LeaseRefusedException;
import io.liteferry.lease.LeaseSettings;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A volume on a file system without hard links, as exFAT and vfat. */
final class HardLinksTest {
  @Test
  void acquire_fileSystemHasNoHardLinks_refusesAndNamesTheFileSystem() {
    var client =
        new ModelServer()
            .mount("agent")
            .gate(
                request ->
                    request.kind() == Request.Kind.LINK
                        ? new Gate.Fate.Fails(Errno.EPERM, false)
                        : Gate.Fate.Passes.ONCE);
    var settings = new LeaseSettings("owner", Duration.ofSeconds(3), Duration.ZERO);
    var e =
        assertThrows(
            LeaseRefusedException.class,
            () -> Lease.acquire(client.root().resolve(".liteferry"), settings, Pod.alone()));
    assertEquals(
        "the file system of the volume %s (model) has no hard links, which the lease needs: use one"
                .formatted(client.root())
            + " that has them, such as ext4, XFS, Btrfs or NFS",
        e.getMessage());
  }
}
