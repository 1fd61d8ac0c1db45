package io.liteferry.model;

import io.liteferry.lease.LeaseClock;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Runs several agents one request at a time, in an order that a {@link Chooser} decides, in a time
 * that passes only here. The same choices give the same run.
 *
 * <p>A <em>line</em> is what an agent does one after the other: its main work, or its heartbeat. A
 * line stops before each request and in each sleep. When all have stopped, one is let go on; or
 * time passes until the next sleeper is due; or something befalls an agent.
 */
final class Schedule implements AutoCloseable {
  /** Decides between several ways to go on. */
  @FunctionalInterface
  interface Chooser {
    /**
     * Chooses.
     *
     * @param options at least two; the first is to go on with what ran last, if that is possible
     * @return from 0 to {@code options.size() - 1}
     */
    int choose(List<String> options);
  }

  /** What an agent does. */
  @FunctionalInterface
  interface Body {
    void run(LeaseClock clock) throws Exception;
  }

  private static final long STUCK_SECONDS = 60;
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  /** For people, who seldom want it. */
  private record Step(long time, Object what) {
    @Override
    public String toString() {
      return "%.3f s: %s".formatted(time / 1e9, what);
    }
  }

  private enum State {
    RUNNING,
    AT_REQUEST,
    ASLEEP,
    DONE
  }

  private final class Line {
    final String name;
    final Agent agent;
    State state = State.RUNNING;
    Thread own = Thread.currentThread();

    /** The one that stopped last: its own, or one of a pool that its own waits for. */
    Thread thread = own;

    @Nullable Request request;
    Gate.Fate fate = Gate.Fate.Passes.ONCE;
    long wakeAt;
    boolean cancelled;
    final Condition mayGoOn = lock.newCondition();

    Line(String name, Agent agent) {
      this.name = name;
      this.agent = agent;
      lines.add(this);
    }

    /** Called with the lock, by the line itself: lets the others go on until it is its turn. */
    void stop(State as) {
      thread = Thread.currentThread();
      state = as;
      stopped.signalAll();
      while (state != State.RUNNING) {
        mayGoOn.awaitUninterruptibly();
      }
    }

    void start(Runnable work) {
      var started =
          Thread.ofPlatform()
              .name(name)
              .daemon()
              .unstarted(
                  () -> {
                    CURRENT.set(this);
                    try {
                      work.run();
                    } catch (Killed e) {
                      // so it ends
                    } finally {
                      locked(
                          () -> {
                            state = State.DONE;
                            stopped.signalAll();
                          });
                    }
                  });
      own = started;
      thread = started;
      started.start();
    }

    boolean isDue() {
      return state == State.AT_REQUEST || (state == State.ASLEEP && wakeAt <= time);
    }

    @Override
    public String toString() {
      return name + (request == null ? " wakes" : " " + request);
    }
  }

  /** One process, with a clock of its own. */
  final class Agent implements LeaseClock {
    final String name;
    final ModelFileSystem client;
    private final double rate;
    private final long offset;
    private final Line main;
    private int hearts;

    private Agent(String name, ModelFileSystem client, double rate, long offset) {
      this.name = name;
      this.client = client;
      this.rate = rate;
      this.offset = offset;
      this.main = new Line(name, this);
    }

