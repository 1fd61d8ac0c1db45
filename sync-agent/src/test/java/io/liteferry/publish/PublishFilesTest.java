package io.liteferry.publish;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.Names;
import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.fixture.TreeImage;
import io.liteferry.volume.VolumeWriter;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whole passes over files, directories and links. */
final class PublishFilesTest {
  @TempDir Path directory;
  private Site site;

  @BeforeEach
  void open() throws IOException {
    site = new Site(directory);
    site.clock.letAnHourPass(); // what the tests write counts as old at once
  }

  @AfterEach
  void close() throws IOException {
    site.close();
  }

  @Test
  void pass_filesOfAnySizeAndMode_arePublishedToTheNanosecond() throws Exception {
    for (int size : new int[] {0, 1, 4096, 1 << 20}) {
      Files.write(site.local.resolve("size" + size), new byte[size]);
    }
    for (int mode : new int[] {0, 0400, 0600, 0644, 0755, 0777, 01777, 02755, 04755}) {
      var file = site.write("modes/m" + Integer.toOctalString(mode), "x");
      Files.setAttribute(file, "unix:mode", mode);
      var inner = Files.createDirectory(site.local.resolve("modes/d" + mode));
      Files.setAttribute(inner, "unix:mode", mode | 0700);
    }
    for (var time : List.of("1970-01-01T00:00:00Z", "2038-02-01T00:00:00.123456789Z")) {
      Files.setLastModifiedTime(
          site.write(time.substring(0, 10), "x"), FileTime.from(Instant.parse(time)));
    }
    Files.createDirectories(site.local.resolve("empty/inner"));

    var report = site.pass();

    assertTrue(report.isComplete(), report.problems().toString());
    site.assertVolumeEqualsLocal();
  }

  @Test
  void pass_ownersOtherThanOurs_arePublishedWhenPermitted() throws Exception {
    Assumptions.assumeTrue(isRoot(), "only root may give files away: owners are not tested");
    for (var name : List.of("f", "d/f")) {
      Files.setAttribute(site.write(name, "x"), "unix:uid", 1234);
      Files.setAttribute(site.local.resolve(name), "unix:gid", 4321);
      Files.setAttribute(site.local.resolve(name), "unix:mode", 06755);
    }
    Files.setAttribute(site.local.resolve("d"), "unix:uid", 1234);
    var link = Files.createSymbolicLink(site.local.resolve("l"), Path.of("f"));
    Files.setAttribute(link, "unix:uid", 1234, NOFOLLOW_LINKS);
    site.pass();
    site.assertVolumeEqualsLocal();
  }

  private static boolean isRoot() throws IOException {
    return Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
  }

  @Test
  void pass_namesOfAnyBytes_arePublishedAndDeleted() throws Exception {
    for (var name : Names.below(site.local)) {
      Files.writeString(name, name.toString());
    }
    for (var name : Names.below(Files.createDirectory(site.local.resolve("directories")))) {
      Files.createDirectory(name);
      Files.writeString(name.resolve("f"), "f");
    }
    for (var name : Names.below(Files.createDirectory(site.local.resolve("links")))) {
      Files.createSymbolicLink(name, name.getFileName());
    }
    assertTrue(site.pass().isComplete());
    site.assertVolumeEqualsLocal();

    site.stop();
    assertFalse(site.pass().changedVolume(), "a name did not survive the index");

    Site.deleteContent(site.local);
    site.pass();
    site.assertVolumeEqualsLocal();
  }

  @Test
  void pass_nameOf255Bytes_isPublished() throws Exception {
    site.write("n".repeat(255), "x");
    assertTrue(site.pass().isComplete());
    site.assertVolumeEqualsLocal();
  }

  @Test
  void pass_namesThatDifferByCase_areTwoFiles() throws Exception {
    site.write("Name", "upper");
    site.write("name", "lower");
    site.pass();
    site.assertVolumeEqualsLocal();
  }

