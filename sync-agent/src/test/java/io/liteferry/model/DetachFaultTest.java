package io.liteferry.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.durable.Digest;
import io.liteferry.lease.Dismantling;
import io.liteferry.lease.FencedException;
import io.liteferry.lease.Lease;
import io.liteferry.lease.LeaseClock;
import io.liteferry.lease.LeasePurpose;
import io.liteferry.lease.LeaseRefusedException;
import io.liteferry.lease.LeaseSettings;
import io.liteferry.publish.DetachedHistory;
import io.liteferry.publish.Detachment;
import io.liteferry.publish.Detachment.KeptChoice;
import io.liteferry.restore.RefusedException;
import io.liteferry.sqlite.DatabaseCheck;
import io.liteferry.volume.Volume;
import io.liteferry.volume.VolumeWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A volume is given back, and that is cut off, fails or is met by others at every operation: what
 * is left is one that Liteferry understands or one that can be detached again, and the
 * application's files stay as they are.
 */
final class DetachFaultTest {
  private static final Duration LEASE = Duration.ofSeconds(3);
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final int ATTEMPTS = 3;
  private static final String KEPT_COPY = "000000001-1f3c9a77/old.db";

  @TempDir(factory = InMemory.class)
  Path directory;

  /** The content of what was kept, by name. */
  private final NavigableMap<String, Digest> history = new TreeMap<>();

  private ModelServer publishedBy(FaultWalk walk) throws Exception {
    var server = new ModelServer();
    try (var application = new Application(walk.local)) {
      walk.publish(server);
      application.workOn();
      walk.publish(server);
      walk.contract.addVersion(walk.local);
    }
    var own = FaultWalk.rootOf(server).resolve(".liteferry");
    var kept = own.resolve("kept").resolve(KEPT_COPY);
    Files.createDirectories(kept.getParent());
    Files.writeString(kept, "kept");
    server.syncAll();
    history.clear();
    for (var name : List.of("generations", "pages")) {
      try (var files = Files.walk(own.resolve(name))) {
        for (var file : files.filter(Files::isRegularFile).toList()) {
          history.put(own.relativize(file).toString(), Digest.of(file));
        }
      }
    }
    assertTrue(history.size() > 2, history::toString);
    return server;
  }

  /** As the command does it, but for the check of databases, which SQLite cannot open here. */
  private static void detach(ModelFileSystem client, LeaseClock clock)
      throws IOException, InterruptedException {
    var volume = new Volume(client.root());
    var keptTo = client.root().resolve(Contract.KEPT);
    var detachment =
        new Detachment(
            volume,
            new DatabaseCheck(DatabaseCheck.Level.NONE, Duration.ofMinutes(1)),
            new KeptChoice.MoveTo(keptTo),
            new DetachedHistory.Choice.MoveTo(client.root().resolve(Contract.HISTORY)));
    if (!detachment.isNeeded()) {
      return;
    }
    detachment.requireDecided();
    if (!detachment.needsLease()) {
      detachment.remove(Optional.empty());
      return;
    }
    var lease =
        Lease.acquire(
            volume.own(),
            new LeaseSettings("detach/" + UUID.randomUUID(), LEASE, PATIENCE),
            clock,
            LeasePurpose.DETACH);
    try {
      detachment.remove(Optional.of(lease));
    } catch (IOException e) {
      lease.release();
      throw e;
    } finally {
      lease.close();
    }
  }

  private static boolean isOurs(ModelServer server) {
    return Files.exists(FaultWalk.rootOf(server).resolve(".liteferry"), LinkOption.NOFOLLOW_LINKS);
  }

  /** It is where an earlier version put it, or where a detach moves it, and whole. */
  private void requireKept(ModelServer server, String when) throws IOException {
    var root = FaultWalk.rootOf(server);
    boolean isMoved = Files.exists(root.resolve(Contract.HISTORY).resolve("generations"));
    for (var file : history.entrySet()) {
      var place = root.resolve(isMoved ? Contract.HISTORY : ".liteferry").resolve(file.getKey());
      assertEquals(file.getValue(), Digest.of(place), when);
    }
    assertTrue(isMoved || isOurs(server), when);
    for (var place : List.of(".liteferry/kept", Contract.KEPT)) {
      var copy = root.resolve(place).resolve(KEPT_COPY);
      if (Files.exists(copy, LinkOption.NOFOLLOW_LINKS)) {
        assertEquals("kept", Files.readString(copy), when);
        return;
      }
    }
    throw new AssertionError(when + ": the kept copy is gone");
  }

