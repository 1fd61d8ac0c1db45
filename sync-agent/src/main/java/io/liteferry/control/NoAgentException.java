package io.liteferry.control;

import java.io.IOException;
import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** Nobody answers in a state directory, or not to us. Nothing was changed. */
public final class NoAgentException extends IOException {
  @Serial private static final long serialVersionUID = 1;

  private final boolean nobody;

  NoAgentException(String message) {
    this(message, null);
  }

  NoAgentException(String message, @Nullable Throwable cause) {
    this(message, cause, false);
  }

  private NoAgentException(String message, @Nullable Throwable cause, boolean nobody) {
    super(message, cause);
    this.nobody = nobody;
  }

  static NoAgentException nobody(String message, Throwable cause) {
    return new NoAgentException(message, cause, true);
  }

  /** Whether nobody is there, as far as can be seen. */
  public boolean isNobody() {
    return nobody;
  }
}
