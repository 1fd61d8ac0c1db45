package io.liteferry.control;

import java.io.IOException;
import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** Nobody answers in a state directory, or not to us. Nothing was changed. */
public final class NoAgentException extends IOException {
  @Serial private static final long serialVersionUID = 1;

  NoAgentException(String message) {
    this(message, null);
  }

  NoAgentException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
