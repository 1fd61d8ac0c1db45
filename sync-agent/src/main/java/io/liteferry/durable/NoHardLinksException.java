package io.liteferry.durable;

import java.io.Serial;
import java.nio.file.FileSystemException;
import java.nio.file.Path;

/**
 * A hard link was refused for good: the file system has none, as exFAT and vfat, or the file is one
 * that this user may not link, or has as many as there may be.
 */
public final class NoHardLinksException extends FileSystemException {
  @Serial private static final long serialVersionUID = 1;

  NoHardLinksException(Path name, Path file, Throwable cause) {
    super(name.toString(), file.toString(), "hard links are not permitted here");
    initCause(cause);
  }
}
