package io.liteferry.publish;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How what was captured of databases compared with SQLite's own image of the same state, since the
 * agent's start. For any thread.
 */
public final class Scrubs {
  private static final Logger log = LoggerFactory.getLogger(Scrubs.class);

  private final Map<Path, Instant> agreed = new ConcurrentHashMap<>();
  private final AtomicLong disagreements = new AtomicLong();

  void agreed(Path database, Instant now) {
    agreed.put(database, now);
  }

  void disagreed(Path database) {
    disagreements.incrementAndGet();
    log.error(
        "{}: its segments are not what SQLite reads: it is published whole, and points since its"
            + " file on the volume was last replaced may be wrong; look for errors of the node's"
            + " disk, or report this as a fault of Liteferry",
        database);
  }

  /** When the two last agreed, by database. */
  public SortedMap<Path, Instant> lastAgreed() {
    return Collections.unmodifiableSortedMap(new TreeMap<>(agreed));
  }

  /** How often they did not. */
  public long disagreements() {
    return disagreements.get();
  }
}
