package io.liteferry.lease;

import java.io.Serial;
import java.nio.file.Path;

/**
 * Another agent has taken the volume over. Nothing more of this process reaches the volume; what
 * was published before is what the other one started from.
 */
public final class FencedException extends VolumeException {
  @Serial private static final long serialVersionUID = 1;

  FencedException(Path volume, long epoch, String holder) {
    super("%2$s has taken over the volume %1$s, with epoch %3$d".formatted(volume, holder, epoch));
  }
}
