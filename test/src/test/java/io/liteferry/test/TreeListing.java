package io.liteferry.test;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What is in a tree, in a form that a failed comparison shows well. */
final class TreeListing {
  /** How much is compared. */
  enum Detail {
    /** Kind, size and content: what must be equal on both sides. */
    CONTENT,
    /** Also inode, mode and mtime: equal only when nothing was touched. */
    EVERYTHING
  }

  private TreeListing() {}

  /** All below a directory, by relative path; what Liteferry itself keeps on a volume left out. */
  static NavigableMap<String, String> of(Path root, Detail detail) throws IOException {
    return of(root, detail, root.resolve(".liteferry"));
  }

  /** What who reads a volume's points may look at: names and content. */
  static NavigableMap<String, String> withHistory(Path volume) throws IOException {
    var own = volume.resolve(".liteferry");
    var listing = of(volume, Detail.CONTENT, own.resolve("left out is nothing"));
    listing
        .keySet()
        .removeIf(
            name ->
                Stream.of("epochs", "staging", "reserve-")
                    .anyMatch(other -> name.startsWith(".liteferry/" + other)));
    return listing;
  }

  /** All below a directory, by relative path, and the directory itself. */
  static NavigableMap<String, String> everything(Path root) throws IOException {
    return of(root, Detail.EVERYTHING, root.resolve("left out is nothing"));
  }

  /**
   * The same without the times of a state directory: a socket for who asks is made there by each
   * command, and gone with it.
   */
  static NavigableMap<String, String> everythingBut(Path root, Path timesOfState)
      throws IOException {
    var listing = everything(root);
    for (var directory : List.of(timesOfState, timesOfState.resolve("staging"))) {
      listing.computeIfPresent(
          root.relativize(directory).toString(),
          (path, what) -> what.replaceFirst("lastModifiedTime=[^,]*, ", ""));
    }
    return listing;
  }

  private static NavigableMap<String, String> of(Path root, Detail detail, Path leftOut)
      throws IOException {
    var listing = new TreeMap<String, String>();
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
              throws IOException {
            if (directory.equals(leftOut)) {
              return FileVisitResult.SKIP_SUBTREE;
            }
            if (!directory.equals(root) || detail == Detail.EVERYTHING) {
              put(directory, "directory");
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            if (attributes.isSymbolicLink()) {
              put(file, "link to " + Files.readSymbolicLink(file));
            } else {
              put(
                  file,
                  attributes.isRegularFile() ? attributes.size() + " " + Sha256.of(file) : "other");
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) {
            listing.put(root.relativize(file).toString(), "cannot be read");
            return FileVisitResult.CONTINUE;
          }

          private void put(Path path, String what) throws IOException {
            var more =
                detail == Detail.EVERYTHING
                    ? Files.readAttributes(path, "unix:ino,mode,lastModifiedTime", NOFOLLOW_LINKS)
                    : "";
            listing.put(root.relativize(path).toString(), (what + " " + more).strip());
          }
        });
    return listing;
  }
}