  private void completes(FaultWalk walk, ModelServer server, String when) throws Exception {
    try {
      detach(server.mount("again"), Pod.alone());
    } catch (IOException e) {
      throw new AssertionError(when + ": cannot be detached again: " + e, e);
    }
    assertFalse(isOurs(server), when);
    requireKept(server, when + ", detached again");
    walk.contract.onlyLast().check(FaultWalk.rootOf(server), when + ", detached again");
  }

  /** Whoever starts on what is left either goes on from it or says that it will not. */
  private void isUnderstood(FaultWalk walk, ModelServer server, String when) throws Exception {
    try (var here = walk.pod(server.copy(), "next")) {
      here.requireReady();
      assertTrue(here.publishAll(), when);
      walk.requireEqual(here, when);
      here.stop();
      completes(walk, here.client.server(), when + ", gone on here");
    } catch (RefusedException | LeaseRefusedException e) {
      // as it should be where the marker is gone
    }
    if (!Dismantling.hasBegun(FaultWalk.rootOf(server).resolve(".liteferry"))) {
      walk.goOnElsewhere(server.copy(), when);
    }
  }

  private static List<Request> requests(ModelServer server) throws Exception {
    var all = new ArrayList<Request>();
    var client = server.copy().mount("agent");
    client.gate(
        request -> {
          all.add(request);
          return Gate.Fate.Passes.ONCE;
        });
    detach(client, Pod.alone());
    assertFalse(isOurs(client.server()));
    return all;
  }

  @Test
  void detach_killedAtAnyOperation_isUnderstoodAndCanBeCompleted() throws Exception {
    try (var walk = new FaultWalk(directory, "kill in a detach")) {
      var published = publishedBy(walk);
      var state = Pod.stateFiles(walk.state);
      int kills = 0;
      for (var request : requests(published)) {
        if (!request.kind().changes()) {
          continue;
        }
        for (boolean executed : new boolean[] {false, true}) {
          var server = published.copy();
          var client = server.mount("agent");
          client.gate(Faults.once(request.number(), new Gate.Fate.Dies(executed)));
          var when = "killed at %s, executed %s".formatted(request, executed);
          boolean killed = false;
          try {
            detach(client, Pod.alone());
          } catch (Killed e) {
            killed = true;
          }
          if (!killed) {
            assertTrue(
                executed && !isOurs(server), when); // it was answered with an error, and ended
            continue;
          }
          kills++;
          walk.contract.onlyLast().check(FaultWalk.rootOf(server), when);
          completes(walk, server.copy(), when);
          Pod.putState(walk.state, state);
          isUnderstood(walk, server, when);
        }
      }
      System.out.printf("kill in a detach: %d kills%n", kills);
    }
  }

  @Test
  void detach_volumeCrashesAtAnyOperation_canBeCompleted() throws Exception {
    try (var walk = new FaultWalk(directory, "crash in a detach")) {
      var published = publishedBy(walk);
      var moments = new ArrayList<ModelServer>();
      var server = published.copy();
      var client = server.mount("agent");
      client.gate(
          request -> {
            if (request.kind().changes()) {
              moments.add(server.copy());
            }
            return Gate.Fate.Passes.ONCE;
          });
      detach(client, Pod.alone());
      moments.add(server);
      int crashes = 0;
      for (var moment : moments) {
        for (var outcome : walk.sample(walk.someCrashes(moment), 6)) {
          var when = "crash %d, at moment %d".formatted(crashes++, moments.indexOf(moment));
          walk.contract.onlyLast().check(FaultWalk.rootOf(outcome), when);
          completes(walk, outcome, when);
        }
      }
      System.out.printf("crash in a detach: %d moments, %d crashes%n", moments.size(), crashes);
    }
  }

  @Test
  void detach_anyErrorAtAnyOperation_isCompletedByALaterAttempt() throws Exception {
    try (var walk = new FaultWalk(directory, "error in a detach")) {
      var published = publishedBy(walk);
      int errors = 0;
      for (var request : walk.sample(requests(published), 100)) {
        for (var fault : walk.sample(Faults.of(request.kind()), 1)) {
          var server = published.copy();
          var client = server.mount("agent");
          client.gate(Faults.once(request.number(), fault));
          var when = request + " " + fault;
          errors++;
          try {
            detach(client, Pod.alone());
          } catch (IOException e) {
            // to be begun again
          }
          walk.contract.onlyLast().check(FaultWalk.rootOf(server), when);
          client.gate(Gate.OPEN);
          for (int i = 0; i < ATTEMPTS && isOurs(server); i++) {
            try {
              detach(client, Pod.alone());
            } catch (IOException e) {
              throw new AssertionError(when + ": cannot be detached again: " + e, e);
            }
          }
          assertFalse(isOurs(server), when);
          requireKept(server, when + ", detached");
          walk.contract.onlyLast().check(FaultWalk.rootOf(server), when + ", detached");
        }
      }
      System.out.printf("error in a detach: %d errors%n", errors);
    }
  }

