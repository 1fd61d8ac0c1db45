package io.liteferry.scan;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.NavigableMap;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;

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
   * @param skip which relative paths to leave out, a directory with all below it
   * @throws IOException when the root itself cannot be listed
   */
  public static Tree scan(Path root, Predicate<Path> skip, BeforeListing before)
      throws IOException {
    var top = root.getFileSystem().getPath("");
    var entries = new TreeMap<Path, Entry>();
    var unlisted = new TreeMap<Path, IOException>();
    var pending = new ArrayDeque<Entry>();
    pending.add(Entry.look(root, top).orElseThrow(() -> new NoSuchFileException(root.toString())));
    while (!pending.isEmpty()) {
      var directory = pending.removeLast();
      boolean isRoot = directory.path().equals(top);
      try {
        before.directory(root.resolve(directory.path()), directory);
        list(root, directory.path(), isRoot, skip, entries, unlisted, pending);
      } catch (NoSuchFileException | NotDirectoryException e) {
        if (isRoot) {
          throw e;
        }
        entries.remove(directory.path()); // it went away between two looks
      } catch (IOException e) {
        if (isRoot) {
          throw e;
        }
        unlisted.put(directory.path(), e);
      }
    }
    var tree = new Tree(entries, unlisted);
    before.listed(tree);
    return tree;
  }

  private static void list(
      Path root,
      Path directory,
      boolean isRoot,
      Predicate<Path> skip,
      TreeMap<Path, Entry> entries,
      TreeMap<Path, IOException> unlisted,
      ArrayDeque<Entry> pending)
      throws IOException {
    try (var names = Files.newDirectoryStream(root.resolve(directory))) {
      for (var found : names) {
        var name = found.getFileName();
        var path = isRoot ? name : directory.resolve(name);
        if (skip.test(path)) {
          continue;
        }
        try {
          requireNotTooLong(root.resolve(path));
          Entry.look(root, path)
              .ifPresent(
                  entry -> {
                    entries.put(path, entry);
                    if (entry.kind() == Entry.Kind.DIRECTORY) {
                      pending.add(entry);
                    }
                  });
        } catch (IOException e) {
          unlisted.put(path, e);
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
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
    if (unlisted.isEmpty()) {
      return false;
    }
    for (var p = path; p != null; p = p.getParent()) {
      if (unlisted.containsKey(p)) {
        return true;
      }
    }
    return false;
  }
}
