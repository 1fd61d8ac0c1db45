package io.liteferry.lease;

import io.liteferry.durable.Durable;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes what a lease is held by off a volume, D4 to D7 of {@code docs/crash-safety.md}. Once there
 * is a file in the place of {@code staging} nobody can claim anything there any more, so no lease
 * is needed, and whoever comes later may go on with it.
 *
 * <p>What is deleted is deleted through a handle of the directory that was looked at: one that an
 * agent has made since, after somebody else came to the end of this, is another one.
 */
public final class Dismantling implements AutoCloseable {
  private final LeaseFiles files;
  private final DirectoryStream<Path> claims;
  private final List<Path> names = new ArrayList<>();

  private Dismantling(LeaseFiles files, DirectoryStream<Path> claims) {
    this.files = files;
    this.claims = claims;
  }

  /**
   * Whether a {@link Lease#dismantle} was begun and not ended: nobody can have the lease.
   *
   * @param own the directory of ours on the volume
   */
  public static boolean hasBegun(Path own) throws IOException {
    return new LeaseFiles(own).isDismantled();
  }

  /**
   * Goes on with a {@link Lease#dismantle} that was cut off; several may do so at once.
   *
   * @param own the directory of ours on the volume
   * @throws IOException when the volume does not work; to be called again
   */
  public static void resume(Path own) throws IOException {
    var files = new LeaseFiles(own);
    try (var dismantling = of(files)) {
      dismantling.complete();
    } catch (NoSuchFileException e) {
      end(files); // the claims are gone
    }
  }

  /** Takes hold of the claims that are there now; deletes nothing yet. */
  @SuppressWarnings("StreamResourceLeak") // it is closed with the object
  static Dismantling of(LeaseFiles files) throws IOException {
    var dismantling = new Dismantling(files, Files.newDirectoryStream(files.epochs().directory()));
    try {
      dismantling.claims.forEach(dismantling.names::add);
      return dismantling;
    } catch (DirectoryIteratorException e) {
      dismantling.close();
      throw e.getCause();
    }
  }

  /**
   * Puts a file in the place of staging, with the lease held.
   *
   * @param ours the staging directory of this epoch
   * @throws FencedException when another agent was faster
   */
  void begin(long epoch, Staging ours) throws IOException {
    for (var name : Durable.names(files.staging())) { // D4
      if (!name.equals(ours.name())) {
        ours.removeTree(files.staging().resolve(name));
      }
    }
    for (var file : files.reserve().files()) {
      ours.remove(file);
    }
    ours.close();
    while (!Fence.placeFile(files.staging())) { // D5
      try {
        Files.delete(files.staging());
      } catch (NoSuchFileException e) {
        // its place is free by now
      } catch (DirectoryNotEmptyException e) {
        throw files.epochs().isSucceeded(epoch) ? files.fencedBy(epoch + 1) : e;
      }
    }
    Durable.syncDirectory(files.own());
  }

  /** Deletes them, and the file in the place of staging. Does nothing unless that is there. */
  void complete() throws IOException {
    if (!files.isDismantled()) {
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
    Files.deleteIfExists(files.epochs().directory());
    end(files);
  }

  /** Deletes the file in the place of staging, last of all. */
  private static void end(LeaseFiles files) throws IOException {
    Durable.syncDirectory(files.own());
    if (files.isDismantled()) {
      Files.deleteIfExists(files.staging()); // D7
    }
    Durable.syncDirectory(files.own());
  }

  @Override
  public void close() throws IOException {
    claims.close();
  }
}
