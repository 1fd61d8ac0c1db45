package io.liteferry.scan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TreeTest {
  @TempDir Path root;

  @BeforeEach
  void fill() throws IOException {
    Files.createDirectories(root.resolve("a/b"));
    Files.createDirectory(root.resolve("empty"));
    Files.writeString(root.resolve("a/b/f"), "f");
    Files.createSymbolicLink(root.resolve("dangling"), Path.of("nowhere"));
    Files.createSymbolicLink(root.resolve("up"), Path.of("."));
  }

  private static String kinds(Tree tree) {
    return tree.entries().values().stream()
        .map(e -> e.path() + "=" + e.kind())
        .collect(Collectors.joining(" "));
  }

  @Test
  void scan_tree_listsEachNameAndFollowsNoLink() throws IOException {
    var tree = Tree.scan(root, (path, directory) -> false, Tree.BeforeListing.NOTHING);
    assertEquals(
        "a=DIRECTORY a/b=DIRECTORY a/b/f=FILE dangling=LINK empty=DIRECTORY up=LINK", kinds(tree));
    assertTrue(tree.unlisted().isEmpty());
  }

  @Test
  void scan_socket_isSpecial() throws IOException {
    try (var socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      socket.bind(UnixDomainSocketAddress.of(root.resolve("socket")));
      var tree =
          Tree.scan(
              root, (path, directory) -> !path.endsWith("socket"), Tree.BeforeListing.NOTHING);
      assertEquals("socket=SPECIAL", kinds(tree));
    }
  }

  @Test
  void scan_skippedDirectory_isNotEnteredAndNotAnnounced() throws IOException {
    var announced = new ArrayList<Path>();
    var tree =
        Tree.scan(
            root,
            (path, isDirectory) -> path.endsWith("b"),
            (directory, entry) -> announced.add(entry.path()));
    assertFalse(tree.entries().containsKey(Path.of("a/b/f")));
    assertEquals(
        List.of(Path.of(""), Path.of("a"), Path.of("empty")), announced.stream().sorted().toList());
  }

  @Test
  void scan_directoryThatCannotBeListed_isUnknownBelowAndNotMissing() throws IOException {
    var tree =
        Tree.scan(
            root,
            (path, directory) -> false,
            (directory, entry) -> {
              if (entry.path().endsWith("a")) {
                throw new AccessDeniedException(directory.toString());
              }
            });
    assertEquals(List.of(Path.of("a")), List.copyOf(tree.unlisted().keySet()));
    assertTrue(tree.isUnknown(Path.of("a")));
    assertTrue(tree.isUnknown(Path.of("a/b/f")));
    assertFalse(tree.isUnknown(Path.of("empty/x")));
  }

  @Test
  void scan_directoryThatGoesBeforeItIsListed_isNotThere() throws IOException {
    var tree =
        Tree.scan(
            root,
            (path, directory) -> false,
            (directory, entry) -> {
              if (entry.path().endsWith("empty")) {
                Files.delete(directory);
              }
            });
    assertFalse(tree.entries().containsKey(Path.of("empty")));
    assertTrue(tree.unlisted().isEmpty());
  }

  @Test
  void scan_atItsEnd_tellsWhatItFound() throws IOException {
    var told = new ArrayList<Tree>();
    var before =
        new Tree.BeforeListing() {
          @Override
          public void directory(Path directory, Entry entry) {
            assertTrue(told.isEmpty(), "told before the end");
          }

          @Override
          public void listed(Tree tree) {
            told.add(tree);
          }
        };
    assertEquals(List.of(Tree.scan(root, (path, directory) -> false, before)), told);

    told.clear();
    assertThrows(
        NoSuchFileException.class,
        () -> Tree.scan(root.resolve("missing"), (path, directory) -> false, before));
    assertEquals(List.of(), told);
  }

  @Test
  void scan_skippedOnlyAsADirectory_isListedWhereItIsNone() throws IOException {
    Files.createDirectory(root.resolve("d"));
    Files.writeString(root.resolve("d/f"), "f");
    Files.writeString(root.resolve("a/d"), "f");
    var tree =
        Tree.scan(
            root, (path, directory) -> directory && path.endsWith("d"), Tree.BeforeListing.NOTHING);
    assertFalse(tree.entries().containsKey(Path.of("d")));
    assertFalse(tree.entries().containsKey(Path.of("d/f")));
    assertTrue(tree.entries().containsKey(Path.of("a/d")));
  }

  /** As renameat2(2) can exchange the two at once, between our looks. */
  @Test
  void scan_directorySwappedForALinkBeforeItIsListed_listsNothingOutside(@TempDir Path outside)
      throws IOException {
    Files.writeString(outside.resolve("secret"), "x");
    Files.createDirectory(outside.resolve("b"));
    Files.writeString(outside.resolve("b/secret"), "x");
    var tree =
        Tree.scan(
            root,
            (path, directory) -> false,
            (directory, entry) -> {
              if (entry.path().endsWith("a")) {
                Files.move(directory, root.resolve("aside"));
                Files.createSymbolicLink(directory, outside);
              }
            });
    assertFalse(kinds(tree).contains("secret"), kinds(tree));
  }

  /** A link above: what is listed by its path is that of another directory. */
  @Test
  void scan_directoryAboveSwappedForALink_listsNothingOutside(@TempDir Path outside)
      throws IOException {
    Files.createDirectory(outside.resolve("b"));
    Files.writeString(outside.resolve("b/secret"), "x");
    var tree =
        Tree.scan(
            root,
            (path, directory) -> false,
            (directory, entry) -> {
              if (entry.path().endsWith("b")) {
                Files.move(root.resolve("a"), root.resolve("aside"));
                Files.createSymbolicLink(root.resolve("a"), outside);
              }
            });
    assertFalse(kinds(tree).contains("secret"), kinds(tree));
  }

  @Test
  void scan_directoryReplacedByAnotherBeforeItIsListed_listsThat() throws IOException {
    var tree =
        Tree.scan(
            root,
            (path, directory) -> false,
            (directory, entry) -> {
              if (entry.path().endsWith("empty")) {
                Files.move(directory, root.resolve("aside"));
                Files.createDirectory(directory);
                Files.writeString(directory.resolve("new"), "x");
              }
            });
    assertTrue(tree.entries().containsKey(Path.of("empty/new")), kinds(tree));
  }

  /** A mount that went away must not look like an empty directory. */
  @Test
  void scan_rootThatIsMissing_throws() {
    var missing = root.resolve("missing");
    assertThrows(
        NoSuchFileException.class,
        () -> Tree.scan(missing, (path, directory) -> false, Tree.BeforeListing.NOTHING));
  }

  @Test
  void look_fileInTheWayOfADirectory_isNothing() throws IOException {
    assertTrue(Entry.look(root, Path.of("a/b/f/x")).isEmpty());
  }
}
