package io.liteferry.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A volume that is full recovers by what its user does: they delete in local what fills it, and
 * know nothing of the volume.
 */
@Tag("faults")
class FullVolumeIT {
  private static final String FULL = "the volume ";
  private static final int FILES = 30;
  private static final int FILE_BYTES = 100_000;

  /** Of what there is no more, on a small file system in memory. */
  private enum Lack {
    BYTES("size=4m"),
    INODES("size=64m,nr_inodes=70");

    private final String options;

    Lack(String options) {
      this.options = options;
    }
  }

  @RegisterExtension final Workplace workplace = new Workplace();

  private final Random random = new Random(20260101);
  private Path local;
  private Path volume;

  @BeforeEach
  void makeLocal() throws Exception {
    local = workplace.directory("local");
    for (int i = 0; i < FILES; i++) {
      write("first" + i);
    }
    Sql.run(local.resolve("app.db"), "CREATE TABLE t (word TEXT)", "INSERT INTO t VALUES ('1')");
  }

  private void write(String name) throws IOException {
    var content = new byte[FILE_BYTES];
    random.nextBytes(content);
    Files.write(local.resolve(name), content);
  }

  private static void command(String... line) throws Exception {
    int code = new ProcessBuilder(line).inheritIO().start().waitFor();
    if (code != 0) {
      throw new AssertionError("this test must run as root: " + String.join(" ", line));
    }
  }

  private void mountVolume(Lack lack) throws Exception {
    volume = workplace.directory("volume");
    command("mount", "-t", "tmpfs", "-o", lack.options, "tmpfs", volume.toString());
    workplace.closing(() -> command("umount", "-l", volume.toString()));
  }

  private Liteferry start() throws IOException {
    return Liteferry.start(
        "run", local, volume, "--lease-duration", "2s", "--delete-guard", "500ms");
  }

  /** The agent has published, and the reserve is there; then nothing more fits on the volume. */
  private void fill(Liteferry agent) throws Exception {
    agent.awaitLog(Liteferry.READY);
    var reserve = volume.resolve(".liteferry/reserve-8");
    Await.until("the reserve", () -> Files.exists(reserve));
    for (int i = 0; i < 2 * FILES; i++) {
      write("second" + i);
    }
    Sql.run(local.resolve("app.db"), "INSERT INTO t VALUES ('2')");
    agent.awaitLog(FULL);
    fillToTheLast();
  }

  /** Somebody else on the volume takes what is left. */
  private void fillToTheLast() {
    try {
      for (int i = 0; i < 100; i++) {
        Files.write(volume.resolve("filler" + i), new byte[0]);
      }
    } catch (IOException e) {
      // no inode is left
    }
    try (var out = Files.newOutputStream(volume.resolve("filler0"))) {
      while (true) {
        out.write(new byte[512]);
      }
    } catch (IOException e) {
      // no block is left
    }
  }

  private void delete(String prefix, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      Files.delete(local.resolve(prefix + i));
    }
  }

  private String published() throws Exception {
    return Sql.valueIn(volume.resolve("app.db"), "SELECT count(*) FROM t");
  }

  private void awaitRecovery(Liteferry agent, String rows) throws Exception {
    Await.until("the deletions", () -> Files.notExists(volume.resolve("first0")));
    Await.until("the row", () -> published().equals(rows));
    Await.until("the reserve", () -> Files.exists(volume.resolve(".liteferry/reserve-1")));
    agent.terminate();
    var ended = agent.awaitEnd();
    assertEquals(0, ended.exitCode(), ended::toString);
    assertFalse(Files.exists(volume.resolve("second0")));
  }

  @ParameterizedTest
  @EnumSource
  void run_userDeletesOnAFullVolume_recoversByItself(Lack lack) throws Exception {
    mountVolume(lack);
    try (var agent = start()) {
      fill(agent);
      TimeUnit.SECONDS.sleep(5); // more than two leases
      assertTrue(agent.isAlive());
      assertTrue(Files.exists(volume.resolve(".liteferry/epochs/1.beat")), "another epoch");
      delete("first", FILES);
      delete("second", 2 * FILES);
      Sql.run(local.resolve("app.db"), "INSERT INTO t VALUES ('3')");
      awaitRecovery(agent, "3");
    }
  }

  @ParameterizedTest
  @EnumSource
  void run_killedAndStartedOnAFullVolume_getsTheLeaseAndRecovers(Lack lack) throws Exception {
    mountVolume(lack);
    try (var agent = start()) {
      fill(agent);
      agent.kill();
      agent.awaitEnd();
    }
    fillToTheLast();
    try (var again = start()) {
      again.awaitLog("watching ");
      delete("first", FILES);
      delete("second", 2 * FILES);
      Sql.run(local.resolve("app.db"), "INSERT INTO t VALUES ('3')");
      awaitRecovery(again, "3");
    }
  }

  @ParameterizedTest
  @EnumSource
  void sync_onAFullVolumeAgainAndAgain_recovers(Lack lack) throws Exception {
    mountVolume(lack);
    assertEquals(0, sync().exitCode());
    assertTrue(Files.exists(volume.resolve(".liteferry/reserve-8")));
    for (int i = 0; i < 2 * FILES; i++) {
      write("second" + i);
    }
    assertEquals(6, sync().exitCode());
    fillToTheLast();
    assertEquals(6, sync().exitCode());
    delete("first", FILES);
    delete("second", 2 * FILES);
    var recovered = sync();
    assertEquals(0, recovered.exitCode(), recovered::toString);
    assertFalse(Files.exists(volume.resolve("first0")));
  }

  private Liteferry.Result sync() throws Exception {
    return Liteferry.run("sync", local, volume, "--delete-guard", "500ms");
  }
}
