package io.liteferry.pages;

import java.io.IOException;
import java.io.Serial;
import java.nio.file.Path;

/** A segment is whole, and is not the one that is wanted in its place. Nothing was folded. */
public final class ForeignSegmentException extends IOException {
  @Serial private static final long serialVersionUID = 1;

  ForeignSegmentException(Path file, String name, String database) {
    super("%s is another segment: %s of the database %s".formatted(file, name, database));
  }

  ForeignSegmentException(Path file, String before) {
    super("%s does not belong after %s".formatted(file, before));
  }
}
