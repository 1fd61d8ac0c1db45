package io.liteferry.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Three nodes with an agent and an application each fight for one volume, while everything is done
 * to the agents that can be. Each application appends to the log that its agent restored. A reader
 * of the volume must see a log that only ever grows at its end: whatever a holder publishes after
 * it was succeeded would show as entries that replace others.
 *
 * <p>{@code -Dliteferry.test.seed} repeats the choices, though not the times; {@code
 * -Dliteferry.test.fight} is the number of seconds.
 */
class LeaseFightIT {
  private static final Duration LENGTH =
      Duration.ofSeconds(Integer.getInteger("liteferry.test.fight", 15));
  private static final int NODES = 3;

  /**
   * An orderly end, the refusals, stopped while it waits for the lease with a local that it kept,
   * in use, taken over, killed, and stopped during a restore.
   */
  private static final Set<Integer> EXPECTED = Set.of(0, 3, 6, 9, 10, 137, 143);

  @RegisterExtension final Workplace workplace = new Workplace();

  private final List<String> problems = new ArrayList<>();
  private final List<String> story = new ArrayList<>();
  private volatile boolean ended;

  /** One node: its disk, its agent, and an application that works while the agent is ready. */
  private final class Node implements AutoCloseable {
    private final int number;
    private final Path local;
    private final Path volume;
    private final Thread application;
    private final ReentrantLock disk = new ReentrantLock();
    private volatile Liteferry agent;
    private volatile boolean ready;
    private volatile boolean stopped;
    private boolean paused;
    private int entries;

    Node(int number, Path volume) throws IOException {
      this.number = number;
      this.volume = volume;
      this.local = workplace.directory("node" + number);
      this.application = Thread.ofPlatform().daemon().start(this::work);
    }

    private void work() {
      while (!ended && !stopped) {
        disk.lock();
        try {
          var running = agent;
          ready = running != null && running.isAlive() && running.countLog(Liteferry.READY) > 0;
          if (ready) {
            append();
          }
        } catch (SQLException e) {
          problem("node " + number + ": " + e);
        } finally {
          disk.unlock();
        }
        pause(20);
      }
    }

    private void append() throws SQLException {
      var properties = new Properties();
      properties.setProperty("busy_timeout", "20000");
      properties.setProperty("synchronous", "OFF");
      try (var connection =
              DriverManager.getConnection("jdbc:sqlite:" + local.resolve("app.db"), properties);
          var statement = connection.createStatement()) {
        statement.execute(
            "INSERT INTO log (entry) VALUES ('node %d, %d')".formatted(number, ++entries));
      }
    }

    /** Does what may be done to an agent in the state that it is in. */
    void suffer(Random random) throws IOException, InterruptedException {
      var running = agent;
      if (running == null || !running.isAlive()) {
        restart(running);
        return;
      }
      int choice = random.nextInt(10);
      if (paused) {
        say(choice < 8 ? "CONT" : "KILL");
        if (choice < 8) {
          running.goOn();
        } else {
          running.kill();
        }
        paused = false;
      } else if (choice < 6) {
        say("STOP");
        running.pause();
        paused = true;
      } else if (choice < 8) {
        say("KILL");
        running.kill();
      } else {
        say("TERM");
        running.terminate();
      }
    }

    private void restart(Liteferry before) throws IOException, InterruptedException {
      disk.lock(); // the application is stopped first, as a supervisor does
      try {
        paused = false;
        if (before != null) {
          var result = before.awaitEnd();
          say("had ended with " + result.exitCode());
          if (!EXPECTED.contains(result.exitCode())) {
            problem("node " + number + ": " + result);
          }
          if (result.exitCode() == 3) {
            empty(); // what it has alone is given up, as a person would decide
          }
        }
        agent =
            Liteferry.start(
                "run",
                local,
                volume,
                "--lease-duration",
                "1s",
                "--settle",
                "50ms",
                "--max-delay",
                "200ms",
                "--flush-timeout",
                "5s",
                "--log-level",
                "debug");
      } finally {
        disk.unlock();
      }
    }

    private void empty() throws IOException {
      for (var directory :
          List.of(local, local.resolveSibling(local.getFileName() + ".liteferry"))) {
        Workplace.delete(directory);
      }
      Files.createDirectory(local);
    }

    private void say(String what) {
      story.add("%d: node %d %s".formatted(System.currentTimeMillis(), number, what));
    }

    /** Awake and stopped in order. */
    void end() throws IOException, InterruptedException {
      stopped = true; // the application first: a flush does not end while it writes
      join(application);
      var running = agent;
      if (running != null) {
        if (running.isAlive()) {
          running.goOn();
        }
        running.terminate();
        var result = running.awaitEnd();
        if (!EXPECTED.contains(result.exitCode())) {
          problem("node " + number + ": " + result);
        }
      }
    }

