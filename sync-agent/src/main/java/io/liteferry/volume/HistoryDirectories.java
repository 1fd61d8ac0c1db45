package io.liteferry.volume;

import io.liteferry.durable.Durable;
import io.liteferry.history.Chains;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Where the history is on a volume: comes with the first record, and goes with the last. */
record HistoryDirectories(Volume volume, String volumeId, VolumeWriter writer) {
  /**
   * Before the first record of a publisher: an earlier version may not change the volume any more.
   * And what an earlier holder left may not be durable.
   */
  void prepare() throws IOException {
    make();
    if (volume.format().filter(format -> format >= Volume.FORMAT_OF_RECORDS).isEmpty()) {
      writer.mark(volumeId);
    }
    volume.syncDirectory(volume.own());
    volume.syncDirectory(volume.generations());
    new GenerationFiles(volume).syncPages();
  }

  /** Makes those that are not there. */
  void make() throws IOException {
    for (var directory : List.of(volume.generations(), volume.pages())) {
      if (!volume.call(() -> Durable.isDirectory(directory))) {
        writer.putOwn(writer.staging().freshDirectory(), directory);
      }
    }
  }

  /**
   * Without records no older point may be offered: it would not be what it was. What leads on from
   * plain files that are behind stays until these are current.
   */
  void discard() throws IOException {
    writer.removeOwn(volume.generations());
    var needed = needed();
    if (needed.isEmpty()) {
      writer.removeOwn(volume.pages());
    }
    for (var database : volume.call(() -> GenerationFiles.listed(volume.pages()))) {
      if (!needed.contains(database.getFileName().toString())) {
        writer.removeOwn(database);
      }
    }
    volume.syncDirectory(volume.own());
  }

  /** The databases of which segments lead on from a file that is in its place, or may be. */
  private Set<String> needed() throws IOException {
    var chains = new Chains(new GenerationFiles(volume).pages(), Map.of());
    var ahead =
        writer.databases().values().stream()
            .flatMap(database -> database.state().stream())
            .filter(s -> !chains.after(s.id(), s.previous().orElse(s.number())).isEmpty())
            .map(Manifest.State::id);
    return Stream.concat(ahead, writer.unread().stream()).collect(Collectors.toSet());
  }
}
