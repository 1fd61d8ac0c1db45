package io.liteferry.agent;

import io.liteferry.lease.VolumeException;
import io.liteferry.log.Event;
import io.liteferry.publish.Amount;
import io.liteferry.publish.Notices;
import io.liteferry.publish.PassReport;
import io.liteferry.publish.Problem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the log says of passes: what goes on is said once. For the passes' thread. */
final class PassLog {
  private static final Logger log = LoggerFactory.getLogger(PassLog.class);
  private static final String FAILED = "failed ";
  private static final String PROBLEM = "problem ";
  private static final String NO_ROOM = "no room";

  private final Path volume;
  private final Notices notices;
  private final PublicationLog publications;
  private boolean saidReady;

  PassLog(Path volume, Notices notices, long now) {
    this.volume = volume;
    this.notices = notices;
    this.publications = new PublicationLog(now);
  }

  /**
   * A pass worked.
   *
   * @param recovered whether the one before failed as a whole
   */
  void worked(PassReport report, boolean recovered, long now) {
    if (recovered) {
      notices.retain(FAILED, Set.of());
      Event.of("recovered").log(() -> log.info("the volume works again; nothing was lost"));
    }
    if (!saidReady) {
      saidReady = true;
      Event.of("ready").log(() -> log.info("ready: the first pass is done"));
    }
    publications.add(report, now);
    sayProblems(report.problems());
  }

  private void sayProblems(SortedMap<Path, Problem> problems) {
    var noRoom = new TreeSet<Path>();
    var said = new HashSet<String>();
    problems.forEach(
        (path, problem) -> {
          if (problem.kind() == Problem.Kind.NO_ROOM) {
            noRoom.add(path);
          } else {
            said.add(PROBLEM + path);
            notices.once(PROBLEM + path, () -> sayProblem(path, problem.why()));
          }
        });
    notices.retain(PROBLEM, said);
    if (noRoom.isEmpty()) {
      if (notices.over(NO_ROOM)) {
        Event.of("recovered").log(() -> log.info("the volume has room again; nothing was lost"));
      }
    } else {
      notices.once(
          NO_ROOM,
          () ->
              Event.of("no-room")
                  .with("missing", noRoom.size())
                  .log(
                      () ->
                          log.error(
                              "the volume {} has no room for {}; it keeps what it has, and the"
                                  + " agent retries until there is room: {} ({})",
                              volume,
                              Amount.of(noRoom.size(), "file"),
                              Amount.some(noRoom),
                              Objects.requireNonNull(problems.get(noRoom.first())).why())));
    }
  }

  private static void sayProblem(Path path, String why) {
    Event.of("not-published")
        .with(path)
        .with("why", why)
        .log(() -> log.warn("{} is not published yet, and the agent retries: {}", path, why));
  }

  /**
   * A pass failed as a whole.
   *
   * @param why for people
   */
  void failed(IOException e, String why) {
    notices.once(
        FAILED + VolumeException.kind(e),
        () ->
            Event.of("pass-failed")
                .with("why", why)
                .log(
                    () ->
                        log.error(
                            "a pass failed; the volume keeps what it has, and the agent retries"
                                + " until a pass works: {}",
                            why)));
  }

  /** No pass follows: tells what was not told yet. */
  void end(long now) {
    publications.say(now);
  }
}
