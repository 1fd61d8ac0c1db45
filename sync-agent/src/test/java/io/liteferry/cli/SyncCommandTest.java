package io.liteferry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import io.liteferry.fixture.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The command from its arguments to its exit code. */
final class SyncCommandTest extends InProcess {
  private void publish() throws Exception {
    TestDatabase.create(local.resolve("app.db")).insertMany(10).close();
    Files.createDirectories(local.resolve("up"));
    Files.writeString(local.resolve("up/a"), "a");
    Files.writeString(local.resolve("up/b"), "b");
    Files.writeString(local.resolve("c"), "c");
    assertEquals(0, run("restore", local, volume, "--owner", "x"), this::said);
    assertEquals(0, run("sync", local, volume, "--owner", "x"), this::said);
  }

  @Test
  void dryRun_nothingPublishedYet_namesAllOfLocal() throws Exception {
    TestDatabase.create(local.resolve("app.db")).insertMany(10).close();
    Files.createDirectories(local.resolve("up"));
    Files.writeString(local.resolve("up/a"), "abc");
    dryRun("sync", 0);
    assertTrue(printed().contains("would create 1 directory\n  up\n"), printed());
    assertTrue(printed().contains("would publish 1 file, 3 bytes\n  up/a\n"), printed());
    assertTrue(printed().contains("would publish 1 database, "), printed());
  }

  @Test
  void dryRun_asPublished_saysSo() throws Exception {
    publish();
    dryRun("sync", 0);
    assertEquals("would change nothing\n", printed());
  }

  @Test
  void dryRun_changes_areWhatASyncThenMakes() throws Exception {
    publish();
    TestDatabase.open(local.resolve("app.db")).insert("more").close();
    Files.writeString(local.resolve("new"), "new");
    Files.createSymbolicLink(local.resolve("link"), Path.of("new"));
    Files.delete(local.resolve("c"));
    Files.writeString(volume.resolve("theirs"), "not from here");
    dryRun("sync", 0);
    assertTrue(printed().contains("would publish 1 link\n  link\n"), printed());
    assertTrue(printed().contains("would publish 1 file, 3 bytes\n  new\n"), printed());
    assertTrue(printed().contains("would publish 1 database, "), printed());
    assertTrue(printed().contains("would delete on VOLUME 1 name\n  c\n"), printed());
    assertTrue(printed().contains("what did not come from LOCAL:\n  theirs\n"), printed());
    assertEquals(0, run("sync", local, volume, "--owner", "x"), this::said);
    assertTrue(Files.exists(volume.resolve("theirs")));
    dryRun("sync", 0, "--json");
    var json = JsonParser.parseString(printed()).getAsJsonObject();
    assertEquals("[]", json.get("changes").toString());
    assertEquals("[\"theirs\"]", json.get("foreign").toString());
  }

  @Test
  void dryRun_treeThatVanished_wouldBeHeldBack() throws Exception {
    publish();
    Files.delete(local.resolve("up/a"));
    Files.delete(local.resolve("up/b"));
    Files.delete(local.resolve("c"));
    Files.delete(local.resolve("app.db"));
    Files.writeString(local.resolve("left"), "x");
    dryRun("sync", 0);
    assertTrue(printed().contains("4 of them after --delete-guard"), printed());
  }

  @Test
  void dryRun_unpublishable_isNamedWithExitCode6() throws Exception {
    publish();
    Files.writeString(local.resolve("app.db-journal"), "my travel journal");
    dryRun("sync", 6);
    assertTrue(printed().contains("could not publish app.db-journal: "), printed());
  }

  @Test
  void dryRun_notRestored_isRefusedAsASyncIs() throws Exception {
    Files.writeString(volume.resolve("file"), "x");
    assertEquals(3, run("sync", local, volume), this::said);
    dryRun("sync", 3);
  }
}
