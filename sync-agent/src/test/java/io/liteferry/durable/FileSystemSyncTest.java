package io.liteferry.durable;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import io.liteferry.fixture.Names;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FileSystemSyncTest {
  private static final Path MEMORY = Path.of("/dev/shm");

  @TempDir Path directory;

  @Test
  void isOf_directories_isThatOfTheSameFileSystemAlone() throws IOException {
    assumeTrue(Files.isDirectory(MEMORY));
    try (var fileSystem = FileSystemSync.open(MEMORY).orElseThrow()) {
      assertTrue(fileSystem.isOf(MEMORY));
      assertFalse(fileSystem.isOf(Path.of("/proc")));
    }
  }

  /** The first sync goes through what was opened, the second, of the directory, fails. */
  @Test
  void sync_ofTheDirectoryFails_fails() throws IOException {
    assumeTrue(Files.isDirectory(MEMORY));
    var gone = Files.createTempDirectory(MEMORY, "gone");
    try (var fileSystem = FileSystemSync.open(gone).orElseThrow()) {
      fileSystem.sync();
      Files.delete(gone);
      assertThrows(NoSuchFileException.class, fileSystem::sync);
    }
  }

  /** Its own files are made up as they are read: nothing is known of its sync. */
  @Test
  void open_otherFileSystem_isNotFit() throws IOException {
    assertTrue(FileSystemSync.open(Path.of("/proc")).isEmpty());
    try (var model = Jimfs.newFileSystem(Configuration.unix())) {
      assertTrue(FileSystemSync.open(model.getPath("/work")).isEmpty());
    }
  }

  /** Run as a process of its own: says whether the file system can be synced as a whole. */
  static final class Opening {
    private Opening() {}

    /** Opens the directory given. */
    public static void main(String[] args) throws IOException {
      var directory = Path.of(args[0]);
      FileSystemSync.prepare(directory);
      System.out.println(FileSystemSync.open(directory).isPresent());
    }
  }

  /** What {@link Opening} says, errors included. */
  private static String opening(String nativeAccess, Path opened, String... under)
      throws Exception {
    var command = new ArrayList<>(List.of(under));
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            nativeAccess,
            "-cp",
            System.getProperty("java.class.path"),
            Opening.class.getName(),
            opened.toString()));
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    var said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertEquals(0, process.waitFor(), said);
    return said.strip();
  }

  @Test
  void open_nativeFunctionsForbidden_isNotFitAndSaysNothing() throws Exception {
    assertEquals("false", opening("--illegal-native-access=deny", MEMORY));
  }

  /** The list of mounts tells the hidden one first. */
  @Test
  void open_mountOverAnother_isJudgedByTheOneThatIsSeen() throws Exception {
    String[] mounted = {
      "unshare",
      "--user",
      "--map-root-user",
      "--mount",
      "sh",
      "-c",
      "mount -t tmpfs none '%s' && mount --rbind /proc '%<s' && exec \"$@\"".formatted(directory),
      "sh"
    };
    var trial = new ArrayList<>(List.of(mounted));
    trial.add("true");
    assumeTrue(new ProcessBuilder(trial).start().waitFor() == 0, "may not mount");
    assertEquals("false", opening("--enable-native-access=ALL-UNNAMED", directory, mounted));
  }

  @Test
  void open_missingDirectory_saysSo() {
    assertThrows(
        NoSuchFileException.class, () -> FileSystemSync.open(directory.resolve("missing")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"5.8", "5.8.0-63-generic", "5.14.0-427.el9.x86_64", "6.1.0-18", "10.0"})
  void isKernelFit_since58_isSo(String version) {
    assertTrue(FileSystemSync.isKernelFit(version));
  }

  @ParameterizedTest
  @ValueSource(strings = {"4.18.0-553.el8", "5.7.19", "5.4.0-42", "unknown", ""})
  void isKernelFit_earlierOrUnknown_isNot(String version) {
    assertFalse(FileSystemSync.isKernelFit(version));
  }

  @Test
  void libC_anyName_opensThatDirectory() throws IOException {
    for (var name : Names.below(directory)) {
      int descriptor = LibC.open(Files.createDirectory(name));
      assertEquals(
          name.toRealPath(), Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)));
      LibC.syncfs(descriptor, name);
      LibC.close(descriptor, name);
    }
  }

  @Test
  void libC_error_isReadByErrno() {
    var missing = directory.resolve("missing");
    var error = assertThrows(FileSystemException.class, () -> LibC.open(missing));
    assertEquals(missing.toString(), error.getFile());
    assertEquals(Errno.ENOENT, Errno.of(error));
    var closed = assertThrows(FileSystemException.class, () -> LibC.syncfs(-1, directory));
    assertEquals("Bad file descriptor", closed.getReason());
  }
}