    @Override
    public void close() {
      ended = true;
      join(application);
      if (agent != null) {
        agent.close();
      }
    }
  }

  /** What a reader on another machine sees, one state after the other. */
  private final class Auditor implements AutoCloseable {
    private final Path volume;
    private final Thread thread;
    private List<String> seen = List.of();
    private String last = "";
    private int states;
    private int handovers;

    Auditor(Path volume) {
      this.volume = volume;
      this.thread = Thread.ofPlatform().daemon().start(this::lookOn);
    }

    private void lookOn() {
      try {
        while (!ended) {
          look();
          pause(5);
        }
      } catch (IOException | SQLException e) {
        problem("auditor: " + e);
      }
    }

    void look() throws IOException, SQLException {
      var database = volume.resolve("app.db");
      var copy = workplace.root().resolve("seen.db");
      try {
        // One descriptor, so one state. Not a link: that would change the file for who restores it.
        Files.copy(database, copy, StandardCopyOption.REPLACE_EXISTING);
      } catch (NoSuchFileException e) {
        problem("the database is not on the volume");
        return;
      }
      var digest = Sha256.of(copy);
      if (digest.equals(last)) {
        return;
      }
      last = digest;
      states++;
      var entries = entries(copy);
      if (entries.size() < seen.size() || !entries.subList(0, seen.size()).equals(seen)) {
        problem(
            "state %d has %d entries and does not go on from the %d before: %s after %s"
                .formatted(states, entries.size(), seen.size(), tail(entries), tail(seen)));
      }
      if (!seen.isEmpty() && !node(entries.getLast()).equals(node(seen.getLast()))) {
        handovers++;
      }
      seen = entries;
    }

    private static String node(String entry) {
      return entry.substring(0, entry.indexOf(','));
    }

    private static List<String> tail(List<String> list) {
      return list.subList(Math.max(0, list.size() - 5), list.size());
    }

    private List<String> entries(Path database) throws SQLException {
      var entries = new ArrayList<String>();
      var properties = new Properties();
      properties.setProperty("open_mode", "1"); // read-only
      try (var connection =
              DriverManager.getConnection(
                  "jdbc:sqlite:file:" + database + "?immutable=1", properties);
          var statement = connection.createStatement()) {
        try (var rows = statement.executeQuery("PRAGMA integrity_check")) {
          rows.next();
          if (!rows.getString(1).equals("ok")) {
            problem("state %d: %s".formatted(states, rows.getString(1)));
          }
        }
        try (var rows = statement.executeQuery("SELECT entry FROM log ORDER BY id")) {
          while (rows.next()) {
            entries.add(rows.getString(1));
          }
        }
      }
      return entries;
    }

    @Override
    public void close() {
      ended = true;
      join(thread);
    }
  }

  private void problem(String what) {
    synchronized (problems) {
      problems.add(what);
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void run_threeAgentsFightForOneVolume_aReaderNeverSeesAnythingGoBack() throws Exception {
    long seed = Long.getLong("liteferry.test.seed", System.nanoTime());
    System.out.printf("seed %d, %d s%n", seed, LENGTH.toSeconds());
    var random = new Random(seed);
    var volume = workplace.directory("volume");
    try (var connection = DriverManager.getConnection("jdbc:sqlite:" + volume.resolve("app.db"));
        var statement = connection.createStatement()) {
      statement.execute("CREATE TABLE log (id INTEGER PRIMARY KEY, entry TEXT NOT NULL)");
      statement.execute("INSERT INTO log (entry) VALUES ('nobody, 0')");
    }
    var nodes = new ArrayList<Node>();
    for (int i = 0; i < NODES; i++) {
      nodes.add(workplace.closing(new Node(i, volume)));
    }
    var auditor = workplace.closing(new Auditor(volume));
    long until = System.nanoTime() + LENGTH.toNanos();
    while (System.nanoTime() < until) {
      nodes.get(random.nextInt(NODES)).suffer(random);
      TimeUnit.MILLISECONDS.sleep(200 + random.nextInt(900));
    }
    for (var node : nodes) {
      node.end();
    }
    ended = true;
    auditor.close();
    auditor.look();
    System.out.printf(
        "%d states, %d entries, %d changes of the writer, %d deeds%n",
        auditor.states, auditor.seen.size(), auditor.handovers, story.size());
    assertEquals(List.of(), problems, () -> "seed " + seed + "\n" + String.join("\n", story));
    assertTrue(auditor.states > 1, "nothing was published");
  }
}
