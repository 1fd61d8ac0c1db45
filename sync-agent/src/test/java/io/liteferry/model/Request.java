package io.liteferry.model;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * One operation of one client, before the server executes it.
 *
 * @param client who sends it
 * @param number of this client's requests, from 0
 * @param other the target of a rename, the new name of a hard link
 * @param execution on the server, under its lock; may be run later, and more than once
 */
record Request(
    String client,
    int number,
    Kind kind,
    ModelPath path,
    @Nullable ModelPath other,
    Execution<?> execution) {

  /** What is asked for. */
  enum Kind {
    LOOK,
    LIST,
    OPEN,
    READ,
    READ_LINK,
    ASK_SPACE,
    CREATE,
    WRITE,
    SYNC,
    SET,
    RENAME,
    LINK,
    SYMLINK,
    REMOVE,
    MAKE_DIRECTORY;

    /** Whether it changes what is on the volume, or what would be left of it after a crash. */
    boolean changes() {
      return compareTo(CREATE) >= 0;
    }

    /** Whether its error names no path. */
    boolean isOnOpenFile() {
      return this == READ || this == WRITE || this == SYNC;
    }
  }

  /** What the server does. */
  @FunctionalInterface
  interface Execution<T> {
    T run() throws IOException;
  }

  IOException error(Errno errno) {
    return kind.isOnOpenFile() ? errno.onOpenFile() : errno.at(path, other);
  }

  @Override
  public String toString() {
    return "%s#%d %s %s%s".formatted(client, number, kind, path, other == null ? "" : " " + other);
  }
}
