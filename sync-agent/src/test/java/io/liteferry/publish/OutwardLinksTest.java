package io.liteferry.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.TestClock;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.publish.OutwardLinks.Kind;
import io.liteferry.publish.OutwardLinks.Target;
import io.liteferry.scan.PathFilter;
import io.liteferry.scan.Tree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class OutwardLinksTest {
  @TempDir Path directory;
  private final TestClock clock = new TestClock();
  private Path local;
  private Path outside;
  private OutwardLinks links;

  @BeforeEach
  void make() throws IOException {
    directory = directory.toRealPath();
    local = Files.createDirectory(directory.resolve("local"));
    outside = Files.createDirectory(directory.resolve("outside"));
    Files.writeString(outside.resolve("f"), "x".repeat(1000));
    TestDatabase.create(outside.resolve("app.db")).close();
    Files.createDirectories(outside.resolve("with/some/databases"));
    TestDatabase.create(outside.resolve("with/some/databases/x")).close();
    Files.createDirectory(outside.resolve("without"));
    links = new OutwardLinks(local, List.of(local, directory.resolve("state")), clock);
  }

  private void link(String name, String target) throws IOException {
    Files.createSymbolicLink(local.resolve(name), Path.of(target));
  }

  private SortedMap<Path, Target> look(PathFilter filter) throws Exception {
    return links.of(Inventory.of(local, filter, Tree.BeforeListing.NOTHING));
  }

  private void assertKinds(Map<String, Kind> expected) throws Exception {
    var found = new java.util.TreeMap<String, Kind>();
    look(PathFilter.ALL).forEach((path, target) -> found.put(path.toString(), target.kind()));
    assertEquals(new java.util.TreeMap<>(expected), found);
  }

  @Test
  void of_linksThatLeadOut_saysToWhat() throws Exception {
    link("file", outside + "/f");
    link("app.db", outside + "/app.db");
    link("relative.db", "../outside/app.db");
    link("data", "../outside/with");
    link("empty", outside + "/without");
    Files.createDirectory(local.resolve("d"));
    link("d/deep", "../../outside/with/some");
    link("all", "..");
    assertKinds(
        Map.of(
            "file", Kind.FILE,
            "app.db", Kind.DATABASE,
            "relative.db", Kind.DATABASE,
            "data", Kind.DIRECTORY_WITH_DATABASE,
            "empty", Kind.DIRECTORY,
            "d/deep", Kind.DIRECTORY_WITH_DATABASE,
            "all", Kind.DIRECTORY_WITH_DATABASE));
  }

  @Test
  void of_chainOfLinks_saysWhereItEnds() throws Exception {
    Files.createSymbolicLink(outside.resolve("back"), local.resolve("f"));
    Files.writeString(local.resolve("f"), "inside");
    link("there-and-back", outside + "/back");
    link("one", "two");
    link("two", outside + "/app.db");
    link("through", "way/app.db");
    link("way", outside.toString());
    assertKinds(
        Map.of(
            "one", Kind.DATABASE,
            "two", Kind.DATABASE,
            "through", Kind.DATABASE,
            "way", Kind.DIRECTORY_WITH_DATABASE));
  }

  @Test
  void of_linksThatLeadNowhereOrInsideOrToNoData_areNone() throws Exception {
    Files.writeString(local.resolve("f"), "inside");
    link("inside", "f");
    link("absolute", local + "/f");
    link("around", "../local/f");
    link("root", ".");
    link("dangling", outside + "/none");
    link("through-a-file", outside + "/f/x");
    link("loop", "loop");
    link("device", "/dev/null");
    link("kernel", "/proc/self/status");
    assertKinds(Map.of());
  }

  /** To open it would wait for whoever writes to it. */
  @Test
  void of_fifoOutside_isNeverOpened() throws Exception {
    for (var name : List.of("fifo", "without/fifo")) {
      assertEquals(
          0, new ProcessBuilder("mkfifo", outside.resolve(name).toString()).start().waitFor());
    }
    link("fifo", outside + "/fifo");
    link("directory", outside + "/without");
    assertKinds(Map.of("directory", Kind.DIRECTORY));
  }

  @Test
  void of_linkToWhatHoldsLocal_doesNotTakeLocalForOutside() throws Exception {
    TestDatabase.create(local.resolve("mine.db")).close();
    Files.createDirectory(directory.resolve("state"));
    TestDatabase.create(directory.resolve("state/snapshot")).close();
    org.apache.commons.io.file.PathUtils.deleteDirectory(outside);
    link("all", "..");
    assertKinds(Map.of("all", Kind.DIRECTORY));
  }

  @Test
  void of_linkThatDoesNotTravel_isNone() throws Exception {
    link("app.db", outside + "/app.db");
    assertTrue(look(new PathFilter(List.of(), List.of(new PathFilter.Glob("app.db")))).isEmpty());
    assertFalse(look(PathFilter.ALL).isEmpty());
  }

  @Test
  void of_targetThatBecomesADatabase_isSeenAfterAWhile() throws Exception {
    link("later", outside + "/later");
    assertKinds(Map.of());
    TestDatabase.create(outside.resolve("later")).close();
    assertKinds(Map.of());
    clock.letAnHourPass();
    assertKinds(Map.of("later", Kind.DATABASE));
    Files.delete(local.resolve("later"));
    assertKinds(Map.of());
  }
}
