package io.liteferry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.TreeImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DirectoriesTest {
  @TempDir Path given;
  private Path directory;
  private Path local;
  private Path volume;

  @BeforeEach
  void make() throws IOException {
    directory = given.toRealPath();
    local = Files.createDirectory(directory.resolve("local"));
    volume = Files.createDirectory(directory.resolve("volume"));
  }

  private static Directories check(Path l, Path v, @Nullable Path state) throws BadPathException {
    return Directories.resolve(l, v, Optional.ofNullable(state), Argument.LOCAL, Argument.VOLUME);
  }

  private void assertRefused(ExitCode code, Path l, Path v, Path state, String... parts) {
    var before = TreeImage.trace(directory);
    var error = assertThrows(BadPathException.class, () -> check(l, v, state));
    assertEquals(code, error.exitCode, error.getMessage());
    for (var part : parts) {
      assertTrue(error.getMessage().contains(part), error.getMessage());
    }
    assertEquals(before, TreeImage.trace(directory));
  }

  @Test
  void check_twoDirectories_stateIsBesideLocal() throws Exception {
    assertEquals(
        new Directories(local, volume, directory.resolve("local.liteferry")),
        check(local, volume, null));
  }

  @Test
  void check_links_areResolved() throws Exception {
    var link = Files.createSymbolicLink(directory.resolve("link"), local);
    var found = check(link, volume, directory.resolve("a/../s/t"));
    assertEquals(local, found.local());
    assertEquals(directory.resolve("s/t"), found.state());
  }

  @Test
  void check_sameOrNested_isRefused() throws IOException {
    assertRefused(ExitCode.REFUSED, local, local, null, "same directory");
    var link = Files.createSymbolicLink(directory.resolve("link"), local);
    assertRefused(ExitCode.REFUSED, local, link, null, "same directory");
    var inner = Files.createDirectory(local.resolve("inner"));
    assertRefused(ExitCode.REFUSED, local, inner, null, "inside");
    assertRefused(ExitCode.REFUSED, inner, local, null, "inside");
  }

  @Test
  void check_swapped_isRefused() throws IOException {
    Files.createDirectory(local.resolve(".liteferry"));
    Files.writeString(local.resolve(".liteferry/volume.json"), "damaged or not");
    assertRefused(ExitCode.REFUSED, local, volume, null, "swapped");
  }

  @Test
  void check_stateInOrAroundEither_isRefused() throws IOException {
    assertRefused(ExitCode.REFUSED, local, volume, local.resolve("s"), "inside LOCAL");
    assertRefused(ExitCode.REFUSED, local, volume, volume.resolve("a/s"), "inside VOLUME");
    assertRefused(ExitCode.REFUSED, local, volume, local, "inside LOCAL");
    assertRefused(ExitCode.REFUSED, local, volume, directory, "contains");
    var link = Files.createSymbolicLink(directory.resolve("link"), local);
    assertRefused(ExitCode.REFUSED, local, volume, link.resolve("s"), "inside LOCAL");
  }

  @Test
  void check_missingOrFile_isToldApart() throws IOException {
    var missing = directory.resolve("missing");
    var file = Files.createFile(directory.resolve("file"));
    assertRefused(ExitCode.NODE, missing, volume, null, "LOCAL", "does not exist");
    assertRefused(ExitCode.VOLUME_UNAVAILABLE, local, missing, null, "VOLUME", "mounted");
    assertRefused(ExitCode.NODE, file, volume, null, "not a directory");
    assertRefused(ExitCode.VOLUME_UNAVAILABLE, local, file, null, "not a directory");
    assertRefused(ExitCode.NODE, local, volume, file, "STATE", "not a directory");
    assertRefused(ExitCode.USAGE, Path.of(""), volume, null, "LOCAL is empty");
  }

  @Test
  void check_stateBelowAFile_isRefused() throws IOException {
    var file = Files.createFile(directory.resolve("file"));
    assertRefused(ExitCode.NODE, local, volume, file.resolve("below"), "STATE");
  }
}
