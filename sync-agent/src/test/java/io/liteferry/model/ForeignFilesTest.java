package io.liteferry.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.KeptTrees;
import io.liteferry.fixture.LogLines;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.lease.VolumeException;
import io.liteferry.volume.HistoryBoard;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.logging.Level;
import org.junit.jupiter.api.Test;

/** Files on the volume that the agent may neither link nor read: they are another user's. */
final class ForeignFilesTest extends OnModelVolume {
  private static final String LOST = "lost: the agent could neither link nor read it";

  private static final Set<Request.Kind> READING = EnumSet.of(Request.Kind.OPEN, Request.Kind.READ);

  /** From now on somebody else owns a file, and nobody else may read it. */
  private static void takeAway(Pod pod, String name) {
    var file = pod.client.root().resolve(name);
    pod.client.gate(
        request -> {
          if (!request.path().equals(file)) {
            return Gate.Fate.Passes.ONCE;
          }
          if (READING.contains(request.kind())) {
            return new Gate.Fate.Fails(Errno.EACCES, false);
          }
          return request.kind() == Request.Kind.LINK
              ? new Gate.Fate.Fails(Errno.EPERM, false)
              : Gate.Fate.Passes.ONCE;
        });
  }

  private void write(String name, String content) throws IOException {
    Files.writeString(local.resolve(name), content);
  }

  private SortedMap<Long, SortedMap<String, String>> points() throws IOException {
    return new KeptTrees(new Volume(volume)).all();
  }

  @Test
  void pass_newNames_areAskedForAsCheaplyAsCanBe() throws Exception {
    Files.createDirectory(local.resolve("known"));
    write("known/old", "old");
    var pod = pod("A");
    pod.pass();
    Files.writeString(volume.resolve("known/7"), "theirs");
    var theirs = KeptTrees.current(new Volume(volume));
    for (int i = 0; i < 20; i++) {
      write("known/" + i, "ours");
    }
    Files.createDirectory(local.resolve("new"));
    write("new/a", "ours");
    write("new/b", "ours");
    write("one", "ours");
    var asked = new ArrayList<String>();
    pod.client.gate(
        request -> {
          if (request.kind() == Request.Kind.LOOK || request.kind() == Request.Kind.LIST) {
            asked.add(request.kind() + " " + request.path());
          }
          return Gate.Fate.Passes.ONCE;
        });
    pod.pass();
    var root = pod.client.root().toString();
    var names = new ArrayList<>(asked);
    names.removeIf(one -> one.contains(Volume.OWN));
    assertEquals(
        List.of(
            "LOOK " + root + "/new",
            "LOOK " + root + "/one",
            "LIST " + root + "/known",
            "LOOK " + root + "/known/7"),
        names.subList(0, 4));
    assertFalse(asked.contains("LOOK " + root + "/new/a"));
    assertFalse(asked.contains("LOOK " + root + "/known/8"));
    assertEquals(theirs, points().get(points().lastKey() - 1));
    asked.clear();
    pod.pass();
    assertFalse(asked.stream().anyMatch(one -> one.contains("known")), asked.toString());
  }

  private List<String> warning(Pod pod, String name) {
    return List.of(
        "WARNING what %s was is not kept, as the agent may neither link nor read it: make the agent's user its owner (chown), or let that read it (chmod)"
            .formatted(pod.client.root().resolve(name)));
  }

  @Test
  void pass_fileIsReplaced_isPublishedAndTheOldOneIsLost() throws Exception {
    try (var pod = pod("a");
        var log = new LogLines(HistoryBoard.class, Level.WARNING)) {
      write("foreign", "one");
      write("other", "one");
      pod.publishAll();
      var first = points().firstEntry().getValue();
      takeAway(pod, "foreign");
      write("foreign", "another");
      write("other", "another");
      assertTrue(pod.publishAll());
      assertEquals("another", Files.readString(volume.resolve("foreign")));
      assertEquals("another", Files.readString(volume.resolve("other")));
      var kept = points().firstEntry().getValue();
      assertEquals(LOST, kept.get("foreign"));
      assertEquals(first.get("other"), kept.get("other"));
      assertEquals(warning(pod, "foreign"), log.take());

      pod.client.gate(Gate.OPEN);
      var second = KeptTrees.current(new Volume(volume));
      write("foreign", "the agent's own by now");
      pod.publishAll();
      assertEquals(second, points().get(2L));
      assertEquals(List.of(), log.take());
    }
  }

