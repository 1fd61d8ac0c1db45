package io.liteferry.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.lease.Lease;
import io.liteferry.lease.LeaseClock;
import io.liteferry.lease.LeasePurpose;
import io.liteferry.lease.LeaseSettings;
import io.liteferry.publish.FormSettings;
import io.liteferry.publish.PlainFold;
import io.liteferry.publish.PlainFold.Outcome;
import io.liteferry.publish.Verification;
import io.liteferry.sqlite.DatabaseCheck;
import io.liteferry.volume.Tips;
import io.liteferry.volume.Volume;
import io.liteferry.volume.VolumeWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Plain files are brought up to date where no agent runs, and that is cut off or fails at every
 * operation: whoever comes next, here with a local that went on or elsewhere, finds what was
 * published.
 */
final class FoldFaultTest {
  private static final FormSettings SEGMENTS =
      new FormSettings(true, Duration.ofDays(365), 0, 1_000_000);
  private static final Duration LEASE = Duration.ofSeconds(3);
  private static final int ATTEMPTS = 3;

  @TempDir(factory = InMemory.class)
  Path directory;

  private SortedMap<String, byte[]> state;

  /** A volume whose plain files are behind, and a local that is ahead of it. */
  private ModelServer publishedBy(FaultWalk walk, Application application) throws Exception {
    walk.form = SEGMENTS;
    var server = application.publishPoints(walk);
    state = Pod.stateFiles(walk.state);
    assertTrue(behind(server) > 0, "no plain file is behind");
    return server;
  }

  private static long behind(ModelServer server) throws IOException {
    var volume = new Volume(FaultWalk.rootOf(server));
    var tips = Tips.of(volume);
    long behind = 0;
    for (var path : new PlainFold(volume, check()).databases()) {
      var tip = tips.of(path, volume.digest(path), volume.root().resolve(path));
      behind += tip.segments().isEmpty() ? 0 : 1;
    }
    return behind;
  }

  /** SQLite cannot open databases here. */
  private static DatabaseCheck check() {
    return new DatabaseCheck(DatabaseCheck.Level.NONE, Duration.ofMinutes(1));
  }

  /** As the command does it. */
  private static void fold(ModelFileSystem client, LeaseClock clock)
      throws IOException, InterruptedException {
    var volume = new Volume(client.root());
    var settings = new LeaseSettings("fold/" + UUID.randomUUID(), LEASE, Duration.ofMinutes(5));
    var lease = Lease.acquire(volume.own(), settings, clock, LeasePurpose.PUBLISH_NOTHING);
    try {
      var fold = new PlainFold(volume, check());
      var writer = new VolumeWriter(volume, lease.staging());
      var tips = Tips.of(volume);
      for (var path : fold.databases()) {
        var outcome = fold.one(writer, path, tips);
        assertTrue(
            outcome instanceof Outcome.Folded || outcome instanceof Outcome.Current,
            outcome::toString);
      }
      lease.release();
    } finally {
      lease.close();
    }
  }

  private static List<Request> requests(ModelServer server) throws Exception {
    var all = new ArrayList<Request>();
    var client = server.copy().mount("fold");
    client.gate(
        request -> {
          all.add(request);
          return Gate.Fate.Passes.ONCE;
        });
    fold(client, Pod.alone());
    assertEquals(0, behind(client.server()));
    return all;
  }

  /** There are many, of all points; and over NFS each is looked at. */
  @Test
  void fold_andVerifyOfSeveralDatabases_listTheirSegmentsOnce() throws Exception {
    try (var walk = new FaultWalk(directory, "listings of a fold");
        var application = new Application(walk.local)) {
      var published = publishedBy(walk, application);
      assertEquals(1, listings(requests(published)));
      var asked = new ArrayList<Request>();
      var client = published.copy().mount("verify");
      client.gate(
          request -> {
            asked.add(request);
            return Gate.Fate.Passes.ONCE;
          });
      var found = Verification.of(new Volume(client.root()), check());
      assertTrue(found.databases().size() > 1, found::toString);
      assertTrue(found.isSound(), found::toString);
      assertEquals(1, listings(asked));
    }
  }

  private static long listings(List<Request> requests) {
    return requests.stream()
        .filter(request -> request.kind() == Request.Kind.LIST)
        .filter(request -> request.path().endsWith(".liteferry/pages"))
        .count();
  }

  @Test
  void fold_killedAtAnyOperation_isUnderstoodAndCanBeCompleted() throws Exception {
    try (var walk = new FaultWalk(directory, "kill in a fold");
        var application = new Application(walk.local)) {
      var published = publishedBy(walk, application);
      var changing = requests(published).stream().filter(r -> r.kind().changes()).toList();
      for (var request : walk.sample(changing, 60)) {
        boolean executed = walk.random.nextBoolean();
        var server = published.copy();
        var client = server.mount("fold");
        client.gate(Faults.once(request.number(), new Gate.Fate.Dies(executed)));
        var when = "killed at %s, executed %s".formatted(request, executed);
        try {
          fold(client, Pod.alone());
        } catch (Killed e) {
          // as it should be
        }
        walk.contract.check(FaultWalk.rootOf(server), when);
        completes(server.copy(), when);
        walk.goOnHere(server.copy(), state, when);
        walk.goOnElsewhere(server.copy(), when);
      }
    }
  }

  private static void completes(ModelServer server, String when) throws Exception {
    fold(server.mount("again"), Pod.alone());
    assertEquals(0, behind(server), when);
  }

  @Test
  void fold_volumeCrashesAtAnyOperation_isUnderstoodAndCanBeCompleted() throws Exception {
    try (var walk = new FaultWalk(directory, "crash in a fold");
        var application = new Application(walk.local)) {
      var published = publishedBy(walk, application);
      var moments = new ArrayList<ModelServer>();
      var server = published.copy();
      var client = server.mount("fold");
      client.gate(
          request -> {
            if (request.kind().changes()) {
              moments.add(server.copy());
            }
            return Gate.Fate.Passes.ONCE;
          });
      fold(client, Pod.alone());
      moments.add(server);
      for (var moment : walk.sample(moments, 60)) {
        for (var outcome : walk.sample(walk.someCrashes(moment), 2)) {
          var when = "crashed at moment %d".formatted(moments.indexOf(moment));
          walk.contract.check(FaultWalk.rootOf(outcome), when);
          completes(outcome.copy(), when);
          walk.goOnHere(outcome.copy(), state, when);
        }
      }
    }
  }

  @Test
  void fold_anyErrorAtAnyOperation_isCompletedByALaterAttempt() throws Exception {
    try (var walk = new FaultWalk(directory, "error in a fold");
        var application = new Application(walk.local)) {
      var published = publishedBy(walk, application);
      for (var request : walk.sample(requests(published), 60)) {
        for (var fault : walk.sample(Faults.of(request.kind()), 1)) {
          var server = published.copy();
          var client = server.mount("fold");
          client.gate(Faults.once(request.number(), fault));
          var when = request + " " + fault;
          for (int i = 0; i < ATTEMPTS && behind(server) > 0; i++) {
            try {
              fold(client, Pod.alone());
            } catch (IOException e) {
              client.gate(Gate.OPEN); // to be begun again
            }
            walk.contract.check(FaultWalk.rootOf(server), when);
          }
          assertEquals(0, behind(server), when);
          walk.goOnHere(server, state, when);
        }
      }
    }
  }
}
