package io.liteferry.model;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.durable.Durable;
import io.liteferry.lease.FencedException;
import io.liteferry.lease.Lease;
import io.liteferry.lease.LeaseClock;
import io.liteferry.lease.LeaseHeldException;
import io.liteferry.lease.LeaseSettings;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * Agents that want the same volume, in every order of their requests, with late ones. Each holder
 * reads a number and publishes the ones after it: see {@link EpochWatch}.
 */
final class LeaseFaultTest {
  private static final Duration LEASE = Duration.ofSeconds(3);
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final long LATENCY = TimeUnit.MILLISECONDS.toNanos(1);
  private static final int PUBLICATIONS = 2;

  /** Of the successor's requests, at each how manieth a late one is executed in a sample. */
  private static final int STRIDE = 8;

  /** What became of one agent. */
  private static final class Outcome {
    long acquiredAt = -1;
    long releasedAt = -1;
    int published;
    boolean fenced;
  }

  /** One volume with agents at work on it. */
  private static final class Trial implements AutoCloseable {
    final Quiet quiet = new Quiet();
    final ModelServer server = new ModelServer();
    final EpochWatch watch = new EpochWatch(server);
    final Schedule schedule;

    Trial(Schedule.Chooser chooser) {
      schedule = new Schedule(chooser, LATENCY);
    }

    Schedule.Agent start(String name, Outcome outcome) {
      return start(name, 1, 0, outcome);
    }

    Schedule.Agent start(String name, double rate, long offset, Outcome outcome) {
      var client = server.mount(name).byHandle();
      return schedule.start(
          client, name, rate, offset, clock -> publish(client, name, clock, outcome));
    }

    private void publish(ModelFileSystem client, String name, LeaseClock clock, Outcome outcome)
        throws IOException, InterruptedException {
      var own = client.root().resolve(".liteferry");
      var counter = client.root().resolve(EpochWatch.COUNTER);
      Lease lease;
      try {
        lease = Lease.acquire(own, new LeaseSettings(name, LEASE, PATIENCE), clock);
      } catch (LeaseHeldException e) {
        return;
      }
      watch.holds(lease.epoch());
      outcome.acquiredAt = schedule.time();
      try {
        while (outcome.published < PUBLICATIONS) {
          try {
            lease.ensureValid();
            long number = EpochWatch.count(client.root());
            var staged = lease.staging().fresh();
            Durable.write(staged, Long.toString(number + 1).getBytes(US_ASCII));
            lease.staging().publish(staged, counter);
            outcome.published++;
            Durable.syncDirectory(client.root());
          } catch (FencedException e) {
            throw e;
          } catch (IOException e) {
            lease.renew();
            watch.holds(lease.epoch());
          }
        }
        lease.release();
        outcome.releasedAt = schedule.time();
      } catch (FencedException e) {
        outcome.fenced = true;
        lease.close();
      }
    }

    void run() {
      schedule.beforeStep(() -> watch.check(schedule));
      schedule.run();
      watch.check(schedule);
    }

    @Override
    public void close() {
      schedule.close();
      quiet.close();
    }
  }

  @Test
  void acquire_twoAtOnceInAnyOrder_oneAfterTheOther() throws Exception {
    int deviations = Extent.isFull() ? 2 : 1;
    int trials =
        Schedule.explore(
            deviations,
            Extent.of(1_500, 100_000),
            chooser -> {
              try (var trial = new Trial(chooser)) {
                var a = new Outcome();
                var b = new Outcome();
                trial.start("a", a);
                trial.start("b", b);
                trial.run();
                assertEquals(
                    a.published + b.published, trial.watch.counted(), trial.schedule::trace);
                assertTrue(
                    a.published == PUBLICATIONS || b.published == PUBLICATIONS,
                    trial.schedule::trace);
              }
            });
    System.out.printf("two at once: %d orders, %d deviations%n", trials, deviations);
  }

