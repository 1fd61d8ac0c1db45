package io.liteferry.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What an earlier version left at a kill is taken over. The archive has the local, volume and state
 * of an agent at commit d7fd883, without the reserve, as {@code tar} packed them: a database in WAL
 * mode with the rows "first" and "second", files in a directory, and a link.
 */
class MadeBeforeIT {
  private static final String ARCHIVE = "/made-before/0.1.0-SNAPSHOT-d7fd883.tar.gz";

  @RegisterExtension final Workplace workplace = new Workplace();

  private Path local;
  private Path volume;
  private Path state;

  @BeforeEach
  void unpack() throws IOException, InterruptedException {
    var root = workplace.root();
    try (var archive = MadeBeforeIT.class.getResourceAsStream(ARCHIVE)) {
      Files.copy(archive, root.resolve("archive"));
    }
    var tar = new ProcessBuilder("tar", "-xzf", "archive").directory(root.toFile()).inheritIO();
    assertEquals(0, tar.start().waitFor());
    local = root.resolve("local");
    volume = root.resolve("volume");
    state = root.resolve("state");
  }

  @Test
  void run_volumeLocalAndState_keepsLocalAndPublishesNothingAgain() throws Exception {
    var before = TreeListing.of(volume, TreeListing.Detail.CONTENT);
    try (var agent = Liteferry.start("run", local, volume, "--state", state)) {
      agent.awaitLog("local is the same as the volume or newer: kept");
      agent.awaitLog(Liteferry.READY);
      agent.terminate();
      assertEquals(0, agent.awaitEnd().exitCode());
      assertEquals(0, agent.countLog("published generation"), () -> agent.log().toString());
    }
    assertEquals(before, TreeListing.of(volume, TreeListing.Detail.CONTENT));
    var index = Files.readString(state.resolve("index"));
    assertTrue(index.startsWith("liteferry-index 2 "), index);
    assertFalse(Files.exists(state.resolve("announced")));
    Files.delete(local.resolve("photos/late.jpg"));
    Sql.run(local.resolve("app.db"), "INSERT INTO t (data) VALUES ('third')");
    assertEquals(0, Liteferry.run("sync", local, volume, "--state", state).exitCode());
    assertFalse(Files.exists(volume.resolve("photos/late.jpg")), "the file is known as ours");
    assertEquals("first,second,third", rows());
    var own = volume.resolve(".liteferry");
    assertTrue(Files.readString(own.resolve("volume.json")).contains("\"format\": 2"));
    assertTrue(Files.exists(own.resolve("generations")), "what was before can be had");
  }

  @Test
  void restore_volumeAlone_bringsEverything() throws Exception {
    var fresh = workplace.directory("fresh");
    var restored = Liteferry.run("restore", fresh, volume);
    assertEquals(0, restored.exitCode(), restored::toString);
    assertEquals(
        TreeListing.of(local, TreeListing.Detail.CONTENT).keySet(),
        TreeListing.of(fresh, TreeListing.Detail.CONTENT).keySet());
    assertEquals("first,second", rows());
  }

  private String rows() throws Exception {
    return Sql.valueIn(volume.resolve("app.db"), "SELECT group_concat(data) FROM t");
  }
}
