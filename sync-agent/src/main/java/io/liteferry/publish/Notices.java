package io.liteferry.publish;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;

/**
 * Says each thing once: a message is logged when its cause appears, not on each retry, and again
 * only after the cause was away. Safe for use by several threads.
 *
 * <p>Each run says again what is not on the volume, and what fails. What merely lasts, such as a
 * socket that does not travel, is a warning once: a later run that finds the same says it at level
 * info, so that a restart does not look like news.
 */
public final class Notices {
  private final Set<String> said = ConcurrentHashMap.newKeySet();

  /** What lasts, by its key: a digest of the words. */
  private final Map<String, String> lasting = new ConcurrentHashMap<>();

  /** What earlier runs said that lasts. */
  private final Set<String> before = ConcurrentHashMap.newKeySet();

  private Set<String> kept;

  /** With nothing said before. */
  public Notices() {
    this(Set.of());
  }

  /**
   * After earlier runs.
   *
   * @param before what they {@link #keep kept}
   */
  public Notices(Set<String> before) {
    this.before.addAll(before);
    this.kept = Set.copyOf(before);
  }

  /** Runs {@code log} unless this was said before. */
  public void once(String key, Runnable log) {
    if (said.add(key)) {
      log.run();
    }
  }

  /** Says something that lasts, unless this run said it: a warning if no earlier run did either. */
  public void lasting(Logger log, String key, String text) {
    if (said.add(key)) {
      var digest = UUID.nameUUIDFromBytes(text.getBytes(UTF_8)).toString();
      lasting.put(key, digest);
      if (before.contains(digest)) {
        log.info("still: {}", text);
      } else {
        log.warn("{}", text);
      }
    }
  }

  /** Forgets what starts with {@code prefix} and is not in {@code still}. */
  public void retain(String prefix, Set<String> still) {
    said.removeIf(key -> key.startsWith(prefix) && !still.contains(key) && forget(key));
  }

  /** The same, of notices whose keys are {@code prefix} and a path. */
  void retainOf(String prefix, Collection<Path> still) {
    retain(prefix, still.stream().map(path -> prefix + path).collect(Collectors.toSet()));
  }

  /** Forgets one thing; returns whether it had been said. */
  public boolean over(String key) {
    return said.remove(key) && forget(key);
  }

  private boolean forget(String key) {
    var digest = lasting.remove(key);
    if (digest != null) {
      before.remove(digest); // if it comes again, it is news
    }
    return true;
  }

  /** Keeps something for the next run. */
  interface Keeper {
    void keep(Set<String> said) throws IOException;
  }

  /** Hands what lasts over when it is not what was handed over last. */
  synchronized void keep(Keeper keeper) throws IOException {
    var all = new HashSet<>(before);
    all.addAll(lasting.values());
    if (!all.equals(kept)) {
      keeper.keep(all);
      kept = Set.copyOf(all);
    }
  }
}
