package io.liteferry.past;

import java.io.IOException;
import java.io.Serial;

/** What is asked for is not kept, or cannot be given; the message says what to do. */
public final class PastRefusedException extends IOException {
  @Serial private static final long serialVersionUID = 1;

  PastRefusedException(String message) {
    super(message);
  }
}
