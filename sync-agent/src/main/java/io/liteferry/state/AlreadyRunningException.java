package io.liteferry.state;

import java.io.IOException;
import java.io.Serial;

/** Another agent works on the same local or the same state. Nothing was changed. */
public final class AlreadyRunningException extends IOException {
  @Serial private static final long serialVersionUID = 1;

  AlreadyRunningException(String message) {
    super(message);
  }
}
