package io.liteferry.publish;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Says each thing once: a message is logged when its cause appears, not on each retry, and again
 * only after the cause was away. Safe for use by several threads.
 */
public final class Notices {
  private final Set<String> said = ConcurrentHashMap.newKeySet();

  /** Runs {@code log} unless this was said before. */
  public void once(String key, Runnable log) {
    if (said.add(key)) {
      log.run();
    }
  }

  /** Forgets what starts with {@code prefix} and is not in {@code still}. */
  public void retain(String prefix, Set<String> still) {
    said.removeIf(key -> key.startsWith(prefix) && !still.contains(key));
  }

  /** Forgets one thing; returns whether it had been said. */
  public boolean over(String key) {
    return said.remove(key);
  }
}
