package io.liteferry.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.test.TreeListing.Detail;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The doctor beside a real application and a real agent, on a real disk. */
class DoctorIT {
  @RegisterExtension final Workplace workplace = new Workplace();

  private Path local;
  private Path volume;

  @BeforeEach
  void makeApplication() throws Exception {
    local = workplace.directory("local");
    volume = workplace.directory("volume");
    Bank.create(local.resolve("app.db"), Bank.JournalMode.WAL, 100_000, 1);
    Bank.create(local.resolve("old.db"), Bank.JournalMode.DELETE, 100_000, 2);
  }

  @Test
  void doctor_nothingHasRunYet_isGoodAndLeavesNothing() throws Exception {
    var before = TreeListing.of(local, Detail.EVERYTHING);
    var result = Liteferry.run("doctor", local, volume);
    assertEquals(0, result.exitCode(), result::toString);
    assertTrue(result.out().contains("app.db"), result::toString);
    assertTrue(result.out().contains("rollback journal: a snapshot holds"), result::toString);
    assertTrue(result.out().contains("run would publish local"), result::toString);
    // by a program that reads it in one go: the kernel gives the rest of a number to nobody
    var limit = new ProcessBuilder("cat", "/proc/sys/fs/inotify/max_user_watches").start();
    var watches = limit.inputReader().readLine();
    assertTrue(result.out().contains("max_user_watches: " + watches), result::toString);
    assertTrue(result.out().lines().allMatch(line -> line.length() <= 100), result::toString);
    assertEquals(before, TreeListing.of(local, Detail.EVERYTHING));
    try (var left = Files.list(volume)) {
      assertEquals(0, left.count());
    }
  }

  /** The databases are open, and written to; neither the application nor the agent notices. */
  @Test
  void doctor_besideAnAgentAndItsApplication_disturbsNeither() throws Exception {
    var agent = workplace.closing(Liteferry.start("run", local, volume, "--lease-duration", "2s"));
    agent.awaitLog(Liteferry.READY);
    try (var application =
        SqlProcess.open(local.resolve("app.db"), workplace.directory("scratch"))) {
      application.execute("CREATE TABLE seen (n INTEGER)");
      for (int i = 0; i < 3; i++) {
        application.execute("BEGIN IMMEDIATE", "INSERT INTO seen VALUES (" + i + ")");
        var result = Liteferry.run("doctor", local, volume, "--json");
        assertEquals(0, result.exitCode(), result::toString);
        assertTrue(result.out().contains("one is at work with this state"), result::toString);
        application.execute("COMMIT");
      }
    }
    agent.terminate();
    var ended = agent.awaitEnd();
    assertEquals(0, ended.exitCode(), ended::toString);
    assertTrue(
        ended.err().stream().noneMatch(line -> line.matches(".* (WARN|ERROR) .*")),
        ended::toString);
    assertEquals(0, Liteferry.run("verify", volume).exitCode());
  }
}
