package io.liteferry.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.lease.FencedException;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two pods whose lives overlap, as in a rolling update or when a node is lost and comes back: each
 * restores, lets its application work, publishes, and stops, or dies, or hangs and comes back.
 *
 * <p>The application keeps a log, and for each entry a file. Whatever is published must continue
 * what was published before.
 */
final class TwoPodsFaultTest {
  private static final int STEPS = 2;
  private static final long LATENCY = TimeUnit.MILLISECONDS.toNanos(2);

  @TempDir(factory = InMemory.class)
  Path directory;

  private int restored;
  private int fenced;
  private int killed;
  private int hung;

  /** One run with two pods. */
  private final class Trial implements AutoCloseable {
    final Quiet quiet = new Quiet();
    final Random random;
    final ModelServer server = new ModelServer();
    final EpochWatch watch = new EpochWatch(server).onPublished(this::published);
    final Path home;
    final Contract contract;
    final Schedule schedule;
    final List<Schedule.Agent> agents = new ArrayList<>();
    final Map<String, Integer> hanging = new HashMap<>();
    final Set<String> stoppedInOrder = new HashSet<>();
    final boolean kills;
    final boolean hangs;
    final int hangsAt;
    List<String> log = List.of();

    private final KeptPoints points = new KeptPoints();

    /** At random. */
    Trial(long seed) throws IOException {
      this(seed, Integer.MAX_VALUE, true);
    }

    /** The first pod hangs before one of its requests until the second one is done. */
    Trial(int hangsAt) throws IOException {
      this(hangsAt, hangsAt, false);
    }

    private Trial(long seed, int hangsAt, boolean disturbed) throws IOException {
      this.hangsAt = hangsAt;
      random = Schedule.random(seed);
      home = Files.createDirectory(directory.resolve("run" + seed));
      contract = new Contract(Files.createDirectory(home.resolve("scratch")));
      contract.addVersion(Files.createDirectory(home.resolve("nothing")));
      kills = disturbed && random.nextBoolean();
      hangs = disturbed && random.nextBoolean();
      double switches = disturbed ? List.of(0.02, 0.1, 0.4).get(random.nextInt(3)) : 0;
      schedule =
          new Schedule(options -> choose(options, switches), LATENCY).beforeStep(this::disturb);
    }

    void start(String name) throws IOException {
      var local = Files.createDirectory(home.resolve("local-" + name));
      var client = server.mount(name).byHandle();
      double rate = 0.7 + random.nextDouble() * 0.6;
      agents.add(
          schedule.start(
              client,
              name,
              rate,
              random.nextInt(),
              clock -> live(name, new Pod(local, home.resolve("state-" + name), client, clock))));
    }

    private void live(String name, Pod pod) throws IOException, InterruptedException {
      try (pod) {
        if (!restore(pod)) {
          return;
        }
        watch.holds(pod.lease().epoch());
        restored++;
        assertContinues(entries(pod.local.resolve("log.db")), "restored by " + name);
        for (int i = 0; i < STEPS; i++) {
          work(pod.local, name + i);
          publish(pod);
          watch.holds(pod.lease().epoch());
        }
        pod.stop();
        stoppedInOrder.add(name);
      } catch (FencedException e) {
        fenced++;
      }
    }

    /** Whoever was overtaken may learn it from any error. */
    private boolean restore(Pod pod) throws IOException, InterruptedException {
      try {
        pod.restore();
        return true;
      } catch (IOException e) {
        if (watch.claimed() <= pod.lease().epoch()) {
          throw e;
        }
        fenced++;
        return false;
      }
    }

    /** As {@code watch} does: an error is no reason to end, unless it says that we are fenced. */
    private void publish(Pod pod) throws IOException, InterruptedException {
      for (int attempt = 0; ; attempt++) {
        try {
          if (pod.publishAll()) {
            return;
          }
        } catch (FencedException e) {
          throw e;
        } catch (IOException e) {
          if (attempt == 5) {
            throw e;
          }
        }
      }
    }

    private void work(Path local, String what) throws IOException {
      Files.writeString(local.resolve(what), what);
      var file = local.resolve("log.db");
      boolean isNew = !Files.exists(file);
      try (var database = TestDatabase.open(file)) {
        database.run("PRAGMA synchronous = OFF");
        if (isNew) {
          database.run("CREATE TABLE document(n INTEGER PRIMARY KEY, name TEXT)");
        }
        database.run("INSERT INTO document(name) VALUES ('" + what + "')");
      }
      synchronized (contract) {
        contract.addVersion(local);
      }
    }

    private List<String> entries(Path database) {
      return Files.exists(database)
          ? TestDatabase.valueIn(database, "SELECT name FROM document ORDER BY n").lines().toList()
          : List.of();
    }

