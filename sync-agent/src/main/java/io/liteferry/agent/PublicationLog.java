package io.liteferry.agent;

import io.liteferry.log.Event;
import io.liteferry.publish.PassReport;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells what was published: the first time at once, then once a minute for all passes since. An
 * application that never stops writing would otherwise fill the log for ever. At level debug each
 * pass has its line.
 */
public final class PublicationLog {
  private static final Logger log = LoggerFactory.getLogger(PublicationLog.class);
  private static final long PERIOD = TimeUnit.MINUTES.toNanos(1);

  private long nextAt;
  private boolean pending;
  private long generation;
  private int passes;
  private long files;
  private long databases;
  private long deletions;
  private long bytes;

  /** Begins; times are those of {@link System#nanoTime()}. */
  public PublicationLog(long now) {
    nextAt = now;
  }

  /** Tells of a pass, now or later. */
  public void add(PassReport report, long now) {
    if (!report.changedVolume()) {
      return;
    }
    log.debug("pass: {}", report.summary());
    pending = true;
    generation = report.generation();
    passes++;
    files += report.files();
    databases += report.databases();
    deletions += report.deletions();
    bytes += report.bytes();
    if (now - nextAt >= 0) {
      say(now);
    }
  }

  /** Tells what was not told yet. */
  void say(long now) {
    if (pending) {
      Event.of("published")
          .with("generation", generation)
          .with("files", files)
          .with("databases", databases)
          .with("deletions", deletions)
          .with("bytes", bytes)
          .with("passes", passes)
          .log(
              () ->
                  log.info(
                      "published {}{}",
                      PassReport.summary(generation, files, databases, deletions, bytes),
                      passes > 1 ? " in " + passes + " passes" : ""));
    }
    pending = false;
    passes = 0;
    files = databases = deletions = bytes = 0;
    nextAt = now + PERIOD;
  }
}
