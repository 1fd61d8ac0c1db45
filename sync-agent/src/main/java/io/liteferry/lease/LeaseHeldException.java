package io.liteferry.lease;

import java.io.Serial;
import java.nio.file.Path;

/** Another agent may publish to the volume, and is alive. Nothing was changed. */
public final class LeaseHeldException extends VolumeException {
  @Serial private static final long serialVersionUID = 1;

  LeaseHeldException(Path volume, String holder, long waitedSeconds) {
    super(
        "the volume %s is in use by %s, which is alive (waited %d s): stop it, or give more time with --lease-wait"
            .formatted(volume, holder, waitedSeconds));
  }
}
