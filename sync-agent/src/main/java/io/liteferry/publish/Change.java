package io.liteferry.publish;

import io.liteferry.scan.Entry;
import java.nio.file.Path;

/** One change of the volume that a pass is to make. */
sealed interface Change {
  /** The name that it changes, relative to the volume's root. */
  Path path();

  /**
   * A change of P4: all that is new or replaced, but databases.
   *
   * @see PutDatabase
   */
  sealed interface Put extends Change {
    /** What the second scan saw of it. */
    Entry entry();

    /** Whether the volume has no file or link of this name. */
    boolean isNew();

    @Override
    default Path path() {
      return entry().path();
    }
  }

  /** A new directory. */
  record MakeDirectory(Entry entry, boolean isNew) implements Put {}

  /** The permissions of a directory that the volume has. */
  record SetMode(Entry entry) implements Put {
    @Override
    public boolean isNew() {
      return false;
    }
  }

  /** A symbolic link. */
  record PutLink(Entry entry, Path target, boolean isNew) implements Put {}

  /** A regular file, of which the pass finds out whether its content differs as well. */
  record PutFile(Entry entry, boolean isNew) implements Put {}

  /**
   * P5 and P6: a database, by a snapshot.
   *
   * @param bytes of it and its WAL in local
   */
  record PutDatabase(Path path, long bytes) implements Change {}

  /** P7: a name that local does not have any more. */
  record Remove(Path path, Removed kind) implements Change {}

  /** What is removed. */
  enum Removed {
    /** Or a link, or a database. */
    FILE,
    /** Goes when nothing is in it any more. */
    DIRECTORY,
    /**
     * A WAL or journal that travelled with its encrypted database, and is gone from beside it: kept
     * for a while, it would damage what was published meanwhile.
     */
    STALE_SIDE_FILE
  }
}
