package io.liteferry.lease;

import io.liteferry.durable.Durable;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes claims and heartbeats off a volume from which {@code staging} is gone, with a file in its
 * place: nobody can claim anything there any more, so no lease is needed, and whoever comes later
 * may go on with it. D6 and D7 of {@code docs/crash-safety.md}.
 *
 * <p>What is deleted is deleted through a handle of the directory that was looked at: one that an
 * agent has made since, after somebody else came to the end of this, is another one.
 */
final class Dismantling implements AutoCloseable {
  private final Path own;
  private final DirectoryStream<Path> claims;
  private final List<Path> names = new ArrayList<>();

  private Dismantling(Path own, DirectoryStream<Path> claims) {
    this.own = own;
    this.claims = claims;
  }

  static Path stagingOf(Path own) {
    return own.resolve("staging");
  }

  static Path epochsOf(Path own) {
    return own.resolve("epochs");
  }

  /** Whether staging was replaced by a file. */
  static boolean hasBegun(Path own) throws IOException {
    return Durable.isFile(stagingOf(own));
  }

  /** Takes hold of the claims that are there now; deletes nothing yet. */
  @SuppressWarnings("StreamResourceLeak") // it is closed with the object
  static Dismantling of(Path own) throws IOException {
    var dismantling = new Dismantling(own, Files.newDirectoryStream(epochsOf(own)));
    try {
      dismantling.claims.forEach(dismantling.names::add);
      return dismantling;
    } catch (DirectoryIteratorException e) {
      dismantling.close();
      throw e.getCause();
    }
  }

  /** Deletes them, and the file in the place of staging. Does nothing unless that is there. */
  void complete() throws IOException {
    if (!hasBegun(own)) {
      return; // somebody else has ended it
    }
    for (var name : names) { // D6
      try {
        if (claims instanceof SecureDirectoryStream<Path> handle) {
          handle.deleteFile(name.getFileName());
        } else {
          Files.delete(name);
        }
      } catch (NoSuchFileException e) {
        // somebody else is at it, too
      }
    }
    Files.deleteIfExists(epochsOf(own));
    end(own);
  }

  /** Deletes the file in the place of staging, last of all. */
  static void end(Path own) throws IOException {
    Durable.syncDirectory(own);
    if (hasBegun(own)) {
      Files.deleteIfExists(stagingOf(own)); // D7
    }
    Durable.syncDirectory(own);
  }

  @Override
  public void close() throws IOException {
    claims.close();
  }
}
