package io.liteferry.publish;

import io.liteferry.lease.Staging;
import io.liteferry.lease.VolumeException;
import io.liteferry.publish.Knowledge.Published;
import io.liteferry.state.IndexEntry;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Published files that are gone under their old names, to be given a second name in place of a
 * copy: local has renamed them, or a directory above them.
 *
 * <p>Two files of local never become two names of one on the volume: an application that runs there
 * one day would change both. So each is given once.
 *
 * @param <K> by what a file is recognised
 */
final class Twins<K> {
  private final Supplier<Map<K, Twin>> collected;
  private @Nullable Map<K, Twin> free;
  private final Map<Path, Twin> given = new HashMap<>();

  /** A file on the volume, by its old name. */
  record Twin(Path path, IndexEntry index) {
    /** A second name for it in staging; empty when it is not there, or nothing can be linked. */
    Optional<Path> link(Staging staging, Volume volume) throws IOException {
      Path link;
      try {
        link = staging.link(volume.root().resolve(path));
      } catch (VolumeException e) {
        return Optional.empty(); // a copy does as well, or says what is wrong
      }
      var there = volume.look(link);
      if (there.isPresent() && index.isStillOnVolume(there.get().stamp())) {
        return Optional.of(link);
      }
      staging.run(() -> Files.deleteIfExists(link));
      return Optional.empty();
    }
  }

  /**
   * For one pass; collects them when the first is asked for.
   *
   * @param databases whether databases, or files
   * @param key of a published one; empty when it has none
   */
  Twins(
      Knowledge knowledge,
      Inventory inventory,
      boolean databases,
      Function<IndexEntry, Optional<K>> key) {
    collected =
        () -> {
          var twins = new HashMap<K, Twin>();
          knowledge
              .names()
              .forEach(
                  (path, published) -> {
                    if (published instanceof Published.Known known
                        && known.index().database() == databases
                        && !inventory.mayHave(path)) {
                      key.apply(known.index())
                          .ifPresent(k -> twins.put(k, new Twin(path, known.index())));
                    }
                  });
          return twins;
        };
  }

  /**
   * Gives the one with this key, to the same name each time.
   *
   * @param isSame whether it is the same but for its name
   */
  Optional<Twin> give(K key, Path name, Predicate<IndexEntry> isSame) {
    var before = given.get(name);
    if (before != null) {
      return Optional.of(before);
    }
    var all = free == null ? collected.get() : free;
    free = all;
    var twin = all.get(key);
    if (twin == null || !isSame.test(twin.index())) {
      return Optional.empty();
    }
    all.remove(key);
    given.put(name, twin);
    return Optional.of(twin);
  }
}
