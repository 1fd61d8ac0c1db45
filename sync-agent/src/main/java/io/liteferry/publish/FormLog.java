package io.liteferry.publish;

import io.liteferry.log.Event;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the log says of the forms in which databases are published: once of each, and of changes.
 */
final class FormLog {
  private static final Logger log = LoggerFactory.getLogger(FormLog.class);

  private final FormSettings settings;
  private final Map<Path, Optional<WholeReason>> said = new HashMap<>();
  private final Map<Path, Long> folding = new ConcurrentHashMap<>();

  FormLog(FormSettings settings) {
    this.settings = settings;
  }

  /**
   * A database is about to be published. For the passes' thread.
   *
   * @param whole why not by segments
   * @param bytes of its file on the volume
   */
  void say(Path path, Optional<WholeReason> whole, long bytes) {
    if (!settings.segments()
        || whole.filter(WholeReason::isPassing).isPresent()
        || Objects.equals(said.put(path, whole), whole)) {
      return;
    }
    if (whole.isEmpty()) {
      log.info(
          "{} is published by segments: its own file on the volume may be behind by {} s",
          path,
          settings.mostBehind(bytes).toSeconds());
    } else if (whole.get() == WholeReason.SMALL) {
      log.debug("{} is published whole: {}", path, whole.get().text()); // most are
    } else {
      log.info("{} is published whole: {}", path, whole.get().text());
    }
  }

  /** This once. On any thread. */
  static void sayThisTime(Path path, String why) {
    log.debug("{} is published whole: {}", path, why);
  }

  /** A fold goes on without a comparison. On any thread. */
  static void sayUncompared(Path path, IOException e) {
    log.debug("segments of {} are not compared with its image this time", path, e);
  }

  /** A database is read to bring its plain file up to date. On any thread. */
  void foldBegins(Path path) {
    folding.put(path, System.nanoTime());
  }

  /** A database was published. For the passes' thread. */
  void published(Ready database) {
    var path = database.source().path();
    var begun = folding.remove(path);
    if (begun != null && database.step().isPresent() && !database.isSegmentAlone()) {
      var took = Duration.ofNanos(System.nanoTime() - begun);
      Event.of("fold")
          .with(path)
          .with("bytes", database.bytes())
          .with("duration_ms", took.toMillis())
          .log(
              () ->
                  log.info(
                      "{} is up to date on the volume again: {} in {} ms",
                      path,
                      Amount.ofBytes(database.bytes()),
                      took.toMillis()));
    }
  }
}
