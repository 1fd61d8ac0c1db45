package io.liteferry.sqlite;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import io.liteferry.durable.Errno;
import io.liteferry.durable.User;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What bears the names of a database's side files, looked at before SQLite is. SQLite opens
 * whatever it finds there: at a FIFO it would wait for ever, through a symbolic link it would write
 * to somebody else's file, and as root it gives what it opens to the database's owner.
 *
 * <p>What takes such a name between this look and SQLite's own is not seen.
 */
public final class Surroundings {
  private static final List<SideFile> NAMES = List.of(SideFile.JOURNAL, SideFile.WAL, SideFile.SHM);

  private static final int TYPE_MASK = 0170000;
  private static final int REGULAR = 0100000;

  /** By kind: what is wrong with it, or empty when it is a file as SQLite makes them. */
  private final Map<SideFile, Optional<String>> found;

  private Surroundings(Map<SideFile, Optional<String>> found) {
    this.found = found;
  }

  /**
   * Looks; opens nothing.
   *
   * @throws IOException when it cannot be seen what is there
   */
  public static Surroundings of(Path database) throws IOException {
    var found = new EnumMap<SideFile, Optional<String>>(SideFile.class);
    for (var kind : NAMES) {
      var file = kind.of(database);
      try {
        var unix = Files.readAttributes(file, "unix:mode,nlink", NOFOLLOW_LINKS);
        found.put(kind, flaw(file, number(unix, "mode"), number(unix, "nlink")));
      } catch (FileSystemException e) {
        if (!Errno.of(e).isNothingThere()) {
          throw e;
        }
      }
    }
    return new Surroundings(found);
  }

  private static int number(Map<String, Object> unix, String name) {
    return (Integer) Objects.requireNonNull(unix.get(name), name);
  }

  private static Optional<String> flaw(Path file, int mode, int links) throws IOException {
    if ((mode & TYPE_MASK) != REGULAR) {
      return Optional.of("%s is not a regular file".formatted(file.getFileName()));
    }
    return links > 1 && User.id() == 0
        ? Optional.of("%s is a hard link to another file".formatted(file.getFileName()))
        : Optional.empty();
  }

  /** Whether nothing bears any of the names. */
  public boolean areEmpty() {
    return found.isEmpty();
  }

  /**
   * Why SQLite must not open the database, with the remedy; empty when it may. In rollback mode it
   * opens the {@code -shm} only beside a WAL, but then the next change of mode makes one.
   */
  public Optional<String> obstacle() {
    return NAMES.stream()
        .flatMap(kind -> found.getOrDefault(kind, Optional.empty()).stream())
        .findFirst()
        .map(flaw -> "%s, and SQLite would open it as a side file: move it away".formatted(flaw));
  }
}
