package io.liteferry.lease;

import io.liteferry.lease.Epochs.Top;
import java.util.Optional;

/** What a holder of the lease will do. */
public enum LeasePurpose {
  PUBLISH,

  /** To publish nothing, and only after a holder that had everything on the volume. */
  DETACH,

  /**
   * To publish nothing, after whoever it was: what was known of the flush of the holder before
   * stays known when this one ends.
   */
  PUBLISH_NOTHING;

  /** Whether the lease is not to be taken from this holder, the last one if there was any. */
  boolean refuses(Optional<Top> last) {
    return this == DETACH && !last.map(Top::isFlushed).orElse(true);
  }

  /** Whether everything is known to be on the volume while the lease is held after this holder. */
  boolean knowsFlushed(Optional<Top> last) {
    return switch (this) {
      case PUBLISH -> false;
      case DETACH -> true;
      case PUBLISH_NOTHING -> last.map(Top::isFlushed).orElse(false);
    };
  }
}
