package io.liteferry.publish;

import io.liteferry.durable.Durable;
import io.liteferry.durable.Errno;
import io.liteferry.lease.VolumeException;
import io.liteferry.publish.Knowledge.Published;
import io.liteferry.scan.Entry;
import io.liteferry.sqlite.SideFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** P7: takes off the volume what local does not have any more. For one thread. */
final class Deletions {
  private static final Logger log = LoggerFactory.getLogger(Deletions.class);

  /** When to look again at deletions that a database may still depend on. */
  private static final long UNSETTLED = TimeUnit.SECONDS.toNanos(1);

  /** In how many passes in a row deletions wait for what may have been renamed. */
  private static final int MOST_PUT_OFF = 3;

  private final Publication publication;
  private final PublishContext context;
  private final Knowledge knowledge;

  Deletions(Publication publication) {
    this.publication = publication;
    this.context = publication.context;
    this.knowledge = publication.knowledge;
  }

  /**
   * Makes them. What came or went between the two scans of the plan is left to the next pass, as
   * the databases just published may still name it.
   *
   * @param second the scan after the snapshots
   * @param ready the databases that this pass has published
   * @param came names of which was heard during the pass that they came
   */
  DeleteGuard.Verdict make(
      ChangePlan plan, Inventory second, Map<Path, Ready> ready, Set<Path> came)
      throws IOException {
    var onlyInLocal = inodesOnlyInLocal(second);
    var stale = remaining(plan, Change.Removed.STALE_SIDE_FILE, onlyInLocal);
    publication.ensureRecorded(stale);
    for (var removal : stale) {
      delete(removal);
    }
    var removals = remaining(plan, Change.Removed.FILE, onlyInLocal);
    var gone = removals.stream().map(Change.Remove::path).toList();
    if (!gone.isEmpty()
        && (putOffForNewNames(came, second)
            || isRoomJustGone()
            || !areDatabasesSettled(second, ready))) {
      publication.writer.syncDirectories();
      return unsettled(gone);
    }
    context.notices.over("unsettled");
    var verdict = judge(gone, second);
    context.heard.judged(second::mayHave, !verdict.held().isEmpty());
    sayHeld(verdict);
    sayForeign(plan.foreign());
    var going = removals.stream().filter(r -> verdict.confirmed().contains(r.path())).toList();
    var directories = emptied(remaining(plan, Change.Removed.DIRECTORY, onlyInLocal), going);
    publication.ensureRecorded(Stream.concat(going.stream(), directories.stream()).toList());
    publication.takeOffManifest(publication.databasesAmong(verdict.confirmed()), ready); // P7
    for (var removal : going) { // P7
      delete(removal);
    }
    for (var removal : directories) {
      deleteDirectory(removal);
    }
    publication.writer.syncDirectories();
    return verdict;
  }

  /** What is still to go, now that this pass has published everything else. */
  private List<Change.Remove> remaining(
      ChangePlan plan, Change.Removed kind, Set<Long> onlyInLocal) {
    return plan.removed(kind).stream()
        .filter(removal -> publication.planner.isOurs(removal.path()))
        .filter(r -> kind != Change.Removed.STALE_SIDE_FILE || isBasePublished(r.path()))
        .filter(removal -> !isOneOf(onlyInLocal, knowledge.get(removal.path())))
        .toList();
  }

  /** The directories in which nothing is left, as far as is known. */
  private List<Change.Remove> emptied(List<Change.Remove> directories, List<Change.Remove> going) {
    var gone = new HashSet<Path>();
    Stream.concat(going.stream(), directories.stream()).forEach(r -> gone.add(r.path()));
    var needed = new HashSet<Path>();
    for (var path : knowledge.names().keySet()) {
      for (var p = gone.contains(path) ? null : path; p != null && needed.add(p); ) {
        p = p.getParent();
      }
    }
    return directories.stream().filter(r -> !needed.contains(r.path())).toList();
  }

  /** The WAL of an encrypted database goes when that is published, not from beside the last one. */
  private boolean isBasePublished(Path sideFile) {
    return SideFile.parse(sideFile)
        .filter(name -> knowledge.get(name.base()) instanceof Published.Known)
        .filter(name -> !publication.problems.containsKey(name.base()))
        .isPresent();
  }

  private DeleteGuard.Verdict judge(List<Path> gone, Inventory second) {
    if (publication.purpose.rollback().isPresent()) {
      return new DeleteGuard.Verdict(Set.copyOf(gone), Set.of(), Optional.empty()); // it is meant
    }
    return context.guard.judge(
        gone,
        gone.isEmpty() ? List.of() : publication.planner.publishedFiles(second),
        new DeleteGuard.Facts() {
          @Override
          public boolean isDatabase(Path path) {
            return publication.isPublishedDatabase(path);
          }

          @Override
          public boolean isExplained(Path path) {
            return context.heard.explains(path);
          }
        },
        System.nanoTime());
  }

