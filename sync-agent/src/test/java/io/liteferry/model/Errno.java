package io.liteferry.model;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.jspecify.annotations.Nullable;

/** Errors of system calls, as the JDK on Linux throws them. */
enum Errno {
  ENOENT("No such file or directory"),
  EACCES("Permission denied"),
  EEXIST("File exists"),
  EIO("Input/output error"),
  ENOSPC("No space left on device"),
  EDQUOT("Disk quota exceeded"),
  EROFS("Read-only file system"),
  ESTALE("Stale file handle"),
  ENOTDIR("Not a directory"),
  EISDIR("Is a directory"),
  ENOTEMPTY("Directory not empty"),
  EINVAL("Invalid argument"),
  EMLINK("Too many links"),
  EPERM("Operation not permitted"),
  ELOOP("Too many levels of symbolic links"),
  ENAMETOOLONG("File name too long");

  private final String text;

  Errno(String text) {
    this.text = text;
  }

  /** Whether there was no block or no quota left. */
  boolean isOfRoom() {
    return this == ENOSPC || this == EDQUOT;
  }

  /** Of an operation on names. */
  FileSystemException at(ModelPath path, @Nullable ModelPath other) {
    var file = path.toString();
    var second = other == null ? null : other.toString();
    return switch (this) {
      case ENOENT -> new NoSuchFileException(file, second, null);
      case EACCES -> new AccessDeniedException(file, second, null);
      case EEXIST -> new FileAlreadyExistsException(file, second, null);
      default -> new FileSystemException(file, second, text);
    };
  }

  /** Of an operation on an open file, which names no path. */
  IOException onOpenFile() {
    return new IOException(text);
  }
}
