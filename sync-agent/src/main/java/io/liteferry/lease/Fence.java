package io.liteferry.lease;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import io.liteferry.durable.Durable;
import io.liteferry.durable.Errno;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes from every earlier holder the directory without which its requests fail. A file takes the
 * directory's place, as a request to make the directory could be repeated.
 */
final class Fence {
  private static final Logger log = LoggerFactory.getLogger(Fence.class);
  private static final long LOOK_AGAIN = TimeUnit.MILLISECONDS.toNanos(50);

  private final LeaseFiles files;
  private final LeaseClock clock;
  private final long patience;

  /**
   * Prepares it.
   *
   * @param patience how long to wait for directories in which something is open
   */
  Fence(LeaseFiles files, LeaseClock clock, Duration patience) {
    this.files = files;
    this.clock = clock;
    this.patience = patience.toNanos();
  }

  /**
   * Fences all holders before this epoch, durably. L5.
   *
   * @param ours the staging directory of this epoch
   */
  void fence(long epoch, Staging ours) throws IOException, InterruptedException {
    var names = new TreeSet<String>();
    files.epochs().claimsBefore(epoch).forEach(claim -> names.add(claim.staging()));
    for (var name : Durable.names(files.staging())) {
      if (Durable.isDirectory(files.staging().resolve(name))) {
        names.add(name);
      }
    }
    names.remove(ours.name());
    boolean said = false;
    long begun = clock.nanos();
    for (var name : names) {
      var place = files.staging().resolve(name);
      while (!files.reserve().use(() -> placeFile(place))) {
        try {
          Durable.empty(place);
          Files.delete(place);
        } catch (NoSuchFileException e) {
          // somebody was faster with a name in it, or with all of it
        } catch (IOException e) {
          if (!Durable.isDirectory(place)) {
            continue; // as above, seen through a handle that is stale by now
          }
          if (!isInUse(e) || clock.nanos() - begun > patience) {
            throw e;
          }
          if (!said) {
            log.info("waiting until every file in {} is closed", place);
            said = true;
          }
          clock.sleep(LOOK_AGAIN);
        }
      }
    }
    Durable.syncDirectory(files.staging());
  }

  /**
   * Its owner is at work in it, or somebody has a file open that was deleted there: an NFS client
   * then keeps the file under another name until it is closed.
   */
  private static boolean isInUse(IOException e) {
    var errno = Errno.of(e);
    return errno == Errno.ENOTEMPTY || errno == Errno.EBUSY;
  }

  /**
   * Makes a file in the place of a directory, unless something is there. What is there and is gone
   * when we look was the directory: its place is free by now.
   *
   * @return whether there is something else than a directory now
   */
  static boolean placeFile(Path place) throws IOException {
    try {
      Files.createFile(place);
      return true;
    } catch (FileAlreadyExistsException e) {
      try {
        return !Files.readAttributes(place, BasicFileAttributes.class, NOFOLLOW_LINKS)
            .isDirectory();
      } catch (NoSuchFileException gone) {
        return false;
      }
    }
  }
}
