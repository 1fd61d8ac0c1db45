package io.liteferry.durable;

import java.io.IOException;
import java.io.Serial;

/** What was to be copied could not be read; nothing is known to be wrong where it was to go. */
public final class SourceException extends IOException {
  @Serial private static final long serialVersionUID = 1;

  private final IOException error;

  public SourceException(IOException error) {
    super(Errno.describe(error), error);
    this.error = error;
  }

  /** As it arose. */
  public IOException error() {
    return error;
  }
}