  @Test
  void pass_fileIsDeleted_isGoneAndLost() throws Exception {
    try (var pod = pod("a");
        var log = new LogLines(HistoryBoard.class, Level.WARNING)) {
      write("foreign", "one");
      write("other", "one");
      pod.publishAll();
      takeAway(pod, "foreign");
      Files.delete(local.resolve("foreign"));
      assertTrue(pod.publishAll());
      assertTrue(Files.notExists(volume.resolve("foreign")));
      assertEquals(LOST, points().firstEntry().getValue().get("foreign"));
      assertEquals(warning(pod, "foreign"), log.take());
    }
  }

  @Test
  void pass_databaseIsReplaced_isPublishedAndTheOldOneIsLost() throws Exception {
    try (var database = TestDatabase.create(local.resolve("app.db"));
        var pod = pod("a")) {
      database.insertMany(1000);
      write("other", "one");
      pod.publishAll();
      takeAway(pod, "app.db");
      database.run("DELETE FROM t", "VACUUM"); // it may have shrunk, which reading it would tell
      write("other", "another");
      assertTrue(pod.publishAll());
      var kept = points();
      assertEquals(LOST, kept.firstEntry().getValue().get("app.db"));
      pod.client.gate(Gate.OPEN);
      var second = KeptTrees.current(new Volume(volume));
      database.insertMany(10);
      pod.publishAll();
      assertEquals(second, points().get(2L));
    }
  }

  /** Nobody knows what it is: not the digest, nor which state. */
  @Test
  void pass_somebodyReplacedADatabase_isPublishedAndTheirsIsLost() throws Exception {
    try (var database = TestDatabase.create(local.resolve("app.db"));
        var pod = pod("a")) {
      pod.publishAll();
      takeAway(pod, "app.db");
      Files.write(volume.resolve("app.db"), new byte[4096]);
      database.insertMany(10);
      write("other", "one");
      assertTrue(pod.publishAll());
      assertEquals("one", Files.readString(volume.resolve("other")));
      pod.client.gate(Gate.OPEN);
      assertEquals(LOST, points().firstEntry().getValue().get("app.db"));
    }
  }

  /** It is tried again and again, and said once. */
  @Test
  void pass_itCannotBeReplacedEither_holdsNothingElseUp() throws Exception {
    try (var pod = pod("a");
        var log = new LogLines(HistoryBoard.class, Level.WARNING)) {
      write("foreign", "one");
      pod.publishAll();
      var file = pod.client.root().resolve("foreign");
      pod.client.gate(
          request ->
              (request.path().equals(file) && request.kind() != Request.Kind.LOOK)
                      || file.equals(request.other())
                  ? new Gate.Fate.Fails(Errno.EPERM, false)
                  : Gate.Fate.Passes.ONCE);
      write("foreign", "another");
      for (int i = 0; i < 3; i++) {
        write("other", "number " + i);
        assertEquals(Set.of(Path.of("foreign")), pod.pass().problems().keySet());
        assertEquals("number " + i, Files.readString(volume.resolve("other")));
      }
      assertEquals(warning(pod, "foreign"), log.take());
    }
  }

  /** What is there now is to stay as a point: that is promised, and it would not. */
  @Test
  void rollback_whatItReplacesCannotBeKept_isRefusedAndChangesNothing() throws Exception {
    try (var pod = pod("a")) {
      write("foreign", "one");
      pod.publishAll();
      write("foreign", "another");
      pod.publishAll();
      var points = points();
      takeAway(pod, "foreign");
      var e = assertThrows(VolumeException.class, () -> pod.rollback(1));
      assertTrue(e.getMessage().contains("foreign cannot be read"), e.getMessage());
      assertTrue(e.getMessage().contains("let the agent's user read it there"), e.getMessage());
      assertEquals("another", Files.readString(local.resolve("foreign")));
      assertEquals(points, points());
      pod.stop();
    }
    try (var pod = pod("b")) {
      assertTrue(pod.publishAll());
      pod.rollback(1);
      assertEquals("one", Files.readString(volume.resolve("foreign")));
      assertTrue(points().values().stream().allMatch(tree -> tree.containsKey("foreign")));
    }
  }

  @Test
  void rollback_whatLocalReplacesFirstCannotBeKept_isRefused() throws Exception {
    try (var pod = pod("a")) {
      write("foreign", "one");
      write("other", "one");
      pod.publishAll();
      write("other", "another");
      pod.publishAll();
      takeAway(pod, "foreign");
      write("foreign", "not published");
      var e = assertThrows(IOException.class, () -> pod.rollback(1));
      assertTrue(e.getMessage().contains("foreign is would be lost"), e.getMessage());
      assertEquals("not published", Files.readString(local.resolve("foreign")));
      assertEquals("one", Files.readString(volume.resolve("foreign")));
    }
  }
}
