package io.liteferry.agent;

import com.google.gson.JsonObject;
import io.liteferry.publish.Space;
import io.liteferry.volume.HistoryStatus;
import io.liteferry.volume.Manifest;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;

/**
 * What an agent knows of itself at one moment, without asking the volume.
 *
 * @param phase how far it is
 * @param isTurning false when the loop should have made a pass long ago and did not, or the pass
 *     under way does not get on in local or state; one that hangs with the volume is no such case
 * @param lag how long something of local has not been on the volume; empty when nothing is known
 * @param lastSuccess when a pass last left nothing of local unpublished
 * @param problems the files and databases that the last pass could not publish, with the reason
 * @param failure why the last pass failed as a whole; empty when it did not
 * @param passing for how long the pass under way has been; empty between passes
 * @param volumeUp whether the last pass worked, and the volume has answered within the lease's
 *     duration
 * @param leaseHeld whether no other agent can have taken the volume over yet
 * @param fenced whether another agent is known to have taken the volume over
 * @param epoch of the lease
 * @param backoff how long the agent rests after the last pass that left something undone; zero
 *     after one that did not
 * @param watching whether events tell of changes; if not, only scans find them
 * @param eventsLost how often events of a directory were dropped
 * @param unpublishedBytes the sizes of the files and databases that a pass found changed and did
 *     not publish so far, as the last look at local saw it
 * @param local the local directory
 * @param state the agent's own directory on the node
 * @param volumeSpace of the volume, as seen after a pass within the last minute or so; empty while
 *     passes fail
 * @param published what the volume has, by its last manifest; empty before the first publication,
 *     and before the volume was first listed
 * @param history what is kept there, as of a minute ago at most; empty until it was read, and when
 *     nothing is kept
 * @param versionsLost how many versions were replaced or removed that could not be kept
 * @param scrubbed when a database's segments last agreed with SQLite's image, since the start
 * @param scrubFailures how often they did not
 */
public record AgentStatus(
    Phase phase,
    boolean isTurning,
    Optional<Duration> lag,
    Optional<Instant> lastSuccess,
    SortedMap<Path, String> problems,
    Optional<String> failure,
    Optional<Duration> passing,
    boolean volumeUp,
    boolean leaseHeld,
    boolean fenced,
    long epoch,
    Duration backoff,
    boolean watching,
    long eventsLost,
    long unpublishedBytes,
    Path local,
    Path state,
    Optional<Space> volumeSpace,
    Optional<Manifest> published,
    Optional<HistoryStatus> history,
    long versionsLost,
    SortedMap<Path, Instant> scrubbed,
    long scrubFailures) {
  /** How far a run is. */
  public enum Phase {
    /** Until a stop. */
    WATCHING,
    /** A stop was asked for, and local is not quiet yet. */
    LINGERING,
    /** The flush is under way, or over. */
    STOPPING
  }

  /**
   * What is told of it to anybody who asks: neither names of files nor texts that may have some.
   * Documented in {@code docs/operations.md}.
   *
   * @param now by the node's clock
   */
  public JsonObject toJson(Instant now) {
    var json = new JsonObject();
    json.addProperty("phase", phase.name().toLowerCase(Locale.ROOT));
    published.ifPresent(m -> json.addProperty("generation", m.generation()));
    lastSuccess.ifPresent(t -> json.addProperty("lastSuccess", t.toString()));
    lag.ifPresent(l -> json.addProperty("unpublishedSince", now.minus(l).toString()));
    json.addProperty("problemCount", problems.size());
    passing.ifPresent(t -> json.addProperty("passMillis", t.toMillis()));
    json.addProperty("backoffMillis", backoff.toMillis());
    json.addProperty("volumeUp", volumeUp);
    json.addProperty("leaseHeld", leaseHeld);
    json.addProperty("fenced", fenced);
    json.addProperty("epoch", epoch);
    json.addProperty("watching", watching);
    history.ifPresent(h -> json.add("history", h.toJson()));
    return json;
  }
}