  @Test
  void pass_links_arePublishedAsLinksAndNeverFollowed() throws Exception {
    var outside = Files.createDirectory(directory.resolve("outside"));
    Files.writeString(outside.resolve("secret"), "secret");
    site.write("target", "x");
    for (var target :
        List.of("target", "nowhere", ".", "..", "../outside/secret", outside.toString())) {
      Files.createSymbolicLink(
          site.local.resolve("to-" + target.replace('/', '_')), Path.of(target));
    }
    var before = TreeImage.trace(outside);
    site.pass();
    site.assertVolumeEqualsLocal();
    assertEquals(before, TreeImage.trace(outside));
  }

  /** A link in local that leads to the volume must not make a pass write through it. */
  @Test
  void pass_directoryReplacedByLinkToOutside_doesNotWriteThroughIt() throws Exception {
    site.write("d/f", "mine");
    site.pass();
    var outside = Files.createDirectory(directory.resolve("outside"));
    Files.writeString(outside.resolve("f"), "theirs");
    Site.deleteContent(site.local.resolve("d"));
    Files.delete(site.local.resolve("d"));
    Files.createSymbolicLink(site.local.resolve("d"), outside);
    site.pass();
    site.pass();
    assertTrue(Files.isSymbolicLink(site.volume.resolve("d")));
    assertEquals("theirs", Files.readString(outside.resolve("f")));
    site.assertVolumeEqualsLocal();
  }

  @Test
  void pass_linkWithAnotherTarget_isPublishedAgain() throws Exception {
    var link = site.local.resolve("current");
    Files.createSymbolicLink(link, Path.of("v1"));
    site.pass();
    Files.delete(link);
    Files.createSymbolicLink(link, Path.of("v2"));
    site.pass();
    site.assertVolumeEqualsLocal();
  }

  @Test
  void pass_fileBecomesASocket_staysOnTheVolumeAndIsNamed() throws Exception {
    site.write("x", "a file, at first");
    site.write("y", "y");
    site.pass();
    Files.delete(site.local.resolve("x"));
    try (var socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      socket.bind(UnixDomainSocketAddress.of(site.local.resolve("x")));
      var report = site.pass();
      assertEquals(Set.of(Path.of("x")), report.problems().keySet());
      assertEquals("a file, at first", site.published("x"));
    }
  }

  @Test
  void pass_namesThatAreNotTheApplications_areIgnored() throws Exception {
    site.write(".nfs0000000000000001", "open and deleted");
    site.write("d/.nfs0000000000000002", "open and deleted");
    site.write(".liteferry/x", "ours");
    site.write("lost+found/x", "the file system's");
    site.write("d/lost+found", "the application's");
    Files.writeString(site.volume.resolve(".nfs00000000000000ff"), "a client's");
    site.pass();
    assertEquals(List.of("d", "d/lost+found"), List.copyOf(names(TreeImage.of(site.volume))));
    assertTrue(Files.exists(site.volume.resolve(".nfs00000000000000ff")));
    assertTrue(Files.notExists(site.volume.resolve(".liteferry/x")));
  }

  private static List<String> names(java.util.SortedMap<String, String> image) {
    return image.keySet().stream().filter(n -> !n.startsWith(".nfs")).toList();
  }

  @Test
  void pass_nothingDiffers_writesNothingAnywhere() throws Exception {
    site.write("d/f", "x");
    Files.createSymbolicLink(site.local.resolve("l"), Path.of("d"));
    Files.createDirectory(site.local.resolve("empty"));
    try (var wal = TestDatabase.create(site.local.resolve("w.db"), "journal_mode = WAL");
        var rollback = TestDatabase.create(site.local.resolve("r.db"))) {
      wal.insert("x");
      rollback.insert("x");
      site.settle();
      var volume = TreeImage.trace(site.volume);
      var state = TreeImage.trace(site.state);
      var local = TreeImage.trace(site.local);
      for (int i = 0; i < 3; i++) {
        assertFalse(site.pass().changedVolume());
      }
      assertEquals(volume, TreeImage.trace(site.volume));
      assertEquals(state, TreeImage.trace(site.state));
      assertEquals(local, TreeImage.trace(site.local));
    }
  }

