package io.liteferry.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.durable.Digest;
import io.liteferry.publish.Change.Removed;
import io.liteferry.publish.Knowledge.Published;
import io.liteferry.scan.Entry;
import io.liteferry.scan.PathFilter;
import io.liteferry.scan.Stamp;
import io.liteferry.scan.Tree;
import io.liteferry.state.IndexEntry;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Plans of trees that exist nowhere. */
final class PlannerTest {
  private static final int MODE = 0644;

  private final Knowledge knowledge = new Knowledge();
  private final TreeMap<Path, Inventory.Item> local = new TreeMap<>();
  private final Map<Path, Path> links = new HashMap<>();
  private final Set<Path> announced = new HashSet<>();
  private final Set<Path> listed = new HashSet<>();
  private final Planner planner =
      new Planner(
          knowledge,
          new Planner.Facts() {
            @Override
            public boolean isAnnounced(Path path) {
              return announced.contains(path);
            }

            @Override
            public boolean isListed(Path path) {
              return listed.contains(path);
            }

            @Override
            public Optional<Path> targetOf(Path link, @Nullable Published published) {
              return Optional.ofNullable(links.get(link));
            }
          },
          PathFilter.ALL);

  private static Entry entry(String name, Entry.Kind kind, long size, int mode) {
    return new Entry(Path.of(name), kind, new Stamp(size, name.hashCode(), 1, 1), mode, 0, 0);
  }

  private void inLocal(String name, Entry.Kind kind, boolean database) {
    local.put(
        Path.of(name),
        new Inventory.Item(entry(name, kind, 100, MODE), database, Optional.empty()));
  }

  private void localFile(String name) {
    inLocal(name, Entry.Kind.FILE, false);
  }

  private void published(String name, boolean database, boolean asInLocal) {
    published(name, database, entry(name, Entry.Kind.FILE, asInLocal ? 100 : 99, MODE).stamp());
  }

  private void published(String name, boolean database, Stamp stamp) {
    knowledge.put(
        Path.of(name),
        new Published.Known(
            new IndexEntry(
                database,
                Optional.of(stamp),
                Optional.empty(),
                new Digest("a".repeat(64)),
                100,
                1,
                MODE,
                0,
                0)));
  }

  private void unread(String name) {
    knowledge.put(Path.of(name), new Published.Unread(entry(name, Entry.Kind.FILE, 100, MODE)));
  }

  private static Inventory inventory(NavigableMap<Path, Inventory.Item> items) {
    return new Inventory(
        items,
        new TreeMap<>(),
        new TreeSet<>(),
        new TreeSet<>(),
        new TreeSet<>(),
        new TreeSet<>(),
        new Tree(new TreeMap<>(), new TreeMap<>()));
  }

  private ChangePlan plan() {
    return plan(new TreeMap<>(local));
  }

  private ChangePlan plan(NavigableMap<Path, Inventory.Item> first) {
    return planner.plan(inventory(first), inventory(local), planner::differs, false);
  }

  private static List<String> names(List<? extends Change> changes) {
    return changes.stream().map(change -> change.path().toString()).toList();
  }

  @Test
  void plan_equal_isEmpty() {
    localFile("f");
    published("f", false, true);
    inLocal("d", Entry.Kind.DIRECTORY, false);
    knowledge.put(Path.of("d"), new Published.Directory(MODE));
    inLocal("l", Entry.Kind.LINK, false);
    links.put(Path.of("l"), Path.of("f"));
    knowledge.put(Path.of("l"), new Published.Link(Path.of("f")));
    var plan = plan();
    assertEquals(List.of(), plan.puts());
    assertEquals(List.of(), plan.databases());
    assertEquals(List.of(), plan.removals());
    assertEquals(0, plan.differingBytes());
  }

  @Test
  void plan_newAndChanged_putsDirectoriesBeforeTheirContent() {
    inLocal("d", Entry.Kind.DIRECTORY, false);
    localFile("d/f");
    localFile("changed");
    published("changed", false, false);
    inLocal("app.db", Entry.Kind.FILE, true);
    var plan = plan();
    assertEquals(List.of("changed", "d", "d/f"), names(plan.puts()));
    assertEquals(List.of("app.db"), names(plan.databases()));
    assertTrue(plan.puts().get(2) instanceof Change.PutFile file && file.isNew());
    assertTrue(plan.puts().get(0) instanceof Change.PutFile file && !file.isNew());
    assertEquals(300, plan.differingBytes());
  }

