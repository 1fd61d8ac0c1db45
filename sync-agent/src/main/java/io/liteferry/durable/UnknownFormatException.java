package io.liteferry.durable;

import java.io.IOException;
import java.io.Serial;
import java.nio.file.Path;

/** A file of ours was written by a later version; nothing was read from it and nothing changed. */
public final class UnknownFormatException extends IOException {
  @Serial private static final long serialVersionUID = 1;

  public UnknownFormatException(Path file, int found, int known) {
    super(
        "%s has format %d, this version knows formats up to %d: run the version that wrote it, or a later one"
            .formatted(file, found, known));
  }
}