  /** An error is not "there is nothing". */
  @Test
  void detach_errorAtALook_isNeverTakenForAbsence() throws Exception {
    try (var walk = new FaultWalk(directory, "blind look in a detach")) {
      var published = publishedBy(walk);
      for (var request : requests(published)) {
        if (request.kind() != Request.Kind.LOOK) {
          continue;
        }
        var server = published.copy();
        var client = server.mount("agent");
        client.gate(Faults.once(request.number(), new Gate.Fate.Fails(Errno.EIO, false)));
        var when = "EIO at " + request;
        try {
          detach(client, Pod.alone());
          assertFalse(isOurs(server), when + ": said to be done");
        } catch (IOException e) {
          // to be begun again
        }
        requireKept(server, when);
        completes(walk, server, when);
      }
    }
  }

  /**
   * Two that detach and an agent want the volume at the same time, hang for long and wake up: each
   * change goes through the staging directory of whoever holds the lease, or is made when nobody
   * can have one.
   */
  @Test
  void detach_othersComeAtAnyMoment_oneAfterTheOther() throws Exception {
    var random = new Random(FaultWalk.SEED);
    int runs = Extent.of(600, 20_000);
    int detached = 0;
    int published = 0;
    var quiet = new Quiet();
    for (int run = 0; run < runs; run++) {
      var server = new ModelServer();
      prepare(server);
      var done = new boolean[3];
      var chooser = new Random(random.nextLong());
      var watch = new EpochWatch(server);
      try (var schedule =
          new Schedule(
              options -> chooser.nextInt(4) == 0 ? chooser.nextInt(options.size()) : 0,
              TimeUnit.MILLISECONDS.toNanos(1))) {
        for (int i = 0; i < 2; i++) {
          int number = i;
          var client = server.mount("detach" + i).byHandle();
          schedule.start(
              client,
              "detach" + i,
              1,
              0,
              clock -> done[number] = succeeds(() -> detach(client, clock)));
        }
        var agent = server.mount("agent").byHandle();
        schedule.start(
            agent,
            "agent",
            1,
            0,
            clock -> done[2] = succeeds(() -> publishOnce(agent, clock, watch)));
        schedule.beforeStep(() -> watch.check(schedule));
        schedule.run();
        watch.check(schedule);
        assertTrue(done[0] || done[1] || done[2], schedule::trace);
        assertEquals(done[2] ? 1 : watch.counted(), watch.counted(), schedule::trace);
      }
      detached += done[0] || done[1] ? 1 : 0;
      published += done[2] ? 1 : 0;
    }
    quiet.close();
    System.out.printf(
        "detach and others: %d runs, in %d detached, in %d published%n", runs, detached, published);
    assertTrue(detached > 0 && published > 0, "both are to be seen");
  }

  private static void prepare(ModelServer server) throws Exception {
    var own = server.mount("first").root().resolve(".liteferry");
    var lease = Lease.acquire(own, new LeaseSettings("first", LEASE, PATIENCE), Pod.alone());
    new VolumeWriter(new Volume(own.getParent()), lease.staging()).mark(Volume.newId());
    lease.release(true);
    server.syncAll();
  }

  private interface Attempt {
    void make() throws IOException, InterruptedException;
  }

  private static boolean succeeds(Attempt attempt) throws InterruptedException {
    try {
      attempt.make();
      return true;
    } catch (IOException e) {
      return false; // refused, fenced, or the volume has become another one meanwhile
    }
  }

  private static void publishOnce(ModelFileSystem client, LeaseClock clock, EpochWatch watch)
      throws IOException, InterruptedException {
    var own = client.root().resolve(".liteferry");
    var lease = Lease.acquire(own, new LeaseSettings("agent", LEASE, PATIENCE), clock);
    watch.holds(lease.epoch());
    try {
      lease.ensureValid();
      var staged = lease.staging().fresh();
      Files.writeString(staged, "1");
      lease.staging().publish(staged, client.root().resolve(EpochWatch.COUNTER));
      lease.release(true);
    } catch (FencedException e) {
      lease.close();
      throw e;
    } catch (IOException e) {
      lease.release(false);
      throw e;
    }
  }
}
