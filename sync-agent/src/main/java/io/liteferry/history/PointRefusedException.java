package io.liteferry.history;

import java.io.IOException;
import java.io.Serial;

/** What a text names is not kept, or cannot be; the message names what is, and how to get it. */
public final class PointRefusedException extends IOException {
  @Serial private static final long serialVersionUID = 1;

  PointRefusedException(String message) {
    super(message);
  }
}
