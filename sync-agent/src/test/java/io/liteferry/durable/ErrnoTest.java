package io.liteferry.durable;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The answers that can be had of this kernel without any right, and the texts of all. */
final class ErrnoTest {
  private static final Path OTHER_FILE_SYSTEM = Path.of("/dev/shm");
  private static final int TOO_LONG = 256;

  @TempDir Path directory;
  private Path file;

  @BeforeEach
  void makeFile() throws IOException {
    file = Files.writeString(directory.resolve("file"), "x");
  }

  private static Errno of(Executable failing) {
    return Errno.of(assertThrows(IOException.class, failing));
  }

  private static void write(Path file) throws IOException {
    try (var out = FileChannel.open(file, WRITE)) {
      out.write(ByteBuffer.wrap(new byte[1]));
    }
  }

  @Test
  void of_nothingThere_isKnown() {
    assertEquals(Errno.ENOENT, of(() -> Files.size(directory.resolve("missing"))));
    assertEquals(Errno.ENOTDIR, of(() -> FileChannel.open(file.resolve("below"))));
    assertEquals(Errno.ENAMETOOLONG, of(() -> Files.size(directory.resolve("n".repeat(TOO_LONG)))));
  }

  @Test
  void of_wrongKind_isKnown() throws IOException {
    assertEquals(Errno.ENOTDIR, of(() -> Files.newDirectoryStream(file)));
    assertEquals(Errno.EISDIR, of(() -> write(directory)));
    assertEquals(Errno.EINVAL, of(() -> Files.readSymbolicLink(file)));
    try (var opened = FileChannel.open(directory, READ)) {
      assertEquals(Errno.EISDIR, of(() -> opened.read(ByteBuffer.allocate(1))));
    }
  }

  @Test
  void of_linkThatIsNotFollowed_isKnownWhateverJavaAdds() throws IOException {
    var loop = Files.createSymbolicLink(directory.resolve("loop"), Path.of("loop"));
    assertEquals(Errno.ELOOP, of(() -> FileChannel.open(loop, READ, NOFOLLOW_LINKS)));
    assertEquals(Errno.ELOOP, of(() -> FileChannel.open(loop, READ)));
    assertEquals(Errno.ELOOP, of(() -> Files.size(loop)));
  }

  @Test
  void of_nameTaken_isKnown() throws IOException {
    var full = Files.createDirectories(directory.resolve("full/below")).getParent();
    var other = Files.createDirectory(directory.resolve("other"));
    assertEquals(Errno.EEXIST, of(() -> Files.createDirectory(full)));
    assertEquals(Errno.ENOTEMPTY, of(() -> Files.delete(full)));
    assertEquals(Errno.ENOTEMPTY, of(() -> Files.move(other, full, ATOMIC_MOVE)));
    assertEquals(Errno.EISDIR, of(() -> Files.move(file, full, ATOMIC_MOVE)));
  }

  @Test
  void of_otherFileSystem_isKnown() throws IOException {
    assumeTrue(Files.isWritable(OTHER_FILE_SYSTEM));
    assumeFalse(Files.getFileStore(OTHER_FILE_SYSTEM).equals(Files.getFileStore(directory)));
    var there = OTHER_FILE_SYSTEM.resolve(UniqueName.make());
    assertEquals(Errno.EXDEV, of(() -> Files.move(file, there, ATOMIC_MOVE)));
    assertEquals(Errno.EXDEV, of(() -> Files.createLink(there, file)));
  }

  @Test
  void of_notPermitted_isKnown() throws IOException {
    assertEquals(Errno.EPERM, of(() -> Files.createLink(directory.resolve("link"), directory)));
    assumeFalse(User.id() == 0);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("---------"));
    assertEquals(Errno.EACCES, of(() -> FileChannel.open(file, READ)));
  }

  @Test
  void of_deviceThatIsFull_isOutOfRoom() {
    var e = assertThrows(IOException.class, () -> write(Path.of("/dev/full")));
    assertEquals(Errno.ENOSPC, Errno.of(e));
    assertTrue(Durable.isOutOfRoom(e));
  }

  /** Nothing is mapped where it begins. */
  @Test
  void of_readThatFails_isKnown() throws IOException {
    try (var memory = FileChannel.open(Path.of("/proc/self/mem"), READ)) {
      assertEquals(Errno.EIO, of(() -> memory.read(ByteBuffer.allocate(1))));
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "OTHER")
  void of_anyText_isKnownWithAPathAndWithout(Errno errno) {
    var e = errno.at(file);
    assertEquals(errno, Errno.of(e));
    assertEquals(errno, Errno.of(new IOException(errno.words())));
    assertEquals(errno, Errno.of(new IOException("while something was done", e)));
    assertTrue(errno.words().equalsIgnoreCase(Errno.reason(e)), Errno.reason(e));
    assertEquals(Errno.reason(e) + ": " + file, Errno.describe(e));
  }

  @Test
  void of_noAnswerOfTheKernel_isOther() {
    assertEquals(Errno.OTHER, Errno.of(new IOException("a text of ours: no space left on device")));
    assertEquals(Errno.OTHER, Errno.of(new IOException()));
    assertEquals(Errno.OTHER, Errno.of(new FileSystemException("/f")));
    assertEquals(Errno.OTHER, Errno.of(new IllegalStateException("Input/output error")));
    assertEquals(Errno.OTHER, Errno.of(null));
  }

  @Test
  void at_answersWithAClassOfTheirOwn_areOfIt() {
    assertSame(NoSuchFileException.class, Errno.ENOENT.at(file).getClass());
    assertSame(AccessDeniedException.class, Errno.EACCES.at(file).getClass());
    assertSame(FileAlreadyExistsException.class, Errno.EEXIST.at(file).getClass());
    assertSame(FileSystemException.class, Errno.EIO.at(file).getClass());
  }

  @Test
  void named_openFile_hasItsPathAndTheCause() {
    for (var e : new IOException[] {new IOException("Input/output error"), new IOException("x")}) {
      var named = Errno.named(file, e);
      assertEquals(file + ": " + e.getMessage(), named.getMessage());
      assertSame(e, named.getCause());
    }
  }

  @Test
  void predicates_allAnswers_areTrueOfTheseAlone() {
    var room = EnumSet.noneOf(Errno.class);
    var nothing = EnumSet.noneOf(Errno.class);
    var descriptors = EnumSet.noneOf(Errno.class);
    for (var errno : Errno.values()) {
      if (errno.isOutOfRoom()) {
        room.add(errno);
      }
      if (errno.isNothingThere()) {
        nothing.add(errno);
      }
      if (errno.isOutOfDescriptors()) {
        descriptors.add(errno);
      }
    }
    assertEquals(EnumSet.of(Errno.ENOSPC, Errno.EDQUOT), room);
    assertEquals(EnumSet.of(Errno.ENOENT, Errno.ENOTDIR, Errno.ENAMETOOLONG), nothing);
    assertEquals(EnumSet.of(Errno.EMFILE, Errno.ENFILE), descriptors);
  }
}
