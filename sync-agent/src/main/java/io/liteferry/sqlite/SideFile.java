package io.liteferry.sqlite;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
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

  /** Of a journal's header, what is zero until its first sync: the mark and the number of pages. */
  private static final int UNSYNCED_ZEROS = 12;

  private static final int SECTOR_SIZE_AT = 20;
  private static final int PAGE_SIZE_AT = 24;

  /** A journal's header; SQLite makes as much zero when the journal is kept for later. */
  private static final int HEAD_BYTES = 28;

  private static final int LEAST_MARK = 3;
  private static final int MOST_NAMES_BYTES = 4096;

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
   * Whether the content bears SQLite's mark of this kind, also when a crash cut it short. A journal
   * has none before its first sync, and is then known by the sizes in its header.
   */
  public boolean isContentOf(Path file) throws IOException {
    if (this == SUPER_JOURNAL) {
      return namesJournals(DatabaseHeader.head(file, MOST_NAMES_BYTES));
    }
    return isMarked(DatabaseHeader.head(file, HEAD_BYTES));
  }

  /**
   * Whether the content is none that SQLite writes there; it begins with zeros when it is just
   * being made, or was used before.
   */
  public boolean isSomethingElse(Path file) throws IOException {
    if (this == SUPER_JOURNAL) {
      var names = DatabaseHeader.head(file, MOST_NAMES_BYTES);
      return names.length > 0 && !namesJournals(names);
    }
    var head = DatabaseHeader.head(file, HEAD_BYTES);
    return !isZero(head, head.length) && !isMarked(head);
  }

  private boolean isMarked(byte[] head) {
    return switch (this) {
      case WAL -> begins(head, 0x37, 0x7f, 0x06, 0x82) || begins(head, 0x37, 0x7f, 0x06, 0x83);
      case SHM -> begins(head, 0x18, 0xe2, 0x2d, 0) || begins(head, 0, 0x2d, 0xe2, 0x18);
      case JOURNAL ->
          begins(head, 0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7) || isUnsyncedJournal(head);
      case SUPER_JOURNAL -> false;
    };
  }

  /**
   * SQLite cuts a {@code -shm} to three bytes; of a file so short, that much of the mark counts.
   */
  private static boolean begins(byte[] head, int... mark) {
    if (head.length < LEAST_MARK) {
      return false;
    }
    for (int i = 0; i < Math.min(head.length, mark.length); i++) {
      if (head[i] != (byte) mark[i]) {
        return false;
      }
    }
    return true;
  }

  private static boolean isUnsyncedJournal(byte[] head) {
    if (head.length < HEAD_BYTES || !isZero(head, UNSYNCED_ZEROS)) {
      return false;
    }
    var header = ByteBuffer.wrap(head);
    return isSize(header.getInt(SECTOR_SIZE_AT)) && isSize(header.getInt(PAGE_SIZE_AT));
  }

  private static boolean isSize(int bytes) {
    return bytes >= 512 && bytes <= 65536 && Integer.bitCount(bytes) == 1;
  }

  private static boolean isZero(byte[] bytes, int length) {
    for (int i = 0; i < length; i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return true;
  }

  /** A super-journal has no mark, and no content but absolute names with a zero after each. */
  private static boolean namesJournals(byte[] names) {
    int begin = 0;
    for (int i = 0; i < names.length; i++) {
      if (names[i] == 0) {
        var name = new String(names, begin, i - begin, StandardCharsets.ISO_8859_1);
        if (!name.startsWith("/") || !name.endsWith(JOURNAL.suffix)) {
          return false;
        }
        begin = i + 1;
      }
    }
    return begin > 0;
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