  /** With a database that could not be published, the next try of that is soon enough. */
  private DeleteGuard.Verdict unsettled(List<Path> gone) {
    var waitsFor =
        publication.problems.keySet().stream().filter(publication::isPublishedDatabase).toList();
    if (!waitsFor.isEmpty()) {
      context.notices.once(
          "unsettled",
          () ->
              log.warn(
                  "{} on the volume until the databases that may name what is gone are published"
                      + " ({}): {}",
                  Amount.of(gone.size(), "deletion") + (gone.size() == 1 ? " waits" : " wait"),
                  Amount.some(new TreeSet<>(waitsFor)),
                  Amount.some(new TreeSet<>(gone))));
    }
    return new DeleteGuard.Verdict(
        Set.of(),
        Set.copyOf(gone),
        waitsFor.isEmpty() ? Optional.of(System.nanoTime() + UNSETTLED) : Optional.empty());
  }

  private void delete(Change.Remove removal) throws IOException {
    try {
      publication.delete(removal.path());
    } catch (IOException e) {
      publication.refuse(removal.path(), e);
    }
  }

  private void deleteDirectory(Change.Remove removal) throws IOException {
    var path = removal.path();
    try {
      var directory = publication.volume.root().resolve(path);
      if (publication.volume.call(() -> Durable.isEmptyDirectory(directory))) {
        publication.delete(path);
      } // else it holds what was held back, excluded or not ours
    } catch (IOException e) {
      if (e instanceof VolumeException && Errno.of(e) == Errno.ENOENT) {
        knowledge.remove(path);
      } else {
        publication.refuse(path, e);
      }
    }
  }

  private void sayForeign(SortedSet<Path> foreign) {
    if (!foreign.isEmpty()) {
      context.notices.lasting(
          log,
          "not ours",
          "the volume keeps %s that did not come from LOCAL: %s"
              .formatted(Amount.of(foreign.size(), "file"), Amount.some(foreign)));
    } else {
      context.notices.over("not ours");
    }
  }

  private void sayHeld(DeleteGuard.Verdict verdict) {
    if (verdict.held().isEmpty()) {
      context.notices.over("held");
      return;
    }
    context.notices.once(
        "held",
        () ->
            log.warn(
                "the delete guard holds back {} for {} s, in case local lost these by accident: {}",
                Amount.of(verdict.held().size(), "deletion"),
                context.settings.deleteGuard().toSeconds(),
                Amount.some(new TreeSet<>(verdict.held()))));
  }

  /** Whether a database of local is on the volume as the scan saw it. */
  private boolean isSettled(Inventory.Item item, Map<Path, Ready> ready) {
    var path = item.entry().path();
    return ready.containsKey(path)
        || !(knowledge.get(path) instanceof Published.Known
            || knowledge.get(path) instanceof Published.Unread)
        || Planner.isUnchanged(item, knowledge.get(path));
  }

  /**
   * Whether every published database is as young as the scan. One that is not may still name a file
   * that is gone.
   *
   * <p>One that the volume had no room for in the pass before as well does not count: deletions are
   * what makes room.
   */
  private boolean areDatabasesSettled(Inventory second, Map<Path, Ready> ready) {
    return publication.problems.keySet().stream()
            .filter(publication::isPublishedDatabase)
            .allMatch(this::lacksRoomAgain)
        && second.items().values().stream()
            .filter(Inventory.Item::database)
            .allMatch(item -> lacksRoomAgain(item.entry().path()) || isSettled(item, ready));
  }

  /**
   * Puts deletions off when names have come that the scan did not see: what is gone may have been
   * renamed to one of them while we looked. The next pass knows; the third in a row no longer
   * waits.
   *
   * @return whether they are put off
   */
  private boolean putOffForNewNames(Set<Path> came, Inventory second) {
    boolean isAny =
        came.stream()
            .anyMatch(path -> !second.mayHave(path) && context.settings.filter().takes(path));
    context.deletionsPutOff =
        isAny && context.deletionsPutOff < MOST_PUT_OFF ? context.deletionsPutOff + 1 : 0;
    return context.deletionsPutOff > 0;
  }

  private boolean lacksRoomAgain(Path path) {
    return publication.room.lacks(path) && context.passesWithoutRoom(path) > 0;
  }

  /**
   * Whether the volume has no room, for the first time, for something that may take the place of
   * what is gone: there may be room in the next pass.
   */
  private boolean isRoomJustGone() {
    return publication.problems.keySet().stream()
        .anyMatch(path -> publication.room.lacks(path) && !lacksRoomAgain(path));
  }

  /**
   * The inodes of files of local that are not on the volume under their names: what is gone may be
   * the same file, renamed just now, or to a name that the volume does not take.
   */
  private Set<Long> inodesOnlyInLocal(Inventory second) {
    var inodes = new HashSet<Long>();
    for (var item : second.items().values()) {
      if (item.entry().kind() == Entry.Kind.FILE && knowledge.get(item.entry().path()) == null) {
        inodes.add(item.entry().stamp().inode());
      }
    }
    return inodes;
  }

  private static boolean isOneOf(Set<Long> inodes, @Nullable Published published) {
    return published instanceof Published.Known known
        && known.index().source().map(stamp -> inodes.contains(stamp.inode())).orElse(false);
  }
}
