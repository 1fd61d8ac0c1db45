package io.liteferry.restore;

import io.liteferry.history.KeptPoint;
import io.liteferry.history.Moments;
import io.liteferry.history.Point;
import io.liteferry.lease.Lease;
import io.liteferry.past.History;
import io.liteferry.publish.DirectUse;
import io.liteferry.publish.PassSettings;
import io.liteferry.publish.Publisher;
import io.liteferry.state.AgentState;
import io.liteferry.volume.CutOffRollback;
import io.liteferry.volume.HistoryOrder;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes what a volume had at a point what it has now, as a new generation: B1 to B6 of {@code
 * docs/crash-safety-history.md}. What is there now stays as a point, also what only local had. The
 * application must not be at work. For one thread.
 */
public final class Rollback {
  private static final Logger log = LoggerFactory.getLogger(Rollback.class);

  private final RestoreSite site;
  private final WholePublication publication;
  private final Restorer.LeaseSource leases;
  private final Facts facts;
  private final PointRestore points;
  private final RollbackPass pass;

  /**
   * Prepares it; does nothing yet.
   *
   * @param passes how local is published, before and after
   */
  public Rollback(RestoreSite site, PassSettings passes, Restorer.LeaseSource leases) {
    this.site = site;
    this.publication = new WholePublication(site, passes);
    this.leases = leases;
    this.facts = new Facts(site, passes.check());
    this.pass = new RollbackPass(site, publication);
    this.points = new PointRestore(site, passes.check(), passes.transfers());
  }

  /** Says which point is meant, before what only local has becomes one, too. */
  @FunctionalInterface
  public interface Choice {
    /**
     * Chooses.
     *
     * @throws IOException when there is no such point: then nothing is given up
     */
    KeptPoint of(History history) throws IOException;
  }

  /** What of local may be given up, once it is on the volume. */
  public enum Scope {
    /** Whatever it has. */
    ANY_LOCAL,
    /** What a rollback brought that was cut off: else the application may be at work there. */
    OWN_LOCAL
  }

  /**
   * What was done.
   *
   * @param from the point that was current before; to go back to it undoes this
   * @param to the point that is current again
   * @param made the generation that this is
   */
  public record Done(long from, KeptPoint to, long made) {}

  /**
   * Goes back.
   *
   * @param request by which this rollback is known: see {@link #backOnce}
   * @throws RefusedException when local may not be given up; nothing was changed
   * @throws UnsoundDatabaseException when the point cannot be had; the volume was not changed
   */
  public Done back(Choice choice, String request, Scope scope)
      throws IOException, InterruptedException {
    requirePossible(scope);
    return back(choice, request, scope, leases.acquire()); // B1
  }

  private Done back(Choice choice, String request, Scope scope, Lease lease)
      throws IOException, InterruptedException {
    var decision = decide();
    requireFree(decision, scope);
    var history = History.read(site.volume());
    requirePoints(history);
    var point = choice.of(history);
    if (decision instanceof Decision.KeepLocal && !isUnderWay()) {
      publishLocal(point.generation(), lease); // B2
      history = History.read(site.volume());
    }
    requireNoDirectUse();
    return go(history, point, request, lease, Optional.empty());
  }

  /**
   * The same, but once for each request, whatever node makes it.
   *
   * @return empty when it was made before
   * @throws RefusedException also when nothing says whether it was
   */
  public Optional<Done> backOnce(Choice choice, String request, Scope scope)
      throws IOException, InterruptedException {
    if (isApplied(request)) {
      return Optional.empty();
    }
    requirePossible(scope);
    var lease = leases.acquire(); // B1
    return isApplied(request) ? Optional.empty() : Optional.of(back(choice, request, scope, lease));
  }

