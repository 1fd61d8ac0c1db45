package io.liteferry.model;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static java.util.Map.entry;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.durable.Durable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.commons.io.file.PathUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The model behaves as a file system does, and forgets in a crash what POSIX lets it forget. */
final class ModelFileSystemTest {
  private final ModelServer server = new ModelServer();
  private final ModelFileSystem client = server.mount("a");
  private final Path root = client.root();

  /** Everything that a crash now could leave under a name: its text, or null. */
  private Set<String> afterCrash(String name) throws IOException {
    var found = new TreeSet<String>();
    for (var outcome : CrashOutcomes.of(server, 1_000, 0, new Random(1))) {
      var file = FaultWalk.rootOf(outcome).resolve(name);
      found.add(Files.exists(file) ? Files.readString(file) : "absent");
    }
    return found;
  }

  private static void sync(Path path) throws IOException {
    try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  @Test
  void files_ordinaryUse_behavesAsOnADisk() throws IOException {
    var d = Files.createDirectories(root.resolve("d/e"));
    var f = Files.writeString(d.resolve(Path.of("f")), "text");
    assertEquals("text", Files.readString(f));
    assertEquals(4, Files.size(f));
    assertEquals(Path.of("d/e/f"), root.relativize(f));
    assertEquals(Path.of("f"), f.getFileName());
    assertThrows(FileAlreadyExistsException.class, () -> Files.createDirectory(d));
    assertThrows(DirectoryNotEmptyException.class, () -> Files.delete(d));
    assertThrows(
        FileAlreadyExistsException.class,
        () -> Files.write(f, new byte[1], StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
    Files.createSymbolicLink(root.resolve("link"), Path.of("d/e/f"));
    assertEquals("text", Files.readString(root.resolve("link")));
    assertTrue(Files.isSymbolicLink(root.resolve("link")));
    Files.setAttribute(f, "unix:mode", 0600, NOFOLLOW_LINKS);
    Files.setLastModifiedTime(f, FileTime.fromMillis(7));
    assertEquals(0100600, Files.getAttribute(f, "unix:mode"));
    assertEquals(FileTime.fromMillis(7), Files.getLastModifiedTime(f));
    assertThrows(
        FileSystemException.class, () -> Files.move(d, f, ATOMIC_MOVE), "directory over file");
    PathUtils.delete(root.resolve("d"));
    assertFalse(Files.exists(root.resolve("d"), NOFOLLOW_LINKS));
    assertThrows(NoSuchFileException.class, () -> Files.readString(root.resolve("link")));
  }

  @Test
  void rename_overAnotherFile_replacesItAndKeepsTheInode() throws IOException {
    var from = Files.writeString(root.resolve("from"), "new");
    var to = Files.writeString(root.resolve("to"), "old");
    var inode = Files.getAttribute(from, "unix:ino");
    Files.move(from, to, ATOMIC_MOVE);
    assertEquals("new", Files.readString(to));
    assertEquals(inode, Files.getAttribute(to, "unix:ino"));
    assertFalse(Files.exists(from));
  }

  @Test
  void link_toAFile_isASecondNameOfTheSameInode() throws IOException {
    var f = Files.writeString(root.resolve("f"), "text");
    Files.createLink(root.resolve("g"), f);
    assertEquals(2, Files.getAttribute(f, "unix:nlink"));
    assertTrue(Files.isSameFile(f, root.resolve("g")));
    assertThrows(FileAlreadyExistsException.class, () -> Files.createLink(root.resolve("g"), f));
    Files.delete(f);
    assertEquals("text", Files.readString(root.resolve("g")));
  }

  @Test
  void crash_fileNotSynced_mayBeAbsentEmptyTornOrWhole() throws IOException {
    Files.writeString(root.resolve("f"), "text");
    assertEquals(Set.of("absent", "", "te", "text", "\0\0\0\0"), withSeeds("f"));
  }

  /** A torn file depends on chance, so that it is asked for several times. */
  private Set<String> withSeeds(String name) throws IOException {
    var found = new TreeSet<String>();
    for (int seed = 0; seed < 20; seed++) {
      for (var outcome : CrashOutcomes.of(server, 1_000, 0, new Random(seed))) {
        var file = FaultWalk.rootOf(outcome).resolve(name);
        found.add(Files.exists(file) ? Files.readString(file) : "absent");
      }
    }
    return found;
  }

  @Test
  void crash_fileSyncedAndItsNameNot_isWholeOrAbsent() throws IOException {
    sync(Files.writeString(root.resolve("f"), "text"));
    assertEquals(Set.of("absent", "text"), afterCrash("f"));
    sync(root);
    assertEquals(Set.of("text"), afterCrash("f"));
  }

  @Test
  void crash_renameNotSynced_hasHappenedOrNotAndNeverByHalf() throws IOException {
    var staging = Files.createDirectory(root.resolve("s"));
    sync(Files.writeString(staging.resolve("1"), "new"));
    sync(Files.writeString(root.resolve("f"), "old"));
    server.syncAll();
    Files.move(staging.resolve("1"), root.resolve("f"), ATOMIC_MOVE);
    var states = new TreeSet<String>();
    for (var outcome : CrashOutcomes.of(server, 1_000, 0, new Random(1))) {
      var there = FaultWalk.rootOf(outcome);
      states.add(Files.readString(there.resolve("f")) + Files.exists(there.resolve("s/1")));
    }
    assertEquals(Set.of("oldtrue", "newfalse"), states);
    sync(staging); // either directory
    assertEquals(Set.of("new"), afterCrash("f"));
  }

  @Test
  void crash_severalChangesOfNames_areKeptOrLostIndependently() throws IOException {
    for (var name : new String[] {"a", "b", "c"}) {
      sync(Files.writeString(root.resolve(name), name));
    }
    assertEquals(8, CrashOutcomes.of(server, 1_000, 0, new Random(1)).size());
    server.syncAll();
    Files.delete(root.resolve("a"));
    assertEquals(Set.of("absent", "a"), afterCrash("a"));
    assertEquals(Set.of("b"), afterCrash("b"));
  }

  @Test
  void crash_changesOfOneName_happenInOrder() throws IOException {
    sync(Files.writeString(root.resolve("f"), "text"));
    Files.delete(root.resolve("f"));
    sync(Files.writeString(root.resolve("f"), "again"));
    assertEquals(Set.of("absent", "text", "again"), afterCrash("f"));
    assertEquals(4, CrashOutcomes.of(server, 1_000, 0, new Random(1)).size());
  }

  @Test
  void crash_afterADurableReplacement_leavesTheNewContent() throws IOException {
    sync(Files.writeString(root.resolve("f"), "old"));
    sync(root);
    Durable.replace(root.resolve("f"), new byte[] {'n'}, root.resolve("scratch"));
    assertEquals(Set.of("n"), afterCrash("f"));
  }

  @Test
  void gate_replyLost_isExecutedAndFails() throws IOException {
    Files.writeString(root.resolve("f"), "text");
    client.gate(request -> new Gate.Fate.Fails(Errno.ENOENT, true));
    assertThrows(
        NoSuchFileException.class,
        () -> Files.move(root.resolve("f"), root.resolve("g"), ATOMIC_MOVE));
    client.gate(Gate.OPEN);
    assertEquals("text", Files.readString(root.resolve("g")));
  }

  @Test
  void gate_killed_letsNothingThroughAnyMore() throws IOException {
    var f = Files.writeString(root.resolve("f"), "text");
    client.gate(request -> new Gate.Fate.Dies(false));
    assertThrows(Killed.class, () -> Files.delete(f));
    client.gate(Gate.OPEN);
    assertThrows(Killed.class, () -> Files.exists(f));
    assertEquals("text", Files.readString(FaultWalk.rootOf(server).resolve("f")));
  }

  @Test
  void deliver_requestOfADeadClient_isExecutedLaterAndTwice() throws IOException {
    Files.writeString(root.resolve("f"), "text");
    client.gate(request -> new Gate.Fate.DiesInFlight());
    assertThrows(Killed.class, () -> Files.move(root.resolve("f"), root.resolve("g"), ATOMIC_MOVE));
    var late = server.inFlight().getFirst();
    var other = FaultWalk.rootOf(server);
    assertEquals("text", Files.readString(other.resolve("f")));
    assertNull(server.deliver(late));
    assertEquals("text", Files.readString(other.resolve("g")));
    assertNotNull(server.deliver(late));
  }

  @Test
  void byHandle_directoryReplacedMeanwhile_isStale() throws IOException {
    client.byHandle();
    var d = Files.createDirectory(root.resolve("d"));
    Files.writeString(d.resolve("1"), "text");
    client.gate(request -> new Gate.Fate.DiesInFlight());
    assertThrows(Killed.class, () -> Files.move(d.resolve("1"), root.resolve("f"), ATOMIC_MOVE));
    var other = FaultWalk.rootOf(server);
    PathUtils.delete(other.resolve("d"));
    Files.createDirectory(other.resolve("d"));
    Files.writeString(other.resolve("d/1"), "another's");
    var error = server.deliver(server.inFlight().getFirst());
    assertTrue(error instanceof FileSystemException e && "Stale file handle".equals(e.getReason()));
    assertFalse(Files.exists(other.resolve("f")));
  }

  @Test
  void capacity_exceeded_isNoSpaceLeft() throws IOException {
    server.withCapacity(10);
    var error =
        assertThrows(IOException.class, () -> Files.writeString(root.resolve("f"), "x".repeat(11)));
    assertEquals("No space left on device", error.getMessage());
    assertEquals(10, Files.getFileStore(root).getUsableSpace());
  }

  /** Something that fails. */
  @FunctionalInterface
  private interface Failing {
    void in(Path directory) throws IOException;
  }

  private static final Map<String, Failing> FAILING =
      Map.ofEntries(
          entry("nothing there", d -> Files.size(d.resolve("missing"))),
          entry("look below a file", d -> Files.size(d.resolve("f/x"))),
          entry("open below a file", d -> FileChannel.open(d.resolve("f/x"), READ).close()),
          entry("name too long", d -> Files.size(d.resolve("n".repeat(256)))),
          entry("new name too long", d -> Files.writeString(d.resolve("n".repeat(256)), "")),
          entry("list a file", d -> Files.newDirectoryStream(d.resolve("f")).close()),
          entry("list nothing", d -> Files.newDirectoryStream(d.resolve("missing")).close()),
          entry("link of a file", d -> Files.readSymbolicLink(d.resolve("f"))),
          entry("loop", d -> FileChannel.open(d.resolve("loop"), READ).close()),
          entry(
              "link not followed",
              d -> FileChannel.open(d.resolve("loop"), READ, NOFOLLOW_LINKS).close()),
          entry("write a directory", d -> Files.writeString(d.resolve("d"), "")),
          entry("read a directory", d -> Files.readAllBytes(d.resolve("d"))),
          entry("file exists", d -> Files.writeString(d.resolve("f"), "", CREATE_NEW, WRITE)),
          entry("directory exists", d -> Files.createDirectory(d.resolve("d"))),
          entry("link exists", d -> Files.createSymbolicLink(d.resolve("f"), Path.of("g"))),
          entry("second name exists", d -> Files.createLink(d.resolve("loop"), d.resolve("f"))),
          entry("second name of nothing", d -> Files.createLink(d.resolve("g"), d.resolve("no"))),
          entry(
              "second name of a directory", d -> Files.createLink(d.resolve("g"), d.resolve("d"))),
          entry("delete nothing", d -> Files.delete(d.resolve("missing"))),
          entry("delete a full directory", d -> Files.delete(d.resolve("d"))),
          entry(
              "rename over a full directory",
              d -> Files.move(d.resolve("empty"), d.resolve("d"), ATOMIC_MOVE)),
          entry(
              "rename a file over a directory",
              d -> Files.move(d.resolve("f"), d.resolve("empty"), ATOMIC_MOVE)),
          entry(
              "rename a directory over a file",
              d -> Files.move(d.resolve("empty"), d.resolve("f"), ATOMIC_MOVE)),
          entry(
              "rename into itself",
              d -> Files.move(d.resolve("empty"), d.resolve("empty/x"), ATOMIC_MOVE)),
          entry(
              "rename nothing", d -> Files.move(d.resolve("missing"), d.resolve("g"), ATOMIC_MOVE)),
          entry("write nowhere", d -> Files.writeString(d.resolve("missing/f"), "")));

  static Stream<String> failing() {
    return FAILING.keySet().stream().sorted();
  }

  /** What the agent makes of an error must not depend on whose it is. */
  @ParameterizedTest
  @MethodSource("failing")
  void errors_ofAnyKind_areWhatTheKernelAnswers(String what, @TempDir Path real)
      throws IOException {
    var answers = new ArrayList<String>();
    for (var directory : List.of(real, root)) {
      Files.writeString(directory.resolve("f"), "x");
      Files.createDirectories(directory.resolve("d/below"));
      Files.createDirectory(directory.resolve("empty"));
      Files.createSymbolicLink(directory.resolve("loop"), Path.of("loop"));
      var failing = Objects.requireNonNull(FAILING.get(what));
      var e = assertThrows(IOException.class, () -> failing.in(directory));
      answers.add(e.getClass().getSimpleName() + " " + io.liteferry.durable.Errno.of(e));
    }
    assertEquals(answers.getFirst(), answers.getLast());
    assertFalse(answers.getFirst().endsWith("OTHER"), answers.getFirst());
  }

  @ParameterizedTest
  @EnumSource
  void errors_injected_areTakenForWhatTheyAre(Errno errno) {
    var path = (ModelPath) root.resolve("f");
    for (var e : List.of(errno.at(path, null), errno.at(path, path), errno.onOpenFile())) {
      assertEquals(errno.name(), io.liteferry.durable.Errno.of(e).name());
    }
  }
}
