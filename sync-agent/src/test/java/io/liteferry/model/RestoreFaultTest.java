package io.liteferry.model;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A restore on another node, cut off and failed at every operation on the volume. */
final class RestoreFaultTest {
  @TempDir(factory = InMemory.class)
  Path directory;

  private static ModelServer publishedBy(FaultWalk walk) throws Exception {
    var server = new ModelServer();
    try (var application = new Application(walk.local)) {
      application.workOn();
      walk.publish(server);
      walk.contract.addVersion(walk.local);
    }
    server.syncAll();
    return server;
  }

  @Test
  void restore_killedAtAnyOperation_isNotReadyUntilTheNextStartCompletesIt() throws Exception {
    try (var walk = new FaultWalk(directory, "kill in a restore")) {
      var server = publishedBy(walk);
      var requests = walk.requestsOfRestore(server);
      for (var sent : walk.sample(requests, 60)) {
        assertTrue(walk.restoreKilledAt(sent.request().number(), server.copy(), sent.toString()));
      }
      walk.restoreKilledAt(requests.size(), server.copy(), "not killed");
    }
  }

  @Test
  void restore_anyErrorAtAnyOperation_isCompletedByTheNextAttempt() throws Exception {
    try (var walk = new FaultWalk(directory, "error in a restore")) {
      var server = publishedBy(walk);
      for (var sent : walk.sample(walk.requestsOfRestore(server), 60)) {
        for (var fault : walk.sample(Faults.of(sent.request().kind()), 1)) {
          walk.restoreFailing(
              Faults.once(sent.request().number(), fault), server.copy(), sent + " " + fault);
        }
      }
    }
  }

  @Test
  void restore_shortReadsAndWrites_bringsBackEverything() throws Exception {
    try (var walk = new FaultWalk(directory, "short reads and writes")) {
      var server = new ModelServer();
      try (var application = new Application(walk.local)) {
        application.workOn();
        walk.contract.addVersion(walk.local);
        var pod = walk.pod(server, "first");
        pod.client.transferringAtMost(100);
        pod.requireReady();
        pod.pass();
        pod.stop();
      }
      walk.goOnElsewhere(server, "written in short writes");
      walk.restoreFailing(request -> Gate.Fate.Passes.ONCE, server.copy(), "after short writes");
    }
  }
}