  private boolean isApplied(String request) throws IOException {
    var manifest = site.volume().manifestIfReadable();
    if (manifest.isEmpty() && CutOffRollback.hasHistory(site.volume())) {
      throw new RefusedException(
          "the volume %s has points and no %s that can be read, so nothing says whether this request was carried out"
              .formatted(site.volume().root(), site.volume().manifestFile().getFileName()),
          "start the agent once without it");
    }
    var applied = manifest.flatMap(m -> m.applied(request));
    applied.ifPresent(
        a ->
            log.info(
                "the request to go back to point {} was carried out as point {}, on {}: it can be"
                    + " removed",
                a.rollback().to(),
                a.generation(),
                a.when()));
    return applied.isPresent();
  }

  /**
   * Goes on with a rollback that was cut off after it had begun to change the volume. Where local
   * has what it brought, that is published, with what the application made of it since.
   *
   * @param scope what that may give up where it did not begin
   */
  public void finish(Scope scope) throws IOException, InterruptedException {
    var cutOff = CutOffRollback.of(site.volume());
    if (cutOff.isPresent()) {
      var to = cutOff.get();
      log.warn("a rollback to point {} was cut off: the agent goes on with it", to.to());
      if (!compareWithBrought(to)) {
        requirePossible(scope);
      }
      var lease = leases.acquire(); // B1
      if (!CutOffRollback.of(site.volume()).equals(cutOff)) {
        return; // somebody else has finished it, who had the lease
      }
      var history = History.read(site.volume());
      if (compareWithBrought(to)) {
        pass.finish(history, to, lease); // B6
      } else if (history.timeline().points().isEmpty()) {
        throw damaged(to.to());
      } else {
        back(h -> pointOf(h, to.to()), to.request(), scope, lease);
      }
    }
  }

  /**
   * The same where local is kept, as the application may be at work there.
   *
   * @throws RefusedException when local has something else than it brought; nothing was changed
   */
  public void finishKeepingLocal() throws IOException, InterruptedException {
    requireFinishable();
    finish(Scope.OWN_LOCAL);
  }

  /** Refuses as {@link #finishKeepingLocal} would. Changes nothing. */
  public void requireFinishable() throws IOException {
    var cutOff = CutOffRollback.of(site.volume());
    if (cutOff.isPresent() && !compareWithBrought(cutOff.get())) {
      throw new RefusedException(
          "a rollback of the volume %s to point %d was cut off, and LOCAL %s has not what it brought"
              .formatted(site.volume().root(), cutOff.get().to(), site.local()),
          "stop the application, and start once with liteferry run, which goes on with it");
    }
  }

  /** What it changed is not known any more. Only what it brought to local could end it. */
  private RefusedException damaged(long to) {
    return new RefusedException(
        "a rollback of the volume %s to point %d was cut off, and its record is damaged: it cannot be finished, and no point is left"
            .formatted(site.volume().root(), to),
        "to go on with what is there now, some of it from point %d, give the history up first: liteferry history drop %s --all --yes"
            .formatted(to, site.volume().root()));
  }

  /** Whether local has what it brought, and perhaps what the application made of that since. */
  private boolean compareWithBrought(Point.Rollback to) throws IOException {
    return decide() instanceof Decision.KeepLocal
        && site.state().read().flatMap(AgentState::request).equals(Optional.of(to.request()));
  }

  private static KeptPoint pointOf(History history, long generation) throws RefusedException {
    return history
        .timeline()
        .point(generation)
        .orElseThrow(
            () ->
                new RefusedException(
                    "point %d, to which a rollback was cut off, is not there".formatted(generation),
                    "name another one with liteferry rollback"));
  }