  @Test
  void plan_directoryOfAnotherMode_setsIt() {
    inLocal("d", Entry.Kind.DIRECTORY, false);
    knowledge.put(Path.of("d"), new Published.Directory(0755));
    assertTrue(plan().puts().getFirst() instanceof Change.SetMode);
  }

  @Test
  void plan_directoryInAFilesPlace_replacesIt() {
    inLocal("x", Entry.Kind.DIRECTORY, false);
    published("x", false, true);
    assertTrue(plan().puts().getFirst() instanceof Change.MakeDirectory make && !make.isNew());
  }

  @Test
  void plan_linkThatCannotBeRead_isLeftAlone() {
    inLocal("l", Entry.Kind.LINK, false);
    assertEquals(List.of(), plan().puts());
  }

  @Test
  void plan_gone_isRemovedWhenItIsOurs() {
    published("ours", false, true);
    unread("theirs");
    unread("announced");
    announced.add(Path.of("announced"));
    knowledge.put(Path.of("d"), new Published.Directory(MODE));
    var plan = plan();
    assertEquals(List.of("ours", "announced"), names(plan.removed(Removed.FILE)));
    assertEquals(List.of("d"), names(plan.removed(Removed.DIRECTORY)));
    assertEquals(Set.of(Path.of("theirs")), plan.foreign());
  }

  /** A ref is younger than the commit that it names, and a directory goes after what is in it. */
  @Test
  void plan_gone_removesTheYoungestFirst() {
    knowledge.put(Path.of("objects"), new Published.Directory(MODE));
    knowledge.put(Path.of("objects/ab"), new Published.Directory(MODE));
    published("objects/ab/1", false, new Stamp(100, 1, 10, 10));
    published("objects/ab/2", false, new Stamp(100, 2, 10, 30));
    published("ref", false, new Stamp(100, 3, 10, 20));
    assertEquals(
        List.of("objects/ab/2", "ref", "objects/ab/1", "objects/ab", "objects"),
        names(plan().removals()));
  }

  /** It came or went while snapshots were taken: a database just published may name it. */
  @Test
  void plan_goneInOneOfTwoScans_isNotRemoved() {
    published("f", false, true);
    localFile("f");
    var first = new TreeMap<>(local);
    local.clear();
    assertEquals(List.of(), plan(first).removals());
    local.putAll(first);
    assertEquals(List.of(), plan(new TreeMap<>()).removals());
  }

  @Test
  void plan_sideFileOfAPublishedDatabase_staysUntilThatIsPublished() {
    inLocal("app.db", Entry.Kind.FILE, true);
    published("app.db", true, true);
    unread("app.db-wal");
    announced.add(Path.of("app.db-wal"));
    assertEquals(List.of(), plan().removals());
  }

  @Test
  void plan_sideFileOfAnEncryptedDatabase_isStale() {
    localFile("secret.db");
    published("secret.db", false, true);
    published("secret.db-wal", false, true);
    assertEquals(List.of("secret.db-wal"), names(plan().removed(Removed.STALE_SIDE_FILE)));
  }

  /** As after a kill: the application has closed since, and its WAL is gone. */
  @Test
  void plan_sideFileOfAnUnreadEncryptedDatabase_isStale() {
    localFile("secret.db");
    unread("secret.db");
    published("secret.db-wal", false, true);
    assertEquals(List.of("secret.db-wal"), names(plan().removed(Removed.STALE_SIDE_FILE)));
  }

  @Test
  void plan_linkAndItsTargetGone_removesTheLinkFirst() {
    published("archive", false, true);
    knowledge.put(Path.of("live"), new Published.Link(Path.of("archive")));
    assertEquals(List.of("live", "archive"), names(plan().removals()));
  }

  @Test
  void isPublishedDatabase_unread_asTheManifestSays() {
    unread("app.db");
    assertEquals(false, planner.isPublishedDatabase(Path.of("app.db")));
    listed.add(Path.of("app.db"));
    assertTrue(planner.isPublishedDatabase(Path.of("app.db")));
  }
}