  @Test
  void pass_agentRestarted_publishesNothingAgain() throws Exception {
    site.write("d/f", "x");
    TestDatabase.create(site.local.resolve("app.db")).close();
    site.settle();
    var before = TreeImage.trace(site.volume);
    site.stop();
    assertFalse(site.pass().changedVolume());
    site.stop();
    var after = TreeImage.trace(site.volume);
    before.keySet().removeIf(name -> name.startsWith(".liteferry"));
    after.keySet().removeIf(name -> name.startsWith(".liteferry"));
    before.remove("");
    after.remove("");
    assertEquals(before, after);
  }

  /** The index saves reading files again, and that is all. */
  @ParameterizedTest
  @MethodSource("damagedIndexes")
  void pass_indexLostOrDamaged_publishesNothingAgain(String what, byte[] content) throws Exception {
    site.write("d/f", "x");
    Files.setAttribute(site.local.resolve("d/f"), "unix:mode", 0640);
    TestDatabase.create(site.local.resolve("app.db")).close();
    site.settle();
    site.stop();
    var index = site.state.resolve("index");
    assertTrue(Files.exists(index), what);
    if (content.length == 1) {
      var whole = Files.readAllBytes(index);
      Files.write(index, java.util.Arrays.copyOf(whole, whole.length - 3));
    } else {
      Files.delete(index);
      if (content.length > 0) {
        Files.write(index, content);
      }
    }
    var before = TreeImage.trace(site.volume);
    assertFalse(site.pass().changedVolume());
    var after = TreeImage.trace(site.volume);
    for (var name : List.of("d", "d/f", "app.db", ".liteferry/manifest.json")) {
      assertEquals(before.get(name), after.get(name), name);
    }
    site.write("d/f", "changed");
    site.pass();
    assertEquals("changed", site.published("d/f"));
  }

  static Stream<Arguments> damagedIndexes() {
    return Stream.of(
        Arguments.of("missing", new byte[0]),
        Arguments.of("torn", new byte[1]),
        Arguments.of("zeroed", new byte[4096]),
        Arguments.of("binary", new byte[] {-1, -2, -3, -4}));
  }

  /** Racily clean: two changes within one tick of the clock, of the same size, on one inode. */
  @Test
  void pass_fileChangedAgainAtOnce_isPublishedInTheEnd() throws Exception {
    try (var real = new Site(Files.createDirectory(directory.resolve("real")))) {
      for (int i = 0; i < 10; i++) {
        real.write("f", "version " + i);
        real.pass();
        assertEquals("version " + i, real.published("f"));
      }
    }
  }

  @Test
  void pass_fileReplacedByRename_isPublished() throws Exception {
    site.write("f", "old");
    site.pass();
    Files.move(
        Files.writeString(directory.resolve("new"), "new"),
        site.local.resolve("f"),
        StandardCopyOption.ATOMIC_MOVE);
    site.pass();
    assertEquals("new", site.published("f"));
  }

  @Test
  void pass_fileWithNewModeOrTimeAlone_isPublishedAsANewFile() throws Exception {
    try (var real = new Site(Files.createDirectory(directory.resolve("real")))) {
      var file = real.write("f", "x");
      var published = real.volume.resolve("f");
      real.pass();
      var before = Files.getAttribute(published, "unix:ino");
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
      assertEquals(1, real.pass().files());
      real.assertVolumeEqualsLocal();
      assertNotEquals(before, Files.getAttribute(published, "unix:ino"), "changed in place");
      before = Files.getAttribute(published, "unix:ino");
      Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2001-01-01T00:00:00Z")));
      assertEquals(1, real.pass().files());
      real.assertVolumeEqualsLocal();
      assertNotEquals(before, Files.getAttribute(published, "unix:ino"), "changed in place");
    }
  }