  /**
   * Goes back to the newest point that passes its check, as what is there now does not. That stays
   * as a point, pinned, for somebody to look at. Local must hold nothing that is not on the volume.
   *
   * @param why what is there now is not fit to run with
   * @throws UnsoundDatabaseException when no point is; the volume was not changed
   */
  public Done backToSound(UnsoundDatabaseException why) throws IOException, InterruptedException {
    var lease = leases.acquire();
    var history = History.read(site.volume());
    var current = history.timeline().current();
    for (var point : history.timeline().points().reversed()) {
      if (point.generation() < current.generation()) {
        try {
          var request = "older than " + current.publication();
          var note = "not sound: the agent went back to point " + point.generation();
          var done = go(history, point, request, lease, Optional.of(note));
          log.error(
              "{}: the agent went back to point {}, which is {} old. What came after it is NOT"
                  + " there; it stays as point {}, pinned",
              why.finding(),
              point.generation(),
              Moments.length(Duration.between(point.time(), site.clock().instant())),
              current.generation());
          return done;
        } catch (UnsoundDatabaseException e) {
          log.warn("point {} cannot be had either: {}", point.generation(), e.finding());
        }
      }
    }
    throw UnsoundDatabaseException.atEveryPoint(why);
  }

  private Decision decide() throws IOException {
    return site.requireAllowed(facts.decide());
  }

  /**
   * Whether local has no more than what a rollback brought. That no agent has started the
   * application since, state says; somebody else may have.
   */
  private boolean isUnderWay() throws IOException {
    var known = site.state().read();
    var request = known.flatMap(AgentState::request);
    return request.isPresent()
        && (known.orElseThrow().phase() == AgentState.Phase.RESTORING
            || new Brought(site, request.get()).isThere());
  }

  /** Refuses as {@link #back} would before it asks for the lease. Changes nothing. */
  public void requirePossible(Scope scope) throws IOException {
    requireFree(decide(), scope);
  }

  private void requireFree(Decision decision, Scope scope) throws IOException {
    if (decision instanceof Decision.Adopt
        || (decision instanceof Decision.Nothing && !CutOffRollback.hasHistory(site.volume()))) {
      throw noPoints();
    }
    boolean isFree =
        switch (scope) {
          case ANY_LOCAL -> true;
          case OWN_LOCAL -> DataSearch.localIsEmpty(site) || isUnderWay();
        };
    if (!isFree) {
      throw new RefusedException(
          "LOCAL %s is not empty, and the application may be at work there".formatted(site.local()),
          "stop the application, then use liteferry rollback, which publishes first what LOCAL has;"
              + " in Kubernetes delete the pod");
    }
  }

  private void requirePoints(History history) throws RefusedException {
    if (history.timeline().current().generation() == 0) {
      throw noPoints();
    }
  }

  private RefusedException noPoints() {
    return new RefusedException(
        "the volume %s has no points to go back to".formatted(site.volume().root()),
        "start the agent without this first, which publishes what LOCAL has");
  }

  private void publishLocal(long goal, Lease lease) throws IOException, InterruptedException {
    var report = publication.make(lease, Publisher.Purpose.flushBefore(goal));
    if (!report.isComplete()) {
      throw new RefusedException(
          "LOCAL %s has what is not on the volume, and going back would lose it: %s"
              .formatted(site.local(), WholePublication.reasons(report)),
          "start the agent, and stop it when everything is on the volume");
    }
  }

  /** Side files belong to the databases that are there now, not to those of a point. */
  private void requireNoDirectUse() throws IOException {
    for (var database : VolumeContent.list(site).databases()) {
      if (!DirectUse.sideFilesWithContent(site.volume(), database.path()).isEmpty()) {
        throw new RefusedException(
            "%s on the volume %s has side files of an application that used it there"
                .formatted(database.path(), site.volume().root()),
            "start the agent once, which folds them in");
      }
    }
  }

  /**
   * B3 to B6.
   *
   * @param pin a note, when what is there now is to stay whatever the policy says
   */
  private Done go(
      History history, KeptPoint point, String request, Lease lease, Optional<String> pin)
      throws IOException, InterruptedException {
    long from = history.timeline().current().generation();
    long to = point.generation();
    log.debug("going back from point {} to point {}", from, to);
    points.restore(history, to, lease, request);
    var rollback = new Point.Rollback(to, request);
    long made =
        pass.make(history, rollback, lease, pin.map(note -> new HistoryOrder.Pin(from, note)));
    return new Done(from, point, made);
  }
}
