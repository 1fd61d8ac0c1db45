package io.liteferry.history;

import java.io.Serial;

/** A text names no point, or more than one; the message says what to write. */
public final class InvalidPointException extends IllegalArgumentException {
  @Serial private static final long serialVersionUID = 1;

  InvalidPointException(String message) {
    super(message);
  }
}
