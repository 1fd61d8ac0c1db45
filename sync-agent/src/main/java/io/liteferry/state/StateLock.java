package io.liteferry.state;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import io.liteferry.durable.Durable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The locks on a state directory and a local directory, from {@link #take} to {@link #close}. */
final class StateLock implements AutoCloseable {
  private static final String NAME = "agent.lock";

  private final Path directory;
  private final boolean isNew;
  private final FileChannel file;
  private final LocalLock localLock;

  private StateLock(Path directory, boolean isNew, FileChannel file, LocalLock localLock) {
    this.directory = directory;
    this.isNew = isNew;
    this.file = file;
    this.localLock = localLock;
  }

  static Path fileIn(Path directory) {
    return directory.resolve(NAME);
  }

  /**
   * Makes the state directory when it is missing, and takes both locks.
   *
   * @throws AlreadyRunningException when another agent has the state or the local directory
   * @throws StateException when it cannot be made
   */
  static StateLock take(Path directory, Path local) throws IOException {
    boolean isNew = !Durable.exists(directory);
    var file = lockedFile(directory);
    try {
      return new StateLock(directory, isNew, file, LocalLock.take(local));
    } catch (IOException e) {
      try (file) {
        if (isNew) {
          remove(directory);
        }
      }
      throw e;
    }
  }

  private static FileChannel lockedFile(Path directory) throws IOException {
    FileChannel file;
    try {
      Files.createDirectories(directory);
      file = FileChannel.open(fileIn(directory), CREATE, READ, WRITE);
    } catch (IOException e) {
      throw StateException.of(directory, e);
    }
    if (!tryLock(file)) {
      file.close();
      throw new AlreadyRunningException(
          "another liteferry uses the state directory %s: stop it first; one for another LOCAL needs another --state"
              .formatted(directory));
    }
    return file;
  }

  /** Closes the file when locks do not work on it. */
  static boolean tryLock(FileChannel file) throws IOException {
    try {
      return file.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return false; // another agent in this very process, as in tests
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  private static void remove(Path directory) throws IOException {
    Durable.empty(directory);
    Files.delete(directory);
  }

  /**
   * Gives the locks back. A directory that was made for nothing goes: a refusal leaves no trace.
   */
  @Override
  public void close() throws IOException {
    // The lock files stay: removing one that another process just opened would let in a third.
    try (file;
        localLock) {
      if (isNew && !Durable.exists(directory.resolve(StateDirectory.STATE))) {
        remove(directory);
      }
    }
  }
}
