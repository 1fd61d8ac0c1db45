package io.liteferry.publish;

import io.liteferry.scan.Entry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** What restore has to change on a volume before it reads it. */
public final class VolumeOwner {
  private VolumeOwner() {}

  /**
   * Makes a volume ready to be read: finishes what a killed agent left half done, and marks a new
   * volume.
   *
   * @param id the volume's id, when it has one
   * @return the id
   * @throws VolumeException when the volume cannot be written to
   */
  public static String prepare(Volume volume, Optional<String> id) throws IOException {
    try {
      if (id.isPresent() && isReadable(volume) && !SideFileIntent.isPending(volume)) {
        return id.get(); // nothing to do; an agent at work there is not disturbed
      }
      var staging = Staging.open(volume);
      try {
        SideFileIntent.recover(volume, staging);
        if (id.isPresent() && isReadable(volume)) {
          return id.get();
        }
        return volume.mark(staging, id.orElseGet(Volume::newId));
      } finally {
        staging.close();
      }
    } catch (IOException e) {
      throw e instanceof VolumeException ? e : new VolumeException(volume.root(), e);
    }
  }

  private static boolean isReadable(Volume volume) throws IOException {
    try {
      return volume.id().isPresent();
    } catch (io.liteferry.durable.DamagedFileException e) {
      return false;
    }
  }

  /** Gives a restored file or link its owner, as far as permitted. */
  public static void setOwner(Path path, Entry source) {
    Staging.setOwner(path, source);
  }
}
