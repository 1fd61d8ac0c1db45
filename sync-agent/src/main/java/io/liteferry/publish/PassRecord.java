package io.liteferry.publish;

import io.liteferry.durable.PortableName;
import io.liteferry.history.CheckLevel;
import io.liteferry.history.PageFile;
import io.liteferry.history.Point;
import io.liteferry.history.RecordHeader;
import io.liteferry.history.Retention;
import io.liteferry.history.Version;
import io.liteferry.lease.VolumeException;
import io.liteferry.publish.Knowledge.Published;
import io.liteferry.scan.Entry;
import io.liteferry.sqlite.DatabaseHeader;
import io.liteferry.sqlite.SideFile;
import io.liteferry.volume.Accident;
import io.liteferry.volume.Attributes;
import io.liteferry.volume.Planned;
import io.liteferry.volume.RecordedPass;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the record of a pass is made of: what the volume has under each name of the plan. */
final class PassRecord implements RecordedPass {
  private static final Logger log = LoggerFactory.getLogger(PassRecord.class);

  /** More removals than these wait until it is known which of them the delete guard lets go. */
  private static final int MOST_REMOVALS = 64;

  private static final int MOST_PROBLEMS = 8;

  /** So many files are deleted every day. */
  private static final int HANDFUL = 3;

  /** A database with half of its bytes in use left may have been emptied by mistake. */
  private static final int SHRUNK = 2;

  private final Publication publication;
  private final PublishContext context;
  private final ChangePlan plan;
  private final Inventory local;
  private final List<Accident> accidents = new ArrayList<>();
  private final Map<Path, Ready> ready;
  private final RecordedDatabases databases;

  /** What is not kept, so that there is room. */
  private final Set<Path> givenUp;

  /** {@code ready} is what a snapshot was taken of; it may get less. */
  PassRecord(Publication publication, ChangePlan plan, Inventory local, Map<Path, Ready> ready)
      throws IOException {
    this.publication = publication;
    this.context = publication.context;
    this.plan = plan;
    this.local = local;
    this.ready = ready;
    this.givenUp = publication.room.givenUp(plan, local);
    this.databases = new RecordedDatabases(publication);
  }

  @Override
  public Point made(long generation) {
    return new Point(
        generation,
        context.lease.epoch(),
        context.clock.instant(),
        Optional.empty(),
        publication.id(),
        CheckLevel.NONE,
        publication.purpose.rollback(),
        List.of());
  }

  @Override
  public Optional<Long> goal() {
    return publication.purpose.goal();
  }

  @Override
  public List<Planned> changes() throws IOException {
    var all = new LinkedHashMap<Path, Planned>();
    for (var put : plan.puts()) {
      var planned = planned(put.path(), planned(put));
      all.put(put.path(), planned);
      noteReplaced(planned);
    }
    for (var database : ready.values()) {
      var path = database.source().path();
      var planned = databases.publishing(database, planned(path, new Version.Absent()));
      all.put(path, planned);
      noteShrunk(planned, database.header());
      for (var side : DirectUse.sideFiles(publication.volume, path)) {
        all.putIfAbsent(side, planned(side, new Version.Absent()));
        noteMisnamed(side);
      }
    }
    if (plan.removals().size() <= MOST_REMOVALS && accident(plan.removals()).isEmpty()) {
      removed(plan.removals()).forEach(one -> all.putIfAbsent(one.path(), one));
    }
    return List.copyOf(all.values());
  }

  @Override
  public boolean onlyAdds(List<Planned> changes) {
    return plan.removals().isEmpty()
        && changes.stream().allMatch(one -> one.was() instanceof Version.Absent);
  }

  @Override
  public List<Accident> accidents() {
    return List.copyOf(accidents);
  }

  private void noteReplaced(Planned planned) {
    if (planned.was() instanceof Version.Database) {
      note(planned.path(), "%s is no longer a database".formatted(planned.path()));
    }
  }

  /** What was in use is no more than the file, which is known: mostly nothing has to be read. */
  private void noteShrunk(Planned planned, DatabaseHeader next) throws IOException {
    long now = next.bytesInUse();
    if (planned.was() instanceof Version.Database was && hasShrunk(was.bytes(), now)) {
      VolumeException.unlessDenied(() -> publication.volume.header(planned.path()))
          .flatMap(header -> header)
          .map(DatabaseHeader::bytesInUse)
          .filter(before -> hasShrunk(before, now))
          .ifPresent(
              before ->
                  note(
                      planned.path(),
                      "%s has shrunk from %d to %d bytes in use"
                          .formatted(planned.path(), before, now)));
    }
  }

  private static boolean hasShrunk(long before, long now) {
    return before > 0 && now * SHRUNK <= before;
  }