  /** The requests that one agent sends that is alone. */
  private static List<Request> requestsAlone() {
    var requests = new ArrayList<Request>();
    try (var trial = new Trial(Schedule.first())) {
      var agent = trial.start("a", new Outcome());
      trial.schedule.beforeStep(
          () -> {
            var next = trial.schedule.pendingOf(agent);
            if (next != null) {
              requests.add(next);
            }
          });
      trial.schedule.run();
      return requests;
    }
  }

  @Test
  void holder_diesAtAnyRequest_isSucceededAfterTheLease() {
    int requests = requestsAlone().size();
    for (int k = 0; k < requests; k++) {
      for (boolean executed : new boolean[] {false, true}) {
        int number = k;
        try (var trial = new Trial(Schedule.first())) {
          var a = new Outcome();
          var b = new Outcome();
          var victim = trial.start("a", a);
          var died = new AtomicInteger(-1);
          trial.schedule.beforeStep(
              () -> {
                trial.watch.check(trial.schedule);
                var next = trial.schedule.pendingOf(victim);
                if (died.get() < 0 && next != null && next.number() == number) {
                  died.set(1);
                  trial.schedule.kill(victim, new Gate.Fate.Dies(executed));
                }
              });
          trial.start("b", b);
          trial.schedule.run();
          trial.watch.check(trial.schedule);
          assertEquals(PUBLICATIONS, b.published, trial.schedule::trace);
          assertFalse(b.fenced);
        }
      }
    }
    System.out.printf("holder dies: %d requests, %d runs%n", requests, 2 * requests);
  }

  @Test
  void request_ofADeadHolder_executedAtAnyLaterMoment_changesNothingAfterTheSuccessorHolds() {
    var requests = requestsAlone().stream().filter(r -> r.kind().changes()).toList();
    int runs = 0;
    int executed = 0;
    var random = new Random(FaultWalk.SEED);
    for (var request : requests) {
      int stride = Extent.stride(STRIDE);
      for (int j = random.nextInt(stride); ; j += stride) {
        int delivered = deliverLate(request.number(), j);
        if (delivered < 0) {
          break;
        }
        runs++;
        executed += delivered;
      }
    }
    System.out.printf(
        "late request: %d requests, %d runs, %d of them executed by the server (%s, seed %d)%n",
        requests.size(), runs, executed, Extent.ASKED, FaultWalk.SEED);
    assertTrue(executed > 0);
  }

  /**
   * Kills one agent before its request {@code k}, which is executed before the request {@code j} of
   * its successor and once more at the end.
   *
   * @return whether the server could execute it, as 0 or 1; -1 when the successor sends fewer
   */
  private static int deliverLate(int k, int j) {
    try (var trial = new Trial(Schedule.first())) {
      var b = new Outcome();
      var victim = trial.start("a", new Outcome());
      var successor = new ArrayList<Schedule.Agent>();
      var killed = new boolean[1];
      var result = new int[] {-1};
      trial.schedule.beforeStep(
          () -> {
            trial.watch.check(trial.schedule);
            var next = trial.schedule.pendingOf(victim);
            if (!killed[0] && next != null && next.number() == k) {
              killed[0] = true;
              trial.schedule.kill(victim, new Gate.Fate.DiesInFlight());
            }
            var theirs = trial.schedule.pendingOf(successor.getFirst());
            if (killed[0] && result[0] < 0 && theirs != null && theirs.number() == j) {
              result[0] = 0;
              for (var request : trial.server.inFlight()) {
                result[0] |= trial.server.deliver(request) == null ? 1 : 0;
              }
            }
          });
      successor.add(trial.start("b", b));
      trial.schedule.run();
      for (var request : trial.server.inFlight()) {
        trial.server.deliver(request);
      }
      trial.watch.check(trial.schedule);
      assertEquals(PUBLICATIONS, b.published, trial.schedule::trace);
      return result[0];
    }
  }

