package io.liteferry.volume;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The segments of all databases, which are many: listed when they are needed. For one thread. */
public final class LazyTips {
  private final Volume volume;
  private @Nullable Tips tips;

  /** Lists nothing yet. */
  public LazyTips(Volume volume) {
    this.volume = volume;
  }

  /** As they were listed when this was first asked. */
  public Tips get() throws IOException {
    var listed = tips;
    if (listed == null) {
      listed = Tips.of(volume);
      tips = listed;
    }
    return listed;
  }

  /** Lists anew when asked next: something has changed, or may have. */
  public void forget() {
    tips = null;
  }
}
