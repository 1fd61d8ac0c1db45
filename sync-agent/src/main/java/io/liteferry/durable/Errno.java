package io.liteferry.durable;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.NotLinkException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What the kernel answered to a system call. Java has exceptions of their own for a few answers,
 * and passes on of all others only what the C library says in English: this is the one place that
 * knows these texts.
 */
public enum Errno {
  ENOENT("No such file or directory"),
  EACCES("Permission denied"),
  EEXIST("File exists"),
  ENOTEMPTY("Directory not empty"),
  ENOTDIR("Not a directory"),
  EISDIR("Is a directory"),
  ELOOP("Too many levels of symbolic links"),
  ENAMETOOLONG("File name too long"),
  EXDEV("Invalid cross-device link"),
  EMLINK("Too many links"),
  EINVAL("Invalid argument"),
  EPERM("Operation not permitted"),
  EOPNOTSUPP("Operation not supported"),
  ENOSYS("Function not implemented"),
  EBUSY("Device or resource busy"),
  ENOSPC("No space left on device"),
  EDQUOT("Disk quota exceeded"),
  EROFS("Read-only file system"),
  EIO("Input/output error"),
  ESTALE("Stale file handle"),
  ENOTCONN("Transport endpoint is not connected"),
  ETIMEDOUT("Connection timed out"),
  EHOSTDOWN("Host is down"),
  ENODEV("No such device"),
  EMFILE("Too many open files"),
  ENFILE("Too many open files in system"),
  /** Another answer, or an error that is none of the kernel's. */
  OTHER("");

  /** What Java adds to {@link #ELOOP}, where it opens a file and where it looks at one. */
  private static final List<String> ADDED =
      List.of(" (NOFOLLOW_LINKS specified)", " or unable to access attributes of symbolic link");

  private final String text;

  Errno(String text) {
    this.text = text;
  }

  /** The answer that an error comes from; that of its cause when it says nothing itself. */
  public static Errno of(@Nullable Throwable e) {
    if (!(e instanceof IOException io)) {
      return OTHER;
    }
    var own =
        switch (io) {
          case NoSuchFileException f -> ENOENT;
          case AccessDeniedException f -> EACCES;
          case FileAlreadyExistsException f -> EEXIST;
          case DirectoryNotEmptyException f -> ENOTEMPTY;
          case NotDirectoryException f -> ENOTDIR;
          case NotLinkException f -> EINVAL;
          case AtomicMoveNotSupportedException f -> EXDEV;
          case FileSystemException f -> ofText(f.getReason());
          default -> ofText(io.getMessage());
        };
    return own == OTHER ? of(io.getCause()) : own;
  }

  /**
   * The answer with this text.
   *
   * @param text of the C library, in any case, without a path
   */
  public static Errno ofText(@Nullable String text) {
    if (text == null) {
      return OTHER;
    }
    var bare = text;
    for (var added : ADDED) {
      bare = bare.replace(added, "");
    }
    for (var errno : values()) {
      if (errno != OTHER && errno.text.equalsIgnoreCase(bare)) {
        return errno;
      }
    }
    return OTHER;
  }

  /**
   * Whether a file system has no room for more: no block, no inode, or no more of a quota. It is a
   * definite answer: what was asked for was not done, and will not be.
   */
  public boolean isOutOfRoom() {
    return this == ENOSPC || this == EDQUOT;
  }

  /** Whether this user may not do it with this file; another one, or with another, may. */
  public boolean isDenied() {
    return this == EACCES || this == EPERM;
  }

  /** Whether this process or this node can open no more files, whichever it is. */
  public boolean isOutOfDescriptors() {
    return this == EMFILE || this == ENFILE;
  }

  /**
   * Whether a look at a name failed as nothing has it, and not for another reason: also when a
   * directory on the way has become a file, or no file can have such a name, as that of the WAL of
   * a database with a very long one.
   */
  public boolean isNothingThere() {
    return this == ENOENT || this == ENOTDIR || this == ENAMETOOLONG;
  }

  /** In words, to begin or go on with in a message. */
  public String words() {
    return text.substring(0, 1).toLowerCase(Locale.ROOT) + text.substring(1);
  }

  /** The exception for this answer at a file, of the class that Java has for it. */
  public FileSystemException at(Path file) {
    return switch (this) {
      case ENOENT -> new NoSuchFileException(file.toString());
      case EACCES -> new AccessDeniedException(file.toString());
      case EEXIST -> new FileAlreadyExistsException(file.toString());
      default -> new FileSystemException(file.toString(), null, text);
    };
  }

  /** An error that names no path, or only the end of it, as one at this file. */
  static FileSystemException named(Path file, IOException e) {
    var errno = of(e);
    var named =
        errno == OTHER ? new FileSystemException(file.toString(), null, reason(e)) : errno.at(file);
    named.initCause(e);
    return named;
  }

  /** An error in words, without the path that it met. */
  public static String reason(IOException e) {
    if (e instanceof FileSystemException f) {
      if (f.getReason() != null) {
        return f.getReason();
      }
      if (of(e) != OTHER) {
        return of(e).words();
      }
    }
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  /** An error in words, with the path that it met. */
  public static String describe(IOException e) {
    if (e instanceof FileSystemException f) {
      var other = f.getOtherFile() == null ? "" : " -> " + f.getOtherFile();
      return "%s: %s%s".formatted(reason(e), f.getFile(), other);
    }
    return reason(e);
  }
}