  @Test
  void release_inOrder_handsOverAtOnce() {
    try (var trial = new Trial(Schedule.first())) {
      var a = new Outcome();
      var b = new Outcome();
      trial.start("a", a);
      trial.start("b", b);
      trial.run();
      assertTrue(b.acquiredAt > a.releasedAt, trial.schedule::trace);
      long waited = b.acquiredAt - a.releasedAt;
      assertTrue(
          waited < LEASE.toNanos() / 4, "waited " + waited / 1e9 + " s\n" + trial.schedule.trace());
      assertEquals(2 * PUBLICATIONS, trial.watch.counted());
    }
  }

  @Test
  void holder_hangsAndComesBack_isFencedAndPublishesNothing() throws Exception {
    int requests = requestsAlone().size();
    int fenced = 0;
    for (int k = 0; k < requests; k++) {
      int number = k;
      var a = new Outcome();
      var b = new Outcome();
      var agents = new ArrayList<Schedule.Agent>();
      var trials = new ArrayList<Trial>();
      Schedule.Chooser chooser =
          options -> {
            // a hangs before its request until b is done
            var trial = trials.getFirst();
            var next = trial.schedule.pendingOf(agents.getFirst());
            boolean hangs = next != null && next.number() >= number && !agents.getLast().isDone();
            for (int i = 0; i < options.size(); i++) {
              boolean ofA =
                  options.get(i).startsWith("a ")
                      || options.get(i).startsWith("a-heart")
                      || options.get(i).contains("until a");
              if (!hangs || !ofA) {
                return i;
              }
            }
            return options.size() - 1;
          };
      try (var trial = new Trial(chooser)) {
        trials.add(trial);
        agents.add(trial.start("a", a));
        agents.add(trial.start("b", b));
        trial.run();
        assertEquals(PUBLICATIONS, b.published, trial.schedule::trace);
        assertEquals(a.published + b.published, trial.watch.counted(), trial.schedule::trace);
        fenced += a.fenced ? 1 : 0;
      }
    }
    System.out.printf("holder hangs: %d runs, %d of them fenced%n", requests, fenced);
    assertTrue(fenced > 0);
  }

  @Test
  void agents_threeWithSkewedClocksKillsAndLateRequests_publishOneAfterTheOther() {
    int runs = Extent.of(500, 20_000);
    int published = 0;
    for (int i = 0; i < runs; i++) {
      long seed = FaultWalk.SEED + i;
      try {
        published += chaos(Schedule.random(seed));
      } catch (AssertionError e) {
        throw new AssertionError("-Dliteferry.test.seed=" + seed + ": " + e.getMessage(), e);
      }
    }
    System.out.printf(
        "three agents: %d runs, %d publications, seeds from %d%n", runs, published, FaultWalk.SEED);
  }

  private static int chaos(Random random) {
    var switches = List.of(0.02, 0.1, 0.5).get(random.nextInt(3));
    try (var trial = new Trial(Schedule.drawing(random, switches))) {
      var agents = new ArrayList<Schedule.Agent>();
      for (var name : List.of("a", "b", "c")) {
        double rate = 0.5 + random.nextDouble() * 1.5;
        agents.add(trial.start(name, rate, random.nextLong() >> 2, new Outcome()));
      }
      double kills = random.nextBoolean() ? 0.005 : 0;
      trial.schedule.beforeStep(
          () -> {
            trial.watch.check(trial.schedule);
            if (random.nextDouble() < kills) {
              var victim = agents.get(random.nextInt(agents.size()));
              boolean last = agents.stream().filter(a -> !a.client.isDead()).count() < 2;
              if (!victim.isDone() && !last) {
                trial.schedule.kill(
                    victim,
                    random.nextBoolean()
                        ? new Gate.Fate.DiesInFlight()
                        : new Gate.Fate.Dies(random.nextBoolean()));
              }
            }
            var late = trial.server.inFlight();
            if (!late.isEmpty() && random.nextInt(10) == 0) {
              trial.server.deliver(late.get(random.nextInt(late.size())));
            }
          });
      trial.schedule.run();
      for (var request : trial.server.inFlight()) {
        trial.server.deliver(request);
      }
      trial.watch.check(trial.schedule);
      return trial.watch.published();
    }
  }
}