    private void assertContinues(List<String> entries, String who) {
      if (entries.size() < log.size() || !entries.subList(0, log.size()).equals(log)) {
        watch.fail("%s: %s does not continue %s".formatted(who, entries, log));
      }
    }

    private void published(Path path) {
      try {
        var root = path.getFileSystem().getPath("/" + ModelServer.VOLUME);
        synchronized (contract) {
          contract.check(root, path.toString());
        }
        if (path.endsWith("manifest.json")
            && new Volume(root).manifest().orElseThrow().complete()) {
          points.acknowledge(root);
        }
        if (path.endsWith("log.db")) {
          var copy = home.resolve("scratch/published.db");
          Files.write(copy, Files.readAllBytes(path));
          var entries = entries(copy);
          assertContinues(entries, path.toString());
          log = entries;
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (AssertionError e) {
        watch.fail(String.valueOf(e.getMessage()));
      }
    }

    private int choose(List<String> options, double switches) {
      int first = random.nextDouble() < switches ? random.nextInt(options.size()) : 0;
      for (int i = 0; i < options.size(); i++) {
        int option = (first + i) % options.size();
        var text = options.get(option);
        if (hanging.keySet().stream()
            .noneMatch(name -> text.startsWith(name + " ") || text.startsWith(name + "-"))) {
          return option;
        }
      }
      hanging.clear();
      return 0;
    }

    /** Agents hang for a while, die, and what they sent arrives late. */
    private void disturb() {
      watch.check(schedule);
      var next = schedule.pendingOf(agents.getFirst());
      if (next != null && next.number() >= hangsAt && !agents.getLast().isDone()) {
        hanging.put(agents.getFirst().name, 1);
      }
      hanging.replaceAll((name, steps) -> steps - 1);
      hanging.values().removeIf(steps -> steps < 0);
      var agent = agents.get(random.nextInt(agents.size()));
      boolean alone = agents.stream().anyMatch(a -> a.isDone());
      if (hangs && !alone && random.nextInt(400) == 0 && hanging.isEmpty()) {
        hanging.put(agent.name, random.nextInt(2_000));
        hung++;
      }
      if (kills && !alone && !agent.isDone() && random.nextInt(400) == 0) {
        killed++;
        schedule.kill(
            agent,
            random.nextBoolean()
                ? new Gate.Fate.DiesInFlight()
                : new Gate.Fate.Dies(random.nextBoolean()));
      }
      deliverOne(4);
    }

    private void deliverOne(int outOf) {
      var late = server.inFlight();
      if (!late.isEmpty() && random.nextInt(outOf) == 0) {
        server.deliver(late.get(random.nextInt(late.size())));
      }
    }

    void run() throws IOException {
      schedule.run();
      for (int i = 0; i < server.inFlight().size(); i++) {
        deliverOne(1);
      }
      watch.check(schedule);
      contract.check(FaultWalk.rootOf(server), "the end");
      points.check(FaultWalk.rootOf(server), "the end");
      for (var name : stoppedInOrder) {
        for (int i = 0; i < STEPS; i++) {
          assertTrue(log.contains(name + i), name + i + " is lost: " + log);
        }
      }
      assertEquals(log.size(), new HashSet<>(log).size());
    }

    @Override
    public void close() throws IOException {
      schedule.close();
      quiet.close();
      Site.deleteContent(home);
      Files.delete(home);
    }
  }

  /** Guards against a restore that decides on what it saw before it was overtaken. */
  @Test
  void restore_hangsAtAnyRequestWhileAnotherPublishes_isNotReadyWithAnOlderVersion()
      throws Exception {
    int runs = 0;
    int stride = Extent.stride(3);
    boolean hung = true;
    for (int request = 0; hung; request += stride) {
      try (var trial = new Trial(request)) {
        trial.start("a");
        trial.start("b");
        trial.run();
        hung = trial.agents.getFirst().client.requests() > request;
        runs++;
      }
    }
    System.out.printf("restore hangs: %d runs, %d restores, %d fenced%n", runs, restored, fenced);
    assertTrue(fenced > 0);
  }

  @Test
  void pods_overlappingWithKillsAndHangs_continueWhatWasPublished() throws Exception {
    int runs = Extent.of(30, 2_000);
    long steps = 0;
    for (int i = 0; i < runs; i++) {
      long seed = FaultWalk.SEED + i;
      try (var trial = new Trial(seed)) {
        trial.start("a");
        trial.start("b");
        trial.run();
        steps += trial.schedule.steps();
      } catch (AssertionError e) {
        throw new AssertionError("-Dliteferry.test.seed=" + seed + ": " + e.getMessage(), e);
      }
    }
    System.out.printf(
        "two pods: %d runs, %d requests, %d restores, %d kills, %d hangs, %d fenced (%s, seeds from"
            + " %d)%n",
        runs, steps, restored, killed, hung, fenced, Extent.ASKED, FaultWalk.SEED);
  }
}
