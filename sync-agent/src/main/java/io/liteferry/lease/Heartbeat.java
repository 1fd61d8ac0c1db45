package io.liteferry.lease;

import io.liteferry.durable.Durable;
import io.liteferry.lease.Epochs.Beat;
import java.io.IOException;

/** Writes a holder's signs of life, each unlike the one before. Not safe for use by two threads. */
final class Heartbeat {
  private final LeaseFiles files;
  private long counter;

  Heartbeat(LeaseFiles files) {
    this.files = files;
  }

  /**
   * Replaces the last sign of life by way of staging, also where there is no room. L8.
   *
   * @param released whether the holder asks for nothing more
   * @param flushed whether everything is on the volume then
   */
  void send(long epoch, Staging staging, boolean released, boolean flushed) throws IOException {
    var beat = new Beat(counter++, released, flushed);
    try {
      replace(epoch, staging, beat);
    } catch (IOException e) {
      if (!Durable.isOutOfRoom(e)) {
        throw e;
      }
      // Written over in place only as it says no more than that somebody lives.
      if (released || !files.epochs().overwrite(epoch, beat)) {
        files.reserve().use(() -> replace(epoch, staging, beat));
      }
    }
  }

  private Beat replace(long epoch, Staging staging, Beat beat) throws IOException {
    var file = staging.write(Epochs.bytes(beat));
    try {
      staging.publish(file, files.epochs().beatFile(epoch));
      return beat;
    } catch (IOException e) {
      staging.discard(file, e);
      throw e;
    }
  }
}
