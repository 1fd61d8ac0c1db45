package io.liteferry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The command from its arguments to its exit code. */
final class RestoreCommandTest extends InProcess {
  private Path state() {
    return directory.resolve("local.liteferry");
  }

  /** What is on the volume is in local; nobody has released the lease. */
  private void restoreSomething() throws Exception {
    Files.writeString(volume.resolve("config.yaml"), "port: 80\n");
    TestDatabase.create(volume.resolve("app.db")).insertMany(100).close();
    assertEquals(0, run("restore", local, volume, "--owner", "x"), this::said);
  }

  private void loseNode() throws Exception {
    Site.deleteContent(local);
    Site.deleteContent(state());
    Files.delete(state());
  }

  private JsonObject dryRunAsJson(Object... options) throws Exception {
    var all = Stream.concat(Stream.of("--json"), Stream.of(options));
    dryRun("restore", 0, all.toArray());
    return JsonParser.parseString(printed()).getAsJsonObject();
  }

  @Test
  void dryRun_nodeLost_waitsForNobodyAndNamesWhatWouldBeCopied() throws Exception {
    restoreSomething();
    loseNode();
    dryRun("restore", 0);
    long bytes = Files.size(volume.resolve("app.db")) + 9;
    assertTrue(printed().contains("would restore LOCAL from VOLUME"), printed());
    assertTrue(printed().contains("would copy to LOCAL 2 files, "), printed());
    assertTrue(printed().contains("  app.db\n  config.yaml\n"), printed());
    assertFalse(printed().contains("would remove"), printed());
    var json = dryRunAsJson();
    assertEquals("copy", json.get("decision").getAsString());
    var copied = json.getAsJsonObject("copy");
    assertEquals(bytes, copied.get("bytes").getAsLong());
    assertEquals("[\"app.db\",\"config.yaml\"]", copied.get("names").toString());
    assertEquals(0, json.getAsJsonObject("remove").get("files").getAsInt());
  }

  @Test
  void dryRun_manyFiles_namesSomeAndAsJsonAll() throws Exception {
    for (int i = 100; i < 150; i++) {
      Files.writeString(volume.resolve("f" + i), "x");
    }
    dryRun("restore", 0);
    assertTrue(printed().contains("  f119\n  and 30 more, which --json names\n"), printed());
    assertEquals(50, dryRunAsJson().getAsJsonObject("copy").getAsJsonArray("names").size());
  }

  @Test
  void dryRun_localIsAhead_wouldKeepIt() throws Exception {
    restoreSomething();
    Files.writeString(local.resolve("config.yaml"), "port: 81\n");
    dryRun("restore", 0);
    assertEquals("would keep LOCAL: it is the same as VOLUME or newer", printed().strip());
    assertEquals("keep", dryRunAsJson().get("decision").getAsString());
  }

  @Test
  void dryRun_volumeHasNoData_wouldBeginOrAdopt() throws Exception {
    assertEquals("first-start", dryRunAsJson().get("decision").getAsString());
    Files.writeString(local.resolve("f"), "x");
    assertEquals("adopt", dryRunAsJson().get("decision").getAsString());
  }

  @Test
  void dryRun_somebodyElsePublished_namesWhatWouldGo() throws Exception {
    restoreSomething();
    var other = Files.createDirectory(directory.resolve("other"));
    assertEquals(0, run("restore", other, volume, "--owner", "x"), this::said);
    Files.writeString(other.resolve("new"), "theirs");
    assertEquals(0, run("sync", other, volume, "--owner", "x"), this::said);
    var json = dryRunAsJson();
    assertEquals("copy-again", json.get("decision").getAsString());
    assertEquals(3, json.getAsJsonObject("copy").get("files").getAsInt());
    assertEquals(
        "[\"app.db\",\"config.yaml\"]", json.getAsJsonObject("remove").get("names").toString());
  }

  @Test
  void dryRun_volumeIsCorruptAndLocalGood_exitsWith7() throws Exception {
    restoreSomething();
    TestDatabase.create(directory.resolve("bad.db")).insertMany(1_000).close();
    TestDatabase.tear(directory.resolve("bad.db"), 5);
    Files.delete(volume.resolve("app.db"));
    Files.copy(directory.resolve("bad.db"), volume.resolve("app.db"));
    dryRun("restore", 7);
    assertTrue(said().contains("app.db"), said());
  }

  @Test
  void dryRun_bothHaveDataAndNoState_exitsWith3() throws Exception {
    restoreSomething();
    Site.deleteContent(state());
    Files.delete(state());
    dryRun("restore", 3);
    assertTrue(said().contains("both local and the volume have data"), said());
  }

  @Test
  void dryRun_ofACopy_exitsWith2() throws Exception {
    dryRun("restore", 2, "--copy");
    assertTrue(said().contains("exclude each other"), said());
  }

  /** It has emptied local, and brought some of the point, so that nothing there is anybody's. */
  @Test
  void restore_atAPointThatFailedAtFirst_isCompletedByTheSameCommand() throws Exception {
    Files.writeString(local.resolve("config.yaml"), "one");
    TestDatabase.create(local.resolve("app.db")).insertMany(100).close();
    assertEquals(0, run("restore", local, volume, "--owner", "x"), this::said);
    assertEquals(0, run("sync", local, volume, "--owner", "x"), this::said);
    Files.writeString(local.resolve("config.yaml"), "another");
    TestDatabase.open(local.resolve("app.db")).insertMany(100).close();
    assertEquals(0, run("sync", local, volume, "--owner", "x"), this::said);
    loseNode();
    Path base;
    try (var kept = Files.walk(volume.resolve(".liteferry/pages"))) {
      base = kept.filter(Files::isRegularFile).findFirst().orElseThrow();
    }
    var content = Files.readAllBytes(base);
    Files.write(base, new byte[content.length]);
    var command = new Object[] {"restore", local, volume, "--owner", "x", "--at", "1"};
    assertEquals(7, run(command), this::said);
    assertEquals("one", Files.readString(local.resolve("config.yaml")));
    Files.write(base, content);
    assertEquals(0, run(command), this::said);
    assertEquals("one", Files.readString(volume.resolve("config.yaml")));

    Files.writeString(local.resolve("config.yaml"), "of the application");
    assertEquals(3, run(command), this::said);
    assertEquals("of the application", Files.readString(local.resolve("config.yaml")));
  }
}
