package io.liteferry.past;

import io.liteferry.history.Chains;
import io.liteferry.history.Change;
import io.liteferry.history.PageFile;
import io.liteferry.history.Stored;
import io.liteferry.history.Version;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Adds up what the history keeps of each path; a file that two paths need counts for the first. */
final class KeptBytes {
  private final Chains chains;
  private final Map<Path, Long> bytes = new TreeMap<>();
  private final Set<Stored> counted = new HashSet<>();

  KeptBytes(Chains chains) {
    this.chains = chains;
  }

  void add(Change change) {
    switch (change.was()) {
      case Version.File file ->
          file.object().ifPresent(object -> count(change.path(), object, file.size()));
      case Version.Database database -> {
        List<PageFile> files = chains.of(database.id(), database.state()).orElse(List.of());
        files.forEach(page -> count(change.path(), page, page.bytes()));
      }
      default -> {}
    }
  }

  private void count(Path path, Stored file, long size) {
    if (counted.add(file)) {
      bytes.merge(path, size, Long::sum);
    }
  }

  Map<Path, Long> byPath() {
    return bytes;
  }
}
