package io.liteferry.durable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BeneathTest {
  @TempDir Path directory;
  private Path root;
  private Path outside;

  @BeforeEach
  void make() throws IOException {
    root = Files.createDirectory(directory.resolve("root"));
    outside = Files.createDirectory(directory.resolve("outside"));
    Files.writeString(outside.resolve("f"), "secret");
    Files.createDirectories(root.resolve("a/b"));
    Files.writeString(root.resolve("a/b/f"), "mine");
    Files.writeString(root.resolve("top"), "mine");
  }

  private Digest open(String path) throws IOException {
    try (var in = Beneath.open(root, Path.of(path))) {
      return Digest.of(in, Path.of(path));
    }
  }

  @Test
  void open_regularFileAtAnyDepth_readsIt() throws IOException {
    assertEquals(Digest.of(root.resolve("top")), open("top"));
    assertEquals(Digest.of(root.resolve("a/b/f")), open("a/b/f"));
  }

  @Test
  void open_linkInPlaceOrOnTheWay_isAsIfNothingWereThere() throws IOException {
    Files.createSymbolicLink(root.resolve("link"), outside.resolve("f"));
    Files.createSymbolicLink(root.resolve("a/out"), outside);
    Files.createSymbolicLink(root.resolve("back"), root.resolve("a"));
    for (var path : new String[] {"link", "a/out/f", "back/b/f"}) {
      assertThrows(NoSuchFileException.class, () -> open(path), path);
    }
  }

  @Test
  void readLink_linkAtAnyDepth_isWhereItLeads() throws IOException {
    Files.createSymbolicLink(root.resolve("link"), outside.resolve("f"));
    Files.createSymbolicLink(root.resolve("a/b/link"), Path.of("nowhere"));
    assertEquals(outside.resolve("f"), Beneath.readLink(root, Path.of("link")));
    assertEquals(Path.of("nowhere"), Beneath.readLink(root, Path.of("a/b/link")));
  }

  @Test
  void readLink_linkOnTheWay_isAsIfNothingWereThere() throws IOException {
    Files.createSymbolicLink(outside.resolve("link"), Path.of("/secret"));
    Files.createSymbolicLink(root.resolve("a/out"), outside);
    assertThrows(NoSuchFileException.class, () -> Beneath.readLink(root, Path.of("a/out/link")));
  }

  @Test
  void directory_linkInPlaceOrOnTheWay_isAsIfNothingWereThere() throws IOException {
    Files.createDirectory(outside.resolve("d"));
    Files.createSymbolicLink(root.resolve("a/out"), outside);
    for (var path : new String[] {"a/out", "a/out/d", "top", "none"}) {
      assertThrows(
          NoSuchFileException.class, () -> Beneath.directory(root, Path.of(path)).close(), path);
    }
    try (var names = Beneath.directory(root, Path.of("a/b"))) {
      assertEquals(Path.of("f"), names.iterator().next().getFileName());
    }
  }

  @Test
  void open_somethingElse_isAsIfNothingWereThere() throws Exception {
    assertEquals(
        0, new ProcessBuilder("mkfifo", root.resolve("fifo").toString()).start().waitFor());
    for (var path : new String[] {"fifo", "a", "none", "none/f", "top/f"}) {
      var error = assertThrows(NoSuchFileException.class, () -> open(path), path);
      assertEquals(root.resolve(path).toString(), error.getFile());
    }
  }

  @Test
  void open_notPermitted_saysSoWithTheWholePath() throws Exception {
    Files.setAttribute(root.resolve("a"), "unix:mode", 0);
    try {
      var error = assertThrows(IOException.class, () -> open("a/b/none"));
      assertTrue(
          error instanceof NoSuchFileException // root may do everything
              || (error instanceof AccessDeniedException denied
                  && root.resolve("a/b/none").toString().equals(denied.getFile())));
    } finally {
      Files.setAttribute(root.resolve("a"), "unix:mode", 0755);
    }
  }

  /** The race itself: by path, every second look or so leads outside. */
  @Test
  void open_directorySwappedForALinkAllTheTime_neverLeadsOutside() throws Exception {
    var end = new AtomicBoolean();
    var swapper =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    Files.createSymbolicLink(root.resolve("x"), outside);
                    while (!end.get()) {
                      Files.move(root.resolve("a/b"), root.resolve("a/c"));
                      Files.move(root.resolve("x"), root.resolve("a/b"));
                      Files.move(root.resolve("a/b"), root.resolve("x"));
                      Files.move(root.resolve("a/c"), root.resolve("a/b"));
                    }
                  } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                  }
                });
    var mine = Digest.of(root.resolve("top"));
    int opened = 0;
    int gone = 0;
    try {
      for (int i = 0; i < 20_000 || opened == 0 || gone == 0; i++) {
        try {
          assertEquals(mine, open("a/b/f"));
          opened++;
        } catch (NoSuchFileException e) {
          gone++;
        }
      }
    } finally {
      end.set(true);
      swapper.join();
    }
  }
}