  @Test
  void pass_publishedFile_isNeverChangedInPlace() throws Exception {
    site.write("f", "old content");
    site.pass();
    try (var reader = Files.newBufferedReader(site.volume.resolve("f"))) {
      site.write("f", "quite new content");
      site.pass();
      assertEquals("old content", reader.readLine());
    }
    assertEquals("quite new content", site.published("f"));
  }

  @Test
  void pass_fileWrittenToDuringThePass_isNeverPublishedTorn() throws Exception {
    try (var real = new Site(Files.createDirectory(directory.resolve("real")))) {
      var file = real.local.resolve("f");
      Files.writeString(file, "a".repeat(1000));
      real.clock.letAnHourPass();
      // each look at the clock rewrites the file in place, in two steps
      var looks = new java.util.concurrent.atomic.AtomicInteger();
      real.clock.onLook(
          () -> {
            if (looks.incrementAndGet() < 40) {
              try {
                Files.writeString(file, "b".repeat(500));
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            }
          });
      var report = real.pass();
      var published = real.volume.resolve("f");
      if (Files.exists(published)) {
        var text = Files.readString(published);
        assertTrue(text.matches("a{1000}|b{500}"), text);
      } else {
        assertTrue(report.problems().containsKey(Path.of("f")));
      }
    }
  }

  @Test
  void pass_deletions_areMirroredDeepestFirst() throws Exception {
    site.write("a/b/c/f", "x");
    site.write("a/b/g", "x");
    site.write("keep", "x");
    site.pass();
    Site.deleteContent(site.local.resolve("a"));
    Files.delete(site.local.resolve("a"));
    var report = site.pass();
    assertEquals(5, report.deletions());
    site.assertVolumeEqualsLocal();
  }

  @Test
  void pass_directoryOfWhichTheListingFails_keepsWhatTheVolumeHas() throws Exception {
    site.write("d/f", "x");
    site.write("e/f", "x");
    site.pass();
    site.beforeListing(
        (path, entry) -> {
          if (path.endsWith("d")) {
            throw new AccessDeniedException(path.toString());
          }
        });
    site.write("e/f", "changed");
    var report = site.pass();
    assertEquals("x", site.published("d/f"));
    assertEquals("changed", site.published("e/f"));
    assertTrue(report.problems().containsKey(Path.of("d")), report.problems().toString());
  }

  @Test
  void pass_localIsGone_failsAndKeepsWhatTheVolumeHas() throws Exception {
    site.write("f", "x");
    site.pass();
    Files.move(site.local, directory.resolve("elsewhere"));
    try {
      assertThrows(IOException.class, site::pass);
    } finally {
      Files.move(directory.resolve("elsewhere"), site.local);
    }
    assertEquals("x", site.published("f"));
  }

  /** A mount that went away shows the empty directory below it. */
  @Test
  void pass_localIsAnotherDirectory_failsAndKeepsWhatTheVolumeHas() throws Exception {
    site.write("f", "x");
    site.pass();
    Files.move(site.local, directory.resolve("elsewhere"));
    Files.createDirectory(site.local);
    assertThrows(IOException.class, site::pass);
    assertEquals("x", site.published("f"));
  }

  @Test
  void pass_localEmptied_isHeldBackUntilASecondLook() throws Exception {
    site.deleteGuard(Duration.ofHours(1));
    site.write("d/f", "x");
    site.pass();
    Site.deleteContent(site.local);
    var report = site.pass();
    assertEquals(1, report.held());
    assertTrue(report.reconsiderAt().isPresent());
    assertEquals("x", site.published("d/f"));

    site.deleteGuard(Duration.ofNanos(1));
    site.pass();
    site.pass();
    assertEquals(java.util.Map.of(), TreeImage.of(site.volume));
  }

  enum Kind {
    NOTHING,
    FILE,
    OTHER_FILE,
    EMPTY_DIRECTORY,
    FULL_DIRECTORY,
    LINK,
    LINK_TO_DIRECTORY,
    DATABASE,
    EMPTY_FILE
  }

  static Stream<Arguments> changesOfKind() {
    var pairs = new ArrayList<Arguments>();
    for (var from : Kind.values()) {
      for (var to : Kind.values()) {
        if (from != Kind.FULL_DIRECTORY || to != Kind.DATABASE) { // by itself below
          pairs.add(Arguments.of(from, to));
        }
      }
    }
    return pairs.stream();
  }

  @ParameterizedTest
  @MethodSource("changesOfKind")
  void pass_nameThatBecomesSomethingElse_isPublishedAsThat(Kind from, Kind to) throws Exception {
    site.write("beside", "x");
    make(from);
    site.pass();
    site.assertVolumeEqualsLocal();
    unmake();
    make(to);
    var report = site.pass();
    if (from == Kind.FULL_DIRECTORY
        && !List.of(Kind.NOTHING, Kind.FULL_DIRECTORY, Kind.EMPTY_DIRECTORY).contains(to)) {
      // what was in it goes first, with the other deletions
      assertTrue(report.problems().containsKey(Path.of("x")));
      report = site.pass();
    }
    assertTrue(report.isComplete(), report.problems().toString());
    site.assertVolumeEqualsLocal();
    site.stop();
    site.pass();
    site.assertVolumeEqualsLocal();
  }

  @Test
  void pass_directoryThatBecomesADatabase_isPublishedAsThat() throws Exception {
    pass_nameThatBecomesSomethingElse_isPublishedAsThat(Kind.FULL_DIRECTORY, Kind.DATABASE);
  }

  private void unmake() throws IOException {
    var x = site.local.resolve("x");
    if (Files.isDirectory(x, NOFOLLOW_LINKS)) {
      Site.deleteContent(x);
    }
    Files.deleteIfExists(x);
  }

  private void make(Kind kind) throws IOException {
    var x = site.local.resolve("x");
    switch (kind) {
      case NOTHING -> {}
      case FILE -> Files.writeString(x, "file");
      case OTHER_FILE -> Files.writeString(x, "another file");
      case EMPTY_FILE -> Files.createFile(x);
      case EMPTY_DIRECTORY -> Files.createDirectory(x);
      case FULL_DIRECTORY -> {
        site.write("x/d/f", "x");
        Files.createSymbolicLink(x.resolve("l"), Path.of("d"));
        TestDatabase.create(x.resolve("inner.db")).close();
      }
      case LINK -> Files.createSymbolicLink(x, Path.of("nowhere"));
      case LINK_TO_DIRECTORY -> Files.createSymbolicLink(x, site.local);
      case DATABASE -> TestDatabase.create(x).close();
    }
  }

  @Test
  void pass_excluded_isNeitherPublishedNorDeleted() throws Exception {
    site.filter(List.of(), List.of("*.{tmp,bak}", "cache/"));
    site.write("a.tmp", "x");
    site.write("d/b.bak", "x");
    site.write("cache/c", "x");
    site.write("keep", "x");
    Files.writeString(site.volume.resolve("theirs.tmp"), "x");
    // adopted: the volume is not blank, so the test says itself which one it is
    prepareNonBlankVolume();
    site.pass();
    assertEquals(List.of("d", "keep", "theirs.tmp"), names(TreeImage.of(site.volume)));
  }

  private void prepareNonBlankVolume() throws Exception {
    var id = new VolumeWriter(site.asVolume(), site.lease().staging()).mark("id");
    site.heldState().write(io.liteferry.state.AgentState.ready(id, java.util.Optional.empty()));
  }

  @Test
  void pass_included_travelsWithItsDirectoriesAndNothingElse() throws Exception {
    site.filter(List.of("*.db", "/uploads"), List.of("old.db"));
    TestDatabase.create(site.local.resolve("app.db")).close();
    TestDatabase.create(site.local.resolve("old.db")).close();
    site.write("uploads/a/b", "x");
    site.write("logs/l", "x");
    Files.createDirectory(site.local.resolve("empty"));
    TestDatabase.create(Files.createDirectories(site.local.resolve("deep/er")).resolve("inner.db"))
        .close();
    site.pass();
    assertEquals(
        List.of(
            "app.db", "deep", "deep/er", "deep/er/inner.db", "uploads", "uploads/a", "uploads/a/b"),
        names(TreeImage.of(site.volume)));

    Site.deleteContent(site.local.resolve("deep"));
    site.pass();
    assertTrue(Files.notExists(site.volume.resolve("deep/er/inner.db")));
  }

  @Test
  void pass_directoryWithoutOwnersRights_keepsThemOnTheVolume() throws Exception {
    site.write("d/f", "x");
    Files.setAttribute(site.local.resolve("d"), "unix:mode", 0555);
    site.pass();
    assertEquals(0755, (Integer) Files.getAttribute(site.volume.resolve("d"), "unix:mode") & 07777);
    assertFalse(site.pass().changedVolume());
  }

  @Test
  void pass_directoryWithANewMode_isPublished() throws Exception {
    Files.createDirectory(site.local.resolve("d"));
    site.pass();
    Files.setAttribute(site.local.resolve("d"), "unix:mode", 0750);
    assertEquals(1, site.pass().files());
    site.assertVolumeEqualsLocal();
  }

  @Test
  void pass_manyFiles_arePublishedSeveralAtOnce() throws Exception {
    for (int i = 0; i < 300; i++) {
      site.write("d" + i % 7 + "/f" + i, "x" + i);
    }
    assertEquals(307, site.pass().files());
    site.assertVolumeEqualsLocal();
    try (var left = Files.list(site.lease().staging().directory())) {
      assertEquals(List.of("0"), left.map(p -> p.getFileName().toString()).toList(), "the claim");
    }
  }

  @Test
  void pass_directoryRenamed_linksItsFilesAndCopiesNone() throws Exception {
    site.write("old/a", "a");
    site.write("old/deep/b", "b");
    TestDatabase.create(site.local.resolve("old/app.db")).insert("x").close();
    site.settle();
    var a = inode("old/a");
    var b = inode("old/deep/b");
    var app = inode("old/app.db");
    Files.move(site.local.resolve("old"), site.local.resolve("new"));
    var report = site.pass();
    assertEquals(0, report.bytes());
    assertEquals(a, inode("new/a"));
    assertEquals(b, inode("new/deep/b"));
    assertEquals(app, inode("new/app.db"));
    site.pass();
    site.assertVolumeEqualsLocal();
    site.stop();
    assertEquals(0, site.pass().files(), "the next agent knows them");
  }

  @Test
  void pass_fileRenamed_isLinkedWhenItsContentIsTheSame() throws Exception {
    site.write("old", "content");
    site.settle();
    var inode = inode("old");
    Files.move(site.local.resolve("old"), site.local.resolve("new"));
    assertEquals(0, site.pass().bytes());
    assertEquals(inode, inode("new"));
    site.assertVolumeEqualsLocal();
  }

  /** On a volume on which the application runs one day, a write to one would be in both. */
  @Test
  void pass_copiesAndHardLinks_areFilesOfTheirOwnOnTheVolume() throws Exception {
    var file = site.write("file", "content");
    var app = site.local.resolve("app.db");
    TestDatabase.create(app).insert("x").close();
    site.settle();
    Files.createLink(site.local.resolve("link"), file);
    for (int i = 0; i < 2; i++) {
      Files.copy(
          app,
          site.local.resolve("copy" + i + ".db"),
          java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
    }
    site.settle();
    Files.delete(app);
    for (int i = 2; i < 4; i++) {
      Files.copy(
          site.local.resolve("copy0.db"),
          site.local.resolve("copy" + i + ".db"),
          java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
    }
    site.settle();
    site.assertVolumeEqualsLocal();
    var inodes = new java.util.HashSet<Object>();
    for (var name : List.of("file", "link", "copy0.db", "copy1.db", "copy2.db", "copy3.db")) {
      inodes.add(inode(name));
    }
    assertEquals(6, inodes.size());
  }

  /** The same size, inode and mtime: only its content tells. */
  @Test
  void pass_fileRenamedAndChangedUnderTheSameTime_isCopied() throws Exception {
    var old = site.write("old", "content");
    site.settle();
    var time = Files.getLastModifiedTime(old);
    Files.writeString(old, "CONTENT");
    Files.setLastModifiedTime(old, time);
    Files.move(old, site.local.resolve("new"));
    site.pass();
    assertEquals("CONTENT", site.published("new"));
    site.assertVolumeEqualsLocal();
  }

  @Test
  void pass_renamedAfterTheVolumesFileWasReplaced_isCopied() throws Exception {
    site.write("old", "content");
    site.settle();
    Files.writeString(site.volume.resolve("old"), "somebody else's");
    Files.move(site.local.resolve("old"), site.local.resolve("new"));
    site.pass();
    assertEquals("content", site.published("new"));
  }

  private Object inode(String name) throws IOException {
    return Files.getAttribute(site.volume.resolve(name), "unix:ino");
  }

  @Test
  void pass_oneFileTooLargeForTheVolume_isItsOwnProblem() throws Exception {
    try (var sparse =
        FileChannel.open(
            site.local.resolve("map"),
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.WRITE,
            StandardOpenOption.SPARSE)) {
      sparse.write(ByteBuffer.wrap(new byte[1]), (1L << 40) - 1);
    }
    site.write("small", "s");
    site.write("gone", "g");
    TestDatabase.create(site.local.resolve("app.db")).insert("x").close();
    var report = site.pass();
    assertEquals(Set.of(Path.of("map")), report.problems().keySet());
    assertEquals(Problem.Kind.NO_ROOM, report.kinds().get(Path.of("map")));
    Files.delete(site.local.resolve("gone"));
    site.pass();
    assertEquals("s", site.published("small"));
    assertFalse(Files.exists(site.volume.resolve("gone")));
    assertEquals(
        TestDatabase.content(site.local.resolve("app.db")),
        TestDatabase.content(site.volume.resolve("app.db")));
  }

  @Test
  void pass_folderEmptied_isMirroredAtOnce() throws Exception {
    site.deleteGuard(Duration.ofHours(1));
    for (int i = 0; i < 3; i++) {
      site.write("recipe/" + i, "r");
      site.write("other/" + i, "o");
    }
    site.pass();
    Site.deleteContent(site.local.resolve("recipe"));
    var report = site.pass();
    assertEquals(0, report.held());
    assertFalse(Files.exists(site.volume.resolve("recipe/0")));
    assertTrue(Files.exists(site.volume.resolve("other/0")));
  }

  @Test
  void pass_localEmptiedBeforeTheStop_isHeldBack() throws Exception {
    site.deleteGuard(Duration.ofHours(1));
    site.write("a", "a");
    site.write("b/c", "c");
    site.pass();
    Site.deleteContent(site.local);
    assertEquals(2, site.pass(Publisher.Purpose.FLUSH).held());
    assertTrue(Files.exists(site.volume.resolve("b/c")));
  }

  @Test
  void pass_fileWrittenThroughAMapping_isOnTheVolumeAtTheStop() throws Exception {
    var file = site.write("mapped", "0".repeat(10_000));
    try (var channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      var map = channel.map(FileChannel.MapMode.READ_WRITE, 0, channel.size());
      for (int i = 0; i < 5; i++) {
        map.put(i * 1_000, (byte) ('a' + i));
        site.pass();
        map.put(i * 1_000 + 1, (byte) ('A' + i));
      }
      site.pass(Publisher.Purpose.FLUSH);
    }
    assertEquals(Files.readString(file), site.published("mapped"));
  }
}
