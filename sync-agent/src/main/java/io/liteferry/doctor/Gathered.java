package io.liteferry.doctor;

import java.time.Instant;
import java.util.Optional;

/**
 * What several checks need: gathered once, and empty when it cannot be known.
 *
 * @param bytesPerSecond that were written to state and synced; 0 when that was not measured
 * @param volumeTime by the clock of the volume's file system
 */
record Gathered(
    Optional<Content> local,
    Optional<Content> volume,
    double bytesPerSecond,
    Optional<Instant> volumeTime) {
  static final Gathered NOTHING =
      new Gathered(Optional.empty(), Optional.empty(), 0, Optional.empty());

  Gathered withLocal(Content content) {
    return new Gathered(Optional.of(content), volume, bytesPerSecond, volumeTime);
  }

  Gathered withVolume(Content content) {
    return new Gathered(local, Optional.of(content), bytesPerSecond, volumeTime);
  }

  Gathered withBytesPerSecond(double measured) {
    return new Gathered(local, volume, measured, volumeTime);
  }

  Gathered withVolumeTime(Optional<Instant> time) {
    return new Gathered(local, volume, bytesPerSecond, time);
  }
}
