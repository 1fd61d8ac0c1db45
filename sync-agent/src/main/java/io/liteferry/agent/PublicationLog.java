package io.liteferry.agent;

import io.liteferry.log.Event;
import io.liteferry.publish.PassReport;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells what was published: the first time at once, then once a minute for all passes since. An
 * application that never stops writing would otherwise fill the log for ever. At level debug each
 * pass has its {@linkplain #trace line}.
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

  /**
   * At level debug: one pass, also one that found nothing or failed.
   *
   * @param report empty of one that failed
   * @param lag from the first change that it looked at until now, in nanoseconds; empty when none
   *     was known
   */
  public static void trace(Optional<PassReport> report, Duration took, Optional<Long> lag) {
    if (!log.isDebugEnabled()) {
      return;
    }
    var published = report.filter(PassReport::changedVolume);
    var event =
        Event.of("pass")
            .with("result", result(report))
            .with("duration_ms", took.toMillis())
            .with("problems", report.map(r -> r.problems().size()).orElse(0))
            .with("held", report.map(PassReport::held).orElse(0));
    var lagMillis = lag.filter(l -> published.isPresent()).map(TimeUnit.NANOSECONDS::toMillis);
    lagMillis.ifPresent(l -> event.with("lag_ms", l));
    published.ifPresent(
        r ->
            event
                .with("generation", r.generation())
                .with("files", r.files())
                .with("databases", r.databases())
                .with("deletions", r.deletions())
                .with("bytes", r.bytes()));
    event.log(
        () ->
            log.debug(
                "pass of {} ms, {}{}{}",
                took.toMillis(),
                result(report),
                published.map(r -> ": " + r.summary()).orElse(""),
                lagMillis.map(l -> "; " + l + " ms after the first change").orElse("")));
  }

  /** The words of the metric {@code liteferry_passes_total}. */
  private static String result(Optional<PassReport> report) {
    if (report.isEmpty()) {
      return "failed";
    }
    if (!report.get().isComplete()) {
      return "incomplete";
    }
    return report.get().changedVolume() ? "published" : "unchanged";
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
