package io.liteferry.publish;

import io.liteferry.history.PageFile;
import io.liteferry.volume.Manifest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which plain files are behind, and when they are to be so no longer. For the passes' thread, if
 * not said.
 */
final class Folds {
  private static final Logger log = LoggerFactory.getLogger(Folds.class);

  /** How long one that did not fit into state is not tried again: it fills state each time. */
  private static final Duration REST = Duration.ofMinutes(10);

  private static final String BEHIND = "behind ";

  private final PublishContext context;

  /** When to try again, by {@link System#nanoTime}. */
  private final Map<Path, Long> resting = new ConcurrentHashMap<>();

  Folds(PublishContext context) {
    this.context = context;
  }

  /** Whether the plain file of a database is behind, and is to be no longer. */
  boolean isDue(Path path, Publication publication) throws IOException {
    var run = run(path, publication);
    if (run.isEmpty()) {
      return false;
    }
    return context.refused.hasFailedCheck(path)
        || ((!isAtRest(path) || publication.purpose.isLast())
            && isDue(publication.writer.listed(path).orElseThrow(), run, publication));
  }

  /**
   * What leads on from the file that is in place, whatever the manifest says of that: what was cut
   * off may have announced another file, or have put a segment there.
   */
  private static List<PageFile> run(Path path, Publication publication) throws IOException {
    var listed = publication.writer.listed(path);
    var state = listed.flatMap(Manifest.Database::state);
    var found = publication.knowledge.digestOfDatabase(path);
    var number = listed.flatMap(database -> found.flatMap(database::numberOf));
    return state.isPresent() && number.isPresent()
        ? publication.publisher.generations.known().after(state.get().id(), number.get())
        : List.of();
  }

  /** The same, of what is known to lead on from it. */
  boolean isDue(Manifest.Database listed, List<PageFile> run, Publication publication) {
    if (run.isEmpty()) {
      return false;
    }
    var form = context.settings.form();
    long bytes = run.stream().mapToLong(PageFile::bytes).sum();
    return publication.purpose.isLast()
        || !form.segments()
        || context.settings.keep().isNone()
        || run.size() >= form.mostSegments(listed.bytes())
        || bytes > form.mostBytes(listed.bytes())
        || listed
            .ahead()
            .map(a -> isOver(a.since().plus(form.mostBehind(listed.bytes())), a.since()))
            .orElse(false); // the manifest is to say so first
  }

  /** Whether a time is over that began when a clock said so, which may have run ahead. */
  private boolean isOver(Instant end, Instant since) {
    var now = context.clock.instant();
    return !end.isAfter(now) || since.isAfter(now);
  }

  /** Whether what the volume has of a database is more than its plain file. */
  boolean isBehind(Path path, Publication publication) throws IOException {
    return !run(path, publication).isEmpty();
  }

  /** There is no room for one: for a while, what changed goes without it. On any thread. */
  void restAfter(Path path, Problem why) {
    resting.put(path, System.nanoTime() + REST.toNanos());
    context.notices.once(
        BEHIND + path,
        () ->
            log.warn(
                "what changed of {} is published, but its own file on the volume stays behind, and"
                    + " the agent tries again each {} minutes: {}",
                path,
                REST.toMinutes(),
                why.why()));
  }

  /** Whether the last one had no room, a short time ago. */
  boolean isAtRest(Path path) {
    var until = resting.get(path);
    return until != null && System.nanoTime() - until < 0;
  }

  /** The plain file was brought up to date. */
  void made(Path path) {
    resting.remove(path);
    context.refused.passedCheck(path);
    context.notices.over(BEHIND + path);
  }
}
