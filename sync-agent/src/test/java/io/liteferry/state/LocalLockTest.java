package io.liteferry.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.liteferry.durable.User;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Agents of several users on one local directory, and users who are in the way. */
final class LocalLockTest {
  private static final int SOMEBODY = 12345;

  @TempDir Path directory;
  private Path local;
  private Path temporary;

  @BeforeEach
  void makeDirectories() throws IOException {
    local = Files.createDirectory(directory.resolve("local"));
    temporary = Files.createDirectory(directory.resolve("tmp"));
  }

  private Path file() throws IOException {
    return temporary.resolve(
        "liteferry-%s-%s.lock"
            .formatted(
                Files.getAttribute(local, "unix:dev"), Files.getAttribute(local, "unix:ino")));
  }

  /** Locks the file as another user's agent does. */
  private FileChannel lockedBySomebody() throws IOException {
    assumeTrue(User.id() == 0, "only root can give files away");
    var file = Files.createFile(file());
    Files.setAttribute(file, "unix:uid", SOMEBODY);
    var channel = FileChannel.open(file, StandardOpenOption.WRITE);
    channel.lock();
    return channel;
  }

  @Test
  void take_again_isRefusedUntilItIsClosed() throws IOException {
    try (var _ = LocalLock.take(local, temporary)) {
      var refused =
          assertThrows(AlreadyRunningException.class, () -> LocalLock.take(local, temporary));
      assertTrue(refused.getMessage().contains(file().toString()), refused::getMessage);
    }
    LocalLock.take(local, temporary).close();
  }

  /** The name must not differ between users, and each must be able to lock the file. */
  @Test
  void take_fileIsNew_othersCanLockIt() throws IOException {
    try (var _ = LocalLock.take(local, temporary)) {
      assertEquals(
          "rw-rw-rw-", PosixFilePermissions.toString(Files.getPosixFilePermissions(file())));
    }
  }

  @Test
  void take_agentOfAnotherUserWhoOwnsLocal_isRefused() throws IOException {
    try (var _ = lockedBySomebody()) {
      Files.setAttribute(local, "unix:uid", SOMEBODY);
      var refused =
          assertThrows(AlreadyRunningException.class, () -> LocalLock.take(local, temporary));
      assertTrue(refused.getMessage().contains("user " + SOMEBODY), refused::getMessage);
    }
  }

  /** Who cannot write to local has no agent there, and is only in the way. */
  @Test
  void take_lockedByAUserWhoCannotWriteToLocal_isNotRefused() throws IOException {
    Files.setPosixFilePermissions(local, PosixFilePermissions.fromString("rwxr-xr-x"));
    try (var _ = lockedBySomebody()) {
      LocalLock.take(local, temporary).close();
    }
  }

  @Test
  @Timeout(value = 10, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void take_somethingElseHasTheName_isNotRefused() throws Exception {
    Files.createSymbolicLink(file(), directory.resolve("elsewhere"));
    LocalLock.take(local, temporary).close();
    assertFalse(Files.exists(directory.resolve("elsewhere")), "a link was followed");
    Files.delete(file());
    Files.createDirectory(file());
    LocalLock.take(local, temporary).close();
    Files.delete(file());
    new ProcessBuilder("mkfifo", file().toString()).start().waitFor();
    LocalLock.take(local, temporary).close();
  }
}
