package io.liteferry.sqlite;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** The names under which SQLite keeps a database's side files, and how their content is told. */
public enum SideFile {
  WAL("-wal"),
  SHM("-shm"),
  JOURNAL("-journal"),
  /** Names the journals of a transaction over several databases; {@code -mj} and hex digits. */
  SUPER_JOURNAL("-mj");

  private static final Pattern SUPER_JOURNAL_SUFFIX = Pattern.compile("-mj[0-9A-F]{6}9[0-9A-F]{2}");
  private static final long JOURNAL_MAGIC = 0xd9d505f920a163d7L;
  private static final int WAL_MAGIC = 0x377f0682; // the lowest bit tells the checksums' byte order
  private static final int SHM_VERSION = 3007000;
  private static final int HEAD_BYTES = 8;

  private final String suffix;

  SideFile(String suffix) {
    this.suffix = suffix;
  }

  /** A name that is a side file's, if {@code base} is a database. */
  public record Name(SideFile kind, Path base) {}

  /** Takes a name apart; empty when it has none of the suffixes. The path may be relative. */
  public static Optional<Name> parse(Path path) {
    var name = path.getFileName().toString();
    int dash = name.lastIndexOf('-');
    if (dash <= 0) {
      return Optional.empty();
    }
    var suffix = name.substring(dash);
    for (var kind : values()) {
      boolean matches =
          kind == SUPER_JOURNAL
              ? SUPER_JOURNAL_SUFFIX.matcher(suffix).matches()
              : suffix.equals(kind.suffix);
      if (matches) {
        return Optional.of(new Name(kind, PathBytes.chop(path, suffix)));
      }
    }
    return Optional.empty();
  }

  /** The side files that hold content of a database: without them it may be incomplete. */
  public static List<Path> withContentOf(Path database) {
    return List.of(WAL.of(database), JOURNAL.of(database));
  }

  /** All names that SQLite derives from the database's alone. */
  public static List<Path> allOf(Path database) {
    return List.of(WAL.of(database), SHM.of(database), JOURNAL.of(database));
  }

  /** This side file of the database; keeps names that are not UTF-8. */
  public Path of(Path database) {
    return PathBytes.append(database, suffix);
  }

  /**
   * Whether the content is that of this kind of side file. A super-journal has no mark and is told
   * by its name alone.
   */
  public boolean isContentOf(Path file) throws IOException {
    var head = DatabaseHeader.head(file, HEAD_BYTES);
    if (head.length < HEAD_BYTES) {
      return false;
    }
    var buffer = ByteBuffer.wrap(head);
    return switch (this) {
      case WAL -> (buffer.getInt(0) & ~1) == WAL_MAGIC;
      case JOURNAL -> buffer.getLong(0) == JOURNAL_MAGIC || buffer.getLong(0) == 0;
      case SHM ->
          buffer.getInt(0) == SHM_VERSION || Integer.reverseBytes(buffer.getInt(0)) == SHM_VERSION;
      case SUPER_JOURNAL -> true;
    };
  }

  /**
   * Whether the content is none that SQLite writes there; it begins with zeros when it is just
   * being made, or was used before.
   */
  public boolean isSomethingElse(Path file) throws IOException {
    var head = DatabaseHeader.head(file, HEAD_BYTES);
    for (var one : head) {
      if (one != 0) {
        return !isContentOf(file);
      }
    }
    return false;
  }

  /**
   * Whether the database's journal ends in the name of a super-journal. That name is absolute: seen
   * from another mount it is not found, and SQLite would drop the journal and keep half of the
   * transaction.
   */
  static boolean namesSuperJournal(Path database) throws IOException {
    try (var journal = FileChannel.open(JOURNAL.of(database), StandardOpenOption.READ)) {
      var tail = ByteBuffer.allocate(Long.BYTES);
      journal.position(Math.max(0, journal.size() - Long.BYTES));
      while (tail.hasRemaining() && journal.read(tail) >= 0) {}
      return !tail.hasRemaining() && tail.getLong(0) == JOURNAL_MAGIC;
    } catch (NoSuchFileException e) {
      return false;
    }
  }
}