    @Override
    public long nanos() {
      lock.lock();
      try {
        return offset + (long) (time * rate);
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void sleep(long nanos) {
      lock.lock();
      try {
        var line = lineOf(this);
        requireAlive();
        line.wakeAt = time + (long) (nanos / rate) + 1;
        line.request = null;
        line.stop(State.ASLEEP);
        requireAlive();
      } finally {
        lock.unlock();
      }
    }

    @Override
    public Runnable every(long nanos, Runnable action) {
      lock.lock();
      try {
        var heart = new Line(name + "-heart" + hearts++, this);
        heart.start(
            () -> {
              while (true) {
                sleep(nanos);
                if (heart.cancelled) {
                  return;
                }
                action.run();
              }
            });
        return () -> locked(() -> heart.cancelled = true);
      } finally {
        lock.unlock();
      }
    }

    private void requireAlive() {
      if (client.isDead()) {
        throw new Killed();
      }
    }

    boolean isDone() {
      return main.state == State.DONE;
    }
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition stopped = lock.newCondition();
  private static final ThreadLocal<Line> CURRENT = new ThreadLocal<>();
  private final List<Line> lines = new ArrayList<>();
  private final Map<String, Agent> agents = new HashMap<>();
  private final List<Step> trace = new ArrayList<>();
  private final List<Throwable> failures = new ArrayList<>();
  private final Chooser chooser;
  private final long latency;
  private long time;
  private @Nullable Line last;
  private Runnable beforeStep = () -> {};

  /**
   * A schedule at time 0.
   *
   * @param latency how long each request takes, in nanoseconds
   */
  Schedule(Chooser chooser, long latency) {
    this.chooser = chooser;
    this.latency = latency;
  }

  /** Is called before each step, when every line has stopped. */
  Schedule beforeStep(Runnable hook) {
    beforeStep = hook;
    return this;
  }

  /** An agent whose clock is right. */
  Agent start(ModelFileSystem client, String name, Body body) {
    return start(client, name, 1, 0, body);
  }

  /**
   * Starts an agent; it does nothing yet.
   *
   * @param rate how fast its clock goes
   * @param offset what its clock shows at time 0
   */
  Agent start(ModelFileSystem client, String name, double rate, long offset, Body body) {
    lock.lock();
    try {
      var agent = new Agent(name, client, rate, offset);
      agents.put(name, agent);
      client.gate(request -> await(agent, request));
      agent.main.start(
          () -> {
            agent.sleep(0);
            try {
              body.run(agent);
            } catch (Exception | AssertionError e) {
              locked(() -> failures.add(e));
            }
          });
      return agent;
    } finally {
      lock.unlock();
    }
  }

  private void locked(Runnable action) {
    lock.lock();
    try {
      action.run();
    } finally {
      lock.unlock();
    }
  }

  private Line lineOf(Agent agent) {
    var line = CURRENT.get();
    return line == null ? agent.main : line; // a thread of a pool that the main line waits for
  }

  private Gate.Fate await(Agent agent, Request request) {
    lock.lock();
    try {
      var line = lineOf(agent);
      line.request = request;
      line.fate = Gate.Fate.Passes.ONCE;
      line.stop(State.AT_REQUEST);
      line.request = null;
      time += latency;
      return line.fate;
    } finally {
      lock.unlock();
    }
  }

  /** Now, in nanoseconds. */
  long time() {
    return time;
  }

  /** What happened so far, one step a line; the last of them. */
  String trace() {
    int most = 60;
    return trace.subList(Math.max(0, trace.size() - most), trace.size()).stream()
        .map(Step::toString)
        .collect(Collectors.joining("\n"));
  }

  int steps() {
    return trace.size();
  }

  /** The requests before which lines of an agent wait, the main one's first. */
  @Nullable Request pendingOf(Agent agent) {
    return agent.main.state == State.AT_REQUEST ? agent.main.request : null;
  }

  /** An agent is gone at once; what it was about to send is sent nevertheless if so wanted. */
  void kill(Agent agent, Gate.Fate fate) {
    trace.add(new Step(time, agent.name + " is killed: " + fate));
    for (var line : lines) {
      if (line.agent == agent && line.state == State.AT_REQUEST) {
        line.fate = fate;
      }
    }
    if (fate instanceof Gate.Fate.Dies || fate instanceof Gate.Fate.DiesInFlight) {
      release(agent);
    }
  }

  private void release(Agent agent) {
    for (var line : List.copyOf(lines)) {
      if (line.agent == agent && line.state != State.DONE) {
        if (line.state == State.AT_REQUEST && !(line.fate instanceof Gate.Fate.Passes)) {
          go(line);
          awaitAllStopped();
        }
      }
    }
    agent.client.kill();
    for (var line : List.copyOf(lines)) {
      if (line.agent == agent && line.state != State.DONE) {
        go(line);
        awaitAllStopped();
      }
    }
  }

  private static void go(Line line) {
    if (line.state == State.AT_REQUEST || line.state == State.ASLEEP) {
      line.state = State.RUNNING;
      line.mayGoOn.signalAll();
    }
  }

  /**
   * Runs until every agent's main line has ended.
   *
   * @throws AssertionError with what an agent threw
   */
  void run() {
    lock.lock();
    try {
      awaitAllStopped();
      while (failures.isEmpty() && !agents.values().stream().allMatch(Agent::isDone)) {
        beforeStep.run();
        if (!agents.values().stream().allMatch(Agent::isDone)) {
          step();
        }
      }
    } finally {
      lock.unlock();
    }
    for (var failure : failures) {
      throw new AssertionError(failure + "\n" + trace(), failure);
    }
  }

  private void step() {
    var options = new ArrayList<Line>();
    var before = last;
    if (before != null && before.isDue()) {
      options.add(before);
    }
    for (var line : lines) {
      if (line != before && line.isDue()) {
        options.add(line);
      }
    }
    var sleeper =
        lines.stream()
            .filter(line -> line.state == State.ASLEEP && !line.isDue() && !line.cancelled)
            .min((a, b) -> Long.compare(a.wakeAt, b.wakeAt));
    int ways = options.size() + (sleeper.isPresent() ? 1 : 0);
    if (ways == 0) {
      throw new AssertionError("nothing can go on:\n" + trace());
    }
    int chosen = 0;
    if (ways > 1) {
      var names = new ArrayList<String>();
      options.forEach(line -> names.add(line.toString()));
      sleeper.ifPresent(line -> names.add("time passes until " + line.name + " wakes"));
      chosen = chooser.choose(names);
    }
    Line next;
    if (chosen < options.size()) {
      next = options.get(chosen);
    } else {
      next = sleeper.orElseThrow();
      time = Math.max(time, next.wakeAt);
    }
    trace.add(new Step(time, next.request == null ? next.name + " wakes" : next.request));
    last = next;
    go(next);
    awaitAllStopped();
  }

  /** Waits until no line is at work. One that waits for a monitor of a stopped one has stopped. */
  private void awaitAllStopped() {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(STUCK_SECONDS);
    while (lines.stream().anyMatch(line -> line.state == State.RUNNING && !isBlocked(line))) {
      try {
        stopped.awaitNanos(TimeUnit.MICROSECONDS.toNanos(500));
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("a line neither stops nor ends:\n" + trace());
      }
    }
  }

  private boolean isBlocked(Line line) {
    return isBlocked(line.own) || isBlocked(line.thread);
  }

  private boolean isBlocked(Thread thread) {
    if (thread.getState() != Thread.State.BLOCKED) {
      return false;
    }
    var info = THREADS.getThreadInfo(thread.threadId());
    return info != null
        && lines.stream()
            .anyMatch(
                other ->
                    (other.state == State.AT_REQUEST || other.state == State.ASLEEP)
                        && other.thread.threadId() == info.getLockOwnerId());
  }

  /** Ends what is left. */
  @Override
  public void close() {
    lock.lock();
    try {
      agents.values().forEach(agent -> agent.client.kill());
      for (var line : lines) {
        go(line);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Random numbers that differ from the first one on, also for seeds that are close. */
  static Random random(long seed) {
    return new Random(seed * 0x9e3779b97f4a7c15L);
  }

  /** Draws each choice; mostly goes on with what ran last. */
  static Chooser drawing(Random random, double switches) {
    return options -> random.nextDouble() < switches ? random.nextInt(options.size()) : 0;
  }

  /** Always the first. */
  static Chooser first() {
    return options -> 0;
  }

  /** What is run for each order. */
  @FunctionalInterface
  interface Trial {
    void run(Chooser chooser) throws Exception;
  }

  /**
   * Runs a trial in every order in which at most so many times something else than the first option
   * is chosen.
   *
   * @param most gives up after so many trials
   * @return how many trials there were
   */
  static int explore(int deviations, int most, Trial trial) throws Exception {
    var prefix = new ArrayList<Integer>();
    int trials = 0;
    while (true) {
      var taken = new ArrayList<Integer>();
      var ways = new ArrayList<Integer>();
      var budget = new int[] {deviations};
      trial.run(
          options -> {
            int at = taken.size();
            int choice = at < prefix.size() ? prefix.get(at) : 0;
            ways.add(budget[0] > 0 ? options.size() : 1);
            budget[0] -= choice > 0 ? 1 : 0;
            taken.add(choice);
            return choice;
          });
      trials++;
      int at = taken.size() - 1;
      while (at >= 0 && taken.get(at) + 1 >= ways.get(at)) {
        at--;
      }
      if (at < 0 || trials >= most) {
        return trials;
      }
      prefix.clear();
      prefix.addAll(taken.subList(0, at));
      prefix.add(taken.get(at) + 1);
    }
  }
}
