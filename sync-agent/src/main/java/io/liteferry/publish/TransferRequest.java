package io.liteferry.publish;

import io.liteferry.publish.Knowledge.Published;
import io.liteferry.scan.Entry;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One file to be published.
 *
 * @param put by the plan
 * @param published what the volume has under its name
 * @param scannedAt when that scan began, in nanoseconds since the epoch
 * @param maybeInPart whether, of a file that only grows, what it was at the scan may go
 * @param anyAge whether a version that is younger than the scan goes, too. What such a version
 *     names may be younger as well, and then the scan did not find it
 * @param twin a name on the volume whose content this file had when its inode was read last; empty
 *     when there is none
 */
record TransferRequest(
    Change.PutFile put,
    @Nullable Published published,
    long scannedAt,
    boolean maybeInPart,
    AnyAge anyAge,
    Optional<Twins.Twin> twin) {
  Path path() {
    return put.path();
  }

  /** What the scan saw of it. */
  Entry scanned() {
    return put.entry();
  }

  /** Is asked when a version is younger than the scan. */
  @FunctionalInterface
  interface AnyAge {
    boolean isAllowed();
  }
}
