package io.liteferry.volume;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.liteferry.durable.Durable;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Makes points stay, whatever the policy says, until their pins are removed. For the thread that
 * passes.
 */
final class UserPins {
  private final Volume volume;
  private final VolumeWriter writer;
  private final GenerationFiles files;

  /** On a volume of which the lease is held. */
  UserPins(Volume volume, VolumeWriter writer) {
    this.volume = volume;
    this.writer = writer;
    this.files = new GenerationFiles(volume);
  }

  /**
   * Pins a point; durable when this returns. The generation of the oldest point may have no
   * directory any more, and gets one.
   *
   * @param note for people
   */
  void pin(long point, String note) throws IOException {
    var directory = files.directory(point);
    if (volume.call(() -> Durable.isDirectory(directory))) {
      var staged = writer.staging().fresh();
      write(staged, note);
      writer.putOwn(staged, directory.resolve(PinFiles.PIN));
    } else {
      var staged = writer.staging().freshDirectory();
      write(staged.resolve(PinFiles.PIN), note);
      writer.staging().run(() -> Durable.syncDirectory(staged));
      writer.putOwn(staged, directory);
      volume.syncDirectory(volume.generations());
    }
    volume.syncDirectory(directory);
  }

  private void write(Path staged, String note) throws IOException {
    var text = note.getBytes(UTF_8);
    writer.staging().inReserve(() -> Durable.write(staged, out -> out.write(text)));
  }
}
