package io.liteferry.cli;

import java.io.Serial;

/** LOCAL, VOLUME or STATE cannot be used as given. Nothing was changed. */
final class BadPathException extends Exception {
  @Serial private static final long serialVersionUID = 1;

  final ExitCode exitCode;

  BadPathException(ExitCode exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }
}
