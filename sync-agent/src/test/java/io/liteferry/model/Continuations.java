package io.liteferry.model;

import io.liteferry.model.Recording.Moment;
import io.liteferry.model.Recording.Script;
import java.io.IOException;
import java.util.List;

/** What comes after each of some moments of a walk, and after each of its errors. */
record Continuations(FaultWalk walk) {
  /** Killed at some of these moments: the same node goes on; and another one does. */
  void afterKills(List<Moment> moments, int most) throws IOException, InterruptedException {
    afterKills(moments, most, Pod::requireReady);
  }

  /** The same, where more is due at the start on the same node. */
  void afterKills(List<Moment> moments, int most, Script start)
      throws IOException, InterruptedException {
    for (var moment : walk.sample(moments, most)) {
      walk.goOnHere(moment.server().copy(), moment.state(), start, moment.toString());
    }
    for (var moment : walk.sample(moments, most)) {
      walk.goOnElsewhere(moment.server().copy(), moment.toString());
    }
  }

  /** The volume crashes at each of these moments: the same node goes on, or another one does. */
  void afterCrashes(List<Moment> moments) throws IOException, InterruptedException {
    for (var moment : moments) {
      var outcomes = walk.checkCrashes(moment);
      boolean here = walk.random.nextBoolean();
      for (var outcome : walk.sample(outcomes, 1, 10)) {
        if (Extent.isFull() || here) {
          walk.goOnHere(outcome.copy(), moment.state(), moment + ", crashed");
        }
        if (Extent.isFull() || !here) {
          walk.goOnElsewhere(outcome.copy(), moment + ", crashed");
        }
      }
    }
  }

  /** One error at a time, at some requests of a script; history makes room before it fails. */
  void afterErrors(FaultWalk.Start start, Script script, int most)
      throws IOException, InterruptedException {
    for (var request : walk.sample(start.requests(script), most)) {
      for (var fault : walk.sample(Faults.of(request.kind()), 1)) {
        walk.dropsPoints = fault.errno().isOfRoom();
        walk.failAndGoOn(
            start, script, Faults.once(request.number(), fault), request + " " + fault);
      }
    }
  }
}
