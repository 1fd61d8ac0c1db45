package io.liteferry.scan;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import io.liteferry.durable.Beneath;
import io.liteferry.durable.Errno;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributeView;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * Everything below a root, at about one moment: a name that comes or goes while we look may be in
 * it or not.
 *
 * @param entries by relative path, in the order of {@link Path}, a directory before its content
 * @param unlisted what could not be looked at, and why; what is below is unknown
 */
public record Tree(NavigableMap<Path, Entry> entries, SortedMap<Path, IOException> unlisted) {
  /** Is told of each directory before it is listed, so that a watch can be there first. */
  @FunctionalInterface
  public interface BeforeListing {
    void directory(Path directory, Entry entry) throws IOException;

    /** The scan is at its end, and this is what it found; not when the root was not listed. */
    default void listed(Tree tree) {}

    BeforeListing NOTHING = (directory, entry) -> {};
  }

  /** Which relative paths to leave out, a directory with all below it. */
  @FunctionalInterface
  public interface Skip {
    /**
     * Whether to leave it out.
     *
     * @param directory whether it is known to be one; each name is asked for first when nothing is
     *     known of it
     */
    boolean test(Path path, boolean directory);
  }

  /**
   * A directory to list, and by what to know it again: what is found by its path may be another.
   */
  private record Pending(Entry entry, Optional<Object> key) {}

  /** Of Linux, in bytes, with the zero at the end. */
  private static final int LONGEST_PATH = 4096;

  /** No path of so few names is too long. */
  private static final int SHORT_NAMES = 4096 / 256;

  public Tree {
    entries = Collections.unmodifiableNavigableMap(entries);
    unlisted = Collections.unmodifiableSortedMap(unlisted);
  }

  /**
   * Lists the tree.
   *
   * @throws IOException when the root itself cannot be listed
   */
  public static Tree scan(Path root, Skip skip, BeforeListing before) throws IOException {
    return scan(root, skip, before, entry -> entry);
  }

  /**
   * The same.
   *
   * @param sharing an equal one for each that is found, which may have parts in common with what is
   *     in memory already
   */
  public static Tree scan(Path root, Skip skip, BeforeListing before, UnaryOperator<Entry> sharing)
      throws IOException {
    var top = root.getFileSystem().getPath("");
    var entries = new TreeMap<Path, Entry>();
    var unlisted = new TreeMap<Path, IOException>();
    var pending = new ArrayDeque<Pending>();
    pending.add(
        new Pending(
            Entry.look(root, top).orElseThrow(() -> new NoSuchFileException(root.toString())),
            Optional.empty()));
    while (!pending.isEmpty()) {
      var next = pending.removeLast();
      var directory = next.entry();
      boolean isRoot = directory.path().equals(top);
      try {
        before.directory(root.resolve(directory.path()), directory);
        try (var names = open(root, next)) {
          list(root, next, names, skip, sharing, entries, unlisted, pending);
        } catch (DirectoryIteratorException e) {
          throw e.getCause();
        }
      } catch (NoSuchFileException | NotDirectoryException e) {
        if (isRoot) {
          throw e;
        }
        entries.remove(directory.path()); // it went away between two looks
      } catch (IOException e) {
        if (isRoot || Errno.of(e).isOutOfDescriptors()) {
          throw e;
        }
        unlisted.put(directory.path(), e);
      }
    }
    var tree = new Tree(entries, unlisted);
    before.listed(tree);
    return tree;
  }

  /**
   * Opens the directory that was seen beneath the root. When a link, or another directory, has been
   * put in its place, its path leads elsewhere: then it is looked for name by name.
   */
  @SuppressWarnings("StreamResourceLeak") // the caller closes it
  private static DirectoryStream<Path> open(Path root, Pending directory) throws IOException {
    var path = directory.entry().path();
    var names = Files.newDirectoryStream(root.resolve(path));
    if (path.toString().isEmpty() || !(names instanceof SecureDirectoryStream<Path> secure)) {
      return names;
    }
    try {
      var opened = secure.getFileAttributeView(BasicFileAttributeView.class).readAttributes();
      if (directory.key().equals(Optional.ofNullable(opened.fileKey()))) {
        return names;
      }
    } catch (IOException e) {
      names.close();
      throw e;
    }
    names.close();
    return Beneath.directory(root, path);
  }

  private static void list(
      Path root,
      Pending directory,
      DirectoryStream<Path> names,
      Skip skip,
      UnaryOperator<Entry> sharing,
      TreeMap<Path, Entry> entries,
      TreeMap<Path, IOException> unlisted,
      ArrayDeque<Pending> pending) {
    var above = directory.entry().path();
    for (var found : names) {
      var name = found.getFileName();
      var path = above.toString().isEmpty() ? name : above.resolve(name);
      if (skip.test(path, false)) {
        continue;
      }
      try {
        requireNotTooLong(root.resolve(path));
        var look = Entry.look(root, path);
        boolean isDirectory = look.map(e -> e.kind() == Entry.Kind.DIRECTORY).orElse(false);
        if (look.isEmpty() || (isDirectory && skip.test(path, true))) {
          continue;
        }
        var entry = sharing.apply(look.get());
        entries.put(entry.path(), entry);
        if (isDirectory) {
          pending.add(new Pending(entry, key(names, name)));
        }
      } catch (IOException e) {
        unlisted.put(path, e);
      }
    }
  }

  /** Of a name in the directory that is open, wherever its path leads by now. */
  private static Optional<Object> key(DirectoryStream<Path> names, Path name) {
    if (!(names instanceof SecureDirectoryStream<Path> secure)) {
      return Optional.empty();
    }
    try {
      return Optional.ofNullable(
          secure
              .getFileAttributeView(name, BasicFileAttributeView.class, NOFOLLOW_LINKS)
              .readAttributes()
              .fileKey());
    } catch (IOException e) {
      return Optional.empty(); // gone, or not to be seen: to open it finds out
    }
  }

  /**
   * What has been listed is there; but by a path that is too long it cannot be looked at, and would
   * count as gone.
   */
  private static void requireNotTooLong(Path path) throws IOException {
    if (path.getNameCount() > SHORT_NAMES
        && path.toString().getBytes(StandardCharsets.UTF_8).length >= LONGEST_PATH) {
      throw new FileSystemException(path.toString(), null, "the path is too long");
    }
  }

  /** Whether it is not known what is at {@code path}: it, or a directory above, was not listed. */
  public boolean isUnknown(Path path) {
    return Paths.isAtOrBelow(unlisted.keySet(), path);
  }
}
