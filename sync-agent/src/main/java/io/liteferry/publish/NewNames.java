package io.liteferry.publish;

import io.liteferry.durable.Durable;
import io.liteferry.lease.VolumeException;
import io.liteferry.publish.Knowledge.Published;
import io.liteferry.scan.Entry;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Names that a pass is about to give, and that the volume did not have when it was listed. Somebody
 * else may have given them since, so it is asked for each. It costs no call for what the volume is
 * known to have, nor below a directory that it has not.
 */
record NewNames(Volume volume, Knowledge knowledge) {
  /** So many looks are not worth finding out whether to list the directory is cheaper. */
  private static final int FEW = 16;

  /**
   * Asks for those of these names that are not known. What is there is known from then on as if it
   * had been listed; what is still not known then is not there.
   *
   * @return whether any is there
   */
  boolean ask(Stream<Path> names) throws IOException {
    var lacking = // a directory comes before those below it
        names
            .filter(name -> knowledge.get(name) == null)
            .collect(
                Collectors.groupingBy(NewNames::directoryOf, TreeMap::new, Collectors.toList()));
    boolean areMany = lacking.values().stream().anyMatch(some -> some.size() > FEW);
    var sizes = areMany ? sizes() : Map.<Path, Long>of();
    boolean isAnyThere = false;
    for (var one : lacking.entrySet()) {
      var directory = one.getKey();
      var some = one.getValue();
      var listed =
          isThere(directory) && some.size() > Math.max(FEW, sizes.getOrDefault(directory, 0L))
              ? list(directory)
              : Optional.<Set<Path>>empty();
      for (var name : some) {
        var entry =
            isThere(directory) && listed.map(all -> all.contains(name.getFileName())).orElse(true)
                ? look(name)
                : Optional.<Entry>empty();
        if (entry.isPresent()) {
          knowledge.found(volume, entry.get());
          isAnyThere = true;
        }
      }
    }
    return isAnyThere;
  }

  private static Path directoryOf(Path name) {
    var parent = name.getParent();
    return parent == null ? name.getFileSystem().getPath("") : parent;
  }

  private boolean isThere(Path directory) {
    return directory.toString().isEmpty()
        || knowledge.get(directory) instanceof Published.Directory;
  }

  /** How many names are known in each directory. */
  private Map<Path, Long> sizes() {
    return knowledge.names().keySet().stream()
        .collect(Collectors.groupingBy(NewNames::directoryOf, Collectors.counting()));
  }

  private Optional<Set<Path>> list(Path directory) throws IOException {
    return unlessRefused(
        () ->
            Durable.list(volume.root().resolve(directory)).stream()
                .map(Path::getFileName)
                .collect(Collectors.toSet()));
  }

  /** What is refused here is refused to the publication, too, which says so. */
  private Optional<Entry> look(Path name) throws IOException {
    return unlessRefused(() -> Entry.look(volume.root(), name)).flatMap(Function.identity());
  }

  private <T> Optional<T> unlessRefused(VolumeException.Work<T> work) throws IOException {
    try {
      return Optional.of(volume.call(work));
    } catch (VolumeException e) {
      if (VolumeException.concernsAll(e)) {
        throw e;
      }
      return Optional.empty();
    }
  }
}
