package io.liteferry.publish;

import io.liteferry.lease.VolumeException;
import io.liteferry.scan.Tree;
import io.liteferry.state.Index;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What a pass would change, and what it could not publish. Made by a look that takes no lease and
 * changes nothing.
 *
 * @param changes in the order of a pass
 * @param foreign what is on the volume, and neither in local nor published by this agent: it stays
 * @param problems what local has and would not be published, with the reason
 */
public record DryRun(
    List<Planned> changes, SortedSet<Path> foreign, SortedMap<Path, String> problems) {

  /**
   * One change.
   *
   * @param bytes to be written to the volume, of a file or database
   * @param held whether the delete guard would hold it back at first
   */
  public record Planned(Kind kind, Path path, long bytes, boolean held) {}

  /** What is done with a name. */
  public enum Kind {
    /** A directory is made. */
    DIRECTORY,
    /** A directory gets other permissions. */
    MODE,
    /** A symbolic link is published. */
    LINK,
    /** A file is published, if its content or attributes differ indeed. */
    FILE,
    /** A database is published, if its content differs indeed. */
    DATABASE,
    /** A name is deleted. */
    DELETION
  }

  /**
   * Compares local with a volume.
   *
   * @throws VolumeException when the volume is not the one that state names, or does not work
   * @throws IOException when local or state cannot be read
   */
  public static DryRun of(Site site, PassSettings settings) throws IOException {
    var volume = site.volume();
    var state = site.state();
    var manifest = volume.manifestIfReadable();
    var index = Index.NONE;
    var known = state.read();
    if (known.isPresent()) {
      Publisher.requireSameVolume(volume, known.get().volumeId());
      Publisher.requireShownIsOurs(volume, known.get(), manifest);
      index = state.readIndex(known.get().volumeId());
    }
    var knowledge = Knowledge.of(volume, settings.filter(), index.entries());
    var problems = new TreeMap<Path, String>();
    var facts =
        new PlanFacts(
            site.local(),
            index.announced()::contains,
            path -> manifest.flatMap(m -> m.database(path)).isPresent(),
            problems::put);
    var planner = new Planner(knowledge, facts, settings.filter());
    var inventory =
        Inventory.of(site.local(), settings.filter(), Tree.BeforeListing.NOTHING, planner);
    var plan = planner.plan(inventory, inventory, planner::differs, false);
    problems.putAll(inventory.unreadable());
    inventory.misnamed().forEach(path -> problems.put(path, Planner.MISNAMED));
    var held = held(planner, plan, inventory, settings);
    return new DryRun(planned(plan, held).toList(), plan.foreign(), problems);
  }

  private static Set<Path> held(
      Planner planner, ChangePlan plan, Inventory inventory, PassSettings settings) {
    var gone = plan.removed(Change.Removed.FILE).stream().map(Change.Remove::path).toList();
    return new DeleteGuard(settings.deleteGuard())
        .judge(gone, planner.publishedFiles(inventory), new FirstLook(planner), 0)
        .held();
  }

  /** What a first pass knows: nothing was heard. */
  private record FirstLook(Planner planner) implements DeleteGuard.Facts {
    @Override
    public boolean isDatabase(Path path) {
      return planner.isPublishedDatabase(path);
    }

    @Override
    public boolean isExplained(Path path) {
      return false;
    }
  }

  /** Whether a pass could publish everything that local has. */
  public boolean isComplete() {
    return problems.isEmpty();
  }

  private static Stream<Planned> planned(ChangePlan plan, Set<Path> held) {
    var puts =
        plan.puts().stream().map(put -> new Planned(kind(put), put.path(), bytes(put), false));
    var databases =
        plan.databases().stream()
            .map(put -> new Planned(Kind.DATABASE, put.path(), put.bytes(), false));
    var removals =
        plan.removals().stream()
            .map(r -> new Planned(Kind.DELETION, r.path(), 0, held.contains(r.path())));
    return Stream.of(puts, databases, removals).flatMap(planned -> planned);
  }

  private static long bytes(Change.Put put) {
    return put instanceof Change.PutFile ? put.entry().stamp().size() : 0;
  }

  private static Kind kind(Change.Put put) {
    return switch (put) {
      case Change.MakeDirectory make -> Kind.DIRECTORY;
      case Change.SetMode mode -> Kind.MODE;
      case Change.PutLink link -> Kind.LINK;
      case Change.PutFile file -> Kind.FILE;
    };
  }
}