  /** A file of the application, in local still, that would be nowhere else on the volume. */
  private void noteMisnamed(Path side) throws IOException {
    var kind = SideFile.parse(side).orElseThrow().kind();
    var volume = publication.volume;
    if (Entry.look(context.local, side).isPresent()
        && volume.hasFile(side)
        && VolumeException.unlessDenied(
                () -> volume.call(() -> kind.isSomethingElse(volume.root().resolve(side))))
            .orElse(false)) {
      note(side, "%s has the name of a side file of what is now a database".formatted(side));
    }
  }

  private void note(Path path, String why) {
    accidents.add(new Accident(Set.of(path), why));
  }

  /** Whether so much is removed that somebody may want it back, or a database. */
  private Optional<Accident> accident(Collection<Change.Remove> removals) {
    var going =
        removals.stream()
            .filter(removal -> removal.kind() == Change.Removed.FILE)
            .map(Change.Remove::path)
            .collect(Collectors.toCollection(TreeSet::new));
    int all = going.size() > HANDFUL ? publication.planner.publishedFiles(local).size() : 0;
    if (going.size() > HANDFUL && going.size() * 2L > all) {
      return Optional.of(
          new Accident(going, "%d of %d files deleted".formatted(going.size(), all)));
    }
    var others =
        publication.knowledge.names().keySet().stream()
            .filter(path -> !going.contains(path))
            .flatMap(path -> publication.knowledge.digestOfDatabase(path).stream())
            .collect(Collectors.toSet());
    going.removeIf(
        path ->
            !publication.isPublishedDatabase(path)
                || publication
                    .knowledge
                    .digestOfDatabase(path)
                    .filter(others::contains)
                    .isPresent()); // it was moved
    return going.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Accident(
                going, Amount.of(going.size(), "database") + " deleted: " + Amount.some(going)));
  }

  /** What is to be removed, as it is. */
  List<Planned> removed(Collection<Change.Remove> removals) throws IOException {
    accident(removals).ifPresent(accidents::add);
    var all = new ArrayList<Planned>();
    for (var removal : removals) {
      all.add(planned(removal.path(), new Version.Absent()));
    }
    return all;
  }

  private static Version planned(Change.Put put) {
    var entry = put.entry();
    return switch (put) {
      case Change.MakeDirectory _, Change.SetMode _ ->
          new Version.Directory(entry.mode() | Attributes.OWNER_ALL, entry.uid(), entry.gid());
      case Change.PutLink link -> new Version.Link(link.target(), entry.uid(), entry.gid());
      case Change.PutFile _ -> file(entry);
    };
  }

  private static Version file(Entry entry) {
    return new Version.File(
        Optional.empty(),
        entry.stamp().size(),
        entry.stamp().mtime(),
        entry.mode(),
        entry.uid(),
        entry.gid());
  }

  private Planned planned(Path path, Version now) throws IOException {
    var known = publication.knowledge.get(path);
    var entry = known == null ? Optional.<Entry>empty() : publication.volume.look(path);
    var was = version(path, entry);
    var plain =
        was instanceof Version.Database && entry.isPresent()
            ? Optional.of(databases.plain(path, entry.get()))
            : Optional.<PageFile>empty();
    var planned = new Planned(path, was, now, isOthers(path, entry), plain);
    return givenUp.contains(path) ? planned.lost() : planned;
  }

  /** Whether what the volume has is not what we published under this name. */
  private boolean isOthers(Path path, Optional<Entry> entry) {
    return publication.knowledge.get(path) instanceof Published.Known known
        && !entry
            .filter(found -> found.kind() == Entry.Kind.FILE)
            .map(found -> known.index().isStillOnVolume(found.stamp()))
            .orElse(false);
  }

  @Override
  public Version now(Path path) throws IOException {
    return version(path, publication.volume.look(path));
  }

  private Version version(Path path, Optional<Entry> entry) throws IOException {
    if (entry.isEmpty()) {
      return new Version.Absent();
    }
    var found = entry.get();
    return switch (found.kind()) {
      case DIRECTORY -> new Version.Directory(found.mode(), found.uid(), found.gid());
      case LINK -> new Version.Link(publication.volume.readLink(path), found.uid(), found.gid());
      case FILE ->
          publication.isPublishedDatabase(path)
              ? VolumeException.unlessDenied(() -> (Version) databases.found(path, found))
                  .orElse(Planned.DENIED)
              : file(found);
      case SPECIAL -> new Version.Lost("it was neither a file nor a directory nor a link");
    };
  }

  /** Says what of a pass looked like an accident, and how to get back what was before. */
  static void sayAccidents(RecordHeader made, Path volume) {
    for (var why : made.accidents()) {
      log.warn(
          "{}; what was before stays for {} days: liteferry restore --copy DIR {} --at {}",
          why,
          Retention.ACCIDENT_STAYS.toDays(),
          volume,
          made.after());
    }
  }

  /** For people: what of the pass was not as it should be. */
  static List<String> problems(Map<Path, Problem> problems) {
    return problems.entrySet().stream()
        .limit(MOST_PROBLEMS)
        .map(entry -> PortableName.of(entry.getKey()) + ": " + entry.getValue().why())
        .toList();
  }
}
