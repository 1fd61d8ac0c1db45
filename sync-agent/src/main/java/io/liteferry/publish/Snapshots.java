package io.liteferry.publish;

import io.liteferry.log.Event;
import io.liteferry.sqlite.SideFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** P2: takes and checks a snapshot of each database that differs from what the volume has. */
final class Snapshots {
  private static final Logger log = LoggerFactory.getLogger(Snapshots.class);

  /** How many times its time-out a database rests whose check did not end. */
  private static final int CHECK_REST = 10;

  private final Publisher publisher;
  private final Publisher.Context context;

  Snapshots(Publisher publisher) {
    this.publisher = publisher;
    this.context = publisher.context;
  }

  /**
   * Takes them.
   *
   * @param ready gets what is to be published; its images are the caller's to delete, also when
   *     this throws
   * @param problems gets what is held back
   * @throws IOException when state or the volume fails
   */
  void take(
      Inventory inventory, Map<Path, DatabaseTransfer.Ready> ready, Map<Path, Problem> problems)
      throws IOException {
    var corrupt = new HashSet<String>();
    for (var item : inventory.items().values()) {
      var path = item.entry().path();
      if (!item.database() || ready.containsKey(path) || problems.containsKey(path)) {
        continue;
      }
      var published = publisher.knowledge.get(path);
      boolean force = hasSideFilesOnVolume(path);
      if (!force && Pass.isUnchanged(item, published)) {
        continue;
      }
      var again = context.checkAgain.get(path);
      if (again != null && System.nanoTime() - again < 0) {
        problems.put(
            path,
            new Problem(
                Problem.Kind.CHECK_UNFINISHED,
                "its last check did not end in time, and is not repeated for a while"));
        continue;
      }
      switch (publisher.databases.snapshot(path, published, force)) {
        case DatabaseTransfer.Outcome.Differs differs -> ready.put(path, differs.ready());
        case DatabaseTransfer.Outcome.Same same -> {
          publisher.knowledge.put(path, same.known());
          publisher.indexIsStale = true;
        }
        case DatabaseTransfer.Outcome.Gone gone -> {}
        case DatabaseTransfer.Outcome.Unchecked unchecked -> {
          problems.put(path, new Problem(Problem.Kind.CHECK_UNFINISHED, unchecked.why()));
          // One database must not take all the time there is for the others.
          context.checkAgain.put(
              path, System.nanoTime() + CHECK_REST * context.settings.check().timeout().toNanos());
        }
        case DatabaseTransfer.Outcome.Withheld withheld -> {
          problems.put(path, withheld.problem());
          if (withheld.problem().kind() == Problem.Kind.CHECK_FAILED) {
            corrupt.add("corrupt " + path);
            context.notices.once(
                "corrupt " + path,
                () ->
                    Event.of("check-failed")
                        .with(path)
                        .with("why", withheld.problem().why())
                        .log(
                            () ->
                                log.error(
                                    "{}: NOT published, the check failed; the volume keeps the"
                                        + " last good copy: {}",
                                    path,
                                    withheld.problem().why())));
          }
        }
      }
    }
    context.notices.retain("corrupt ", corrupt);
  }

  private boolean hasSideFilesOnVolume(Path database) {
    return SideFile.allOf(database).stream()
        .anyMatch(side -> publisher.knowledge.get(side) != null);
  }
}
