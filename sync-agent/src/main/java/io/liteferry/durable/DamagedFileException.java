package io.liteferry.durable;

import java.io.IOException;
import java.io.Serial;
import java.nio.file.Path;

/** A file of ours cannot be understood. What it described is untouched. */
public final class DamagedFileException extends IOException {
  @Serial private static final long serialVersionUID = 1;

  public DamagedFileException(Path file, String why) {
    super("%s is damaged (%s)".formatted(file, why));
  }
}
